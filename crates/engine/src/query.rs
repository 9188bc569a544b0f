//! Queries: which objects there are, by the `list` blocks of query files.

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_addrs::{AbsProviderConfig, InstanceKey, Module, Resource, ResourceMode};
use groma_config::{Config, List};
use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::{Expression, evaluate};
use groma_lang::FunctionTable;
use groma_plan::ConfigNode;
use groma_provider::{ListRequest, ListedResource};
use groma_schema::Schema;
use groma_state::State;
use groma_value::{Str, Type, Value, convert};

use crate::expand::expansion;
use crate::generate::{import_block, resource_block};
use crate::graph::{self, Graph, ReferenceChecker, Scoping};
use crate::run::{Phase, Run, Surroundings, locate};
use crate::variables::InputValue;
use crate::walk::Outcome;
use crate::world::{Expansion, ModuleScope, Paths, Repetition, World};

/// How many objects a list gives unless it says so.
const LIMIT: i64 = 100;

/// What is asked.
#[derive(Clone)]
pub struct QueryInput {
    /// The configuration, query files included.
    pub config: Config,
    /// The root variables that were given.
    pub variables: BTreeMap<Str, InputValue>,
    /// The built-in functions.
    pub functions: Arc<FunctionTable>,
    /// Where the configuration lies.
    pub paths: Paths,
    /// The workspace.
    pub workspace: String,
    /// Whether configuration is wanted for what is found.
    pub generate: bool,
}

/// An object that a query found.
#[derive(Clone, Debug)]
pub struct FoundObject {
    /// The list: `list.TYPE.NAME`, with its key.
    pub list: String,
    /// The resource type.
    pub ty: Str,
    /// What people call the object.
    pub display_name: String,
    /// What identifies it.
    pub identity: Value,
    /// The version of the identity's schema.
    pub identity_version: i64,
    /// The whole object, if it was asked for, marked where sensitive.
    pub object: Option<Value>,
    /// The `resource` block for it, if configuration was asked for.
    pub config: Option<String>,
    /// The `import` block for it, likewise.
    pub import_config: Option<String>,
}

/// What happens during a query.
#[derive(Clone, Debug)]
pub enum QueryEvent<'a> {
    /// A list begins.
    Start {
        /// The list.
        list: &'a str,
        /// The resource type.
        ty: &'a str,
        /// What it is asked with, marked where sensitive.
        config: &'a Value,
    },
    /// An object was found.
    Found(&'a FoundObject),
    /// A list has ended.
    Complete {
        /// The list.
        list: &'a str,
        /// The resource type.
        ty: &'a str,
        /// How many objects were found.
        total: usize,
    },
}

