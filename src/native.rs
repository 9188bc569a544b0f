//! Native providers: plugins that come with Groma and take the place of released ones.
//!
//! `init` chooses ([`choose`]): a native provider is taken where the configuration asks for the
//! released one, in a version that the native one stands in for. Where it offers every type that
//! configuration and state use, the released one is not needed at all; otherwise what it offers
//! goes to it, and the rest to the released one. The choice is kept in the data directory; lock
//! file and state name the released provider, so that any other engine can go on from there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use groma_addrs::version::{Version, VersionConstraints};
use groma_addrs::{Provider as Address, ResourceMode};
use groma_config::Config;
use groma_diag::{Diagnostic, Diagnostics};
use groma_plugin::{Launch, Plugin, SchemaCache};
use groma_provider::Provider;
use groma_registry::Locks;
use groma_schema::ProviderSchemas;
use groma_state::State;
use serde_json::{Value, json};

use crate::providers::cache_dir;
use crate::session::{Session, VERSION};

/// A native provider.
struct Native {
    /// The program, which lies beside that of Groma.
    program: &'static str,
    /// Whom it stands in for, on any of the public registries.
    namespace: &'static str,
    name: &'static str,
    version: [u64; 3],
}

const NATIVES: [Native; 1] = [Native {
    program: "groma-provider-aws",
    namespace: "hashicorp",
    name: "aws",
    version: [5, 100, 0],
}];

const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// The file in the data directory that holds the choice.
const RECORD: &str = "native-providers.json";

/// What is said of a type that came into the configuration after the choice.
const ABOUT_MISSING: &str = "The native provider of Groma stands in for it here, as was chosen when it covered every type in use. Run \"groma init\" to choose again: what it does not cover is left to the released provider then.";

/// What the hashes of native providers begin with.
pub(crate) const HASH_SCHEME: &str = "native:";

/// A native provider in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// The program.
    pub(crate) program: PathBuf,
    /// The version that it stands in for.
    pub(crate) version: String,
    /// Whether the released provider is not needed beside it.
    pub(crate) alone: bool,
}

impl Chosen {
    /// The plugin.
    pub(crate) fn plugin(&self, session: &Session, address: &Address) -> Arc<Plugin> {
        let cache =
            self.cache_key(address).map(|key| SchemaCache { directory: cache_dir(session), key });
        let launch = Launch::new(self.program.clone());
        let about_missing = self.alone.then_some(ABOUT_MISSING);
        Plugin::native(address.to_string(), launch, cache, about_missing)
    }

    /// By what saved plans know it: it comes with Groma, and is as this Groma has it.
    pub(crate) fn hash(&self) -> String {
        format!("{HASH_SCHEME}{VERSION}")
    }

    /// Something that changes whenever the program does.
    fn cache_key(&self, address: &Address) -> Option<String> {
        let file = std::fs::metadata(&self.program).ok()?;
        let time = file.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        let program = self.program.display();
        Some(format!("{address} native {program} {} {}", file.len(), time.as_nanos()))
    }
}

/// What a command may be asked to start: what `init` chose, as far as it still holds.
pub(crate) fn chosen(session: &Session) -> BTreeMap<Address, Chosen> {
    if session.cli_config.released_providers_only {
        return BTreeMap::new();
    }
    let overridden = session.cli_config.dev_overrides();
    let mut chosen = read(&record(session));
    chosen.retain(|address, native| !overridden.contains_key(address) && native.program.is_file());
    chosen
}

/// Those that need no released plugin beside them.
pub(crate) fn alone(chosen: &BTreeMap<Address, Chosen>) -> impl Iterator<Item = &Address> {
    chosen.iter().filter(|(_, native)| native.alone).map(|(address, _)| address)
}

/// What was chosen, and a line on each for the user.
pub(crate) struct Choice {
    pub(crate) chosen: BTreeMap<Address, Chosen>,
    pub(crate) lines: Vec<String>,
}

/// Chooses native providers for what is required.
pub(crate) async fn choose(
    session: &Session,
    config: &Config,
    state: &State,
    required: &BTreeMap<Address, VersionConstraints>,
    locks: &Locks,
) -> Choice {
    let mut chosen = BTreeMap::new();
    let mut lines = Vec::new();
    if !session.cli_config.released_providers_only {
        for (address, constraints) in required {
            let Some(mut native) = candidate(session, address, constraints, locks) else {
                continue;
            };
            let missing = match uncovered(session, address, &native, config, state).await {
                Ok(missing) => missing,
                Err(why) => {
                    session.ui.warnings(unusable(address, &why));
                    continue;
                }
            };
            native.alone = missing.is_empty();
            lines.push(line(address, &native, &missing));
            chosen.insert(address.clone(), native);
        }
    }
    Choice { chosen, lines }
}

/// Records a choice, but for native providers that need the released one beside them where another
/// version of that was selected than they stand in for: an object must not meet two versions of its
/// type. Says which, a line each.
pub(crate) fn settle(
    session: &Session,
    mut chosen: BTreeMap<Address, Chosen>,
    locks: &Locks,
) -> Result<Vec<String>, Diagnostics> {
    let mut lines = Vec::new();
    chosen.retain(|address, native| {
        let selected = locks.get(address).map(|lock| lock.version.to_string());
        let fits = native.alone || selected.as_ref() == Some(&native.version);
        if !fits {
            lines.push(format!(
                "- The native provider is not used: it stands in for {} v{}, and another version is selected",
                address.for_display(),
                native.version
            ));
        }
        fits
    });
    write(&record(session), &chosen)?;
    Ok(lines)
}

