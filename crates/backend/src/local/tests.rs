use std::fs;
use std::future::pending;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use groma_state::file::StateFile;
use groma_state::{Output, State};
use groma_value::Value;

use super::*;
use crate::{LockId, LockInfo, Persister, Written, emergency, lock_with_timeout};

fn backend(dir: &Path) -> LocalBackend {
    LocalBackend::new(&BackendContext { working_dir: dir.to_owned(), ..BackendContext::default() })
}

fn state(text: &str) -> State {
    let mut state = State::default();
    state.outputs.insert("x".into(), Output { value: Value::string(text), sensitive: false });
    state
}

fn file(text: &str, serial: u64) -> StateFile {
    StateFile {
        state: state(text),
        serial,
        lineage: "l".into(),
        terraform_version: "1.11.4".into(),
    }
}

#[tokio::test]
async fn a_state_is_written_and_read_and_its_first_version_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(STATE_FILE);
    let store = backend(dir.path()).store("default").unwrap();
    assert_eq!(store.read().await.unwrap(), None);
    store.write(&file("a", 1)).await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left behind");

    let store = backend(dir.path()).store("default").unwrap();
    for (text, serial) in [("bb", 2), ("c", 3)] {
        store.write(&file(text, serial)).await.unwrap();
        assert_eq!(store.read().await.unwrap(), Some(file(text, serial)));
    }
    let backup = fs::read(dir.path().join("terraform.tfstate.backup")).unwrap();
    assert_eq!(StateFile::read(&backup).unwrap(), file("a", 1));
}

#[tokio::test]
async fn one_holds_the_lock_and_the_other_learns_who() {
    let dir = tempfile::tempdir().unwrap();
    let info_path = dir.path().join(".terraform.tfstate.lock.info");
    let [a, b] = [0, 1].map(|_| backend(dir.path()).store("default").unwrap());
    let info = LockInfo::new("OperationTypeApply");
    let id = a.lock(&info).await.unwrap();
    assert_eq!(LockInfo::from_json(&fs::read(&info_path).unwrap()).unwrap().path, STATE_FILE);

    let other = LockInfo::new("OperationTypePlan");
    let error = b.lock(&other).await.unwrap_err();
    assert!(error.held);
    assert_eq!(error.holder.as_ref().unwrap().id, info.id);
    let text = error.acquiring().detail;
    for part in [&*info.id, "OperationTypeApply", "Who:       ", "+0000 UTC", "-lock-timeout"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    // Reading beside the lock must not drop it.
    b.read().await.unwrap();
    assert!(b.lock(&other).await.is_err());

    assert!(a.unlock(&LockId("other".into())).await.is_err());
    a.unlock(&id).await.unwrap();
    assert!(!info_path.exists());
    assert!(!dir.path().join(STATE_FILE).exists(), "an empty state file goes again");
    let id = b.lock(&other).await.unwrap();
    b.write(&file("a", 1)).await.unwrap();
    b.unlock(&id).await.unwrap();
    assert!(dir.path().join(STATE_FILE).exists());
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_lock_ends_when_it_is_free_or_time_is_up_or_somebody_cancels() {
    let dir = tempfile::tempdir().unwrap();
    let [a, b] = [0, 1].map(|_| backend(dir.path()).store("default").unwrap());
    let info = LockInfo::new("a");
    let id = a.lock(&info).await.unwrap();
    let other = LockInfo::new("b");
    let short = Duration::from_secs(5);
    assert!(lock_with_timeout(&b, &other, short, pending()).await.unwrap_err().held);
    let cancelled = lock_with_timeout(&b, &other, Duration::from_secs(1 << 20), async {});
    assert!(cancelled.await.unwrap_err().held);

    let free = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        a.unlock(&id).await.unwrap();
    };
    let long = Duration::from_secs(60);
    let (got, ()) = tokio::join!(lock_with_timeout(&b, &other, long, pending()), free);
    assert_eq!(got.unwrap().0, other.id);
}

#[tokio::test]
async fn a_dropped_store_gives_its_lock_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = backend(dir.path()).store("default").unwrap();
    store.lock(&LockInfo::new("x")).await.unwrap();
    drop(store);
    let store = backend(dir.path()).store("default").unwrap();
    store.lock(&LockInfo::new("y")).await.unwrap();
}

#[tokio::test]
async fn a_write_that_was_broken_off_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(STATE_FILE);
    let pending = dir.path().join(".terraform.tfstate.pending");
    let new = file("new", 8);
    let bytes = new.to_bytes().unwrap();
    let torn = &bytes[..bytes.len() / 2];
    let old = file("old", 7).to_bytes().unwrap();
    for left in [&b""[..], torn, &old] {
        fs::write(&path, left).unwrap();
        fs::write(&pending, &bytes).unwrap();
        let store = backend(dir.path()).store("default").unwrap();
        assert_eq!(store.read().await.unwrap(), Some(new.clone()));
        assert!(pending.exists(), "reading changes nothing");
        let id = store.lock(&LockInfo::new("x")).await.unwrap();
        assert!(!pending.exists());
        assert_eq!(fs::read(&path).unwrap(), bytes);
        store.unlock(&id).await.unwrap();
    }
    // What others wrote since is newer, and what was never complete counts for nothing.
    let newer = file("newer", 9).to_bytes().unwrap();
    for (state, left) in [(&newer[..], &bytes[..]), (&old, torn)] {
        fs::write(&path, state).unwrap();
        fs::write(&pending, left).unwrap();
        let store = backend(dir.path()).store("default").unwrap();
        let id = store.lock(&LockInfo::new("x")).await.unwrap();
        assert_eq!(fs::read(&path).unwrap(), state);
        store.unlock(&id).await.unwrap();
    }
}

