//! Modules: installing them for `init` and `get`, and noting where they are.
//!
//! The configuration is loaded again and again: each time the modules that are missing are noted,
//! and then got side by side, until there are none left. What calls what is known no sooner.

mod diagnose;
mod from_module;
mod pass;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use groma_addrs::Module;
use groma_config::{
    Config, ConfigSnapshot, DiskLoader, Loaded, Module as RootModule, ModuleManifest, ModuleNode,
    ModuleRecord, ModuleSource, load_module,
};
use groma_diag::{Diagnostic, Diagnostics};
use groma_registry::{InstalledModule, ModuleError, ModuleEvent, ModuleInstaller, ModuleSettings};
use groma_value::{Str, Value};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::configuration::{early_values, load_with, no_configuration};
use crate::objects::S3Objects;
use crate::session::Session;

use pass::{Missing, Pass};

pub(super) use from_module::copy_from;

/// How many packages are got at once.
const PARALLELISM: usize = 8;

/// The root module by itself: it says what is to be done before the other modules are there.
pub(super) fn root_module(session: &Session) -> Result<Arc<RootModule>, Diagnostics> {
    let loader = DiskLoader::without_modules(".");
    let (module, sources, found) = load_module(".", &loader, &session.language_version());
    session.ui.add_sources(&sources);
    // Its warnings come again, with those of the other modules.
    let (module, _) = found.into_result(module)?;
    module.ok_or_else(no_configuration)
}

/// Installs all modules that the configuration calls and loads it. With `upgrade` those that are
/// installed are got anew.
pub(super) async fn install_modules(
    session: &Session,
    root: &RootModule,
    workspace: &str,
    upgrade: bool,
) -> Result<Loaded, Diagnostics> {
    let mut work = Work::begin(session, root, upgrade);
    let result = work.run(workspace).await;
    // What has been installed is not to be got again because something else failed.
    let written = work.write();
    let loaded = result?;
    written?;
    Ok(loaded)
}

/// Loads the configuration with the modules that are installed.
pub(super) fn load_installed(session: &Session, workspace: &str) -> Result<Loaded, Diagnostics> {
    let loader = DiskLoader::new(".", &session.settings.data_dir)?;
    Ok(load_with(session, &loader, workspace, &BTreeMap::new()))
}

struct Work<'a> {
    session: &'a Session,
    disk: DiskLoader,
    /// What the file has said.
    known: ModuleManifest,
    upgrade: bool,
    /// What is known of the root module's variables, for sources that refer to them.
    variables: BTreeMap<Str, Value>,
    /// What has been installed by now.
    fresh: BTreeSet<Module>,
    /// The local modules that have been mentioned.
    mentioned: BTreeSet<Module>,
    /// What the file is to say, once all is there.
    finished: Option<ModuleManifest>,
    installer: Option<Arc<ModuleInstaller>>,
}

