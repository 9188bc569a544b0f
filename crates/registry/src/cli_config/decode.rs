//! The meaning of a CLI configuration file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use groma_addrs::Provider;
use groma_diag::{Diagnostic, Diagnostics, SourceRange};

use super::syntax::{Item, Node, Value};
use super::{
    CliConfig, Credentials, CredentialsHelper, InstallationMethod, MethodLocation,
    ProviderInstallation, Secret,
};
use crate::environment::CliEnvironment;
use crate::pattern::ProviderPattern;

/// Reads the settings of a file. What is wrong is reported and left out.
pub(super) fn decode(
    items: Vec<Item>,
    environment: &CliEnvironment,
    diagnostics: &mut Diagnostics,
) -> CliConfig {
    let mut decoder = Decoder { environment, diagnostics, config: CliConfig::default() };
    for item in items {
        decoder.top_level(item);
    }
    decoder.config
}

/// Settings of other engines that have no meaning here.
const FOREIGN: [&str; 5] = [
    "oci_credentials",
    "oci_default_credentials",
    "registry_protocols",
    "providers",
    "provisioners",
];

struct Decoder<'a> {
    environment: &'a CliEnvironment,
    diagnostics: &'a mut Diagnostics,
    config: CliConfig,
}

/// A block with its labels in front: the objects below a key, however they are nested or listed.
struct Labelled {
    label: String,
    items: Vec<Item>,
    range: SourceRange,
}