/// Who is told.
pub type QuerySink<'a> = &'a (dyn Fn(QueryEvent<'_>) + Send + Sync);

/// Asks the providers for all that the `list` blocks of the root module are about, one list after
/// the other.
pub async fn query(input: QueryInput, around: Surroundings, sink: QuerySink<'_>) -> Diagnostics {
    let (graph, mut diagnostics) = graph::build(&input.config, &State::default(), &around.schemas);
    if diagnostics.has_errors() {
        return diagnostics;
    }
    let lists: Vec<Arc<List>> = input.config.root.module.lists.values().cloned().collect();
    let world = World::new(input.config, input.functions, input.paths, input.workspace);
    let run = Run::new(Phase::Plan, around, world, input.variables);
    let wanted = needed(&run, &graph, &lists, &mut diagnostics);
    if diagnostics.has_errors() {
        return diagnostics;
    }
    let mut order = Vec::new();
    graph.post_order(&mut order);
    for id in order.into_iter().filter(|id| wanted[*id as usize]) {
        let outcome = match graph.node(id) {
            ConfigNode::Provider(addr) => run.provider(addr).await,
            node => run.evaluate(node),
        };
        if outcome == Outcome::Failed {
            break;
        }
    }
    // A provider that nothing but lists uses, and that has no block, is in no graph.
    let mut alone: Vec<AbsProviderConfig> = lists
        .iter()
        .map(|list| run.world.config.resolve_provider(&Module::root(), &list.provider_config()))
        .map(|resolved| resolved.config)
        .filter(|config| graph.id(&ConfigNode::Provider(config.clone())).is_none())
        .collect();
    alone.sort();
    alone.dedup();
    for config in &alone {
        run.provider(config).await;
    }
    diagnostics.extend(run.take_diagnostics());
    if diagnostics.has_errors() {
        return diagnostics;
    }
    for list in &lists {
        let found = Query { run: &run, list, generate: input.generate, sink }.perform().await;
        diagnostics.extend(found);
    }
    diagnostics
}

/// The nodes that the lists need.
fn needed(
    run: &Run,
    graph: &Graph,
    lists: &[Arc<List>],
    diagnostics: &mut Diagnostics,
) -> Vec<bool> {
    let mut nodes = Vec::new();
    for list in lists {
        references(run, list, &mut nodes, diagnostics);
    }
    let mut wanted = vec![false; graph.dependencies().len()];
    let mut stack: Vec<u32> = nodes.iter().filter_map(|node| graph.id(node)).collect();
    while let Some(id) = stack.pop() {
        if std::mem::replace(&mut wanted[id as usize], true) {
            continue;
        }
        if let ConfigNode::Resource(addr) = graph.node(id) {
            let detail = format!(
                "A query needs {addr}, for a list or for the provider of one. Queries read no state and apply nothing: they can refer to variables and local values, but not to resources."
            );
            diagnostics.push(Diagnostic::error("Invalid reference in query", detail));
        }
        stack.extend(&graph.dependencies()[id as usize]);
    }
    wanted
}

/// What a list refers to, its provider among it.
fn references(run: &Run, list: &List, nodes: &mut Vec<ConfigNode>, diagnostics: &mut Diagnostics) {
    let config = &run.world.config;
    let checker = ReferenceChecker { module: &config.root, schemas: Some(&run.around.schemas) };
    let once = [&list.count, &list.for_each].into_iter().flatten();
    let each = [&list.include_resource, &list.limit].into_iter().flatten();
    let each_scoping = Scoping {
        count: list.count.is_some(),
        each: list.for_each.is_some(),
        ..Scoping::default()
    };
    let mut resolve = |expression: &Expression, scoping| {
        for traversal in expression.variables() {
            checker.resolve(&traversal, scoping, nodes, diagnostics);
        }
    };
    once.for_each(|e| resolve(e, Scoping::default()));
    each.for_each(|e| resolve(e, each_scoping));
    match schema(run, list) {
        Ok((_, schema)) => {
            for traversal in groma_schema::references(&list.config, &schema.block) {
                checker.resolve(&traversal, each_scoping, nodes, diagnostics);
            }
        }
        Err(found) => diagnostics.extend(found),
    }
    let provider = config.resolve_provider(&Module::root(), &list.provider_config());
    nodes.push(ConfigNode::Provider(provider.config));
}

/// Checks the lists of the root module without asking for anything. Those of providers that are
/// not there are passed over.
pub(crate) async fn check_lists(run: &Run) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for list in run.world.config.root.module.lists.values() {
        if run.around.schemas.provider(&list.provider).is_none() {
            continue;
        }
        references(run, list, &mut Vec::new(), &mut diagnostics);
        let Ok((_, own)) = schema(run, list) else { continue };
        let (count, for_each) = (list.count.as_ref(), list.for_each.as_ref());
        let outer = ModuleScope::new(&run.world, run.world.root());
        let expanded = expansion(&outer, count, for_each, None, true, &mut diagnostics);
        let shape = match expanded {
            Some(Expansion::Single) => Expansion::Single,
            _ => Expansion::Unknown(for_each.is_some()),
        };
        for (_, repetition) in shape.instances() {
            let scope = ModuleScope::repeated(&run.world, run.world.root(), &repetition);
            let (config, found) = groma_schema::decode(&list.config, &own.block, &scope);
            let failed = found.has_errors();
            diagnostics.extend(found);
            let include = argument(list.include_resource.as_ref(), &Type::Bool, &scope);
            diagnostics.take(include);
            diagnostics.take(argument(list.limit.as_ref(), &Type::Number, &scope));
            if failed {
                continue;
            }
            let provider = run.around.pool.unconfigured(&list.provider).await;
            let Some(provider) = diagnostics.take(provider) else { continue };
            let request = ListRequest {
                ty: list.ty.clone(),
                config: config.unmark_deep().0,
                include_objects: false,
                limit: LIMIT,
            };
            let found = provider.validate_list_config(&request).await;
            diagnostics.extend(found.into_iter().map(|d| locate(d, &list.config, &own.block)));
        }
    }
    diagnostics
}

/// The schemas of the resource type and of its lists.
fn schema(run: &Run, list: &List) -> Result<(Arc<Schema>, Arc<Schema>), Diagnostics> {
    let schemas = &run.around.schemas;
    let resource = schemas.resource(&list.provider, ResourceMode::Managed, &list.ty)?;
    let own = match schemas.provider(&list.provider) {
        Some(provider) => provider.list_resource_type(&list.ty)?,
        None => None,
    };
    resource.zip(own).ok_or_else(|| {
        let detail = format!(
            "The provider {} does not support list resource type {:?}.",
            list.provider.for_display(),
            &*list.ty
        );
        Diagnostic::error("Invalid list resource type", detail).at(&list.type_range).into()
    })
}

struct Query<'a> {
    run: &'a Run,
    list: &'a List,
    generate: bool,
    sink: QuerySink<'a>,
}

