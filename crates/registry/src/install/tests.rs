use std::fs;

use super::*;
use crate::hash::PackageHash;
use crate::locate::{LocateRequest, Plugin, locate};
use crate::source::{LocalOnly, RemoteSources as _};
use crate::sources::SourceRule;
use crate::testing::{packed, unpacked, zip_of};

/// A mirror, a data directory and the selections of the last installation.
struct World {
    dir: tempfile::TempDir,
    locks: Locks,
    cache: Option<PluginCache>,
    upgrade: bool,
    sources: Option<Sources>,
    elsewhere: BTreeSet<Provider>,
}

fn platform() -> Platform {
    Platform::parse("linux_amd64").unwrap()
}

fn provider(source: &str) -> Provider {
    Provider::parse(source).unwrap()
}

fn requirements(required: &[(&str, &str)]) -> BTreeMap<Provider, VersionConstraints> {
    let constraints = |text: &str| match text {
        "" => VersionConstraints::any(),
        text => VersionConstraints::parse(text).unwrap(),
    };
    required.iter().map(|(source, text)| (provider(source), constraints(text))).collect()
}

impl World {
    fn new() -> World {
        World {
            dir: tempfile::tempdir().unwrap(),
            locks: Locks::new(),
            cache: None,
            upgrade: false,
            sources: None,
            elsewhere: BTreeSet::new(),
        }
    }

    fn mirror(&self) -> PathBuf {
        self.dir.path().join("mirror")
    }

    fn data_dir(&self) -> PathBuf {
        self.dir.path().join(".terraform")
    }

    fn unpacked(&self, source: &str, version: &str) -> PathBuf {
        unpacked(&self.mirror(), source, version, "linux_amd64")
    }

    fn packed(&self, source: &str, version: &str) -> PathBuf {
        packed(&self.mirror(), source, version, "linux_amd64")
    }

    fn target(&self, source: &str, version: &str) -> PathBuf {
        let base = self.data_dir().join(PROVIDERS_DIR);
        package_dir_of(&base, source, version)
    }

    /// Installs, keeps the selections if there was no error, and gives what happened.
    fn install(&mut self, required: &[(&str, &str)]) -> (Vec<String>, Installation, Diagnostics) {
        let sources = self.sources.clone().unwrap_or_else(|| Sources::from_dirs(&[self.mirror()]));
        let mut shown = Vec::new();
        let (installation, diagnostics) = install(
            &InstallRequest {
                required: &requirements(required),
                locks: &self.locks,
                sources: &sources,
                data_dir: &self.data_dir(),
                plugin_cache: self.cache.as_ref(),
                upgrade: self.upgrade,
                managed_elsewhere: &self.elsewhere,
                platform: &platform(),
                memo: &HashMemo::open(&self.data_dir()),
            },
            &mut |event| shown.push(show(&event)),
        );
        if !diagnostics.has_errors() {
            self.locks = installation.locks.clone();
        }
        (shown, installation, diagnostics)
    }

    fn events(&mut self, required: &[(&str, &str)]) -> Vec<String> {
        let (events, _, diagnostics) = self.install(required);
        assert!(!diagnostics.has_errors(), "{diagnostics}");
        events
    }

    fn error(&mut self, required: &[(&str, &str)]) -> String {
        let (_, _, diagnostics) = self.install(required);
        assert!(diagnostics.has_errors());
        diagnostics.to_string()
    }

    fn locate(&self, required: &[(&str, &str)]) -> Result<BTreeMap<Provider, Plugin>, String> {
        let (plugins, diagnostics) = locate(&LocateRequest {
            required: &requirements(required),
            locks: &self.locks,
            data_dir: &self.data_dir(),
            dev_overrides: &BTreeMap::new(),
            attached: &BTreeSet::new(),
            platform: &platform(),
            memo: &HashMemo::open(&self.data_dir()),
        });
        if diagnostics.has_errors() { Err(diagnostics.to_string()) } else { Ok(plugins) }
    }

    fn set_hashes(&mut self, source: &str, hashes: &[&str]) {
        let mut lock = self.locks.get(&provider(source)).unwrap().clone();
        lock.hashes = hashes.iter().map(|text| PackageHash::parse(text).unwrap()).collect();
        self.locks.set(provider(source), lock);
    }

