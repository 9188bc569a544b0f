//! Which version of each provider was selected, and the checksums of its packages.

use std::collections::{BTreeMap, BTreeSet};

use groma_addrs::Provider;
use groma_addrs::version::{Version, VersionConstraints};
use groma_diag::Diagnostic;

use crate::hash::{HashScheme, PackageHash};

/// The selection for one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderLock {
    /// The version.
    pub version: Version,
    /// The constraints at the time of the selection. They tell readers why; nothing else.
    pub constraints: VersionConstraints,
    /// Checksums of this version's packages for one or more platforms. None means that there is
    /// nothing to check against.
    pub hashes: BTreeSet<PackageHash>,
}

impl ProviderLock {
    /// The checksums that this version can check: a package must match one of these, if any.
    pub fn checkable_hashes(&self) -> BTreeSet<&PackageHash> {
        self.hashes.iter().filter(|hash| hash.scheme() != HashScheme::Unknown).collect()
    }
}

/// The selections for all providers of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locks {
    providers: BTreeMap<Provider, ProviderLock>,
}

impl Locks {
    /// No selections.
    pub fn new() -> Locks {
        Locks::default()
    }

    /// The selection for a provider.
    pub fn get(&self, provider: &Provider) -> Option<&ProviderLock> {
        self.providers.get(provider)
    }

    /// Selects, in place of an earlier selection.
    pub fn set(&mut self, provider: Provider, lock: ProviderLock) {
        self.providers.insert(provider, lock);
    }

    /// Forgets the selection for a provider.
    pub fn remove(&mut self, provider: &Provider) -> Option<ProviderLock> {
        self.providers.remove(provider)
    }

    /// All selections in the order of the providers' addresses.
    pub fn iter(&self) -> impl Iterator<Item = (&Provider, &ProviderLock)> {
        self.providers.iter()
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.providers.is_empty()
    }

    /// Whether both select the same packages. Constraints do not count.
    pub fn same_selections(&self, other: &Locks) -> bool {
        self.same_providers(other)
            && self.providers.iter().all(|(provider, lock)| {
                other.get(provider).is_some_and(|theirs| {
                    lock.version == theirs.version && lock.hashes == theirs.hashes
                })
            })
    }

    /// Whether both select for the same providers.
    pub fn same_providers(&self, other: &Locks) -> bool {
        self.providers.keys().eq(other.providers.keys())
    }

    /// The error for a configuration that the selections do not meet. Providers in `managed_elsewhere`
    /// (under development, attached to or built in) need none.
    pub fn check(
        &self,
        required: &BTreeMap<Provider, VersionConstraints>,
        managed_elsewhere: impl Fn(&Provider) -> bool,
    ) -> Option<Diagnostic> {
        let mut problems = String::new();
        let mut outdated = false;
        for (provider, constraints) in required {
            if provider.is_builtin() || managed_elsewhere(provider) {
                continue;
            }
            match self.get(provider) {
                None => {
                    problems += &format!(
                        "  - provider {provider}: required by this configuration but no version is selected\n"
                    );
                }
                Some(lock) if !constraints.matches(&lock.version) => {
                    outdated = true;
                    problems += &format!(
                        "  - provider {provider}: locked version selection {} doesn't match the updated version constraints \"{constraints}\"\n",
                        lock.version
                    );
                }
                Some(_) => {}
            }
        }
        if problems.is_empty() {
            return None;
        }
        let advice = if self.is_empty() {
            "To select versions and write them to the dependency lock file, run:\n  groma init"
        } else if outdated {
            "To select versions anew and update the dependency lock file, run:\n  groma init -upgrade"
        } else {
            "To add the missing selections to the dependency lock file, run:\n  groma init"
        };
        Some(Diagnostic::error(
            "Inconsistent dependency lock file",
            format!(
                "The selections in the dependency lock file do not meet the requirements of the configuration:\n{problems}\n{advice}"
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(source: &str) -> Provider {
        Provider::parse(source).unwrap()
    }

    fn lock(version: &str, hashes: &[&str]) -> ProviderLock {
        ProviderLock {
            version: Version::parse(version).unwrap(),
            constraints: VersionConstraints::any(),
            hashes: hashes.iter().map(|text| PackageHash::parse(text).unwrap()).collect(),
        }
    }

    #[test]
    fn constraints_do_not_make_selections_differ() {
        let mut a = Locks::new();
        a.set(provider("acme/foo"), lock("1.0.0", &["h1:a", "h1:b"]));
        let mut b = a.clone();
        b.set(
            provider("acme/foo"),
            ProviderLock {
                constraints: VersionConstraints::parse("~> 1.0").unwrap(),
                ..lock("1.0.0", &["h1:b", "h1:a"])
            },
        );
        assert!(a.same_selections(&b));
        b.set(provider("acme/foo"), lock("1.0.0", &["h1:a"]));
        assert!(!a.same_selections(&b) && a.same_providers(&b));
        b.set(provider("acme/bar"), lock("1.0.0", &[]));
        assert!(!a.same_providers(&b) && !b.same_providers(&a));
    }

    #[test]
    fn unknown_schemes_are_kept_but_not_checked() {
        let lock = lock("1.0.0", &["h1:a", "h9:b", "zh:c"]);
        let checkable: Vec<_> = lock.checkable_hashes().iter().map(|h| h.as_str()).collect();
        assert_eq!(checkable, ["h1:a", "zh:c"]);
    }

    #[test]
    fn what_the_selections_do_not_meet_is_named_with_what_to_do() {
        let required: BTreeMap<_, _> = [
            ("acme/foo", "~> 1.0"),
            ("acme/bar", ">= 2.0"),
            ("acme/dev", "9.9.9"),
            ("terraform.io/builtin/terraform", "9.9.9"),
        ]
        .map(|(source, text)| (provider(source), VersionConstraints::parse(text).unwrap()))
        .into();
        let dev = |p: &Provider| &*p.kind == "dev";
        let mut locks = Locks::new();
        let detail = locks.check(&required, dev).unwrap().detail;
        assert!(
            detail.contains("acme/foo: required") && detail.ends_with("groma init"),
            "{detail}"
        );
        assert!(!detail.contains("acme/dev") && !detail.contains("builtin"), "{detail}");

        locks.set(provider("acme/foo"), lock("2.0.0", &[]));
        let detail = locks.check(&required, dev).unwrap().detail;
        assert!(detail.contains("2.0.0 doesn't match") && detail.ends_with("-upgrade"), "{detail}");

        locks.set(provider("acme/foo"), lock("1.5.0", &[]));
        let detail = locks.check(&required, dev).unwrap().detail;
        assert!(detail.contains("acme/bar") && detail.ends_with("groma init"), "{detail}");
        locks.set(provider("acme/bar"), lock("2.5.0", &[]));
        assert_eq!(locks.check(&required, dev), None);
    }
}
