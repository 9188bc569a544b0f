//! A configuration, a state and the built-in provider, all in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use groma_addrs::Provider as ProviderAddr;
use groma_config::{
    Config, LoadError, LoadOptions, MemoryLoader, ModuleLocation, ModuleRequest, SourceLoader, load,
};
use groma_diag::Diagnostics;
use groma_engine::*;
use groma_lang::FunctionTable;
use groma_plan::{Action, Plan};
use groma_provider::Provider;
use groma_provider::testing::{Cloud, TestProvider};
use groma_state::State;
use groma_value::{Str, Value};

/// A module for those that call one.
const MODULE: &str = "variable \"x\" {}\noutput \"y\" { value = \"y${var.x}\" }\n";

/// No state but this one.
struct NoRemoteState;

#[async_trait]
impl RemoteState for NoRemoteState {
    fn check(&self, backend: &str, _: &Value) -> Option<(&'static str, String)> {
        (backend != "local").then(|| ("backend", format!("There is no backend {backend:?}.")))
    }

    async fn outputs(
        &self,
        _: &str,
        _: &Value,
        _: &str,
    ) -> Result<Option<BTreeMap<Str, Value>>, Diagnostics> {
        Ok(None)
    }
}

/// Makes the built-in provider with ids that count up, and the provider of `test_thing`.
#[derive(Default)]
struct Builtin(Arc<AtomicU64>, Arc<Cloud>, AtomicBool);

#[async_trait]
impl ProviderFactory for Builtin {
    async fn open(&self, provider: &ProviderAddr) -> Result<Arc<dyn Provider>, Diagnostics> {
        if !provider.is_builtin() {
            return Ok(Arc::new(TestProvider::new(self.1.clone())));
        }
        let counter = self.0.clone();
        let stores = self.2.load(Ordering::Relaxed);
        let id = move || format!("id-{}", counter.fetch_add(1, Ordering::Relaxed) + 1);
        Ok(Arc::new(BuiltinProvider::new(id, Arc::new(NoRemoteState)).with_stores(stores)))
    }
}

/// An alarm that rings at once.
struct Always;

#[async_trait]
impl Alarm for Always {
    async fn at(&self, _: i64) {
        tokio::task::yield_now().await;
    }
}

/// Keeps the order in which steps were done.
#[derive(Default)]
pub(crate) struct Log(Mutex<Vec<String>>);

impl EventSink for Log {
    fn event(&self, event: Event<'_>) {
        if let Event::ApplyComplete { addr, deposed, action, .. } = event {
            let what = if deposed.is_some() { " (deposed)" } else { "" };
            self.0.lock().unwrap().push(format!("{action} {addr}{what}"));
        }
    }
}