impl<'a> Work<'a> {
    fn begin(session: &'a Session, root: &RootModule, upgrade: bool) -> Work<'a> {
        let mut disk = loader(session);
        let known = disk.manifest.clone();
        disk.manifest.insert(
            &Module::root(),
            ModuleRecord { source: String::new(), version: None, dir: ".".into() },
        );
        Work {
            session,
            disk,
            known,
            upgrade,
            variables: early_values(session, root),
            fresh: BTreeSet::new(),
            mentioned: BTreeSet::new(),
            finished: None,
            installer: None,
        }
    }

    async fn run(&mut self, workspace: &str) -> Result<Loaded, Diagnostics> {
        loop {
            let dir = modules_dir(self.session);
            let pass = Pass::new(&self.disk, &self.fresh, self.upgrade, &dir);
            let loaded = load_with(self.session, &pass, workspace, &self.variables);
            let missing = pass.missing();
            if let Some(config) = &loaded.config {
                self.mention_local(config);
                if missing.is_empty() {
                    self.finished = Some(ConfigSnapshot::of(config).manifest());
                }
            }
            if missing.is_empty() || loaded.diagnostics.has_errors() {
                return Ok(loaded);
            }
            self.install(missing).await?;
        }
    }

    /// Says where the local modules are that are new.
    fn mention_local(&mut self, config: &Config) {
        for node in config.modules() {
            let Some(source @ ModuleSource::Local(_)) = &node.source else { continue };
            let record = record_of(node, source);
            let known = self.known.get(&node.path) == Some(&record);
            if self.mentioned.insert(node.path.clone()) && (self.upgrade || !known) {
                let key = node.path.names().join(".");
                self.session.ui.line(format!("- {key} in {}", record.dir));
            }
            self.disk.manifest.insert(&node.path, record);
        }
    }

    async fn install(&mut self, missing: Vec<Missing>) -> Result<(), Diagnostics> {
        let installer = self.installer.get_or_insert_with(|| installer(self.session)).clone();
        let mut diagnostics = Diagnostics::new();
        let ui = &self.session.ui;
        let mut tasks = JoinSet::new();
        let mut running = Vec::new();
        let places = Arc::new(Semaphore::new(PARALLELISM));
        for module in &missing {
            let (sender, receiver) = mpsc::unbounded_channel();
            let (wish, installer, places) =
                (module.wish.clone(), installer.clone(), places.clone());
            tasks.spawn(async move {
                // Nobody closes it.
                let _place = places.acquire().await;
                let notes = sender.clone();
                let event = move |event| _ = notes.send(Update::Event(event));
                let _ = sender.send(Update::Done(installer.install(&wish, &event).await));
            });
            running.push(receiver);
        }
        // One after the other, as if nothing happened side by side.
        for (module, mut updates) in missing.iter().zip(running) {
            while let Some(update) = updates.recv().await {
                match update {
                    Update::Event(event) => ui.line(event_line(&event)),
                    Update::Done(Ok(installed)) => self.note(module, installed),
                    Update::Done(Err(error)) => diagnostics.push(diagnose::error(module, &error)),
                }
            }
        }
        diagnostics.into_result(()).map(|_| ())
    }

    fn note(&mut self, module: &Missing, installed: InstalledModule) {
        let InstalledModule { dir, version } = installed;
        let dir = dir.display().to_string().replace('\\', "/");
        self.session.ui.line(format!("- {} in {dir}", module.wish.key));
        let source = module.source.to_string();
        // What it has called before may be another thing by now.
        self.disk.manifest.remove(&module.path);
        self.disk.manifest.insert(&module.path, ModuleRecord { source, version, dir });
        self.fresh.insert(module.path.clone());
    }

    /// Writes the list of modules, unless it is on disk as it is.
    fn write(&self) -> Result<(), Diagnostics> {
        let manifest = self.finished.as_ref().unwrap_or(&self.disk.manifest);
        let nothing = manifest.iter().all(|(key, _)| key.is_empty());
        let path = self.session.settings.data_dir.join(ModuleManifest::PATH);
        if *manifest == self.known || (nothing && !path.exists()) {
            return Ok(());
        }
        let write = || {
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(&path, manifest.to_json())
        };
        write().map_err(|error: std::io::Error| {
            let detail =
                format!("The list of modules cannot be written to {}: {error}.", path.display());
            Diagnostic::error("Failed to update module manifest", detail).into()
        })
    }
}

/// What a task says of its work.
enum Update {
    Event(ModuleEvent),
    Done(Result<InstalledModule, ModuleError>),
}

/// The folder of installed modules.
fn modules_dir(session: &Session) -> PathBuf {
    session.settings.data_dir.join("modules")
}

/// A list that cannot be read is one that says nothing: it is about to be written anew.
fn loader(session: &Session) -> DiskLoader {
    DiskLoader::new(".", &session.settings.data_dir).unwrap_or_else(|found| {
        session.ui.warnings(
            found
                .iter()
                .map(|found| Diagnostic::warning(found.summary.clone(), found.detail.clone()))
                .collect(),
        );
        DiskLoader::without_modules(".")
    })
}

fn installer(session: &Session) -> Arc<ModuleInstaller> {
    let engine = session.language_version().to_string();
    Arc::new(ModuleInstaller::new(ModuleSettings {
        config: &session.cli_config,
        environment: &session.environment,
        http: session.http(),
        dir: modules_dir(session),
        engine,
        objects: Some(Arc::new(S3Objects)),
        interactive: session.settings.input,
    }))
}

fn record_of(node: &ModuleNode, source: &ModuleSource) -> ModuleRecord {
    ModuleRecord {
        source: source.to_string(),
        version: node.version.clone(),
        dir: node.source_dir().to_string(),
    }
}

fn event_line(event: &ModuleEvent) -> String {
    match event {
        ModuleEvent::Downloading { package, version: None, key } => {
            format!("Downloading {package} for {key}...")
        }
        ModuleEvent::Downloading { package, version: Some(version), key } => {
            format!("Downloading {package} {version} for {key}...")
        }
    }
}

/// Whether a directory holds nothing but what an engine itself has put there.
fn is_empty(dir: &Path, data_dir: &Path) -> std::io::Result<bool> {
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        if name != ".terraform" && Path::new(&name) != data_dir {
            return Ok(false);
        }
    }
    Ok(true)
}
