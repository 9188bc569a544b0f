//! Validation: everything that can be said of a configuration without state and variables.

mod merge;

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_addrs::{
    AbsProviderConfig, ConfigAction, ConfigResource, InstanceKey, Module, ModuleInstance,
    ResourceMode,
};
use groma_config::{CheckRule, Config, ModuleNode, Resource};
use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::{Body, evaluate};
use groma_lang::FunctionTable;
use groma_plan::ConfigNode;
use groma_provider::ValidateResourceRequest;
use groma_schema::Schema;
use groma_state::State;
use groma_value::{Type, Value};

use crate::actions::Site;
use crate::ephemeral::refuse_ephemeral;
use crate::expand::expansion;
use crate::graph;
use crate::plan::{check_imports, check_unwritable};
use crate::provision::{Remains, check_all};
use crate::query::check_lists;
use crate::run::{Phase, Run, Surroundings, locate};
use crate::walk::{Outcome, Visit, walk};
use crate::world::{Expansion, ModuleScope, Paths, World};
use merge::merge;

/// Checks a configuration. All independent errors are reported together, those that loading has
/// `found` among them: what they have left out of the configuration is not missed a second time.
/// Providers that have no schemas in `around` are done without.
pub async fn validate(
    config: Config,
    mut found: Diagnostics,
    functions: Arc<FunctionTable>,
    paths: Paths,
    workspace: String,
    around: Surroundings,
) -> Diagnostics {
    found.extend(check_unwritable(&config));
    check(config, found, functions, paths, workspace, around).await
}

/// Checks all of a configuration that does not depend on what is to be done with it.
pub(crate) async fn check(
    config: Config,
    found: Diagnostics,
    functions: Arc<FunctionTable>,
    paths: Paths,
    workspace: String,
    around: Surroundings,
) -> Diagnostics {
    let (graph, by_graph) = graph::build(&config, &State::default(), &around.schemas);
    let world = World::new(config, functions, paths, workspace);
    let run = Arc::new(Run::new(Phase::Validate, around, world, BTreeMap::new()));
    // What is in a cycle is checked as if the others of it were not known.
    let dependencies = graph.acyclic_dependencies();
    let graph = Arc::new(graph);
    let this = run.clone();
    let (owner, nodes) = (run.clone(), graph.clone());
    walk(
        &dependencies,
        |_| false,
        move |id| visit(&this, graph.node(id).clone()),
        move |id| owner.forget(nodes.node(id)),
    )
    .await;
    run.report(check_imports(&run));
    run.report(removed(&run));
    run.report(check_lists(&run).await);
    merge(&run.world.config, found, by_graph, run.take_diagnostics())
}

/// Checks what a node stands for. What failed is unknown to the others: they are checked all the
/// same.
fn visit(run: &Arc<Run>, node: ConfigNode) -> Visit {
    let run = run.clone();
    match node {
        ConfigNode::Provider(addr) if !can_check(&run, &addr) => Visit::Over(Outcome::Done),
        ConfigNode::Provider(addr) => Visit::task(async move {
            run.provider(&addr).await;
            Outcome::Done
        }),
        ConfigNode::Resource(addr) => Visit::task(async move {
            let found = resource(&run, &addr).await;
            run.report(found);
            Outcome::Done
        }),
        ConfigNode::Action(addr) => Visit::task(async move {
            let found = action(&run, &addr).await;
            run.report(found);
            Outcome::Done
        }),
        node => {
            run.evaluate(&node);
            if let ConfigNode::ModuleCall(path) = &node {
                run.report(lost_call(&run, path));
            }
            Visit::Over(Outcome::Done)
        }
    }
}

/// Whether there is a provider configuration, or an empty one is implied, and a provider for it.
/// If not, that has been told.
fn can_check(run: &Run, addr: &AbsProviderConfig) -> bool {
    let alias = addr.alias.as_deref();
    let written = |node: &ModuleNode| node.module.has_provider_config(&addr.provider, alias);
    run.around.schemas.provider(&addr.provider).is_some()
        && (run.world.config.module(&addr.module).is_some_and(written)
            || alias.is_none() && addr.module.is_root())
}

/// The arguments of a call of what could not be loaded.
fn lost_call(run: &Run, path: &Module) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let config = &run.world.config;
    let (Some(call), None, Some((caller, _))) =
        (config.call(path), config.module(path), path.parent())
    else {
        return diagnostics;
    };
    let Some(module) = run.world.instances_of(&caller).into_iter().next() else {
        return diagnostics;
    };
    let shape = match call.is_repeated() {
        true => Expansion::Unknown(call.for_each.is_some()),
        false => Expansion::Single,
    };
    for (_, repetition) in shape.instances() {
        let scope = ModuleScope::repeated(&run.world, &module, &repetition);
        loosely(&call.config, &scope, &mut diagnostics);
    }
    diagnostics
}

/// Evaluates all that stands in a body of which no schema says what it means.
fn loosely(body: &Body, scope: &ModuleScope<'_>, diagnostics: &mut Diagnostics) {
    for expression in body.expressions() {
        diagnostics.extend(evaluate(&expression, scope).1);
    }
}