impl Query<'_> {
    async fn perform(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let world = &self.run.world;
        let scope = ModuleScope::new(world, world.root());
        let list = self.list;
        let (count, for_each) = (list.count.as_ref(), list.for_each.as_ref());
        let found = expansion(&scope, count, for_each, None, false, &mut diagnostics);
        let Some(expansion) = found else { return diagnostics };
        for (key, repetition) in expansion.instances() {
            if let Err(found) = self.ask(&key, &repetition, &mut diagnostics).await {
                diagnostics.extend(found);
            }
        }
        diagnostics
    }

    async fn ask(
        &self,
        key: &InstanceKey,
        repetition: &Repetition,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let (run, list) = (self.run, self.list);
        let (resource, own) = schema(run, list)?;
        let scope = ModuleScope::repeated(&run.world, run.world.root(), repetition);
        let name = format!("list.{}.{}{key}", list.ty, list.name);
        let (config, found) = groma_schema::decode(&list.config, &own.block, &scope);
        let failed = found.has_errors();
        diagnostics.extend(found);
        let include = argument(list.include_resource.as_ref(), &Type::Bool, &scope)?;
        let limit = argument(list.limit.as_ref(), &Type::Number, &scope)?;
        let limit = match (limit.as_ref().and_then(Value::as_number), &list.limit) {
            (None, _) => LIMIT,
            (Some(number), expression) => match number.as_i64().filter(|n| *n > 0) {
                Some(limit) => limit,
                None => {
                    let detail = "The limit must be a whole number greater than zero.";
                    let error = Diagnostic::error("Invalid limit argument", detail);
                    let place = expression.as_ref().map_or(&list.decl_range, |e| e.range());
                    return Err(error.at(place).into());
                }
            },
        };
        if failed {
            return Ok(());
        }
        let mut resolved =
            run.world.config.resolve_provider(&Module::root(), &list.provider_config());
        if resolved.key.is_none() {
            let key = list.provider_ref.as_ref().and_then(|r| r.key.clone());
            resolved.key = key.map(|key| (Module::root(), key));
        }
        let mut provider_addr = resolved.config.clone();
        if resolved.key.is_some() {
            let found = run.provider_key(&resolved, run.world.root(), repetition, diagnostics);
            let Some(key) = found else { return Ok(()) };
            provider_addr = provider_addr.instance(key);
        }
        let provider = run.around.pool.get(&provider_addr)?;
        let request = ListRequest {
            ty: list.ty.clone(),
            config: config.clone().unmark_deep().0,
            include_objects: self.generate
                || include.and_then(|include| include.as_bool()).unwrap_or(false),
            limit,
        };
        let place = |found: Diagnostics| -> Diagnostics {
            found.into_iter().map(|d| locate(d, &list.config, &own.block)).collect()
        };
        let found = provider.validate_list_config(&request).await;
        let failed = found.has_errors();
        diagnostics.extend(place(found));
        if failed {
            return Ok(());
        }
        (self.sink)(QueryEvent::Start { list: &name, ty: &list.ty, config: &config });
        let mut total = 0usize;
        let mut told = Diagnostics::new();
        let mut each = |listed: ListedResource| {
            told.extend(listed.diagnostics.clone());
            if let Some(object) = self.object(&name, total, listed, &resource) {
                total += 1;
                (self.sink)(QueryEvent::Found(&object));
            }
            // Plugins should keep to the limit; that people get no more is seen to here.
            (total as i64) < limit && !run.around.interrupt.is_raised()
        };
        let found = provider.list_resources(&request, &mut each).await;
        diagnostics.extend(place(told));
        diagnostics.extend(place(found));
        (self.sink)(QueryEvent::Complete { list: &name, ty: &list.ty, total });
        Ok(())
    }

    /// An object as it is told; `None` for what is but a message.
    fn object(
        &self,
        name: &str,
        number: usize,
        listed: ListedResource,
        schema: &Schema,
    ) -> Option<FoundObject> {
        let ListedResource { identity, display_name, object, .. } = listed;
        let identity = identity?;
        let list = self.list;
        let provider = list.provider_ref.as_ref().map(|reference| reference.config.to_string());
        let (mut config, mut import_config) = (None, None);
        if self.generate {
            let resource_name = format!("{}_{number}", list.name);
            let addr = Resource::new(ResourceMode::Managed, list.ty.clone(), resource_name);
            let provider = provider.as_deref();
            config = object.as_ref().map(|o| resource_block(&addr, &schema.block, o, provider));
            import_config = Some(import_block(&addr, provider, &identity));
        }
        Some(FoundObject {
            list: name.to_owned(),
            ty: list.ty.clone(),
            display_name,
            identity,
            identity_version: schema.identity.as_ref().map_or(0, |i| i.version),
            object: object.map(|object| schema.block.mark_sensitive(&object)),
            config,
            import_config,
        })
    }
}

/// The value of an argument that must be known; `None` where it is not set.
fn argument(
    expression: Option<&Expression>,
    ty: &Type,
    scope: &ModuleScope<'_>,
) -> Result<Option<Value>, Diagnostics> {
    let Some(expression) = expression else { return Ok(None) };
    let (value, found) = evaluate(expression, scope);
    if found.has_errors() {
        return Err(found);
    }
    let value = convert(&value.unmark().0, ty).map_err(|error| {
        let detail = format!("The argument is unsuitable: {error}.");
        Diagnostics::from(Diagnostic::error("Incorrect value type", detail).at(expression.range()))
    })?;
    Ok(Some(value).filter(|value| !value.is_null() && value.is_known()))
}
