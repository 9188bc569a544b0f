//! Walking a graph: every node after those that it waits for, as many at once as can be.

use std::future::Future;
use std::pin::Pin;

use tokio::task::JoinSet;

/// How the visit of a node ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Well.
    Done,
    /// With errors: what waits for it is skipped.
    Failed,
    /// It was not visited, since something that it waits for did not end well.
    Skipped,
}

/// A visit: over at once, or going on in a task of its own.
pub(crate) enum Visit {
    /// It is over.
    Over(Outcome),
    /// It goes on.
    Task(Pin<Box<dyn Future<Output = Outcome> + Send>>),
}

impl Visit {
    /// A visit that goes on in a task.
    pub(crate) fn task(future: impl Future<Output = Outcome> + Send + 'static) -> Visit {
        Visit::Task(Box::pin(future))
    }
}

/// Visits every node once all in `dependencies[node]` have ended well; those behind one that has
/// not are skipped, unless they `always` come. Gives each node's outcome. The graph must have no cycles: nodes of one are
/// skipped. Costs time in proportion to nodes and edges.
pub(crate) async fn walk(
    dependencies: &[Vec<u32>],
    always: impl Fn(u32) -> bool,
    mut visit: impl FnMut(u32) -> Visit,
) -> Vec<Outcome> {
    let mut waiting: Vec<u32> = dependencies.iter().map(|d| d.len() as u32).collect();
    let mut dependents: Vec<Vec<u32>> = vec![Vec::new(); dependencies.len()];
    for (node, deps) in dependencies.iter().enumerate() {
        for dep in deps {
            dependents[*dep as usize].push(node as u32);
        }
    }
    let mut outcomes: Vec<Option<Outcome>> = vec![None; dependencies.len()];
    let mut blocked = vec![false; dependencies.len()];
    // Ready nodes in the order of their numbers, so that runs are alike.
    let mut ready: Vec<u32> =
        (0..dependencies.len() as u32).rev().filter(|n| waiting[*n as usize] == 0).collect();
    let mut tasks: JoinSet<(u32, Outcome)> = JoinSet::new();
    loop {
        while let Some(node) = ready.pop() {
            let outcome = if blocked[node as usize] && !always(node) {
                Outcome::Skipped
            } else {
                match visit(node) {
                    Visit::Over(outcome) => outcome,
                    Visit::Task(future) => {
                        tasks.spawn(async move { (node, future.await) });
                        continue;
                    }
                }
            };
            settle(
                node,
                outcome,
                &mut outcomes,
                &dependents,
                &mut waiting,
                &mut blocked,
                &mut ready,
            );
        }
        match tasks.join_next().await {
            Some(Ok((node, outcome))) => {
                settle(
                    node,
                    outcome,
                    &mut outcomes,
                    &dependents,
                    &mut waiting,
                    &mut blocked,
                    &mut ready,
                );
            }
            // A task that panicked: the panic has been reported; go on being one.
            Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Some(Err(_)) => {}
            None => break,
        }
    }
    outcomes.into_iter().map(|o| o.unwrap_or(Outcome::Skipped)).collect()
}

fn settle(
    node: u32,
    outcome: Outcome,
    outcomes: &mut [Option<Outcome>],
    dependents: &[Vec<u32>],
    waiting: &mut [u32],
    blocked: &mut [bool],
    ready: &mut Vec<u32>,
) {
    outcomes[node as usize] = Some(outcome);
    for dependent in dependents[node as usize].iter().rev() {
        let i = *dependent as usize;
        blocked[i] |= outcome != Outcome::Done;
        waiting[i] -= 1;
        if waiting[i] == 0 {
            ready.push(*dependent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[tokio::test]
    async fn nodes_come_after_what_they_wait_for_and_failures_skip_what_waits() {
        // 0 <- 1 <- 2, 2 <- 3, which always comes, 4 alone; 1 fails.
        let graph = vec![vec![], vec![0], vec![1], vec![2], vec![]];
        let order = Arc::new(Mutex::new(Vec::new()));
        let seen = order.clone();
        let outcomes = walk(
            &graph,
            |n| n == 3,
            move |n| {
                let seen = seen.clone();
                Visit::task(async move {
                    tokio::task::yield_now().await;
                    seen.lock().unwrap().push(n);
                    if n == 1 { Outcome::Failed } else { Outcome::Done }
                })
            },
        )
        .await;
        use Outcome::*;
        assert_eq!(outcomes, [Done, Failed, Skipped, Done, Done]);
        let order = order.lock().unwrap();
        let at = |n: u32| order.iter().position(|x| *x == n);
        assert!(at(0) < at(1) && at(1) < at(3) && at(2).is_none());
    }
}
