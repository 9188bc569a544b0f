//! Validation: everything that can be said of a configuration without state and variables.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use groma_addrs::{ConfigAction, ConfigResource, InstanceKey, ModuleInstance, ResourceMode};
use groma_config::Config;
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_lang::FunctionTable;
use groma_plan::ConfigNode;
use groma_provider::ValidateResourceRequest;
use groma_state::State;
use groma_value::Value;

use crate::actions::Site;
use crate::ephemeral::refuse_ephemeral;
use crate::expand::expansion;
use crate::graph;
use crate::plan::check_imports;
use crate::provision::{Remains, check_all};
use crate::run::{Phase, Run, Surroundings, locate};
use crate::walk::{Outcome, Visit, walk};
use crate::world::{Expansion, ModuleScope, Paths, World};

/// Checks a configuration. All independent errors are reported together.
pub async fn validate(
    config: Config,
    functions: Arc<FunctionTable>,
    paths: Paths,
    workspace: String,
    around: Surroundings,
) -> Diagnostics {
    let (graph, diagnostics) = graph::build(&config, &State::default(), &around.schemas);
    let world = World::new(config, functions, paths, workspace);
    let run = Arc::new(Run::new(Phase::Validate, around, world, BTreeMap::new()));
    if diagnostics.iter().any(graph::is_cycle) {
        return diagnostics;
    }
    let dependencies = graph.dependencies().to_vec();
    let graph = Arc::new(graph);
    let this = run.clone();
    let (owner, nodes) = (run.clone(), graph.clone());
    walk(
        &dependencies,
        |_| false,
        move |id| {
            let run = this.clone();
            // What failed is unknown to the others: they are checked all the same.
            match graph.node(id).clone() {
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
                    Visit::Over(Outcome::Done)
                }
            }
        },
        move |id| owner.forget(nodes.node(id)),
    )
    .await;
    run.report(check_imports(&run));
    run.report(removed(&run));
    merge(diagnostics, run.take_diagnostics())
}

/// What the graph found and what evaluation found, each once: an undeclared name is found by both,
/// and evaluation may point it out more exactly.
fn merge(by_graph: Diagnostics, by_evaluation: Diagnostics) -> Diagnostics {
    let mut all: Vec<Diagnostic> = by_graph.into_iter().collect();
    let graph_found = all.len();
    let mut seen = HashSet::new();
    for diagnostic in by_evaluation {
        let place = diagnostic.subject.as_ref();
        let known = all[..graph_found].iter_mut().find(|known| {
            let places = known.subject.as_ref().zip(place);
            same(known, &diagnostic) && places.is_some_and(|(a, b)| overlap(a, b))
        });
        if let Some(known) = known {
            if known.summary == diagnostic.summary && size(&diagnostic) < size(known) {
                *known = diagnostic;
            }
            continue;
        }
        let key = (diagnostic.summary.clone(), diagnostic.detail.clone(), place.cloned());
        if place.is_none() || seen.insert(key) {
            all.push(diagnostic);
        }
    }
    all.into_iter().collect()
}

/// Whether both are about the same mistake, though evaluation may have another name for it.
fn same(by_graph: &Diagnostic, by_evaluation: &Diagnostic) -> bool {
    by_graph.summary == by_evaluation.summary
        || by_graph.summary == "Unexpected resource instance key"
            && by_evaluation.summary == "Invalid index"
}

fn overlap(a: &SourceRange, b: &SourceRange) -> bool {
    a.filename == b.filename && a.start.byte <= b.end.byte && b.start.byte <= a.end.byte
}

fn size(diagnostic: &Diagnostic) -> u32 {
    diagnostic
        .subject
        .as_ref()
        .map_or(u32::MAX, |range| range.end.byte.saturating_sub(range.start.byte))
}

/// The provisioners of `removed` blocks.
fn removed(run: &Run) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    // Nothing is known of objects of which the configuration has nothing but that they are gone.
    let own = Value::unknown(groma_value::Type::Dynamic);
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
    let found = Site::find(run, &module, &addr.action, &mut diagnostics);
    let Some(site) = found else { return diagnostics };
    let Some((instance, repetition)) = site.instances().into_iter().next() else {
        return diagnostics;
    };
    // What triggers it may be anything.
    let caller = Value::unknown(groma_value::Type::Dynamic);
    let config = site.config(&repetition, Some(&caller), &mut diagnostics);
    let Some(config) = config else { return diagnostics };
    let provider = run.around.pool.unconfigured(&site.action.provider).await;
    let Some(provider) = diagnostics.take(provider) else { return diagnostics };
    let config = config.unmark_deep().0;
    let found = provider.validate_action_config(&addr.action.ty, &config).await;
    diagnostics.extend(site.place(found, &instance));
    diagnostics
}

async fn resource(run: &Run, addr: &ConfigResource) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let Some(resource) = run.world.config.resource(addr).cloned() else { return diagnostics };
    let schema =
        run.around.schemas.resource(&resource.provider, addr.resource.mode, &addr.resource.ty);
    let Some(Some(schema)) = diagnostics.take(schema) else { return diagnostics };
    let provider = run.around.pool.unconfigured(&resource.provider).await;
    let Some(provider) = diagnostics.take(provider) else { return diagnostics };
    let Some(module) = run.world.instances_of(&addr.module).into_iter().next() else {
        return diagnostics;
    };
    let scope = ModuleScope::new(&run.world, &module);
    let expanded = expansion(
        &scope,
        resource.count.as_ref(),
        resource.for_each.as_ref(),
        resource.enabled.as_ref(),
        true,
        &mut diagnostics,
    );
    // One instance stands for all: what there is of it is checked, what differs is unknown.
    let shape = match expanded {
        Some(Expansion::Single) => Expansion::Single,
        _ => Expansion::Unknown(resource.for_each.is_some()),
    };
    let block = &schema.block;
    module.expand_resource(resource.addr.clone(), shape.clone(), block.implied_type().clone());
    let instances = shape.instances();
    let Some((_, repetition)) = instances.first() else { return diagnostics };
    let scope = ModuleScope::repeated(&run.world, &module, repetition);
    let (config, found) = groma_schema::decode(&resource.config, block, &scope);
    let failed = found.has_errors();
    diagnostics.extend(found);
    for rule in resource.preconditions.iter() {
        diagnostics.extend(groma_hcl::evaluate(&rule.condition, &scope).1);
    }
    let own = Value::unknown(block.implied_type().clone());
    check_all(
        &run.around.provisioners,
        &resource.provisioners,
        resource.connection.as_ref(),
        &ModuleScope {
            self_value: Some(&own),
            ..ModuleScope::repeated(&run.world, &module, repetition)
        },
        &mut diagnostics,
    );
    if failed {
        return diagnostics;
    }
    let (config, marks): (Value, _) = config.unmark_deep_with_paths();
    if addr.resource.mode != ResourceMode::Ephemeral {
        let (body, place) = (&resource.config, addr.to_string());
        diagnostics.extend(refuse_ephemeral(block, body, &config, &marks, &place));
    }
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
        .map(|d| groma_diag::Diagnostic { address: d.address.or(Some(addr.to_string())), ..d });
    diagnostics.extend(placed);
    diagnostics
}
