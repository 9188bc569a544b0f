//! Building the tree of modules.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use groma_addrs::version::{Version, VersionConstraints};
use groma_addrs::{self as addrs};
use groma_diag::{Diagnostic, Diagnostics, SourceMap, SourceRange};
use groma_hcl::{Expression, Scope};
use groma_value::{Str, Type, Value, convert};

use super::files::{LoadedDir, load_dir};
use super::paths;
use super::source::{LoadError, ModuleRequest, SourceLoader};
use super::statics::StaticScope;
use crate::decode::{decode_version, explain};
use crate::model::{Module, ModuleCall, ModuleSource};
use crate::tree::{Config, ModuleNode, ProviderLinks};
use crate::validate::validate_providers;

/// How deep modules may be nested.
const MAX_DEPTH: usize = 100;

/// What a configuration is loaded with.
#[derive(Clone, Copy)]
pub struct LoadOptions<'a> {
    /// The version that the engine declares itself to be, for `required_version`.
    pub version: &'a Version,
    /// The values of the root module's variables, in so far as they are known, for module sources
    /// that refer to them.
    pub variables: &'a BTreeMap<Str, Value>,
    /// A scope whose functions module sources may call.
    pub functions: Option<&'a dyn Scope>,
    /// The current workspace.
    pub workspace: &'a str,
}

static NO_VARIABLES: BTreeMap<Str, Value> = BTreeMap::new();

impl<'a> LoadOptions<'a> {
    /// Without variables and functions, in the default workspace.
    pub fn new(version: &'a Version) -> LoadOptions<'a> {
        LoadOptions { version, variables: &NO_VARIABLES, functions: None, workspace: "default" }
    }
}

/// What has been loaded.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration, if there is a root module. If there are errors it is incomplete, and fit
    /// only to be looked at.
    pub config: Option<Config>,
    /// The texts of all files that were read.
    pub sources: SourceMap,
    /// What is wrong.
    pub diagnostics: Diagnostics,
}

impl Loaded {
    /// The configuration if nothing is wrong with it, and the warnings.
    pub fn into_result(self) -> Result<(Config, Diagnostics), Diagnostics> {
        match self.config {
            Some(config) => self.diagnostics.into_result(config),
            None => Err(self.diagnostics),
        }
    }
}

/// Loads the configuration whose root module is in `dir`.
pub fn load(dir: &str, loader: &dyn SourceLoader, options: &LoadOptions<'_>) -> Loaded {
    let mut builder = Builder {
        loader,
        options,
        dirs: HashMap::new(),
        sources: SourceMap::default(),
        diagnostics: Diagnostics::new(),
    };
    let root = builder.root(&paths::clean(dir));
    let Builder { sources, mut diagnostics, .. } = builder;
    let config = root.map(|root| Config { root: Arc::new(root) });
    if let Some(config) = &config {
        validate_providers(config, &mut diagnostics);
    }
    Loaded { config, sources, diagnostics }
}

/// Loads the module in `dir` and nothing of what it calls.
pub fn load_module(
    dir: &str,
    loader: &dyn SourceLoader,
    version: &Version,
) -> (Option<Arc<Module>>, SourceMap, Diagnostics) {
    let options = LoadOptions::new(version);
    let mut builder = Builder {
        loader,
        options: &options,
        dirs: HashMap::new(),
        sources: SourceMap::default(),
        diagnostics: Diagnostics::new(),
    };
    let loaded = builder.dir(&paths::clean(dir).into(), None);
    (loaded.map(|l| l.module), builder.sources, builder.diagnostics)
}

struct Builder<'a> {
    loader: &'a dyn SourceLoader,
    options: &'a LoadOptions<'a>,
    /// Directories that have been read; several calls may lead to one.
    dirs: HashMap<Str, LoadedDir>,
    sources: SourceMap,
    diagnostics: Diagnostics,
}

