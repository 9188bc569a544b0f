//! Providers and their configurations.

use std::fmt;

use groma_value::Str;

use crate::{InstanceKey, Module};

/// The source address of a provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Provider {
    /// The registry's host name.
    pub hostname: Str,
    /// The namespace in that registry.
    pub namespace: Str,
    /// The provider's type name.
    pub kind: Str,
}

impl Provider {
    /// The registry that a source without a host name means.
    pub const DEFAULT_HOST: &'static str = "registry.terraform.io";
    /// The host name of providers that are part of the engine.
    pub const BUILTIN_HOST: &'static str = "terraform.io";
    /// The namespace of providers that are part of the engine.
    pub const BUILTIN_NAMESPACE: &'static str = "builtin";

    /// A provider in a registry.
    pub fn new(
        hostname: impl Into<Str>,
        namespace: impl Into<Str>,
        kind: impl Into<Str>,
    ) -> Provider {
        Provider { hostname: hostname.into(), namespace: namespace.into(), kind: kind.into() }
    }

    /// The provider that a local name means without a `required_providers` entry.
    pub fn implied(local_name: &str) -> Provider {
        if local_name == "terraform" {
            return Provider::new(Self::BUILTIN_HOST, Self::BUILTIN_NAMESPACE, local_name);
        }
        Provider::new(Self::DEFAULT_HOST, "hashicorp", local_name)
    }

    /// Whether it is part of the engine.
    pub fn is_builtin(&self) -> bool {
        &*self.hostname == Self::BUILTIN_HOST
    }

    /// Parses a source address: `aws`, `hashicorp/aws` or `host/hashicorp/aws`. The error says
    /// what is wrong with it.
    pub fn parse(source: &str) -> Result<Provider, String> {
        let parts: Vec<&str> = source.split('/').collect();
        let (host, namespace, kind) = match parts[..] {
            [kind] => (Self::DEFAULT_HOST, "hashicorp", kind),
            [namespace, kind] => (Self::DEFAULT_HOST, namespace, kind),
            [host, namespace, kind] => (host, namespace, kind),
            _ => {
                return Err(
                    "The \"source\" attribute must be in the format \"[hostname/][namespace/]name\""
                        .into(),
                );
            }
        };
        if !host.contains('.') && !host.starts_with("localhost") {
            return Err(format!(
                "Invalid provider source hostname {host:?}: a hostname contains at least one dot."
            ));
        }
        for prefix in ["terraform-provider-", "terraform-"] {
            if let Some(name) = kind.strip_prefix(prefix).filter(|name| !name.is_empty()) {
                let place = &source[..source.len() - kind.len()];
                return Err(format!(
                    "Provider source {source:?} has a type with the prefix {prefix:?}, which isn't valid. It is often in the names of repositories for providers, and never in their source addresses.\n\nDid you mean \"{place}{name}\"?"
                ));
            }
        }
        for (what, part) in [("namespace", namespace), ("type", kind)] {
            if !valid_part(part) {
                return Err(format!(
                    "Invalid provider {what} {part:?} in source {source:?}: it must contain only letters, digits, dashes and underscores, and may not begin or end with a dash or underscore."
                ));
            }
        }
        Ok(Provider::new(host.to_lowercase(), namespace.to_lowercase(), kind.to_lowercase()))
    }

    /// The address as a person reads it: without the default host.
    pub fn for_display(&self) -> String {
        if &*self.hostname == Self::DEFAULT_HOST {
            format!("{}/{}", self.namespace, self.kind)
        } else {
            self.to_string()
        }
    }
}

fn valid_part(part: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    edge(part.chars().next())
        && edge(part.chars().next_back())
        && part.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

/// The whole address, host name included.
impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.hostname, self.namespace, self.kind)
    }
}

/// A provider configuration as a module refers to it: `aws`, `aws.west`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalProviderConfig {
    /// The module's name for the provider.
    pub local_name: Str,
    /// Which configuration of it.
    pub alias: Option<Str>,
}

impl fmt::Display for LocalProviderConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.local_name)?;
        match &self.alias {
            Some(alias) => write!(f, ".{alias}"),
            None => Ok(()),
        }
    }
}

/// A provider configuration in the whole configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AbsProviderConfig {
    /// The module in which it is written.
    pub module: Module,
    /// The provider.
    pub provider: Provider,
    /// Which configuration of it.
    pub alias: Option<Str>,
    /// Which instance of a configuration with `for_each`. Where the configuration as a whole is
    /// meant there is no key.
    pub key: InstanceKey,
}

impl AbsProviderConfig {
    /// The configuration of a provider in a module, as a whole.
    pub fn new(module: Module, provider: Provider, alias: Option<Str>) -> AbsProviderConfig {
        AbsProviderConfig { module, provider, alias, key: InstanceKey::None }
    }

    /// An instance of the configuration.
    pub fn instance(&self, key: InstanceKey) -> AbsProviderConfig {
        AbsProviderConfig { key, ..self.clone() }
    }

    /// Whether both are the same configuration, be it different instances of it.
    pub fn is_same(&self, other: &AbsProviderConfig) -> bool {
        self.provider == other.provider && self.alias == other.alias && self.module == other.module
    }

    /// The configuration as a whole, whichever instance of it this is.
    pub fn whole(&self) -> AbsProviderConfig {
        self.instance(InstanceKey::None)
    }
}

/// `provider["registry.terraform.io/hashicorp/aws"].west`, as the state file has it.
impl fmt::Display for AbsProviderConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        write!(f, "provider[\"{}\"]", self.provider)?;
        if let Some(alias) = &self.alias {
            write!(f, ".{alias}")?;
        }
        self.key.fmt(f)
    }
}