    fn hashes(&self, source: &str) -> Vec<String> {
        let lock = self.locks.get(&provider(source)).unwrap();
        lock.hashes.iter().map(PackageHash::to_string).collect()
    }
}

fn package_dir_of(base: &Path, source: &str, version: &str) -> PathBuf {
    crate::package_dir(base, &provider(source), &Version::parse(version).unwrap(), &platform())
}

fn show(event: &InstallEvent) -> String {
    match event {
        InstallEvent::BuiltIn { provider } => format!("built in {provider}"),
        InstallEvent::ReusingLocked { provider } => format!("reusing {}", provider.for_display()),
        InstallEvent::Finding { provider, constraints } => {
            format!("finding {} {constraints}", provider.for_display())
        }
        InstallEvent::UsingInstalled { version, .. } => format!("installed already {version}"),
        InstallEvent::UsingCached { version, .. } => format!("cached {version}"),
        InstallEvent::Installing { version, .. } => format!("installing {version}"),
        InstallEvent::Installed { version, .. } => format!("installed {version}"),
    }
}

const FOO: &str = "acme/foo";

#[test]
fn the_newest_acceptable_version_is_installed_and_then_kept() {
    let mut world = World::new();
    for version in ["1.0.0", "1.1.0", "2.0.0"] {
        world.unpacked(FOO, version);
    }
    let (events, installation, diagnostics) = world.install(&[(FOO, "~> 1.0")]);
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(events, ["finding acme/foo ~> 1.0", "installing 1.1.0", "installed 1.1.0"]);
    assert_eq!(installation.incomplete, [provider(FOO)]);
    let target = world.target(FOO, "1.1.0");
    assert!(target.join("terraform-provider-foo_v1.1.0").is_file());
    #[cfg(unix)]
    assert!(target.is_symlink(), "an unpacked package is linked to");
    let hash = PackageHash::of_dir(&target).unwrap().to_string();
    assert_eq!(world.hashes(FOO), [hash]);

    world.unpacked(FOO, "1.2.0");
    assert_eq!(world.events(&[(FOO, "~> 1.0")]), ["reusing acme/foo", "installed already 1.1.0"]);
    world.upgrade = true;
    let events = world.events(&[(FOO, "~> 1.0")]);
    assert_eq!(events, ["finding acme/foo ~> 1.0", "installing 1.2.0", "installed 1.2.0"]);
    assert_eq!(world.events(&[]), Vec::<String>::new());
    assert!(world.locks.is_empty(), "what is not required is not selected");
}

#[test]
fn a_selection_that_meets_the_constraints_no_more_is_an_error_without_upgrade() {
    let mut world = World::new();
    world.unpacked(FOO, "1.0.0");
    world.unpacked(FOO, "2.0.0");
    world.events(&[(FOO, "1.0.0")]);
    let error = world.error(&[(FOO, "~> 2.0")]);
    assert!(error.contains("Failed to query available provider packages"), "{error}");
    assert!(error.contains("init -upgrade") && error.contains("~> 2.0"), "{error}");
    world.upgrade = true;
    world.events(&[(FOO, "~> 2.0")]);
    assert_eq!(world.hashes(FOO).len(), 1, "checksums of another version are dropped");
}

#[test]
fn a_package_that_is_not_the_recorded_one_is_refused() {
    for pack in [World::unpacked, World::packed] {
        let mut world = World::new();
        pack(&world, FOO, "1.0.0");
        world.events(&[(FOO, "")]);
        let right = world.hashes(FOO);
        world.set_hashes(FOO, &["h1:wrong"]);
        let error = world.error(&[(FOO, "")]);
        assert!(error.contains("Failed to install provider"), "{error}");
        assert!(error.contains("doesn't match any of the checksums"), "{error}");
        assert!(world.locate(&[(FOO, "")]).unwrap_err().contains("not installed"));

        world.set_hashes(FOO, &["h1:wrong", &right[0]]);
        assert_eq!(world.events(&[(FOO, "")])[1], "installed already 1.0.0");
        world.set_hashes(FOO, &["h9:later"]);
        let (_, installation, _) = world.install(&[(FOO, "")]);
        assert!(installation.incomplete.is_empty(), "someone recorded more than this package");
        assert_eq!(world.hashes(FOO), [&right[0], "h9:later"]);
    }
}