/// The modules that lead to the one at hand, innermost first.
struct Line<'a> {
    dir: &'a str,
    depth: usize,
    caller: Option<&'a Line<'a>>,
}

impl Line<'_> {
    fn has(&self, dir: &str) -> bool {
        self.dir == dir || self.caller.is_some_and(|caller| caller.has(dir))
    }
}

/// A call whose arguments for loading have been evaluated.
struct Wanted {
    source: ModuleSource,
    source_range: SourceRange,
    version: Option<(VersionConstraints, SourceRange)>,
}

impl Builder<'_> {
    fn root(&mut self, dir: &str) -> Option<ModuleNode> {
        let loaded = self.dir(&dir.into(), None)?;
        let scope = StaticScope::root(
            &loaded.module,
            self.options.variables,
            self.options.functions,
            self.options.workspace,
        );
        self.diagnostics.extend(scope.check_constants());
        let line = Line { dir, depth: 0, caller: None };
        let children = self.children(&addrs::Module::root(), &loaded, &scope, &line);
        Some(ModuleNode {
            path: addrs::Module::root(),
            source: None,
            source_range: None,
            version: None,
            module: loaded.module.clone(),
            files: loaded.files,
            children,
            providers: ProviderLinks::default(),
        })
    }

    /// Reads a directory, unless that has been done. `call` is where it is asked for.
    fn dir(&mut self, dir: &Str, call: Option<&SourceRange>) -> Option<LoadedDir> {
        if let Some(loaded) = self.dirs.get(dir) {
            return Some(loaded.clone());
        }
        match load_dir(dir, self.loader, self.options.version, &mut self.diagnostics) {
            Ok(loaded) => {
                for (path, text) in &*loaded.files {
                    self.sources.insert(path.clone(), text.clone());
                }
                self.dirs.insert(dir.clone(), loaded.clone());
                Some(loaded)
            }
            Err(why) => {
                self.diagnostics.push(unreadable(dir, &why, call));
                None
            }
        }
    }

    fn children(
        &mut self,
        path: &addrs::Module,
        loaded: &LoadedDir,
        scope: &StaticScope<'_>,
        line: &Line<'_>,
    ) -> BTreeMap<Str, Arc<ModuleNode>> {
        let mut children = BTreeMap::new();
        for call in loaded.module.module_calls.values() {
            let child = self.child(path.child(call.name.clone()), call, loaded, scope, line);
            children.extend(child.map(|node| (call.name.clone(), Arc::new(node))));
        }
        children
    }

    fn child(
        &mut self,
        path: addrs::Module,
        call: &ModuleCall,
        caller: &LoadedDir,
        scope: &StaticScope<'_>,
        line: &Line<'_>,
    ) -> Option<ModuleNode> {
        let wanted = self.wanted(call, scope)?;
        let request = ModuleRequest {
            path: &path,
            source: &wanted.source,
            version: wanted.version.as_ref().map(|(constraints, _)| constraints),
            parent_dir: &caller.module.source_dir,
            call_range: &call.decl_range,
            source_range: &wanted.source_range,
            version_range: wanted.version.as_ref().map(|(_, range)| range),
        };
        let location = self.diagnostics.take(self.loader.locate(&request))?;
        if line.has(&location.dir) || line.depth >= MAX_DEPTH {
            let detail = format!(
                "{path} is in the directory {:?}, and so is a module that leads to this call, \
                 directly or through others: there would be no end of modules.",
                &*location.dir
            );
            self.diagnostics
                .push(Diagnostic::error("Module calls itself", detail).at(&wanted.source_range));
            return None;
        }
        let loaded = self.dir(&location.dir, Some(&wanted.source_range))?;
        self.check_child(&loaded.module);
        let scope = scope.child(call, &loaded.module);
        self.diagnostics.extend(scope.check_constants());
        let line = Line { dir: &location.dir, depth: line.depth + 1, caller: Some(line) };
        let children = self.children(&path, &loaded, &scope, &line);
        Some(ModuleNode {
            providers: ProviderLinks::new(call, &loaded.module),
            path,
            source: Some(wanted.source),
            source_range: Some(wanted.source_range),
            version: location.version,
            module: loaded.module,
            files: loaded.files,
            children,
        })
    }

    /// Evaluates `source` and `version`.
    fn wanted(&mut self, call: &ModuleCall, scope: &StaticScope<'_>) -> Option<Wanted> {
        // Where there is none that has been reported.
        let source_expr = call.source.as_ref()?;
        let source_range = source_expr.range().clone();
        let text = self.string(source_expr, scope)?;
        let version = match &call.version {
            None => None,
            Some(expr) => {
                let text = self.string(expr, scope)?;
                let literal = Expression::literal(Value::string(text), expr.range().clone());
                let version = decode_version(&literal, &mut self.diagnostics)?;
                Some((version.constraints, version.range))
            }
        };
        match ModuleSource::parse(&text, version.is_some()) {
            Ok(source) => Some(Wanted { source, source_range, version }),
            Err(error) => {
                self.diagnostics.push(error.at(&source_range));
                None
            }
        }
    }

    fn string(&mut self, expr: &Expression, scope: &StaticScope<'_>) -> Option<Str> {
        let (value, found) = scope.evaluate(expr);
        let failed = found.has_errors();
        self.diagnostics.extend(found);
        if failed {
            return None;
        }
        let why = match convert(&value, &Type::String) {
            Ok(value) if value.is_sensitive() => "sensitive values are not allowed".into(),
            Ok(value) if !value.marks().is_empty() => "ephemeral values are not allowed".into(),
            Ok(value) if value.is_null() => "null value is not allowed".into(),
            Ok(value) => match value.as_str() {
                Some(text) => return Some(text.clone()),
                None => "value must be known".into(),
            },
            Err(error) => explain(&error),
        };
        self.diagnostics.push(
            Diagnostic::error("Unsuitable value type", format!("Unsuitable value: {why}"))
                .at(expr.range()),
        );
        None
    }

    /// Reports what belongs in root modules only.
    fn check_child(&mut self, module: &Module) {
        let place = (module.backend.as_ref().map(|b| &b.decl_range))
            .or(module.cloud.as_ref().map(|c| &c.decl_range));
        if let Some(range) = place {
            self.diagnostics.push(
                Diagnostic::warning(
                    "Backend configuration ignored",
                    "Where the state is kept is a matter of the root module. The configuration of \
                     a backend in a module that is called from another has no effect.",
                )
                .at(range),
            );
        }
        if let Some((_, range)) = &module.encryption {
            self.diagnostics.push(
                Diagnostic::warning(
                    "Encryption configuration ignored",
                    "How states and plans are encrypted is a matter of the root module. An \
                     encryption block in a module that is called from another has no effect.",
                )
                .at(range),
            );
        }
    }
}

fn unreadable(dir: &str, why: &LoadError, call: Option<&SourceRange>) -> Diagnostic {
    let Some(call) = call else {
        let detail = format!("Module directory {dir} cannot be read: {why}.");
        return Diagnostic::error("Failed to read module directory", detail);
    };
    let detail = match why {
        LoadError::NotFound => {
            format!("Unable to evaluate directory symlink or read the directory {dir}: {why}.")
        }
        LoadError::Other(_) => format!("The directory {dir} could not be read: {why}."),
    };
    Diagnostic::error("Unreadable module directory", detail).at(call)
}

impl ProviderLinks {
    fn new(call: &ModuleCall, module: &Module) -> ProviderLinks {
        let passed = call.providers.iter().map(|passed| {
            let child = &passed.in_child.config;
            let key = (module.provider_for(&child.local_name), child.alias.clone());
            (key, (passed.parent_provider.clone(), passed.in_parent.clone()))
        });
        ProviderLinks { passed: passed.collect() }
    }
}
