//! Which sources to ask for which provider.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use groma_addrs::Provider;
use groma_addrs::version::Version;

use crate::cli_config::{CliConfig, InstallationMethod, MethodLocation};
use crate::environment::CliEnvironment;
use crate::mirror::FilesystemMirror;
use crate::pattern::ProviderPattern;
use crate::platform::Platform;
use crate::source::{Package, PackageSource, RemoteSources, SourceError, Unavailable};

/// A source and the providers that it is meant for.
#[derive(Clone)]
pub struct SourceRule {
    source: Arc<dyn PackageSource>,
    include: Vec<ProviderPattern>,
    exclude: Vec<ProviderPattern>,
    /// Asked only for providers that no earlier source has in any version.
    last_resort: bool,
}

impl SourceRule {
    /// A source for all providers.
    pub fn all(source: Arc<dyn PackageSource>) -> SourceRule {
        SourceRule { source, include: Vec::new(), exclude: Vec::new(), last_resort: false }
    }

    fn covers(&self, provider: &Provider) -> bool {
        let any = |patterns: &[ProviderPattern]| patterns.iter().any(|p| p.matches(provider));
        !any(&self.exclude) && (self.include.is_empty() || any(&self.include))
    }
}

/// All sources in the order of their priority.
#[derive(Clone, Default)]
pub struct Sources {
    rules: Vec<SourceRule>,
}

/// What the sources have of a provider.
#[derive(Clone, Debug, Default)]
pub struct Available {
    /// The versions, each from one or more sources.
    pub versions: BTreeSet<Version>,
    /// The sources that were asked.
    pub searched: Vec<String>,
    /// Why sources that might have more could not be asked.
    pub unavailable: Vec<String>,
}

impl Sources {
    /// Sources from rules.
    pub fn new(rules: Vec<SourceRule>) -> Sources {
        Sources { rules }
    }

    /// Only these folders (`init -plugin-dir`).
    pub fn from_dirs(dirs: &[PathBuf]) -> Sources {
        Sources::new(dirs.iter().map(|dir| mirror_rule(dir)).collect())
    }

    /// What the CLI configuration says; without a `provider_installation` block the implied
    /// local folders that exist, then the registries for what is in none of them.
    pub fn from_config(
        config: &CliConfig,
        environment: &CliEnvironment,
        remote: &dyn RemoteSources,
    ) -> Sources {
        let Some(installation) = &config.provider_installation else {
            let mut rules: Vec<SourceRule> = environment
                .implied_mirror_dirs()
                .iter()
                .filter(|dir| dir.is_dir())
                .map(|dir| mirror_rule(dir))
                .collect();
            rules.push(SourceRule { last_resort: true, ..SourceRule::all(remote.registry()) });
            return Sources::new(rules);
        };
        let rule = |method: &InstallationMethod| SourceRule {
            source: method_source(&method.location, remote),
            include: method.include.clone(),
            exclude: method.exclude.clone(),
            last_resort: false,
        };
        Sources::new(installation.methods.iter().map(rule).collect())
    }

    /// Asks all sources that are meant for a provider which versions they have.
    pub fn versions(&self, provider: &Provider) -> Result<Available, SourceError> {
        let mut available = Available::default();
        for rule in self.rules.iter().filter(|rule| rule.covers(provider)) {
            if rule.last_resort && !available.versions.is_empty() {
                continue;
            }
            match rule.source.versions(provider) {
                Ok(versions) => available.versions.extend(versions),
                Err(SourceError::NotFound) => {}
                Err(SourceError::Unavailable(why)) => {
                    available.unavailable.push(why);
                    continue;
                }
                Err(error) => return Err(error),
            }
            available.searched.push(rule.source.describe());
        }
        Ok(available)
    }

    /// Brings a package from the first source that has it.
    pub fn package(
        &self,
        provider: &Provider,
        version: &Version,
        platform: &Platform,
    ) -> Result<Package, SourceError> {
        let mut outcome = SourceError::NotFound;
        for rule in self.rules.iter().filter(|rule| rule.covers(provider)) {
            match rule.source.package(provider, version, platform) {
                Err(SourceError::NotFound) => {}
                Err(error @ SourceError::Unavailable(_)) => outcome = error,
                other => return other,
            }
        }
        Err(outcome)
    }
}

fn mirror_rule(dir: &Path) -> SourceRule {
    SourceRule::all(Arc::new(FilesystemMirror::new(dir)))
}