/// The provisioners of `removed` blocks.
fn removed(run: &Run) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    // Nothing is known of objects of which the configuration has nothing but that they are gone.
    let own = Value::unknown(Type::Dynamic);
    for node in run.world.config.modules() {
        for removed in node.module.removed.iter().filter(|r| !r.provisioners.is_empty()) {
            let module = ModuleInstance::root();
            let remains = Remains::new(&run.world, &module, &InstanceKey::None);
            check_all(
                &run.around.provisioners,
                &removed.provisioners,
                removed.connection.as_ref(),
                &remains.anything(&run.world, &own),
                &mut diagnostics,
            );
        }
    }
    diagnostics
}

/// Checks an action: one instance stands for all.
async fn action(run: &Run, addr: &ConfigAction) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let Some(module) = run.world.instances_of(&addr.module).into_iter().next() else {
        return diagnostics;
    };
    let declared = module.node.module.actions.get(&addr.action);
    if declared.is_none_or(|a| run.around.schemas.provider(&a.provider).is_none()) {
        return diagnostics;
    }
    let found = Site::find(run, &module, &addr.action, &mut diagnostics);
    let Some(site) = found else { return diagnostics };
    let Some((instance, repetition)) = site.instances().into_iter().next() else {
        return diagnostics;
    };
    // What triggers it may be anything.
    let caller = Value::unknown(Type::Dynamic);
    let config = site.config(&repetition, Some(&caller), &mut diagnostics);
    let Some(config) = config else { return diagnostics };
    let provider = run.around.pool.unconfigured(&site.action.provider).await;
    let Some(provider) = diagnostics.take(provider) else { return diagnostics };
    let config = config.unmark_deep().0;
    let found = provider.validate_action_config(&addr.action.ty, &config).await;
    diagnostics.extend(site.place(found, &instance));
    diagnostics
}

/// Checks a resource: one instance stands for all.
async fn resource(run: &Run, addr: &ConfigResource) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let Some(resource) = run.world.config.resource(addr).cloned() else { return diagnostics };
    let Some(module) = run.world.instances_of(&addr.module).into_iter().next() else {
        return diagnostics;
    };
    let schema =
        run.around.schemas.resource(&resource.provider, addr.resource.mode, &addr.resource.ty);
    let schema = diagnostics.take(schema).flatten();
    let scope = ModuleScope::new(&run.world, &module);
    let expanded = expansion(
        &scope,
        resource.count.as_ref(),
        resource.for_each.as_ref(),
        resource.enabled.as_ref(),
        true,
        &mut diagnostics,
    );
    // What differs between the instances is unknown.
    let shape = match expanded {
        Some(Expansion::Single) => Expansion::Single,
        _ => Expansion::Unknown(resource.for_each.is_some()),
    };
    let ty = match &schema {
        Some(schema) => schema.block.implied_type().clone(),
        None => Type::Dynamic,
    };
    module.expand_resource(resource.addr.clone(), shape.clone(), ty.clone());
    let instances = shape.instances();
    let Some((_, repetition)) = instances.first() else { return diagnostics };
    let scope = ModuleScope::repeated(&run.world, &module, repetition);
    let own = Value::unknown(ty);
    let with_self = ModuleScope {
        self_value: Some(&own),
        ..ModuleScope::repeated(&run.world, &module, repetition)
    };
    rules(&resource.preconditions, &scope, &mut diagnostics);
    rules(&resource.postconditions, &with_self, &mut diagnostics);
    check_all(
        &run.around.provisioners,
        &resource.provisioners,
        resource.connection.as_ref(),
        &with_self,
        &mut diagnostics,
    );
    match schema {
        Some(schema) => arguments(run, addr, &resource, &schema, &scope, &mut diagnostics).await,
        None => loosely(&resource.config, &scope, &mut diagnostics),
    }
    diagnostics
}

/// Evaluates conditions and their messages. Whether they hold is not known yet.
fn rules(rules: &[CheckRule], scope: &ModuleScope<'_>, diagnostics: &mut Diagnostics) {
    for expression in rules.iter().flat_map(|rule| [&rule.condition, &rule.error_message]) {
        diagnostics.extend(evaluate(expression, scope).1);
    }
}

/// Checks the arguments of a resource, by its schema and then by its provider.
async fn arguments(
    run: &Run,
    addr: &ConfigResource,
    resource: &Resource,
    schema: &Schema,
    scope: &ModuleScope<'_>,
    diagnostics: &mut Diagnostics,
) {
    let block = &schema.block;
    let (config, found) = groma_schema::decode(&resource.config, block, scope);
    let failed = found.has_errors();
    diagnostics.extend(found);
    if failed {
        return;
    }
    let (config, marks): (Value, _) = config.unmark_deep_with_paths();
    if addr.resource.mode != ResourceMode::Ephemeral {
        let (body, place) = (&resource.config, addr.to_string());
        diagnostics.extend(refuse_ephemeral(block, body, &config, &marks, &place));
    }
    let provider = run.around.pool.unconfigured(&resource.provider).await;
    let Some(provider) = diagnostics.take(provider) else { return };
    let ty = &resource.addr.ty;
    let found = match addr.resource.mode {
        ResourceMode::Managed => {
            let capabilities = run.capabilities();
            let request = ValidateResourceRequest { ty: ty.clone(), config, capabilities };
            provider.validate_resource_config(request).await
        }
        ResourceMode::Data => provider.validate_data_source_config(ty, &config).await,
        ResourceMode::Ephemeral => provider.validate_ephemeral_config(ty, &config).await,
    };
    let placed = found
        .into_iter()
        .map(|d| locate(d, &resource.config, block))
        .map(|d| Diagnostic { address: d.address.or(Some(addr.to_string())), ..d });
    diagnostics.extend(placed);
}
