//! The functions that providers offer, as expressions call them.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use groma_addrs::{Provider as ProviderAddr, ProviderFunction};
use groma_config::Module;
use groma_diag::Diagnostics;
use groma_hcl::{Function, FunctionError, Param};
use groma_schema::{FunctionParameter, FunctionSignature};
use groma_value::{Str, Type, Value};
use tokio::runtime::{Builder, Handle, RuntimeFlavor};

use crate::providers::ProviderPool;
use crate::schemas::SchemaLibrary;

/// The functions of all providers. They are called on providers whether these are configured or
/// not, so that no expression has to wait for a provider's configuration.
pub(crate) struct ProviderFunctions {
    pool: ProviderPool,
    schemas: SchemaLibrary,
    found: RwLock<HashMap<(ProviderAddr, Str), Arc<dyn Function>>>,
}

impl ProviderFunctions {
    /// The functions of these providers.
    pub(crate) fn new(pool: ProviderPool, schemas: SchemaLibrary) -> ProviderFunctions {
        ProviderFunctions { pool, schemas, found: RwLock::default() }
    }

    /// The function that a module calls by this name.
    pub(crate) fn find(&self, module: &Module, name: &str) -> Option<Arc<dyn Function>> {
        let named = ProviderFunction::parse(name)?.ok()?;
        let provider = &module.required_providers.get(&named.provider)?.provider;
        if let Some(alias) = &named.alias
            && !module.has_provider_config(provider, Some(alias))
        {
            return None;
        }
        let key = (provider.clone(), named.function.clone());
        if let Some(known) = self.found.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Some(known.clone());
        }
        let functions = self.schemas.provider(provider)?.functions().ok()?;
        let signature = functions.get(&named.function)?;
        let function: Arc<dyn Function> =
            Arc::new(Called::new(self.pool.clone(), provider.clone(), named.function, signature));
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        found.insert(key, function.clone());
        Some(function)
    }

    /// The names by which a module can call functions of providers.
    pub(crate) fn names(&self, module: &Module) -> Vec<String> {
        let of = |required: &groma_config::RequiredProvider| -> Vec<String> {
            let schemas = self.schemas.provider(&required.provider);
            let functions = schemas.and_then(|s| s.functions().ok()).unwrap_or_default();
            let named = |name: &Str| format!("provider::{}::{name}", required.name);
            functions.keys().map(named).collect()
        };
        module.required_providers.values().flat_map(of).collect()
    }
}

/// A function of a provider.
struct Called {
    pool: ProviderPool,
    provider: ProviderAddr,
    name: Str,
    params: Vec<Param>,
    variadic: Option<Param>,
    return_type: Type,
}

impl Called {
    fn new(
        pool: ProviderPool,
        provider: ProviderAddr,
        name: Str,
        signature: &FunctionSignature,
    ) -> Called {
        Called {
            pool,
            provider,
            name,
            params: signature.parameters.iter().map(param).collect(),
            variadic: signature.variadic.as_ref().map(param),
            return_type: signature.return_type.clone(),
        }
    }

    fn param(&self, at: usize) -> Option<&Param> {
        self.params.get(at).or(self.variadic.as_ref())
    }

    async fn ask(&self, args: &[Value]) -> Result<Value, FunctionError> {
        let provider = self.pool.for_functions(&self.provider).await.map_err(|e| in_one(&e))?;
        provider
            .call_function(&self.name, args)
            .await
            .map_err(|error| FunctionError { arg: error.argument, message: error.message })
    }

    /// What a provider gave, if it is what the signature promises.
    fn checked(&self, result: Value) -> Result<Value, FunctionError> {
        let bug = "This is a bug in the provider, which should be reported in the provider's own \
                   issue tracker";
        if !result.is_wholly_known() {
            return Err(FunctionError::new(format!(
                "{} returned an unknown value although all arguments are known. {bug}",
                self.provider
            )));
        }
        let converted = groma_value::convert(&result, &self.return_type);
        converted.map_err(|error| {
            FunctionError::new(format!(
                "{} returned a value of another type than it promised: {error}. {bug}",
                self.provider
            ))
        })
    }
}

fn param(parameter: &FunctionParameter) -> Param {
    let mut param = Param::new(parameter.name.to_string(), parameter.ty.clone()).dynamic();
    param.allow_null = parameter.allow_null;
    param.allow_unknown = parameter.allow_unknown;
    param
}

impl Function for Called {
    fn params(&self) -> &[Param] {
        &self.params
    }

    fn variadic(&self) -> Option<&Param> {
        self.variadic.as_ref()
    }

    fn return_type(&self, _: &[Value]) -> Result<Type, FunctionError> {
        Ok(self.return_type.clone())
    }

    fn call(&self, args: &[Value], return_type: &Type) -> Result<Value, FunctionError> {
        let refused = |(i, arg): (usize, &Value)| {
            !arg.is_wholly_known() && !self.param(i).is_some_and(|p| p.allow_unknown)
        };
        if args.iter().enumerate().any(refused) {
            return Ok(Value::unknown(return_type.clone()));
        }
        let result = wait(self.ask(args))?;
        match args.iter().all(Value::is_wholly_known) {
            true => self.checked(result),
            false => Ok(result),
        }
    }
}

/// All errors as the message of one.
fn in_one(diagnostics: &Diagnostics) -> FunctionError {
    let errors = diagnostics.iter().filter(|d| d.is_error());
    let messages: Vec<String> = errors.map(|d| format!("{}: {}", d.summary, d.detail)).collect();
    FunctionError::new(messages.join("; "))
}

/// Waits for an answer, as expressions have to, which are evaluated without interruption. Other
/// tasks go on meanwhile.
fn wait<T: Send>(
    answer: impl Future<Output = Result<T, FunctionError>> + Send,
) -> Result<T, FunctionError> {
    if let Ok(handle) = Handle::try_current()
        && handle.runtime_flavor() == RuntimeFlavor::MultiThread
    {
        return tokio::task::block_in_place(|| handle.block_on(answer));
    }
    // A runtime of a single thread cannot be waited for on that thread.
    let elsewhere = || {
        let runtime = Builder::new_current_thread().enable_all().build();
        let failed = |error: std::io::Error| FunctionError::new(error.to_string());
        runtime.map_err(failed)?.block_on(answer)
    };
    let failed = || FunctionError::new("the call ended unexpectedly");
    std::thread::scope(|scope| scope.spawn(elsewhere).join().unwrap_or_else(|_| Err(failed())))
}
