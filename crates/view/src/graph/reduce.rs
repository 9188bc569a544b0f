//! Leaving out what goes without saying.

/// How many targets are looked at in one go, in words of 64 bits.
const WORDS: usize = 16;

/// Removes each edge that a longer way stands for. Of a graph with cycles everything stays.
///
/// Which nodes are reached from which is worked out for some targets at a time, so that the memory
/// it takes grows with the nodes and not with their pairs.
pub(super) fn reduce(dependencies: &mut [Vec<u32>]) {
    for deps in dependencies.iter_mut() {
        deps.sort_unstable();
        deps.dedup();
    }
    let Some(order) = topological(dependencies) else { return };
    let all = dependencies.len();
    let mut redundant: Vec<Vec<u32>> = vec![Vec::new(); all];
    for first in (0..all).step_by(WORDS * 64) {
        // Of each node, which of the targets are reached in one step or more.
        let mut reached = vec![[0u64; WORDS]; all];
        let bit = |target: u32| {
            let at = (target as usize).checked_sub(first)?;
            (at < WORDS * 64).then_some((at / 64, 1u64 << (at % 64)))
        };
        for &node in &order {
            // What is reached in two steps or more.
            let mut far = [0u64; WORDS];
            for dep in &dependencies[node as usize] {
                for (far, reached) in far.iter_mut().zip(&reached[*dep as usize]) {
                    *far |= reached;
                }
            }
            let mut near = far;
            for dep in &dependencies[node as usize] {
                let Some((word, mask)) = bit(*dep) else { continue };
                if far[word] & mask != 0 {
                    redundant[node as usize].push(*dep);
                }
                near[word] |= mask;
            }
            reached[node as usize] = near;
        }
    }
    for (deps, redundant) in dependencies.iter_mut().zip(redundant) {
        // Both are sorted.
        let mut redundant = redundant.into_iter().peekable();
        deps.retain(|dep| redundant.next_if_eq(dep).is_none());
    }
}

/// The nodes, each behind all that it depends on; nothing if there is a cycle.
fn topological(dependencies: &[Vec<u32>]) -> Option<Vec<u32>> {
    let mut dependents: Vec<Vec<u32>> = vec![Vec::new(); dependencies.len()];
    let mut missing: Vec<usize> = dependencies.iter().map(Vec::len).collect();
    for (node, deps) in (0u32..).zip(dependencies) {
        for dep in deps {
            dependents[*dep as usize].push(node);
        }
    }
    let mut order: Vec<u32> =
        (0u32..).zip(&missing).filter(|(_, n)| **n == 0).map(|(i, _)| i).collect();
    let mut at = 0;
    while let Some(&node) = order.get(at) {
        at += 1;
        for dependent in &dependents[node as usize] {
            missing[*dependent as usize] -= 1;
            if missing[*dependent as usize] == 0 {
                order.push(*dependent);
            }
        }
    }
    (order.len() == dependencies.len()).then_some(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_longer_way_stands_for_goes() {
        // 3 needs 2, 1 and 0, 2 needs 1 and 0, 1 needs 0.
        let mut graph = vec![vec![], vec![0], vec![0, 1, 1], vec![2, 1, 0]];
        reduce(&mut graph);
        assert_eq!(graph, [vec![], vec![0], vec![1], vec![2]]);
    }

    #[test]
    fn long_graphs_are_reduced_in_parts() {
        let size = 3000u32;
        let mut graph: Vec<Vec<u32>> = (0..size)
            .map(|n| [1, 2, 2000].iter().filter_map(|back| n.checked_sub(*back)).collect())
            .collect();
        reduce(&mut graph);
        assert!(graph.iter().skip(1).all(|deps| deps.len() == 1));
        assert_eq!(graph[2999], [2998]);
    }

    #[test]
    fn cycles_stay() {
        let mut graph = vec![vec![1], vec![0, 2], vec![]];
        reduce(&mut graph);
        assert_eq!(graph, [vec![1], vec![0, 2], vec![]]);
    }
}