#[test]
fn an_archive_is_checked_by_its_own_checksum_too() {
    let mut world = World::new();
    let archive = world.packed(FOO, "1.0.0");
    world.events(&[(FOO, "")]);
    let target = world.target(FOO, "1.0.0");
    assert!(!target.is_symlink() && target.join("terraform-provider-foo_v1.0.0").is_file());
    let files_hash = world.hashes(FOO).remove(0);
    let archive_hash = PackageHash::of_archive(&archive).unwrap().to_string();

    world.set_hashes(FOO, &[&archive_hash]);
    assert_eq!(world.events(&[(FOO, "")])[1..], ["installing 1.0.0", "installed 1.0.0"]);
    assert_eq!(world.hashes(FOO), [files_hash, archive_hash]);

    world.set_hashes(FOO, &["zh:00"]);
    assert!(world.error(&[(FOO, "")]).contains("doesn't match"));
    assert!(target.exists(), "a refused package does not remove the one that is there");
}

#[test]
fn a_package_that_was_tampered_with_is_found_out_and_repaired() {
    let mut world = World::new();
    world.packed(FOO, "1.0.0");
    world.events(&[(FOO, "")]);
    assert!(world.locate(&[(FOO, "")]).is_ok());
    let plugin = world.target(FOO, "1.0.0").join("terraform-provider-foo_v1.0.0");
    fs::write(&plugin, "something else").unwrap();
    let error = world.locate(&[(FOO, "")]).unwrap_err();
    assert!(error.contains("Required plugins are not installed"), "{error}");
    assert!(error.contains("does not match any of the checksums"), "{error}");
    assert_eq!(world.events(&[(FOO, "")])[1..], ["installing 1.0.0", "installed 1.0.0"]);
    assert!(world.locate(&[(FOO, "")]).is_ok());
}

#[test]
fn located_plugins_have_their_executable_version_and_checksum() {
    let mut world = World::new();
    world.unpacked(FOO, "1.0.0");
    world.packed("acme/bar", "0.1.0");
    let required = [(FOO, ""), ("acme/bar", ">= 0.1"), ("terraform.io/builtin/terraform", "")];
    let events = world.events(&required);
    assert_eq!(events.len(), 7, "{events:?}");
    let plugins = world.locate(&required).unwrap();
    assert_eq!(plugins.len(), 2, "a built-in provider has no executable");
    let foo = &plugins[&provider(FOO)];
    assert_eq!(foo.version, Some(Version::new(1, 0, 0)));
    assert_eq!(foo.hash.as_ref().unwrap().to_string(), world.hashes(FOO)[0]);
    assert!(foo.executable.ends_with("terraform-provider-foo_v1.0.0"));

    fs::remove_dir_all(world.data_dir()).unwrap();
    let error = world.locate(&required).unwrap_err();
    assert!(error.contains("there is no package for") && error.contains("groma init"), "{error}");
    world.locks = Locks::new();
    let error = world.locate(&required).unwrap_err();
    assert!(error.contains("Inconsistent dependency lock file"), "{error}");
}

#[test]
fn the_plugin_cache_is_filled_and_used() {
    let mut world = World::new();
    world.packed(FOO, "1.0.0");
    let cache = world.dir.path().join("cache");
    world.cache = Some(PluginCache { dir: cache.clone(), may_break_lock_file: false });
    assert_eq!(world.events(&[(FOO, "")])[1..], ["installing 1.0.0", "installed 1.0.0"]);
    let cached = package_dir_of(&cache, FOO, "1.0.0");
    assert!(cached.join("terraform-provider-foo_v1.0.0").is_file());
    #[cfg(unix)]
    assert!(world.target(FOO, "1.0.0").is_symlink());

    fs::remove_dir_all(world.data_dir()).unwrap();
    assert_eq!(world.events(&[(FOO, "")])[1..], ["cached 1.0.0"]);
    assert!(world.locate(&[(FOO, "")]).is_ok());

    // Without a recorded checksum the cache is not trusted unless the user says so.
    world.locks = Locks::new();
    fs::remove_dir_all(world.data_dir()).unwrap();
    assert_eq!(world.events(&[(FOO, "")])[1..], ["installing 1.0.0", "installed 1.0.0"]);
    world.locks = Locks::new();
    fs::remove_dir_all(world.data_dir()).unwrap();
    world.cache = Some(PluginCache { dir: cache, may_break_lock_file: true });
    let (events, installation, _) = world.install(&[(FOO, "")]);
    assert_eq!(events[1..], ["cached 1.0.0"]);
    assert_eq!(installation.incomplete, [provider(FOO)]);
    assert_eq!(world.hashes(FOO).len(), 1);
}

