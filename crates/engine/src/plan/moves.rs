//! Objects whose address has changed: by `moved` blocks, or since `count` came or went.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use groma_addrs::{
    AbsResource, AbsResourceInstance, InstanceKey, Module, ModuleInstance, ModuleStep,
    ResourceMode, Target,
};
use groma_config::{Config, Moved};
use groma_diag::{Diagnostic, Diagnostics};
use groma_state::{Instance, ResourceState, State};

use super::PlanOptions;

/// Where objects are now, and where they were.
pub(super) type Moves = BTreeMap<AbsResourceInstance, AbsResourceInstance>;

/// Moves objects in the state as the configuration says. Gives where each moved object was.
pub(super) fn apply(config: &Config, state: &mut State, diagnostics: &mut Diagnostics) -> Moves {
    let mut moves = Moves::new();
    let statements: Vec<(Module, &Moved)> = config
        .modules()
        .flat_map(|node| node.module.moved.iter().map(|m| (node.path.clone(), m)))
        .collect();
    let mut blocked: Vec<(AbsResourceInstance, AbsResourceInstance)> = Vec::new();
    // Statements may build on each other in any order: as many rounds as there are statements
    // are enough for the longest chain.
    for _ in 0..statements.len() {
        let mut any = false;
        blocked.clear();
        for (module, statement) in &statements {
            any |= apply_statement(module, statement, state, &mut moves, &mut blocked);
        }
        if !any {
            break;
        }
    }
    implied(config, state, &mut moves);
    if !blocked.is_empty() {
        let list: Vec<String> =
            blocked.iter().map(|(from, to)| format!("  - {from} could not move to {to}")).collect();
        let detail = format!(
            "Groma tried to adjust resource instance addresses in the prior state based on change information recorded in the configuration, but some adjustments did not succeed due to existing objects already at the intended addresses:\n{}\n\nGroma has planned to destroy these objects. If their destruction isn't appropriate, you must first resolve the conflict by moving or removing objects in the state.",
            list.join("\n")
        );
        diagnostics
            .push(Diagnostic::warning("Unresolved resource instance address changes", detail));
    }
    moves
}

/// Moves must be whole: neither end may be left out of the plan.
pub(super) fn check_selected(moves: &Moves, options: &PlanOptions) -> Option<Diagnostic> {
    let (targets, excludes) = (&options.targets, &options.excludes);
    let is_out = |addr: &AbsResourceInstance| {
        let selected = targets.is_empty() || targets.iter().any(|t| t.selects(addr));
        !selected || excludes.iter().any(|t| t.selects(addr))
    };
    let mut left_out: BTreeSet<AbsResource> = BTreeSet::new();
    for (to, from) in moves {
        // A move that is left out as a whole waits for a plan that has it.
        for end in [from, to].into_iter().filter(|end| is_out(end)) {
            left_out.insert(end.resource.clone());
        }
    }
    if left_out.is_empty() {
        return None;
    }
    let option = if targets.is_empty() { "-exclude" } else { "-target" };
    let list: Vec<String> = left_out.iter().map(|r| format!("\n  {option}=\"{r}\"")).collect();
    let hint = match targets.is_empty() {
        true => "Remove these options",
        false => "Add these options",
    };
    let detail = format!(
        "Resource instances in your current state have moved to new addresses in the latest configuration. Groma must include those resource instances while planning in order to ensure a correct result, but your {option} options do not fully cover all of them.\n\nTo create a valid plan, either leave out {option} altogether or change your options. {hint}:{}\n\nNote that adding these options may include further additional resource instances in your plan, in order to respect object dependencies.",
        list.concat()
    );
    Some(Diagnostic::error("Moved resource instances excluded by targeting", detail))
}

fn apply_statement(
    module: &Module,
    statement: &Moved,
    state: &mut State,
    moves: &mut Moves,
    blocked: &mut Vec<(AbsResourceInstance, AbsResourceInstance)>,
) -> bool {
    let pairs: Vec<(AbsResourceInstance, AbsResourceInstance)> = state
        .resources
        .iter()
        .flat_map(|(addr, resource)| {
            resource.instances.keys().map(|key| addr.instance(key.clone())).collect::<Vec<_>>()
        })
        .filter_map(|from| Some((from.clone(), destination(module, statement, &from)?)))
        .filter(|(from, to)| from != to)
        .collect();
    let mut any = false;
    for (from, to) in pairs {
        if state.instance(&to).is_some() {
            blocked.push((from, to));
        } else {
            move_instance(state, &from, &to);
            let origin = moves.remove(&from).unwrap_or(from);
            moves.insert(to, origin);
            any = true;
        }
    }
    any
}

