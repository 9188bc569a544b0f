//! The file of configuration that was written for imported objects.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use groma_diag::{Diagnostic, Diagnostics};
use groma_engine::FoundObject;
use groma_plan::GeneratedConfig;
use groma_plan::file::ConfigRecord;

/// An error if there is something at the place already: people's own text must not be lost.
pub(crate) fn check_target(path: &Path) -> Result<(), Diagnostics> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        _ => Err(taken().into()),
    }
}

fn taken() -> Diagnostic {
    Diagnostic::error(
        "Target generated file already exists",
        "Groma can only write generated config into a new file. Either choose a different target location or move all existing configuration out of the target file, delete it and try again.",
    )
}

/// What the file says.
fn text(generated: &[GeneratedConfig]) -> String {
    let mut text = "# __generated__ by Terraform\n# Please review these resources and move them into your main configuration files.\n".to_owned();
    for config in generated {
        let from = match &config.id {
            Some(id) => format!(" from {}", groma_hcl::quote_visibly(id)),
            None => String::new(),
        };
        text += &format!("\n# __generated__ by Terraform{from}\n{}\n", config.text);
    }
    text
}

/// Writes the blocks for what a query found, if there is anything.
pub(crate) fn write_found(path: &Path, found: &[FoundObject]) -> Result<(), Diagnostics> {
    let mut text = "# __generated__ by Terraform\n# Please review these resources and move them into your main configuration files.\n".to_owned();
    for object in found {
        text += "\n# __generated__ by Terraform\n";
        for block in [&object.config, &object.import_config].into_iter().flatten() {
            text += &format!("{block}\n\n");
        }
        text.pop();
    }
    if found.is_empty() {
        return Ok(());
    }
    write_new(path, &text)
}

/// Writes the file, if there is anything to write. Tells whether there was.
pub(crate) fn write(path: &Path, generated: &[GeneratedConfig]) -> Result<bool, Diagnostics> {
    if generated.is_empty() {
        return Ok(false);
    }
    write_new(path, &text(generated))?;
    Ok(true)
}

fn write_new(path: &Path, text: &str) -> Result<(), Diagnostics> {
    let mut options = OpenOptions::new();
    // Whatever has been put there since the command began stays.
    let result = options.write(true).create_new(true).open(path);
    match result.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(taken().into()),
        Err(error) => {
            let detail = format!(
                "The file {} for the generated configuration cannot be written: {error}.",
                path.display()
            );
            Err(Diagnostic::error("Failed to create target generated file", detail).into())
        }
    }
}

/// Adds the generated configuration to what a saved plan keeps of the configuration, so that it
/// can be applied whatever becomes of the file.
pub(crate) fn add_to(record: &mut ConfigRecord, root_dir: &str, generated: &[GeneratedConfig]) {
    if generated.is_empty() {
        return;
    }
    let dir = if root_dir == "." { String::new() } else { format!("{root_dir}/") };
    let mut path = format!("{dir}generated.tf");
    let mut number = 1;
    while record.files.contains_key(path.as_str()) {
        number += 1;
        path = format!("{dir}generated_{number}.tf");
    }
    record.files.insert(path.into(), text(generated).into());
}
