//! Gathering the blocks of all files, those of override files over those that they change.

use std::collections::HashMap;
use std::sync::LazyLock;

use groma_addrs::LocalProviderConfig;
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{Block, BodySchema};
use groma_value::Str;

use super::layers::Layered;
use super::provider::provider_key;
use super::values::decode_locals;
use super::{ParsedFile, language};
use crate::model::Local;

/// What a query file may hold.
static QUERY_SCHEMA: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .block("list", &["type", "name"])
        .block("provider", &["name"])
        .block("variable", &["name"])
        .block("locals", &[])
});

static SCHEMA: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .block("terraform", &[])
        .block("language", &[])
        .block("required_providers", &[])
        .block("provider", &["name"])
        .block("variable", &["name"])
        .block("locals", &[])
        .block("output", &["name"])
        .block("module", &["name"])
        .block("resource", &["type", "name"])
        .block("data", &["type", "name"])
        .block("ephemeral", &["type", "name"])
        .block("check", &["name"])
        .block("moved", &[])
        .block("import", &[])
        .block("removed", &[])
        .block("action", &["type", "name"])
});

/// A block on the top level of a file.
pub(super) struct Item {
    pub(super) block: Layered,
    /// For `provider` blocks: which configuration it is.
    pub(super) provider_key: Option<LocalProviderConfig>,
}

/// All blocks of a module.
#[derive(Default)]
pub(super) struct Collected {
    /// `terraform` blocks.
    pub(super) settings: Vec<Block>,
    /// `terraform` blocks of override files, file by file.
    pub(super) setting_overrides: Vec<Vec<Block>>,
    /// Definitions of local values.
    pub(super) locals: Vec<Local>,
    /// Those of override files.
    pub(super) local_overrides: Vec<Local>,
    /// All else.
    pub(super) items: Vec<Item>,
}

/// What a block is found by.
type Key = (Str, Vec<Str>, Option<LocalProviderConfig>);

impl Collected {
    pub(super) fn from_files(files: &[ParsedFile], diagnostics: &mut Diagnostics) -> Collected {
        let mut collected = Collected::default();
        for file in files.iter().filter(|f| !f.is_override) {
            let schema = if file.is_query { &*QUERY_SCHEMA } else { &*SCHEMA };
            let (content, found) = file.body.content(schema);
            diagnostics.extend(found);
            for block in content.blocks {
                collected.add(block, diagnostics);
            }
        }
        if files.iter().any(|f| f.is_override) {
            collected.add_overrides(files, diagnostics);
        }
        collected
    }

    fn add(&mut self, block: Block, diagnostics: &mut Diagnostics) {
        match &*block.block_type {
            "terraform" => self.settings.push(block),
            "locals" => self.locals.extend(decode_locals(&block, diagnostics)),
            "required_providers" => diagnostics.push(misplaced_required_providers(&block)),
            "language" => language::check(&block, diagnostics),
            "provider" => {
                if let Some(key) = provider_key(&block, diagnostics) {
                    let block = Layered::new(block);
                    self.items.push(Item { block, provider_key: Some(key) });
                }
            }
            _ => self.items.push(Item { block: Layered::new(block), provider_key: None }),
        }
    }