impl Decoder<'_> {
    fn top_level(&mut self, item: Item) {
        match item.keys[0].as_str() {
            "plugin_cache_dir" => {
                if let Some(path) = self.string(&item) {
                    let path = self.environment.expand(&path);
                    self.config.plugin_cache_dir = (!path.is_empty()).then(|| path.into());
                }
            }
            "plugin_cache_may_break_dependency_lock_file" => {
                self.config.plugin_cache_may_break_dependency_lock_file = self.bool(&item);
            }
            "disable_checkpoint" => self.config.disable_checkpoint = self.bool(&item),
            "disable_checkpoint_signature" => {
                self.config.disable_checkpoint_signature = self.bool(&item);
            }
            "native_providers" => self.config.released_providers_only = !self.bool(&item),
            "provider_installation" => self.provider_installation(item),
            "credentials" => {
                for block in self.labelled(item, "a host name") {
                    let credentials = self.credentials(block.items);
                    self.config.credentials.insert(block.label.to_lowercase(), credentials);
                }
            }
            "credentials_helper" => self.credentials_helper(item),
            "host" => {
                for block in self.labelled(item, "a host name") {
                    let services = self.services(block.items);
                    self.config.hosts.insert(block.label.to_lowercase(), services);
                }
            }
            name if FOREIGN.contains(&name) => {}
            name => self.diagnostics.push(
                Diagnostic::warning(
                    "Unsupported CLI configuration setting",
                    format!("A CLI configuration has no setting {name:?}. It is ignored; check its spelling, or remove it."),
                )
                .at(&item.range),
            ),
        }
    }

    fn invalid(&mut self, range: &SourceRange, detail: String) {
        let diagnostic = Diagnostic::error("Invalid CLI configuration setting", detail).at(range);
        self.diagnostics.push(diagnostic);
    }

    fn string(&mut self, item: &Item) -> Option<String> {
        if item.keys.len() == 1
            && let Value::String(text) = &item.value.value
        {
            return Some(text.clone());
        }
        self.invalid(&item.range, format!("The setting {:?} must be a text.", item.keys[0]));
        None
    }

    fn bool(&mut self, item: &Item) -> bool {
        let value = match &item.value.value {
            Value::Bool(value) => Some(*value),
            Value::String(text) | Value::Number(text) => match text.as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        };
        value.unwrap_or_else(|| {
            let detail = format!("The setting {:?} must be true or false.", item.keys[0]);
            self.invalid(&item.range, detail);
            false
        })
    }

    fn strings(&mut self, item: &Item) -> Vec<String> {
        let list = match &item.value.value {
            Value::String(text) => Some(vec![text.clone()]),
            Value::List(list) => list
                .iter()
                .map(|node| match &node.value {
                    Value::String(text) => Some(text.clone()),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        list.unwrap_or_else(|| {
            let detail = format!("The setting {:?} must be a list of texts.", item.keys[0]);
            self.invalid(&item.range, detail);
            Vec::new()
        })
    }

    fn labelled(&mut self, item: Item, label: &str) -> Vec<Labelled> {
        let mut blocks = Vec::new();
        for (mut keys, items, range) in objects(item.keys, item.value, item.range.clone()) {
            keys.remove(0);
            match (keys.len(), items) {
                (1, Some(items)) => blocks.push(Labelled { label: keys.remove(0), items, range }),
                // As in JSON, where the labels are the keys of an object.
                (0, Some(items)) => {
                    for inner in items {
                        let range = inner.range.clone();
                        for (mut keys, items, range) in objects(inner.keys, inner.value, range) {
                            match (keys.len(), items) {
                                (1, Some(items)) => {
                                    blocks.push(Labelled { label: keys.remove(0), items, range });
                                }
                                _ => self.not_a_block(&range, label),
                            }
                        }
                    }
                }
                _ => self.not_a_block(&range, label),
            }
        }
        blocks
    }

    fn not_a_block(&mut self, range: &SourceRange, label: &str) {
        self.invalid(range, format!("A block with {label} as its only label is expected here."));
    }

    fn credentials(&mut self, items: Vec<Item>) -> Credentials {
        let mut credentials = Credentials::default();
        for item in items {
            // The value must not get into the message: it is a secret.
            let Some(text) = self.string(&item).map(Secret::new) else { continue };
            if item.keys[0] == "token" {
                credentials.token = Some(text);
            } else {
                credentials.other.insert(item.keys[0].clone(), text);
            }
        }
        credentials
    }

    fn credentials_helper(&mut self, item: Item) {
        for block in self.labelled(item, "the name of a helper") {
            let mut helper = CredentialsHelper { name: block.label, args: Vec::new() };
            for item in block.items {
                match item.keys[0].as_str() {
                    "args" => helper.args = self.strings(&item),
                    name => self.unknown_argument(name, &item.range),
                }
            }
            if self.config.credentials_helper.is_some() {
                let detail = "No more than one credentials_helper block may be specified.";
                self.invalid(&block.range, detail.into());
            } else {
                self.config.credentials_helper = Some(helper);
            }
        }
    }

    fn services(&mut self, items: Vec<Item>) -> BTreeMap<String, String> {
        let mut services = BTreeMap::new();
        for item in items {
            match (item.keys[0].as_str(), item.value.value) {
                ("services", Value::Object(entries)) => {
                    for entry in entries {
                        // Some services are described by objects, for logging in; they are not
                        // used here.
                        if let Value::String(url) = entry.value.value {
                            services.insert(entry.keys[0].clone(), url);
                        }
                    }
                }
                (name, _) => self.unknown_argument(name, &item.range),
            }
        }
        services
    }

    fn unknown_argument(&mut self, name: &str, range: &SourceRange) {
        self.diagnostics.push(
            Diagnostic::warning(
                "Unsupported CLI configuration setting",
                format!("An argument named {name:?} has no meaning here and is ignored."),
            )
            .at(range),
        );
    }

    fn provider_installation(&mut self, item: Item) {
        let mut installation = ProviderInstallation::default();
        for (keys, items, range) in objects(item.keys, item.value, item.range.clone()) {
            match items {
                Some(items) if keys.len() == 1 => {
                    items.into_iter().for_each(|item| self.method(item, &mut installation));
                }
                _ => self.installation_error(
                    &range,
                    "The provider_installation block must be a block without labels.".into(),
                ),
            }
        }
        if self.config.provider_installation.is_some() {
            self.installation_error(
                &item.range,
                "No more than one provider_installation block may be specified.".into(),
            );
        } else {
            self.config.provider_installation = Some(installation);
        }
    }

    fn installation_error(&mut self, range: &SourceRange, detail: String) {
        self.diagnostics
            .push(Diagnostic::error("Invalid provider_installation block", detail).at(range));
    }

    fn method_error(&mut self, range: &SourceRange, detail: String) {
        self.diagnostics.push(
            Diagnostic::error("Invalid provider_installation method block", detail).at(range),
        );
    }

    fn method(&mut self, item: Item, installation: &mut ProviderInstallation) {
        let name = item.keys[0].clone();
        for (keys, items, range) in objects(item.keys, item.value, item.range) {
            let Some(items) = items.filter(|_| keys.len() == 1) else {
                self.method_error(
                    &range,
                    "Everything in a provider_installation block must be a block without labels."
                        .into(),
                );
                continue;
            };
            match name.as_str() {
                "dev_overrides" if !installation.methods.is_empty() => self.method_error(
                    &range,
                    "The dev_overrides block must stand before all other installation methods, because it always has the highest priority.".into(),
                ),
                "dev_overrides" => self.dev_overrides(&items, installation),
                "direct" | "filesystem_mirror" | "network_mirror" | "oci_mirror" => {
                    installation.methods.extend(self.installation_method(&name, &items, &range));
                }
                _ => self.method_error(
                    &range,
                    format!("There is no provider installation method {name:?}: expected dev_overrides, filesystem_mirror, network_mirror or direct."),
                ),
            }
        }
    }

    fn installation_method(
        &mut self,
        method: &str,
        items: &[Item],
        range: &SourceRange,
    ) -> Option<InstallationMethod> {
        let (mut path, mut url) = (None, None);
        let (mut include, mut exclude) = (Vec::new(), Vec::new());
        for item in items {
            match (item.keys[0].as_str(), method) {
                ("include", _) => include = self.patterns(item, "inclusion"),
                ("exclude", _) => exclude = self.patterns(item, "exclusion"),
                ("path", "filesystem_mirror") => path = self.string(item),
                ("url", "network_mirror") => url = self.string(item),
                ("repository_template", "oci_mirror")
                | ("download_retry_count" | "trust_all_hashes", _) => {}
                (name, _) => self.unknown_argument(name, &item.range),
            }
        }
        let given = |value: Option<String>| value.filter(|text| !text.is_empty());
        let location = match method {
            "filesystem_mirror" => given(path).map(|p| MethodLocation::FilesystemMirror(p.into())),
            "network_mirror" => given(url).map(MethodLocation::NetworkMirror),
            "oci_mirror" => Some(MethodLocation::OciMirror),
            _ => Some(MethodLocation::Direct),
        };
        if location.is_none() {
            let argument = if method == "network_mirror" { "url" } else { "path" };
            let detail = format!("The argument {argument:?} is required in a {method} block.");
            self.method_error(range, detail);
        }
        Some(InstallationMethod { location: location?, include, exclude })
    }

    fn patterns(&mut self, item: &Item, what: &str) -> Vec<ProviderPattern> {
        let mut patterns = Vec::new();
        for text in self.strings(item) {
            match ProviderPattern::parse(&text) {
                Ok(pattern) => patterns.push(pattern),
                Err(problem) => self.diagnostics.push(
                    Diagnostic::error(
                        format!("Invalid provider source {what} patterns"),
                        format!("The CLI configuration has an {problem}."),
                    )
                    .at(&item.range),
                ),
            }
        }
        patterns
    }

    fn dev_overrides(&mut self, items: &[Item], installation: &mut ProviderInstallation) {
        for item in items {
            let Some(path) = self.string(item) else { continue };
            match Provider::parse(&item.keys[0]) {
                Ok(provider) => {
                    installation.dev_overrides.insert(provider, PathBuf::from(path));
                }
                Err(problem) => self.diagnostics.push(
                    Diagnostic::error(
                        "Invalid provider installation dev overrides",
                        format!(
                            "The entry {:?} is not a valid provider source address: {problem}",
                            item.keys[0]
                        ),
                    )
                    .at(&item.range),
                ),
            }
        }
    }
}

type Object = (Vec<String>, Option<Vec<Item>>, SourceRange);

/// The objects behind a key: one, or each of a list. What is no object has no items.
fn objects(keys: Vec<String>, node: Node, range: SourceRange) -> Vec<Object> {
    match node.value {
        Value::Object(items) => vec![(keys, Some(items), range)],
        Value::List(list) => list
            .into_iter()
            .map(|element| match element.value {
                Value::Object(items) => (keys.clone(), Some(items), range.clone()),
                _ => (keys.clone(), None, element.range),
            })
            .collect(),
        _ => vec![(keys, None, range)],
    }
}