#[test]
fn what_cannot_be_found_says_where_it_was_looked_for_and_what_to_do() {
    let mut world = World::new();
    world.unpacked(FOO, "1.0.0");
    let error = world.error(&[("acme/none", ""), (FOO, ">= 2.0")]);
    assert!(error.contains("was not found in any of the search locations"), "{error}");
    assert!(error.contains(&world.mirror().display().to_string()), "{error}");
    assert!(
        error.contains("no available releases match the given constraints >= 2.0.0"),
        "{error}"
    );

    let offline = Sources::new(vec![SourceRule::all(LocalOnly.registry())]);
    world.sources = Some(offline);
    let error = world.error(&[(FOO, "")]);
    assert!(error.contains("not to be asked") && error.contains("filesystem mirror"), "{error}");
    assert!(LocalOnly.network_mirror("https://m.example/").describe().contains("m.example"));

    world.sources = Some(Sources::from_dirs(&[world.dir.path().join("nowhere")]));
    assert!(world.error(&[(FOO, "")]).contains("cannot search"));
}

#[test]
fn a_version_without_a_package_for_this_platform_is_an_error() {
    let mut world = World::new();
    world.unpacked(FOO, "1.0.0");
    unpacked(&world.mirror(), FOO, "1.1.0", "darwin_arm64");
    let error = world.error(&[(FOO, "")]);
    assert!(error.contains("Incompatible provider version"), "{error}");
    assert!(error.contains("v1.1.0") && error.contains("linux_amd64"), "{error}");
}

#[test]
fn a_package_without_a_plugin_in_it_is_an_error() {
    let mut world = World::new();
    let archive = world.packed(FOO, "1.0.0");
    zip_of(&archive, &[("README", "nothing", 0o644)]);
    let error = world.error(&[(FOO, "")]);
    assert!(error.contains("Failed to install provider"), "{error}");
    assert!(error.contains("terraform-provider-foo"), "{error}");
}

#[test]
fn built_in_providers_are_never_installed() {
    let mut world = World::new();
    let events = world.events(&[("terraform.io/builtin/terraform", "")]);
    assert_eq!(events, ["built in terraform.io/builtin/terraform"]);
    assert!(world.locks.is_empty());
    for required in
        [("terraform.io/builtin/nope", ""), ("terraform.io/builtin/terraform", ">= 1.0")]
    {
        let error = world.error(&[required]);
        assert!(error.contains("Invalid dependency on built-in provider"), "{error}");
    }
}

#[test]
fn providers_under_development_are_passed_over_and_keep_their_selection() {
    let mut world = World::new();
    world.unpacked(FOO, "1.0.0");
    world.events(&[(FOO, "")]);
    let before = world.locks.clone();
    world.elsewhere.insert(provider(FOO));
    world.elsewhere.insert(provider("acme/new"));
    let events = world.events(&[(FOO, "9.9.9"), ("acme/new", "")]);
    assert!(events.is_empty(), "{events:?}");
    assert_eq!(world.locks, before);
}

#[test]
fn one_failure_does_not_keep_others_from_being_installed() {
    let mut world = World::new();
    for i in 0..6 {
        world.packed(&format!("acme/p{i}"), "1.0.0");
    }
    let broken = world.packed("acme/broken", "1.0.0");
    fs::write(broken, "no zip").unwrap();
    let sources: Vec<String> = (0..6).map(|i| format!("acme/p{i}")).collect();
    let mut required: Vec<(&str, &str)> = sources.iter().map(|s| (s.as_str(), "")).collect();
    required.push(("acme/broken", ""));
    let (_, installation, diagnostics) = world.install(&required);
    assert_eq!(diagnostics.len(), 1, "{diagnostics}");
    let names: Vec<_> =
        installation.installed.iter().map(|i| i.provider.kind.to_string()).collect();
    assert_eq!(names, ["p0", "p1", "p2", "p3", "p4", "p5"]);
    assert!(installation.installed.iter().all(|i| i.package_dir.is_dir()));
}
