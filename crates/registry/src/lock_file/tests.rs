use super::*;

const SAMPLE: &str = r#"# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "example.com/acme/bar" {
  version = "0.1.0-beta1"
}

provider "registry.terraform.io/acme/foo" {
  version     = "1.1.0"
  constraints = ">= 1.0.0, != 1.0.5, ~> 1.1"
  hashes = [
    "h1:Jk0dGccnigJoSk5oJ3jZK/nd4aAFXzipW/nc6IPxegc=",
    "h9:later",
    "zh:850aa2ee6d81f79c5a50134b3f9df489ebf4c12697397fb98b39d4b3bb648eca",
  ]
}
"#;

fn parse(text: &str) -> (Locks, Diagnostics) {
    Locks::parse(".terraform.lock.hcl", text.as_bytes())
}

#[test]
fn what_was_written_is_read_and_written_the_same() {
    let (locks, diagnostics) = parse(SAMPLE);
    assert_eq!(diagnostics.to_string(), "");
    assert_eq!(locks.iter().count(), 2);
    let foo = locks.get(&Provider::parse("acme/foo").unwrap()).unwrap();
    assert_eq!((foo.version.to_string().as_str(), foo.hashes.len()), ("1.1.0", 3));
    assert_eq!(locks.render(), SAMPLE);
    assert_eq!(Locks::new().render(), HEADER);
}

#[test]
fn problems_have_terraforms_summaries_and_a_place() {
    for (text, expected) in [
        (
            "provider \"acme/foo\" {\n version = \"1.0.0\"\n}",
            "Non-normalized provider source address",
        ),
        ("provider \"a/b/c/d\" {\n version = \"1.0.0\"\n}", "Invalid provider source address"),
        (
            "provider \"terraform.io/builtin/terraform\" {\n version = \"1.0.0\"\n}",
            "Invalid provider source address",
        ),
        ("provider \"a.b/c/d\" {\n version = \"1.0\"\n}", "Invalid provider version number"),
        ("provider \"a.b/c/d\" {\n version = 1\n}", "Invalid dependency lock file"),
        ("provider \"a.b/c/d\" {\n}", "Missing required argument"),
        ("provider \"a.b/c/d\" {\n version = \"1.0.0\"\n wat = 1\n}", "Unsupported argument"),
        (
            "provider \"a.b/c/d\" {\n version = \"1.0.0\"\n constraints = \"~> 1\"\n}",
            "Invalid provider version constraints",
        ),
        (
            "provider \"a.b/c/d\" {\n version = \"1.0.0\"\n constraints = \"wat\"\n}",
            "Invalid provider version constraints",
        ),
        (
            "provider \"a.b/c/d\" {\n version = \"1.0.0\"\n hashes = []\n}",
            "Invalid provider hash set",
        ),
        (
            "provider \"a.b/c/d\" {\n version = \"1.0.0\"\n hashes = [\"wat\"]\n}",
            "Invalid provider hash string",
        ),
        (
            "provider \"a.b/c/d\" {\n version = \"1.0.0\"\n}\nprovider \"a.b/c/d\" {\n version = \"1.0.0\"\n}",
            "Duplicate provider lock",
        ),
    ] {
        let (_, diagnostics) = parse(text);
        assert!(diagnostics.has_errors(), "{text}");
        let found = diagnostics.to_string();
        assert!(found.contains(expected), "{text}: {found}");
        assert!(diagnostics.iter().all(|d| d.subject.is_some()), "{found}");
    }
    let (_, diagnostics) = parse("module \"x\" {}\n");
    assert!(!diagnostics.has_errors() && !diagnostics.is_empty());
    let (locks, diagnostics) = parse(&format!("{SAMPLE}\nprovider \"x\" {{"));
    assert!(diagnostics.has_errors() && locks.is_empty());
}

#[test]
fn the_header_of_another_engine_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(LOCK_FILE_NAME);
    let (locks, _) = parse(SAMPLE);
    locks.save(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), SAMPLE);

    let tofu = SAMPLE.replace("terraform init", "tofu init");
    fs::write(&path, &tofu).unwrap();
    locks.save(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), tofu);

    fs::write(&path, "# mine\n# too\n").unwrap();
    locks.save(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), SAMPLE);
    let mut sources = SourceMap::default();
    let (again, diagnostics) = Locks::load(&path, &mut sources);
    assert!(diagnostics.is_empty() && again == locks);
    assert_eq!(sources.iter().next().unwrap().1.as_ref(), SAMPLE);
    assert_eq!(Locks::load(&dir.path().join("none"), &mut sources), Default::default());
}

#[test]
fn the_file_is_written_only_where_selections_changed_and_may_be() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(LOCK_FILE_NAME);
    let (locks, _) = parse(SAMPLE);
    let foo = Provider::parse("acme/foo").unwrap();
    let update = |previous: &Locks, selected: &Locks, mode| {
        update_lock_file(&path, previous, selected, std::slice::from_ref(&foo), mode)
    };
    use LockFileChange::*;
    let none = Locks::new();

    let (change, diagnostics) = update(&none, &locks, LockFileMode::ReadOnly);
    assert!(change == Suppressed && diagnostics.has_errors() && !path.exists());

    let (change, diagnostics) = update(&none, &locks, LockFileMode::Update);
    assert!(change == Created && diagnostics.len() == 1 && path.exists());
    assert!(diagnostics.to_string().contains("acme/foo"), "{diagnostics}");

    let (change, diagnostics) = update(&locks, &locks, LockFileMode::ReadOnly);
    assert!(change == Unchanged && diagnostics.is_empty());

    let mut more = locks.clone();
    let mut lock = more.remove(&foo).unwrap();
    lock.hashes.insert(PackageHash::parse("h1:new").unwrap());
    more.set(foo.clone(), lock);
    let (change, diagnostics) = update(&locks, &more, LockFileMode::ReadOnly);
    assert!(change == Suppressed && !diagnostics.has_errors() && !diagnostics.is_empty());
    assert_eq!(update(&locks, &more, LockFileMode::Update).0, Changed);
}