/// The native provider that stands in for a provider, if one may.
fn candidate(
    session: &Session,
    address: &Address,
    constraints: &VersionConstraints,
    locks: &Locks,
) -> Option<Chosen> {
    let native = NATIVES.iter().find(|native| {
        REGISTRIES.contains(&&*address.hostname)
            && *address.namespace == *native.namespace
            && *address.kind == *native.name
    })?;
    let [major, minor, patch] = native.version;
    let version = Version::new(major, minor, patch);
    let locked = locks.get(address).is_none_or(|lock| lock.version == version);
    let overridden = session.cli_config.dev_overrides().contains_key(address);
    if !locked || overridden || !constraints.matches(&version) {
        return None;
    }
    let folder = std::env::current_exe().ok()?.parent()?.to_owned();
    let program = folder.join(format!("{}{}", native.program, std::env::consts::EXE_SUFFIX));
    let found = program.is_file();
    found.then(|| Chosen { program, version: version.to_string(), alone: false })
}

/// The types in use that the native provider does not offer.
async fn uncovered(
    session: &Session,
    address: &Address,
    native: &Chosen,
    config: &Config,
    state: &State,
) -> Result<BTreeSet<String>, Diagnostics> {
    let plugin = native.plugin(session, address).instance();
    let schemas = plugin.schemas().await;
    plugin.close().await;
    let schemas = schemas?;
    let mut missing = BTreeSet::new();
    for node in config.modules() {
        let ours = node.module.resources.values().filter(|r| r.provider == *address);
        missing.extend(ours.filter_map(|r| lacks(&*schemas, r.addr.mode, &r.addr.ty)));
    }
    for (at, resource) in &state.resources {
        if resource.provider.provider == *address {
            missing.extend(lacks(&*schemas, at.resource.mode, &at.resource.ty));
        }
    }
    Ok(missing)
}

/// The name of a type, if it is not offered.
fn lacks(schemas: &dyn ProviderSchemas, mode: ResourceMode, ty: &str) -> Option<String> {
    let (found, kind) = match mode {
        ResourceMode::Managed => (schemas.resource_type(ty), ""),
        ResourceMode::Data => (schemas.data_source(ty), "data."),
        ResourceMode::Ephemeral => (schemas.ephemeral_resource_type(ty), "ephemeral."),
    };
    (!matches!(found, Ok(Some(_)))).then(|| format!("{kind}{ty}"))
}

fn line(address: &Address, native: &Chosen, missing: &BTreeSet<String>) -> String {
    let name = address.for_display();
    let version = &native.version;
    match missing.is_empty() {
        true => format!("- Using the native provider of Groma in place of {name} v{version}"),
        false => {
            let types: Vec<&str> = missing.iter().map(String::as_str).collect();
            format!(
                "- Using the native provider of Groma in place of {name} v{version}, but for {}",
                types.join(", ")
            )
        }
    }
}

fn unusable(address: &Address, why: &Diagnostics) -> Diagnostics {
    let reasons: Vec<String> = why.iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect();
    let detail = format!(
        "The native provider that comes with Groma cannot be used in place of {}: {}. The released provider is used. To turn native providers off, write native_providers = false into the CLI configuration.",
        address.for_display(),
        reasons.join("; ")
    );
    Diagnostic::warning("Native provider not usable", detail).into()
}

fn record(session: &Session) -> PathBuf {
    session.settings.data_dir.join(RECORD)
}

/// The recorded choice; one that cannot be read is none.
fn read(path: &Path) -> BTreeMap<Address, Chosen> {
    let Ok(text) = std::fs::read(path) else { return BTreeMap::new() };
    let parsed = serde_json::from_slice::<Value>(&text).unwrap_or_default();
    let Some(providers) = parsed["providers"].as_object() else { return BTreeMap::new() };
    let entries = providers.iter().filter_map(|(name, native)| {
        let chosen = Chosen {
            program: native["program"].as_str()?.into(),
            version: native["version"].as_str()?.to_owned(),
            alone: native["alone"].as_bool()?,
        };
        Some((Address::parse(name).ok()?, chosen))
    });
    entries.collect()
}

fn write(path: &Path, chosen: &BTreeMap<Address, Chosen>) -> Result<(), Diagnostics> {
    let result = match chosen.is_empty() {
        true => match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        },
        false => {
            let providers: serde_json::Map<String, Value> = chosen
                .iter()
                .map(|(address, native)| (address.to_string(), recorded(native)))
                .collect();
            let text = format!("{:#}\n", json!({ "providers": providers }));
            let folder = path.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, text))
        }
    };
    result.map_err(|error| {
        let detail = format!("The file {} cannot be written: {error}.", path.display());
        Diagnostic::error("Failed to record the choice of providers", detail).into()
    })
}

fn recorded(native: &Chosen) -> Value {
    let program = native.program.to_string_lossy();
    json!({ "program": program, "version": native.version, "alone": native.alone })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_survives_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data").join(RECORD);
        let native = Chosen { program: "/opt/p".into(), version: "5.100.0".into(), alone: true };
        let address = Address::parse("hashicorp/aws").unwrap();
        let chosen = BTreeMap::from([(address, native)]);
        write(&path, &chosen).unwrap();
        assert_eq!(read(&path), chosen);
        write(&path, &BTreeMap::new()).unwrap();
        assert!(!path.exists());
        assert!(read(&path).is_empty());
        std::fs::write(&path, "{\"providers\": 3}").unwrap();
        assert!(read(&path).is_empty());
    }
}
