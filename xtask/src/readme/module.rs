//! What a module says of itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use groma_hcl::{Attribute, Block, Body, BodySchema, parse_native};

/// A module, as its files say it.
#[derive(Debug, Default)]
pub(super) struct Module {
    pub(super) variables: Vec<Variable>,
    pub(super) outputs: Vec<Output>,
    /// The resource types that it makes objects of.
    pub(super) resources: BTreeSet<String>,
    /// The modules that it calls, by their sources.
    pub(super) calls: BTreeSet<String>,
    /// Its engines' and providers' versions.
    pub(super) requirements: Vec<(String, String)>,
    /// The main file of each example, by the example's name.
    pub(super) examples: Vec<(String, String)>,
}

/// An input variable. Type and default are as they are written.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) ty: String,
    pub(super) default: Option<String>,
    pub(super) description: String,
    pub(super) secret: bool,
}

/// An output value.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) name: String,
    pub(super) description: String,
}

impl Module {
    /// Reads a module's folder.
    pub(super) fn read(folder: &Path) -> Result<Module> {
        let mut module = Module::default();
        for path in sorted(folder)? {
            if path.extension().is_some_and(|e| e == "tf") {
                let text = fs::read_to_string(&path)?;
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                module.file(&name, &text).with_context(|| name.into_owned())?;
            }
        }
        let examples = folder.join("examples");
        let folders = if examples.is_dir() { sorted(&examples)? } else { Vec::new() };
        for example in folders {
            let main = example.join("main.tf");
            let text = fs::read_to_string(&main)
                .with_context(|| format!("{} cannot be read", main.display()))?;
            let name = example.file_name().unwrap_or_default().to_string_lossy().into_owned();
            module.examples.push((name, text));
        }
        if module.examples.is_empty() {
            bail!("it has no example");
        }
        Ok(module)
    }

    /// Takes what a file says.
    pub(super) fn file(&mut self, name: &str, text: &str) -> Result<()> {
        let (file, diagnostics) = parse_native(name, text.as_bytes());
        if let Some(error) = diagnostics.iter().find(|d| d.is_error()) {
            bail!("{}: {}", error.summary, error.detail);
        }
        let schema = BodySchema::new()
            .block("variable", &["name"])
            .block("output", &["name"])
            .block("resource", &["type", "name"])
            .block("module", &["name"])
            .block("terraform", &[]);
        let (content, ..) = file.body.partial_content(&schema);
        for block in &content.blocks {
            match &*block.block_type {
                "variable" => self.variables.push(variable(block, text)?),
                "output" => self.outputs.push(output(block)?),
                "resource" => {
                    self.resources.extend(block.labels.first().map(ToString::to_string));
                }
                "module" => self.calls.extend(string(&block.body, "source")),
                _ => self.requirements(&block.body),
            }
        }
        Ok(())
    }

    /// Takes what a `terraform` block says.
    fn requirements(&mut self, body: &Body) {
        if let Some(version) = string(body, "required_version") {
            self.requirements.push(("Groma, Terraform or OpenTofu".to_owned(), version));
        }
        let schema = BodySchema::new().block("required_providers", &[]);
        for block in &body.partial_content(&schema).0.blocks {
            for attribute in block.body.just_attributes().0.values() {
                let parts = attribute.expr.static_map().unwrap_or_default();
                let part = |name: &str| {
                    let (_, value) = parts.iter().find(|(k, _)| k.as_keyword() == Some(name))?;
                    Some(value.as_string_literal()?.to_string())
                };
                self.requirements
                    .extend(part("source").map(|s| (s, part("version").unwrap_or_default())));
            }
        }
    }
}

fn variable(block: &Block, file: &str) -> Result<Variable> {
    let name = label(block);
    let written = |attribute: &str| {
        let found = attribute_of(&block.body, attribute)?;
        Some(found.expr.source_text(file)?.to_owned())
    };
    Ok(Variable {
        ty: written("type").with_context(|| format!("variable {name} has no type"))?,
        default: written("default"),
        description: string(&block.body, "description")
            .with_context(|| format!("variable {name} has no description"))?,
        secret: ["sensitive", "ephemeral"].iter().any(|a| written(a).as_deref() == Some("true")),
        name,
    })
}

fn output(block: &Block) -> Result<Output> {
    let name = label(block);
    let description = string(&block.body, "description")
        .with_context(|| format!("output {name} has no description"))?;
    Ok(Output { name, description })
}

fn label(block: &Block) -> String {
    block.labels.first().map(ToString::to_string).unwrap_or_default()
}

fn attribute_of(body: &Body, name: &str) -> Option<Attribute> {
    body.partial_content(&BodySchema::new().optional([name])).0.attributes.shift_remove(name)
}

/// An attribute that is a text without anything to evaluate.
fn string(body: &Body, name: &str) -> Option<String> {
    Some(attribute_of(body, name)?.expr.as_string_literal()?.to_string())
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
    let mut paths = entries.map(|e| Ok(e?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