/// Where a statement moves an instance to.
fn destination(
    module: &Module,
    statement: &Moved,
    addr: &AbsResourceInstance,
) -> Option<AbsResourceInstance> {
    let steps = addr.module().steps();
    let depth = module.names().len();
    let in_module = steps.len() >= depth
        && steps.iter().zip(module.names()).all(|(step, name)| step.name == *name);
    if !in_module {
        return None;
    }
    let (base, rest) = steps.split_at(depth);
    match (&statement.from.target, &statement.to.target) {
        (Target::Module(from), Target::Module(to)) => {
            let new = module_destination(from.steps(), to.steps(), rest)?;
            let all = base.iter().cloned().chain(new).collect();
            let module = ModuleInstance::new(all);
            Some(addr.resource.resource.in_module(&module).instance(addr.key.clone()))
        }
        (from, to) => {
            let (from, from_key) = resource_of(from)?;
            let (to, to_key) = resource_of(to)?;
            if from.resource != addr.resource.resource || from.module.steps() != rest {
                return None;
            }
            let key = match (from_key, to_key) {
                // A resource as a whole, all its instances with it.
                (None, None) => addr.key.clone(),
                (from, to) => {
                    if addr.key != from.unwrap_or_default() {
                        return None;
                    }
                    to.unwrap_or_default()
                }
            };
            let all = base.iter().chain(to.module.steps()).cloned().collect();
            Some(to.resource.in_module(&ModuleInstance::new(all)).instance(key))
        }
    }
}

fn resource_of(target: &Target) -> Option<(&AbsResource, Option<InstanceKey>)> {
    match target {
        Target::Module(_) => None,
        Target::Resource(resource) => Some((resource, None)),
        Target::Instance(instance) => Some((&instance.resource, Some(instance.key.clone()))),
    }
}

fn module_destination(
    from: &[ModuleStep],
    to: &[ModuleStep],
    rest: &[ModuleStep],
) -> Option<Vec<ModuleStep>> {
    let (from_last, from_init) = from.split_last()?;
    let (to_last, to_init) = to.split_last()?;
    if rest.len() < from.len() || &rest[..from_init.len()] != from_init {
        return None;
    }
    let here = &rest[from_init.len()];
    let whole = from_last.key == InstanceKey::None && to_last.key == InstanceKey::None;
    if here.name != from_last.name || !whole && here.key != from_last.key {
        return None;
    }
    let key = if whole { here.key.clone() } else { to_last.key.clone() };
    let step = ModuleStep { name: to_last.name.clone(), key };
    Some(to_init.iter().cloned().chain([step]).chain(rest[from.len()..].iter().cloned()).collect())
}

/// One object without a key and one with index 0 are the same when `count` comes or goes.
fn implied(config: &Config, state: &mut State, moves: &mut Moves) {
    let zero = InstanceKey::Int(0);
    let mut pairs = Vec::new();
    for (addr, resource) in &state.resources {
        if addr.resource.mode != ResourceMode::Managed {
            continue;
        }
        let has = |key: &InstanceKey| resource.instances.contains_key(key);
        if has(&InstanceKey::None) == has(&zero) {
            continue;
        }
        let Some(written) = config.resource(&addr.config()) else { continue };
        let single = written.count.is_none() && written.for_each.is_none();
        if written.count.is_some() && has(&InstanceKey::None) {
            pairs.push((addr.instance(InstanceKey::None), addr.instance(zero.clone())));
        } else if single && has(&zero) {
            pairs.push((addr.instance(zero.clone()), addr.instance(InstanceKey::None)));
        }
    }
    for (from, to) in pairs {
        move_instance(state, &from, &to);
        let origin = moves.remove(&from).unwrap_or(from);
        moves.insert(to, origin);
    }
}

pub(super) fn move_instance(
    state: &mut State,
    from: &AbsResourceInstance,
    to: &AbsResourceInstance,
) {
    let Some(source) = state.resources.get_mut(&from.resource) else { return };
    let Some(instance): Option<Arc<Instance>> = source.instances.remove(&from.key) else { return };
    let provider = source.provider.clone();
    if source.instances.is_empty() {
        state.resources.remove(&from.resource);
    }
    state
        .resources
        .entry(to.resource.clone())
        .or_insert_with(|| ResourceState { provider, instances: BTreeMap::new() })
        .instances
        .insert(to.key.clone(), instance);
}
