//! A counted service, asked through loaders.

use futures::future::join_all;

use super::*;

type Calls = Arc<Mutex<Vec<usize>>>;

/// A service that knows the even numbers below 1000, and fails for whole calls with those
/// above if it is strict.
fn service(most: usize, strict: bool) -> (Loader<u32, String>, Calls) {
    let calls = Calls::default();
    let counted = calls.clone();
    let loader = Loader::new(most, move |keys: Vec<u32>| {
        counted.lock().unwrap_or_else(PoisonError::into_inner).push(keys.len());
        async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if strict && keys.iter().any(|k| *k >= 1000) {
                return Err(Error::refused("InvalidNumber.NotFound", "no such number"));
            }
            let known = keys.into_iter().filter(|k| k % 2 == 0 && *k < 1000);
            Ok(known.map(|k| (k, format!("no. {k}"))).collect())
        }
    });
    (loader, calls)
}

fn sizes(calls: &Calls) -> Vec<usize> {
    calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

#[tokio::test]
async fn reads_that_arrive_together_are_one_call() {
    let (loader, calls) = service(500, false);
    let read = join_all((0..200).map(|k| loader.load(k))).await;
    for (k, answer) in (0..200).zip(read) {
        let expected = (k % 2 == 0).then(|| format!("no. {k}"));
        assert_eq!(answer.ok(), Some(expected));
    }
    assert_eq!(sizes(&calls), [200]);
}

#[tokio::test]
async fn a_call_has_no_more_keys_than_it_takes() {
    let (loader, calls) = service(100, false);
    let read = join_all((0..250).map(|k| loader.load(k * 2))).await;
    assert!(read.iter().all(|r| matches!(r, Ok(Some(_)))));
    let mut sizes = sizes(&calls);
    sizes.sort_unstable();
    assert_eq!(sizes, [50, 100, 100]);
}

#[tokio::test]
async fn many_askers_of_one_key_are_one_key() {
    let (loader, calls) = service(100, false);
    let read = join_all((0..50).map(|_| loader.load(8))).await;
    assert!(read.into_iter().all(|r| r.ok().flatten().as_deref() == Some("no. 8")));
    assert_eq!(sizes(&calls), [1]);
}

#[tokio::test]
async fn a_key_that_fails_the_call_leaves_the_others_alone() {
    let (loader, calls) = service(100, true);
    let keys = (0..64).map(|k| if k == 17 { 1001 } else { k * 2 });
    let read = join_all(keys.map(|k| loader.load(k))).await;
    let missing = read.iter().filter(|r| matches!(r, Ok(None))).count();
    assert_eq!((read.len(), missing), (64, 1));
    assert!(read.iter().all(Result::is_ok));
    // Two for each of the six halvings, after the first.
    assert_eq!(sizes(&calls).len(), 13);
}

#[tokio::test]
async fn what_is_nobodys_fault_is_told_to_all() {
    let loader =
        Loader::<u32, ()>::new(10, |_| async { Err(Error::refused("AccessDenied", "no")) });
    let read = join_all((0..5).map(|k| loader.load(k))).await;
    assert!(read.into_iter().all(|r| r.is_err_and(|e| e.is_denied())));
}

#[tokio::test]
async fn a_later_read_is_a_later_call() {
    let (loader, calls) = service(10, false);
    assert!(loader.load(2).await.is_ok_and(|v| v.is_some()));
    assert!(loader.load(2).await.is_ok_and(|v| v.is_some()));
    assert_eq!(sizes(&calls), [1, 1]);
}

/// A loader of 300 objects that can list them.
fn sweeping(changes: &Changes, lists: &Calls, fetches: &Calls) -> Loader<u32, u32> {
    let (lists, fetches) = (lists.clone(), fetches.clone());
    Loader::sweeping(
        100,
        changes.clone(),
        move |keys: Vec<u32>| {
            fetches.lock().unwrap_or_else(PoisonError::into_inner).push(keys.len());
            async move { Ok(keys.into_iter().filter(|k| *k < 1000).map(|k| (k, k)).collect()) }
        },
        move || {
            lists.lock().unwrap_or_else(PoisonError::into_inner).push(300);
            async { Ok((0..300).map(|k| (k, k)).collect()) }
        },
    )
}

/// Asks as engines do: for ten at a time.
async fn ten_at_a_time(loader: &Loader<u32, u32>, keys: std::ops::Range<u32>) {
    for first in keys.step_by(10) {
        let read = join_all((first..first + 10).map(|k| loader.load(k))).await;
        for (k, answer) in (first..first + 10).zip(read) {
            assert_eq!(answer.ok(), Some((k < 1000).then_some(k)));
        }
    }
}

#[tokio::test]
async fn many_reads_in_short_order_are_one_list() {
    let (changes, lists, fetches) = (Changes::default(), Calls::default(), Calls::default());
    let loader = sweeping(&changes, &lists, &fetches);
    ten_at_a_time(&loader, 0..200).await;
    assert_eq!((sizes(&lists).len(), sizes(&fetches)), (1, vec![10]));
    // What the list lacks is asked for.
    ten_at_a_time(&loader, 300..310).await;
    assert_eq!((sizes(&lists).len(), sizes(&fetches)), (1, vec![10, 10]));
    // Who has changed something does not take what was listed before.
    changes.add();
    ten_at_a_time(&loader, 0..30).await;
    assert_eq!((sizes(&lists).len(), sizes(&fetches).len()), (1, 5));
}

#[tokio::test]
async fn few_reads_need_no_list() {
    let (changes, lists, fetches) = (Changes::default(), Calls::default(), Calls::default());
    let loader = sweeping(&changes, &lists, &fetches);
    ten_at_a_time(&loader, 0..10).await;
    assert_eq!((sizes(&lists).len(), sizes(&fetches)), (0, vec![10]));
}

#[tokio::test]
async fn a_name_is_one_loader() {
    let loaders = Loaders::default();
    let made = std::cell::Cell::new(0);
    let make = || {
        made.set(made.get() + 1);
        Loader::<u32, u32>::new(1, |_| async { Ok(HashMap::new()) })
    };
    loaders.get("a", make);
    loaders.get("a", make);
    loaders.get("b", make);
    assert_eq!(made.get(), 2);
}