#[tokio::test]
async fn a_corrupt_state_is_named_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(STATE_FILE), "{\"version\": 4,").unwrap();
    let store = backend(dir.path()).store("default").unwrap();
    let error = store.read().await.unwrap_err();
    assert!(error.detail.contains(STATE_FILE) && error.detail.contains("line 1"), "{error}");
    assert!(Persister::new(Arc::new(store)).persist(&state("x")).await.is_err());
}

#[tokio::test]
async fn workspaces_are_folders() {
    let dir = tempfile::tempdir().unwrap();
    let backend = backend(dir.path());
    assert_eq!(backend.workspaces().await.unwrap(), ["default"]);
    backend.create_workspace("blue").await.unwrap();
    backend.store("aqua").unwrap().write(&file("a", 1)).await.unwrap();
    assert_eq!(backend.workspaces().await.unwrap(), ["default", "aqua", "blue"]);
    assert!(dir.path().join("terraform.tfstate.d/aqua/terraform.tfstate").exists());
    backend.delete_workspace("aqua").await.unwrap();
    assert_eq!(backend.workspaces().await.unwrap(), ["default", "blue"]);
    assert!(backend.delete_workspace("default").await.is_err());
    assert!(backend.store("../x").is_err());
}

#[tokio::test]
async fn paths_come_from_the_configuration_and_from_options() {
    let dir = tempfile::tempdir().unwrap();
    let context =
        BackendContext { working_dir: dir.path().to_owned(), ..BackendContext::default() };
    let config = Value::object_of([
        ("path", Value::string("a/b.tfstate")),
        ("workspace_dir", Value::null(Type::String)),
    ]);
    let backend = LocalFactory.local(&config, &context).unwrap();
    backend.store("default").unwrap().write(&file("a", 1)).await.unwrap();
    let overrides = LocalOverrides {
        state: Some("a/b.tfstate".into()),
        state_out: Some("out.tfstate".into()),
        backup: BackupFile::Nowhere,
    };
    let store = backend.with_overrides(overrides).store("default").unwrap();
    assert_eq!(store.read().await.unwrap(), Some(file("a", 1)));
    store.write(&file("b", 2)).await.unwrap();
    assert_eq!(store.read().await.unwrap(), Some(file("b", 2)));
    assert!(dir.path().join("out.tfstate").exists());

    let empty = Value::object_of([("path", Value::string(""))]);
    let error = LocalFactory.local(&empty, &context).unwrap_err();
    assert!(error.to_string().contains("Invalid local state file path"));
}

#[tokio::test]
async fn serials_count_changes_of_one_lineage() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(backend(dir.path()).store("default").unwrap());
    let mut persister = Persister::new(store.clone());
    assert_eq!(persister.persist(&State::default()).await.unwrap(), Written::Nothing);
    assert_eq!(persister.persist(&state("a")).await.unwrap(), Written::Snapshot);
    assert_eq!(persister.persist(&state("a")).await.unwrap(), Written::Nothing);
    assert_eq!(persister.persist(&state("b")).await.unwrap(), Written::Snapshot);
    let current = persister.current().unwrap().clone();
    assert_eq!((current.serial, current.lineage.len()), (2, 36));
    assert_eq!(store.read().await.unwrap(), Some(current.clone()));
    assert_eq!(persister.next(&state("c")).lineage, current.lineage);

    let mut late = Persister::new(store.clone());
    late.refresh().await.unwrap();
    assert_eq!(persister.persist(&state("bb")).await.unwrap(), Written::Snapshot);
    let error = late.persist(&state("late")).await.unwrap_err();
    assert!(error.detail.contains("changed by somebody else"), "{error}");

    let pushed =
        |serial, lineage: &str| StateFile { serial, lineage: lineage.into(), ..file("pushed", 0) };
    for (serial, lineage, part) in [
        (9, "another", "unrelated state"),
        (1, &*current.lineage, "newer state"),
        (3, &*current.lineage, "same serial"),
    ] {
        let error = persister.replace(pushed(serial, lineage), false).await.unwrap_err();
        assert!(error.detail.contains(part), "{error}");
    }
    persister.replace(pushed(4, &current.lineage), false).await.unwrap();
    persister.replace(pushed(1, "another"), true).await.unwrap();
    assert_eq!(persister.persist(&state("z")).await.unwrap(), Written::Snapshot);
    assert_eq!(store.read().await.unwrap().unwrap().serial, 2);
}

#[test]
fn a_state_that_cannot_be_saved_is_written_beside() {
    let dir = tempfile::tempdir().unwrap();
    let first = emergency::write(dir.path(), &file("a", 1), &Default::default()).unwrap();
    let second = emergency::write(dir.path(), &file("b", 2), &Default::default()).unwrap();
    assert_eq!(first.file_name().unwrap(), "errored.tfstate");
    assert_ne!(first, second);
    assert_eq!(StateFile::read(&fs::read(second).unwrap()).unwrap(), file("b", 2));
}
