//! Whether and where two values of an object differ.

use groma_value::{Marks, Path, Value};

/// Those of the paths at which the planned value differs from the prior one, or will.
pub(super) fn changed_paths(paths: &[Path], prior: &Value, planned: &Value) -> Vec<Path> {
    if prior.is_null() {
        return Vec::new();
    }
    let differs = |path: &&Path| match (path.apply(prior), path.apply(planned)) {
        (Ok(prior), Ok(planned)) => !planned.is_wholly_known() || prior != planned,
        (Err(_), Err(_)) => false,
        _ => true,
    };
    let mut changed: Vec<Path> = Vec::new();
    for path in paths.iter().filter(differs) {
        if !changed.contains(path) {
            changed.push(path.clone());
        }
    }
    changed
}

/// Whether the same parts are sensitive, beyond what the schema says is so anyway.
pub(super) fn same_marks(
    config: &[(Path, Marks)],
    prior: &[(Path, Marks)],
    value: &Value,
    block: &groma_schema::Block,
) -> bool {
    if config.is_empty() && prior.is_empty() {
        return true;
    }
    let by_schema = block.value_marks(value);
    let covered = |path: &Path, list: &[(Path, Marks)]| list.iter().any(|(p, _)| p == path);
    let sensitive = |list: &[(Path, Marks)]| -> Vec<Path> {
        list.iter()
            .filter(|(p, m)| m.is_sensitive() && !covered(p, &by_schema))
            .map(|(p, _)| p.clone())
            .collect()
    };
    let (a, b) = (sensitive(config), sensitive(prior));
    a.len() == b.len() && a.iter().all(|p| b.contains(p))
}
