//! Module source addresses.

use groma_addrs::{PackageAddress, PackageAddressError};
use groma_diag::Diagnostic;
use groma_value::Str;

use super::paths;
use crate::model::{ModuleSource, RegistrySource};

/// The registry of sources without a host name.
const DEFAULT_HOST: &str = "registry.terraform.io";

/// Hosts of version control systems that short addresses begin with.
const VCS_HOSTS: [&str; 2] = ["github.com", "bitbucket.org"];

/// Why a source address is not one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SourceError {
    summary: &'static str,
    detail: String,
}

impl ModuleSource {
    /// Parses a source address. With a version it must be that of a module in a registry. The error
    /// says nothing of where the address stands.
    pub fn parse(text: &str, with_version: bool) -> Result<ModuleSource, Diagnostic> {
        Self::read(text, with_version)
            .map_err(|error| Diagnostic::error(error.summary, error.detail))
    }

    fn read(text: &str, with_version: bool) -> Result<ModuleSource, SourceError> {
        if with_version {
            return match RegistrySource::parse(text) {
                Some(source) => Ok(ModuleSource::Registry(source)),
                None => Err(SourceError {
                    summary: "Invalid registry module source address",
                    detail: format!(
                        "{text:?} is not the address of a module in a registry, which is written \
                         [hostname/]namespace/name/system.\n\nSuch an address is expected because \
                         the argument \"version\" is set, which applies only to modules of \
                         registries."
                    ),
                }),
            };
        }
        if ["./", "../", ".\\", "..\\"].iter().any(|prefix| text.starts_with(prefix)) {
            return Ok(ModuleSource::Local(local(&text.replace('\\', "/"))));
        }
        if let Some(source) = RegistrySource::parse(text) {
            return Ok(ModuleSource::Registry(source));
        }
        let detail = match PackageAddress::parse(text) {
            Ok(address) => return Ok(ModuleSource::Remote(address)),
            Err(PackageAddressError::UnknownWay(package)) => format!(
                "{package:?} says neither where a local module is nor how a remote one can be \
                 had.\n\nIf you intended this as a path relative to the current module, use \
                 \"./{package}\" instead. The \"./\" prefix indicates that the address is a \
                 relative filesystem path."
            ),
            Err(error) => format!("Failed to parse module source address: {error}."),
        };
        Err(SourceError { summary: "Invalid module source address", detail })
    }
}

/// A local path in its shortest form, still with its prefix.
fn local(text: &str) -> Str {
    let clean = paths::clean(text);
    match &*clean {
        "." => "./".into(),
        ".." => "../".into(),
        path if path.starts_with("../") => path.into(),
        path => format!("./{path}").into(),
    }
}

impl RegistrySource {
    fn parse(text: &str) -> Option<RegistrySource> {
        let (package, subdir) = match text.split_once("//") {
            Some((package, subdir)) => (package, Some(paths::clean(subdir))),
            None => (text, None),
        };
        if subdir.as_deref().is_some_and(|s| s.starts_with("../") || s == "..") {
            return None;
        }
        let parts: Vec<&str> = package.split('/').collect();
        let (hostname, namespace, name, system) = match parts.as_slice() {
            [namespace, name, system] => (DEFAULT_HOST, *namespace, *name, *system),
            [host, namespace, name, system] => (*host, *namespace, *name, *system),
            _ => return None,
        };
        let known_vcs = VCS_HOSTS.iter().any(|h| hostname.eq_ignore_ascii_case(h));
        let valid = is_host(hostname)
            && !known_vcs
            && is_name(namespace)
            && is_name(name)
            && is_system(system);
        valid.then(|| RegistrySource {
            hostname: hostname.to_lowercase().into(),
            namespace: namespace.into(),
            name: name.into(),
            system: system.into(),
            subdir: subdir.filter(|s| s != ".").map(Into::into),
        })
    }
}

fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').map_or((host, None), |(n, p)| (n, Some(p)));
    (name.contains('.') || name == "localhost")
        && name.split('.').all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
        && port.is_none_or(|p| p.parse::<u16>().is_ok())
}

fn is_name(name: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    name.len() <= 64
        && edge(name.chars().next())
        && edge(name.chars().next_back())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn is_system(system: &str) -> bool {
    (1..=64).contains(&system.len())
        && system.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match ModuleSource::parse(text, false) {
            Ok(ModuleSource::Local(t)) => format!("local {t}"),
            Ok(ModuleSource::Registry(r)) => format!("registry {r}"),
            Ok(ModuleSource::Remote(t)) => format!("remote {t}"),
            Err(_) => "error".into(),
        }
    }

    #[test]
    fn addresses_are_told_apart() {
        assert_eq!(shown("./a/../b"), "local ./b");
        assert_eq!(shown("../a"), "local ../a");
        assert_eq!(shown("./"), "local ./");
        assert_eq!(shown("./.hidden"), "local ./.hidden");
        assert_eq!(
            shown("hashicorp/consul/aws"),
            "registry registry.terraform.io/hashicorp/consul/aws"
        );
        assert_eq!(shown("app.x.io/a/b/c//sub"), "registry app.x.io/a/b/c//sub");
        assert_eq!(
            shown("github.com/hashicorp/example"),
            "remote git::https://github.com/hashicorp/example.git"
        );
        assert_eq!(shown("git::https://x/y.git"), "remote git::https://x/y.git");
        assert_eq!(shown("/abs"), "remote file:///abs");
        assert_eq!(shown("gitlab.com/a/b/c"), "registry gitlab.com/a/b/c");
        assert_eq!(shown("git::https://x/y//../z"), "error");
        for wrong in ["foo", ".", "modules/a", ""] {
            assert_eq!(shown(wrong), "error", "{wrong}");
        }
        assert!(ModuleSource::parse("./a", true).is_err());
    }
}
