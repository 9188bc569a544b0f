//! What several tests make: packages and archives.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Writes an archive with entries of name, content and mode. A name that ends in a slash is a
/// folder.
pub(crate) fn zip_of(path: &Path, entries: &[(&str, &str, u32)]) {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).unwrap();
    }
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (name, content, mode) in entries {
        let options = SimpleFileOptions::default().unix_permissions(*mode);
        if name.ends_with('/') {
            zip.add_directory(*name, options).unwrap();
        } else {
            zip.start_file(*name, options).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
    }
    zip.finish().unwrap();
}

/// Writes an unpacked package below a mirror and gives its folder.
pub(crate) fn unpacked(base: &Path, source: &str, version: &str, platform: &str) -> PathBuf {
    let kind = source.rsplit('/').next().unwrap();
    let dir = base.join("registry.terraform.io").join(source).join(version).join(platform);
    fs::create_dir_all(&dir).unwrap();
    let plugin = dir.join(format!("terraform-provider-{kind}_v{version}"));
    fs::write(plugin, format!("{source} {version}")).unwrap();
    dir
}

/// Writes the packed form of what [`unpacked`] writes, and gives the archive.
pub(crate) fn packed(base: &Path, source: &str, version: &str, platform: &str) -> PathBuf {
    let kind = source.rsplit('/').next().unwrap();
    let path = base
        .join("registry.terraform.io")
        .join(source)
        .join(format!("terraform-provider-{kind}_{version}_{platform}.zip"));
    let name = format!("terraform-provider-{kind}_v{version}");
    zip_of(&path, &[(&name, &format!("{source} {version}"), 0o755)]);
    path
}
