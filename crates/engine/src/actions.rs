//! Actions between the configuration and the providers: which there are, and what they are
//! configured with.

use std::sync::Arc;

use groma_addrs::{AbsActionInstance, AbsProviderConfig, ConfigAction, InstanceKey};
use groma_config::{Action, ActionRef, ActionTrigger};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{Expression, Function, Resolved, Scope, Step, evaluate};
use groma_schema::Schema;
use groma_value::{Type, Value, convert};

use crate::expand::expansion;
use crate::run::Run;
use crate::schemas::SchemaLibrary;
use crate::world::{Expansion, ModuleData, ModuleScope, Repetition};

/// The name under which an action's configuration finds the object that it is invoked for.
pub(crate) const CALLER: &str = "caller";

/// The names within an action's configuration.
struct ActionScope<'a> {
    inner: ModuleScope<'a>,
    caller: Option<&'a Value>,
}

impl Scope for ActionScope<'_> {
    fn resolve(
        &self,
        root: &str,
        steps: &[Step<'_>],
        range: &SourceRange,
    ) -> Result<Resolved, Diagnostics> {
        if root != CALLER {
            return self.inner.resolve(root, steps, range);
        }
        match self.caller {
            Some(value) => Ok(Resolved { value: value.clone(), consumed: 0 }),
            None => {
                let detail = "The \"caller\" object is the resource instance that triggers the action. This invocation has none.";
                Err(Diagnostic::error("Invalid \"caller\" reference", detail).at(range).into())
            }
        }
    }

    fn function(&self, name: &str) -> Option<Arc<dyn Function>> {
        self.inner.function(name)
    }

    fn function_names(&self) -> Vec<String> {
        self.inner.function_names()
    }
}

/// The schema of a type of actions.
pub(crate) fn schema(schemas: &SchemaLibrary, action: &Action) -> Result<Arc<Schema>, Diagnostics> {
    let found = match schemas.provider(&action.provider) {
        Some(provider) => provider.action_type(&action.addr.ty)?,
        None => None,
    };
    found.ok_or_else(|| {
        let detail = format!(
            "The provider {} does not support action type {:?}.",
            action.provider.for_display(),
            &*action.addr.ty
        );
        Diagnostic::error("Invalid action type", detail).at(&action.type_range).into()
    })
}

/// Whether an action is configured with the object that triggers it.
pub(crate) fn uses_caller(action: &Action, schema: &Schema) -> bool {
    groma_schema::references(&action.config, &schema.block).iter().any(|t| &*t.root == CALLER)
}

/// An action of the configuration in one instance of its module.
pub(crate) struct Site<'a> {
    pub(crate) run: &'a Run,
    pub(crate) module: Arc<ModuleData>,
    pub(crate) action: Arc<Action>,
    pub(crate) schema: Arc<Schema>,
    expansion: Expansion,
}

