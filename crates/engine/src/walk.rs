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
/// not are skipped, unless they `always` come. Gives each node's outcome. A node is `released` as
/// soon as all that wait for it have ended, however. The graph must have no cycles: nodes of one are
/// skipped. Costs time in proportion to nodes and edges.
pub(crate) async fn walk(
    dependencies: &[Vec<u32>],
    always: impl Fn(u32) -> bool,
    mut visit: impl FnMut(u32) -> Visit,
    mut released: impl FnMut(u32),
) -> Vec<Outcome> {
    let mut progress = Progress::new(dependencies);
    let mut tasks: JoinSet<(u32, Outcome)> = JoinSet::new();
    loop {
        while let Some(node) = progress.ready.pop() {
            let outcome = if progress.blocked[node as usize] && !always(node) {
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
            progress.settle(node, outcome, &mut released);
        }
        match tasks.join_next().await {
            Some(Ok((node, outcome))) => progress.settle(node, outcome, &mut released),
            // A task that panicked: the panic has been reported; go on being one.
            Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Some(Err(_)) => {}
            None => break,
        }
    }
    progress.outcomes.into_iter().map(|o| o.unwrap_or(Outcome::Skipped)).collect()
}

/// How far a walk has come.
struct Progress<'a> {
    dependencies: &'a [Vec<u32>],
    dependents: Vec<Vec<u32>>,
    /// How many of its dependencies each node waits for.
    waiting: Vec<u32>,
    /// How many of its dependents have not ended.
    users: Vec<u32>,
    blocked: Vec<bool>,
    outcomes: Vec<Option<Outcome>>,
    /// Ready nodes, the last of them first. They begin in the order of their numbers, so that runs
    /// are alike.
    ready: Vec<u32>,
}

impl<'a> Progress<'a> {
    fn new(dependencies: &'a [Vec<u32>]) -> Progress<'a> {
        let waiting: Vec<u32> = dependencies.iter().map(|d| d.len() as u32).collect();
        let mut dependents: Vec<Vec<u32>> = vec![Vec::new(); dependencies.len()];
        for (node, deps) in dependencies.iter().enumerate() {
            for dep in deps {
                dependents[*dep as usize].push(node as u32);
            }
        }
        Progress {
            dependencies,
            users: dependents.iter().map(|d| d.len() as u32).collect(),
            dependents,
            blocked: vec![false; dependencies.len()],
            outcomes: vec![None; dependencies.len()],
            ready: (0..dependencies.len() as u32)
                .rev()
                .filter(|n| waiting[*n as usize] == 0)
                .collect(),
            waiting,
        }
    }

    fn settle(&mut self, node: u32, outcome: Outcome, released: &mut impl FnMut(u32)) {
        self.outcomes[node as usize] = Some(outcome);
        for dependent in self.dependents[node as usize].iter().rev() {
            let i = *dependent as usize;
            self.blocked[i] |= outcome != Outcome::Done;
            self.waiting[i] -= 1;
            if self.waiting[i] == 0 {
                self.ready.push(*dependent);
            }
        }
        if self.users[node as usize] == 0 {
            released(node);
        }
        for dependency in &self.dependencies[node as usize] {
            let users = &mut self.users[*dependency as usize];
            *users -= 1;
            if *users == 0 {
                released(*dependency);
            }
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
        let mut released = Vec::new();
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
            |n| released.push(n),
        )
        .await;
        use Outcome::*;
        assert_eq!(outcomes, [Done, Failed, Skipped, Done, Done]);
        let order = order.lock().unwrap();
        let at = |n: u32| order.iter().position(|x| *x == n);
        assert!(at(0) < at(1) && at(1) < at(3) && at(2).is_none());
        let at = |n: u32| released.iter().position(|x| *x == n);
        assert!(at(0) < at(1) && at(1) < at(2), "{released:?}");
        assert_eq!(released.len(), 5);
    }
}