fn method_source(location: &MethodLocation, remote: &dyn RemoteSources) -> Arc<dyn PackageSource> {
    match location {
        MethodLocation::FilesystemMirror(path) => Arc::new(FilesystemMirror::new(path)),
        MethodLocation::NetworkMirror(url) => remote.network_mirror(url),
        MethodLocation::Direct => remote.registry(),
        MethodLocation::OciMirror => Arc::new(Unavailable {
            name: "oci_mirror".into(),
            why: "the installation method oci_mirror is not supported".into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(&'static [&'static str], Result<(), SourceError>);

    impl PackageSource for Fixed {
        fn versions(&self, _: &Provider) -> Result<Vec<Version>, SourceError> {
            self.1.clone()?;
            Ok(self.0.iter().map(|text| Version::parse(text).unwrap()).collect())
        }
        fn package(&self, _: &Provider, _: &Version, _: &Platform) -> Result<Package, SourceError> {
            Err(SourceError::NotFound)
        }
        fn describe(&self) -> String {
            format!("{:?}", self.0)
        }
    }

    fn rule(versions: &'static [&'static str]) -> SourceRule {
        SourceRule::all(Arc::new(Fixed(versions, Ok(()))))
    }

    fn versions(rules: Vec<SourceRule>) -> Vec<String> {
        let provider = Provider::parse("acme/foo").unwrap();
        let available = Sources::new(rules).versions(&provider).unwrap();
        available.versions.iter().map(Version::to_string).collect()
    }

    #[test]
    fn the_union_of_all_sources_that_are_meant_is_available() {
        let pattern = |text| vec![ProviderPattern::parse(text).unwrap()];
        let included = SourceRule { include: pattern("acme/*"), ..rule(&["2.0.0", "1.0.0"]) };
        let not_included = SourceRule { include: pattern("other/*"), ..rule(&["3.0.0"]) };
        let excluded = SourceRule { exclude: pattern("acme/foo"), ..rule(&["4.0.0"]) };
        let all = versions(vec![rule(&["1.0.0", "1.1.0"]), included, not_included, excluded]);
        assert_eq!(all, ["1.0.0", "1.1.0", "2.0.0"]);
    }

    #[test]
    fn registries_are_not_asked_for_what_lies_in_an_implied_folder() {
        let last = |versions| SourceRule { last_resort: true, ..rule(versions) };
        assert_eq!(versions(vec![rule(&["1.0.0"]), last(&["2.0.0"])]), ["1.0.0"]);
        assert_eq!(versions(vec![rule(&[]), last(&["2.0.0"])]), ["2.0.0"]);
    }

    #[test]
    fn an_unavailable_source_does_not_stop_the_others_but_a_failing_one_does() {
        let provider = Provider::parse("acme/foo").unwrap();
        let with = |error| SourceRule::all(Arc::new(Fixed(&[], Err(error))));
        let offline = with(SourceError::Unavailable("no network".into()));
        let sources = Sources::new(vec![offline, rule(&["1.0.0"])]);
        let available = sources.versions(&provider).unwrap();
        assert_eq!(available.versions.len(), 1);
        assert_eq!(available.unavailable, ["no network"]);

        let broken = with(SourceError::Failed("broken".into()));
        let sources = Sources::new(vec![rule(&["1.0.0"]), broken]);
        assert_eq!(sources.versions(&provider).unwrap_err(), SourceError::Failed("broken".into()));
    }

    #[test]
    fn sources_follow_the_cli_configuration() {
        use crate::source::LocalOnly;
        use crate::testing::unpacked;
        use groma_diag::Diagnostics;

        let dir = tempfile::tempdir().unwrap();
        let foo = Provider::parse("acme/foo").unwrap();
        let environment =
            CliEnvironment { launch_dir: dir.path().into(), ..CliEnvironment::default() };
        let available = |text: &str| {
            let mut diagnostics = Diagnostics::new();
            let config = CliConfig::parse("rc", text, &environment, &mut diagnostics);
            assert!(diagnostics.is_empty(), "{diagnostics}");
            Sources::from_config(&config, &environment, &LocalOnly).versions(&foo).unwrap()
        };

        let nothing = available("");
        assert!(nothing.versions.is_empty() && nothing.searched.is_empty());
        assert_eq!(nothing.unavailable.len(), 1, "a registry would be asked");
        unpacked(&dir.path().join("terraform.d/plugins"), "acme/foo", "1.0.0", "linux_amd64");
        let implied = available("");
        assert_eq!((implied.versions.len(), implied.unavailable.len()), (1, 0));

        let mirror = dir.path().join("mirror");
        unpacked(&mirror, "acme/foo", "2.0.0", "linux_amd64");
        let explicit = available(&format!(
            "provider_installation {{\n filesystem_mirror {{ path = \"{}\" }}\n direct {{ exclude = [\"acme/*\"] }}\n}}",
            mirror.display()
        ));
        assert!(explicit.versions.contains(&Version::new(2, 0, 0)));
        assert_eq!((explicit.searched.len(), explicit.unavailable.len()), (1, 0));
        let network = available(
            "provider_installation {\n network_mirror { url = \"https://m.example/\" }\n}",
        );
        assert!(network.unavailable[0].contains("m.example"), "{network:?}");
        assert!(available("provider_installation {}").unavailable.is_empty());
    }
}