impl<'a> Site<'a> {
    /// Finds an action and the instances that there are of it. `None` after errors.
    pub(crate) fn find(
        run: &'a Run,
        module: &Arc<ModuleData>,
        addr: &groma_addrs::Action,
        diagnostics: &mut Diagnostics,
    ) -> Option<Site<'a>> {
        let action = module.node.module.actions.get(addr)?.clone();
        let schema = diagnostics.take(schema(&run.around.schemas, &action))?;
        let scope = ModuleScope::new(&run.world, module);
        let (count, for_each) = (action.count.as_ref(), action.for_each.as_ref());
        let expansion = expansion(&scope, count, for_each, None, run.allow_unknown(), diagnostics)?;
        Some(Site { run, module: module.clone(), action, schema, expansion })
    }

    /// The instances, each with its address.
    pub(crate) fn instances(&self) -> Vec<(AbsActionInstance, Repetition)> {
        let all = self.expansion.instances().into_iter();
        all.map(|(key, repetition)| (self.addr(key), repetition)).collect()
    }

    /// The instance of a key, if there is one.
    pub(crate) fn instance(&self, key: &InstanceKey) -> Option<(AbsActionInstance, Repetition)> {
        Some((self.addr(key.clone()), self.expansion.repetition(key)?))
    }

    fn addr(&self, key: InstanceKey) -> AbsActionInstance {
        AbsActionInstance {
            module: self.module.addr.clone(),
            action: self.action.addr.clone(),
            key,
        }
    }

    /// The configuration of an instance. `None` after errors.
    pub(crate) fn config(
        &self,
        repetition: &Repetition,
        caller: Option<&Value>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Value> {
        let inner = ModuleScope::repeated(&self.run.world, &self.module, repetition);
        let scope = ActionScope { inner, caller };
        let (value, found) = groma_schema::decode(&self.action.config, &self.schema.block, &scope);
        let failed = found.has_errors();
        diagnostics.extend(found);
        (!failed).then_some(value)
    }

    /// The provider configuration that the action belongs to.
    pub(crate) fn provider(
        &self,
        repetition: &Repetition,
        diagnostics: &mut Diagnostics,
    ) -> Option<AbsProviderConfig> {
        let path = &self.module.node.path;
        let local = self.action.provider_config();
        let mut resolved = self.run.world.config.resolve_provider(path, &local);
        if resolved.key.is_none() {
            let key = self.action.provider_ref.as_ref().and_then(|r| r.key.clone());
            resolved.key = key.map(|key| (path.clone(), key));
        }
        if resolved.key.is_none() {
            return Some(resolved.config);
        }
        let key = self.run.provider_key(&resolved, &self.module, repetition, diagnostics)?;
        Some(resolved.config.instance(key))
    }

    /// A provider's diagnostics, pinned to the source of the action.
    pub(crate) fn place(&self, found: Diagnostics, addr: &AbsActionInstance) -> Diagnostics {
        let block = &self.schema.block;
        let placed = found.into_iter().map(|d| crate::run::locate(d, &self.action.config, block));
        placed
            .map(|d| Diagnostic { address: d.address.or_else(|| Some(addr.to_string())), ..d })
            .collect()
    }
}

/// The key of an instance that a trigger refers to.
pub(crate) fn reference_key(
    reference: &ActionRef,
    scope: &dyn Scope,
) -> Result<InstanceKey, Diagnostics> {
    let Some(expression) = &reference.key else { return Ok(InstanceKey::None) };
    let (value, found) = evaluate(expression, scope);
    if found.has_errors() {
        return Err(found);
    }
    InstanceKey::from_value(&value.unmark().0).ok_or_else(|| {
        let detail = "The index of an action must be a known string or whole number.";
        Diagnostic::error("Invalid action reference", detail).at(expression.range()).into()
    })
}

/// Whether the condition of a trigger holds; `None` if that is not known yet.
pub(crate) fn condition(
    trigger: &ActionTrigger,
    scope: &dyn Scope,
) -> Result<Option<bool>, Diagnostics> {
    let Some(expression) = &trigger.condition else { return Ok(Some(true)) };
    let (value, found) = evaluate(expression, scope);
    if found.has_errors() {
        return Err(found);
    }
    let fail = |detail: String| {
        let summary = "Invalid action trigger condition";
        Diagnostics::from(Diagnostic::error(summary, detail).at(expression.range()))
    };
    let (value, marks) = value.unmark();
    if marks.is_ephemeral() {
        return Err(fail("The condition must not be ephemeral: whether an action is invoked is part of the plan.".into()));
    }
    let value = convert(&value, &Type::Bool)
        .map_err(|error| fail(format!("The condition must be true or false: {error}.")))?;
    if value.is_null() {
        return Err(fail("The condition must be either true or false, not null.".into()));
    }
    Ok(value.as_bool())
}

/// The expression of a key or condition and what else a trigger is evaluated by.
pub(crate) fn expressions(trigger: &ActionTrigger) -> impl Iterator<Item = &Expression> {
    trigger.condition.iter().chain(trigger.actions.iter().filter_map(|a| a.key.as_ref()))
}

/// The action that a reference in a module leads to.
pub(crate) fn referred(module: &groma_addrs::Module, reference: &ActionRef) -> ConfigAction {
    ConfigAction { module: module.clone(), action: reference.action.clone() }
}