/// An engine at work on one state.
pub(crate) struct Bench {
    pub(crate) state: State,
    pub(crate) options: PlanOptions,
    pub(crate) variables: BTreeMap<Str, InputValue>,
    pub(crate) provisioners: Provisioners,
    functions: Arc<FunctionTable>,
    factory: Arc<Builtin>,
    log: Arc<Log>,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        Bench {
            state: State::default(),
            options: PlanOptions::default(),
            variables: BTreeMap::new(),
            provisioners: Provisioners::default(),
            functions: Arc::new(FunctionTable::new(Arc::new(groma_lang::NoFiles), None, true)),
            factory: Arc::default(),
            log: Arc::default(),
        }
    }

    /// The same with other functions.
    pub(crate) fn with_functions(self, functions: FunctionTable) -> Bench {
        Bench { functions: Arc::new(functions), ..self }
    }

    /// Where the objects of `test_thing` are.
    pub(crate) fn cloud(&self) -> &Cloud {
        &self.factory.1
    }

    pub(crate) fn variable(&mut self, name: &str, value: impl Into<Value>) {
        let value = InputValue { value: value.into(), range: None, described: String::new() };
        self.variables.insert(name.into(), value);
    }

    fn config(&self, files: &[(&str, &str)]) -> Result<Config, Diagnostics> {
        let version = semver::Version::new(1, 11, 4);
        let loader = MemoryLoader::new(files.iter().copied());
        load(".", &loader, &LoadOptions::new(&version)).into_result().map(|(c, _)| c)
    }

    async fn around(&self, config: &Config) -> Surroundings {
        self.factory.2.store(config.stores_data(), Ordering::Relaxed);
        let pool = ProviderPool::new(self.factory.clone()).with_alarm(Arc::new(Always));
        let mut providers: Vec<ProviderAddr> = config.provider_requirements().into_keys().collect();
        providers.push(ProviderAddr::implied("terraform"));
        providers.push(ProviderAddr::implied("test"));
        providers.sort();
        providers.dedup();
        // That of "acme" is installed nowhere.
        providers.retain(|provider| &*provider.kind != "acme");
        let schemas = pool.schemas(providers).await.unwrap();
        Surroundings {
            pool,
            schemas,
            provisioners: self.provisioners.clone(),
            events: self.log.clone(),
            interrupt: Interrupt::default(),
            parallelism: 10,
            terraform_version: "1.11.4".into(),
        }
    }

    fn functions(&self) -> Arc<FunctionTable> {
        self.functions.clone()
    }

    /// Validates, whatever loading says.
    pub(crate) async fn validate(&self, files: &[(&str, &str)]) -> Diagnostics {
        let version = semver::Version::new(1, 11, 4);
        let loader = Queries(MemoryLoader::new(files.iter().copied()));
        let loaded = load(".", &loader, &LoadOptions::new(&version));
        let config = loaded.config.unwrap();
        let around = self.around(&config).await;
        let (functions, paths) = (self.functions(), Paths::default());
        validate(config, loaded.diagnostics, functions, paths, "default".into(), around).await
    }

    pub(crate) async fn try_plan(
        &self,
        files: &[(&str, &str)],
    ) -> (Option<(Plan, Config)>, Diagnostics) {
        let config = match self.config(files) {
            Ok(config) => config,
            Err(diagnostics) => return (None, diagnostics),
        };
        let input = PlanInput {
            config: config.clone(),
            state: Arc::new(self.state.clone()),
            lineage: "lineage".into(),
            serial: 1,
            variables: self.variables.clone(),
            functions: self.functions(),
            paths: Paths::default(),
            workspace: "default".into(),
            options: self.options.clone(),
        };
        let (plan, diagnostics) = plan(input, self.around(&config).await).await;
        (plan.map(|p| (p, config)), diagnostics)
    }

    /// Plans, and gives the actions by address: `create terraform_data.a`.
    pub(crate) async fn plan(&self, files: &[(&str, &str)]) -> (Plan, Config) {
        let (plan, diagnostics) = self.try_plan(files).await;
        assert!(!diagnostics.has_errors(), "{diagnostics}");
        plan.unwrap()
    }

    /// What evaluates expressions with the values of the state, or of a plan.
    pub(crate) async fn evaluator(&self, main: &str, planned: bool) -> (Evaluator, Diagnostics) {
        let config = self.config(&[("main.tf", main), ("m/main.tf", MODULE)]).unwrap();
        let around = self.around(&config).await;
        let (state, variables) = (Arc::new(self.state.clone()), self.variables.clone());
        let (functions, paths) = (self.functions(), Paths { cwd: String::new(), root: ".".into() });
        let workspace = "default".to_owned();
        let (evaluator, diagnostics) = if planned {
            let input = PlanInput {
                config,
                state,
                lineage: "lineage".into(),
                serial: 1,
                variables,
                functions,
                paths,
                workspace,
                options: self.options.clone(),
            };
            evaluator_of_plan(input, around).await
        } else {
            let input = EvaluationInput { config, state, variables, functions, paths, workspace };
            evaluator(input, around).await
        };
        (evaluator.unwrap(), diagnostics)
    }

    /// Applies a plan, and gives the steps in the order in which they were done.
    pub(crate) async fn apply_plan(&mut self, (plan, config): (Plan, Config)) -> Vec<String> {
        let (steps, diagnostics) = self.try_apply((plan, config)).await;
        assert!(!diagnostics.has_errors(), "{diagnostics}");
        steps
    }

    pub(crate) async fn try_apply(
        &mut self,
        (plan, config): (Plan, Config),
    ) -> (Vec<String>, Diagnostics) {
        self.log.0.lock().unwrap().clear();
        let shared = SharedState::new((*plan.prior_state).clone(), Arc::new(Unrecorded));
        let around = self.around(&config).await;
        let input = ApplyInput {
            plan: Arc::new(plan),
            config,
            variables: self.variables.clone(),
            functions: self.functions(),
            paths: Paths::default(),
            workspace: "default".into(),
        };
        let (_, diagnostics) = apply(input, shared.clone(), around).await;
        self.state = shared.snapshot();
        (self.log.0.lock().unwrap().clone(), diagnostics)
    }

    /// Queries, and gives what was found.
    pub(crate) async fn query(
        &self,
        files: &[(&str, &str)],
        generate: bool,
    ) -> (Vec<FoundObject>, Diagnostics) {
        let version = semver::Version::new(1, 11, 4);
        let loader = Queries(MemoryLoader::new(files.iter().copied()));
        let loaded = load(".", &loader, &LoadOptions::new(&version)).into_result();
        let config = match loaded {
            Ok((config, _)) => config,
            Err(diagnostics) => return (Vec::new(), diagnostics),
        };
        let around = self.around(&config).await;
        let input = QueryInput {
            config,
            variables: self.variables.clone(),
            functions: self.functions(),
            paths: Paths::default(),
            workspace: "default".into(),
            generate,
        };
        let found = Mutex::new(Vec::new());
        let sink = |event: QueryEvent<'_>| {
            if let QueryEvent::Found(object) = event {
                found.lock().unwrap().push(object.clone());
            }
        };
        let diagnostics = query(input, around, &sink).await;
        (found.into_inner().unwrap(), diagnostics)
    }

    /// Plans and applies one file.
    pub(crate) async fn run(&mut self, main: &str) -> Vec<String> {
        let plan = self.plan(&[("main.tf", main)]).await;
        self.apply_plan(plan).await
    }

    /// The JSON of an object's attributes.
    pub(crate) fn object(&self, addr: &str) -> String {
        let addr = groma_addrs::parse::resource_instance(addr).unwrap();
        let instance = self.state.instance(&addr).unwrap_or_else(|| panic!("no {addr}"));
        let object = instance.current.as_ref().unwrap();
        String::from_utf8(object.attributes.as_json().unwrap().to_vec()).unwrap()
    }
}

/// Files among which query files are read too.
struct Queries(MemoryLoader);

impl SourceLoader for Queries {
    fn list(&self, dir: &str) -> Result<Vec<String>, LoadError> {
        self.0.list(dir)
    }

    fn reads_queries(&self, dir: &str) -> bool {
        dir == "."
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        self.0.read(path)
    }

    fn locate(&self, request: &ModuleRequest<'_>) -> Result<ModuleLocation, Diagnostics> {
        self.0.locate(request)
    }
}

/// The changes of a plan that do something, as `action address`.
pub(crate) fn actions(plan: &Plan) -> Vec<String> {
    plan.changes
        .iter()
        .filter(|c| c.change.action != Action::NoOp)
        .map(|c| format!("{} {}", c.change.action, c.addr))
        .collect()
}