    fn add_overrides(&mut self, files: &[ParsedFile], diagnostics: &mut Diagnostics) {
        let mut index: HashMap<Key, usize> = HashMap::new();
        for (i, item) in self.items.iter().enumerate() {
            index.entry(key(&item.block.base, item.provider_key.as_ref())).or_insert(i);
        }
        for file in files.iter().filter(|f| f.is_override) {
            let (content, found) = file.body.content(&SCHEMA);
            diagnostics.extend(found);
            let mut settings = Vec::new();
            for block in content.blocks {
                match &*block.block_type {
                    "terraform" => settings.push(block),
                    "locals" => self.local_overrides.extend(decode_locals(&block, diagnostics)),
                    "required_providers" => diagnostics.push(misplaced_required_providers(&block)),
                    "language" => diagnostics.push(
                        Diagnostic::error(
                            "Language selections in override file",
                            "Language blocks are not allowed in override files. Put this one into \
                             a normal configuration file.",
                        )
                        .at(&block.def_range),
                    ),
                    kind @ ("moved" | "import" | "removed") => {
                        let detail = format!(
                            "Blocks of type {kind:?} can appear only in normal files, not in \
                             override files."
                        );
                        let summary = format!("Cannot override '{kind}' blocks");
                        diagnostics.push(Diagnostic::error(summary, detail).at(&block.def_range));
                    }
                    "check" => diagnostics.push(
                        Diagnostic::error(
                            "Can't override check blocks",
                            "Override files cannot override check blocks.",
                        )
                        .at(&block.def_range),
                    ),
                    _ => self.lay_over(block, &index, diagnostics),
                }
            }
            self.setting_overrides.push(settings);
        }
    }

    fn lay_over(
        &mut self,
        block: Block,
        index: &HashMap<Key, usize>,
        diagnostics: &mut Diagnostics,
    ) {
        let mut provider = None;
        if &*block.block_type == "provider" {
            provider = provider_key(&block, diagnostics);
            if provider.is_none() {
                return;
            }
        }
        if let Some(&i) = index.get(&key(&block, provider.as_ref())) {
            self.items[i].block.over.push(block);
            return;
        }
        match &provider {
            // Who does not write a default configuration has an empty one.
            Some(LocalProviderConfig { alias: None, .. }) => {
                self.items.push(Item { block: Layered::new(block), provider_key: provider });
            }
            _ => diagnostics.push(no_base(&block, provider.as_ref())),
        }
    }
}

fn key(block: &Block, provider: Option<&LocalProviderConfig>) -> Key {
    (block.block_type.clone(), block.labels.clone(), provider.cloned())
}

fn misplaced_required_providers(block: &Block) -> Diagnostic {
    Diagnostic::error(
        "Invalid required_providers block",
        "A \"required_providers\" block must be nested inside a \"terraform\" block.",
    )
    .at(&block.type_range)
}

/// Reports that there is nothing that an override file could change.
pub(super) fn missing_base(
    summary: &str,
    what: &str,
    noun: &str,
    range: &SourceRange,
) -> Diagnostic {
    let detail = format!(
        "{what} An override file can only override {noun} that is declared in a normal \
         configuration file."
    );
    Diagnostic::error(summary, detail).at(range)
}

fn no_base(block: &Block, provider: Option<&LocalProviderConfig>) -> Diagnostic {
    let first = block.labels.first().map_or("", |l| &**l);
    let second = block.labels.get(1).map_or("", |l| &**l);
    let (summary, what, noun) = match (&*block.block_type, provider) {
        ("variable", _) => (
            "Missing base variable declaration to override",
            format!("There is no variable named {first:?}."),
            "a variable",
        ),
        ("output", _) => (
            "Missing base output definition to override",
            format!("There is no output named {first:?}."),
            "an output",
        ),
        ("module", _) => (
            "Missing module call to override",
            format!("There is no module call named {first:?}."),
            "a module call",
        ),
        ("data", _) => (
            "Missing data resource to override",
            format!("There is no {first} data resource named {second:?}."),
            "a data block",
        ),
        ("ephemeral", _) => (
            "Missing ephemeral resource to override",
            format!("There is no {first} ephemeral resource named {second:?}."),
            "an ephemeral block",
        ),
        ("action", _) => (
            "Missing action to override",
            format!("There is no {first} action named {second:?}."),
            "an action block",
        ),
        ("provider", Some(config)) => (
            "Missing base provider configuration for override",
            format!("There is no provider configuration {config}."),
            "an aliased provider configuration",
        ),
        _ => (
            "Missing resource to override",
            format!("There is no {first} resource named {second:?}."),
            "a resource block",
        ),
    };
    missing_base(summary, &what, noun, &block.def_range)
}
