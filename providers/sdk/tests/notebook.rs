//! The provider of `examples/notebook.rs` under real engines, by both protocols.
//!
//! The engines are `GROMA_TEST_ENGINE` and `GROMA_TEST_TERRAFORM`; for those that are not there, the
//! tests say so and pass. The example must be built, as `cargo test` without a choice of targets does.

#![cfg(unix)]

mod desk;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use desk::{Desk, TestResult, engines, groma};

const NOTE: &str = r#"
resource "notebook_note" "a" {
  title = "first"
  text  = "Hello"
  seal  = ephemeral.notebook_pen.p.ink
  label {
    name = "greeting"
  }
  label {
    name  = "short"
    color = "red"
  }
  timeouts {
    create = "1m"
  }
}
ephemeral "notebook_pen" "p" {
  owner = "me"
}
data "notebook_note" "b" {
  title = notebook_note.a.id
}
output "slug" {
  value = provider::notebook::slug("-", "Of", data.notebook_note.b.text, "World")
}
output "labels" {
  value = data.notebook_note.b.labels
}
"#;

/// The life of a note: planned, made, left alone, changed, found elsewhere, and gone. Gives the schemas,
/// the plan and what was stored.
fn life(desk: &Desk) -> Result<[serde_json::Value; 3], Box<dyn std::error::Error>> {
    desk.configure(NOTE)?;
    let schemas = desk.json(["providers", "schema", "-json"])?;
    let schemas = schemas["provider_schemas"]["registry.terraform.io/example/notebook"].clone();
    assert!(schemas["resource_schemas"]["notebook_note"].is_object(), "{schemas}");
    desk.run(["plan", "-out=plan", "-no-color"])?.succeeds();
    let plan = desk.json(["show", "-json", "plan"])?["resource_changes"].clone();
    assert!(plan.as_array().is_some_and(|changes| !changes.is_empty()), "{plan}");
    desk.applies()?;
    assert!(!desk.path("notes/me.pen").exists(), "the pen was not put away");
    let state = desk.state()?;
    assert_eq!(state["outputs"]["slug"]["value"], "of-hello-world");
    assert_eq!(state["outputs"]["labels"]["value"], json!({"greeting": "white", "short": "red"}));
    desk.configure(&NOTE.replace("Hello", "Good morning"))?;
    desk.applies()?;
    let changed = desk.instance("notebook_note", "a")?;
    assert_eq!(changed["attributes"]["revision"], 2);
    assert_eq!(changed["attributes"]["seal"], json!(null));
    desk.run(["state", "rm", "notebook_note.a"])?.succeeds();
    let import = "import {\n  to = notebook_note.a\n  id = \"first\"\n}\n";
    desk.configure(&format!("{}{import}", NOTE.replace("Hello", "Good morning")))?;
    let ran = desk.run(["apply", "-auto-approve", "-no-color"])?.succeeds();
    assert!(ran.contains("1 imported"), "{ran}");
    desk.run(["destroy", "-auto-approve", "-no-color"])?.succeeds();
    assert!(!desk.path("notes/first.json").exists());
    let stored = json!([changed["attributes"], changed["private"]]);
    Ok([schemas, plan, stored])
}

#[test]
fn every_engine_gets_the_same_by_either_protocol() -> TestResult {
    let mut seen = Vec::new();
    for (engine, program) in engines() {
        for protocol in [5, 6] {
            let desk = Desk::new(&program, protocol)?;
            let life = life(&desk).map_err(|e| format!("{engine} by protocol {protocol}: {e}"))?;
            seen.push((engine, protocol, life));
        }
    }
    for (engine, protocol, [schemas, plan, stored]) in &seen {
        let by = format!("{engine} by protocol {protocol}");
        // Engines tell of different kinds of things, but each the same by either protocol.
        let same_engine = seen.iter().find(|other| other.0 == *engine).map(|other| &other.2[0]);
        assert_eq!(Some(schemas), same_engine, "{by}");
        assert_eq!(plan, &seen[0].2[1], "{by}");
        assert_eq!(stored, &seen[0].2[2], "{by}");
    }
    Ok(())
}

#[test]
fn what_is_wrong_is_told_at_its_place() -> TestResult {
    for (engine, program) in engines() {
        let desk = Desk::new(&program, 6)?;
        desk.configure(
            "resource \"notebook_note\" \"a\" {\n  title = \"a/b\"\n  label {\n    name = \"\"\n  }\n}\n",
        )?;
        let ran = desk.run(["validate", "-no-color"])?;
        assert_ne!(ran.code, Some(0), "{engine}");
        for expected in
            ["Invalid value for \"title\"", "letters, digits", "Invalid value for \"name\""]
        {
            assert!(ran.text.contains(expected), "{engine}: {}", ran.text);
        }
    }
    Ok(())
}

#[test]
fn objects_of_an_earlier_version_are_upgraded() -> TestResult {
    for (engine, program) in engines() {
        let desk = Desk::new(&program, 6)?;
        let note = "resource \"notebook_note\" \"a\" {\n  title = \"old\"\n  text  = \"t\"\n}\n";
        desk.configure(note)?;
        desk.applies()?;
        let mut state = desk.state()?;
        let instance = &mut state["resources"][0]["instances"][0];
        instance["schema_version"] = json!(0);
        instance["attributes"]["body"] = instance["attributes"]["text"].take();
        state["serial"] = json!(100);
        desk.write("terraform.tfstate", &state.to_string())?;
        let ran = desk.run(["plan", "-detailed-exitcode", "-no-color"])?;
        assert_eq!(ran.code, Some(0), "{engine}: {}", ran.text);
    }
    Ok(())
}

#[test]
fn lists_actions_and_identities_are_served() -> TestResult {
    let Some(program) = groma() else { return Ok(()) };
    for protocol in [5, 6] {
        let desk = Desk::new(&program, protocol)?;
        let note = |title: &str, color: &str| {
            format!(
                "resource \"notebook_note\" \"{title}\" {{\n  title = \"{title}\"\n  label {{\n    name = \"{color}\"\n  }}\n}}\n"
            )
        };
        let action =
            "action \"notebook_archive\" \"all\" {\n  config {\n    prefix = \"old-\"\n  }\n}\n";
        desk.configure(&format!("{}{}{action}", note("one", "red"), note("two", "blue")))?;
        desk.applies()?;
        let ran = desk
            .run(["apply", "-auto-approve", "-no-color", "-invoke=action.notebook_archive.all"])?
            .succeeds();
        assert!(ran.contains("copied one") && ran.contains("copied two"), "{ran}");
        assert!(desk.path("notes/old-two.copy").exists());
        desk.write(
            "all.tfquery.hcl",
            "list \"notebook_note\" \"all\" {\n  provider = notebook\n}\nlist \"notebook_note\" \"red\" {\n  provider = notebook\n  include_resource = true\n  config {\n    label = \"red\"\n  }\n}\n",
        )?;
        let ran = desk.run(["query", "-no-color"])?.succeeds();
        assert_eq!(ran.matches("title=one").count(), 2, "{ran}");
        assert_eq!(ran.matches("title=two").count(), 1, "{ran}");
        desk.run(["state", "rm", "notebook_note.one"])?.succeeds();
        let import =
            "import {\n  to = notebook_note.one\n  identity = {\n    title = \"one\"\n  }\n}\n";
        desk.configure(&format!("{}{}{import}", note("one", "red"), note("two", "blue")))?;
        let ran = desk.run(["apply", "-auto-approve", "-no-color"])?.succeeds();
        assert!(ran.contains("1 imported"), "{ran}");
        let stored = desk.instance("notebook_note", "one")?;
        assert_eq!(stored["identity"], json!({"title": "one"}));
    }
    Ok(())
}

/// Waits for what must come soon.
fn soon(what: &str, mut is_so: impl FnMut() -> bool) -> TestResult {
    let began = Instant::now();
    while !is_so() {
        if began.elapsed() > Duration::from_secs(120) {
            return Err(format!("it took too long: {what}").into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn interrupt(child: &Child) -> TestResult {
    let done =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status()?;
    assert!(done.success());
    Ok(())
}

#[test]
fn an_interrupt_ends_what_is_under_way() -> TestResult {
    for (engine, program) in engines() {
        let desk = Desk::new(&program, 6)?.with("TF_LOG_PROVIDER_NOTEBOOK", "debug");
        desk.configure("resource \"notebook_note\" \"a\" {\n  title = \"a\"\n  timeouts {\n    create = \"1h\"\n  }\n}\n")?;
        desk.write("notes/.locked", "")?;
        let mut child = desk
            .command(["apply", "-auto-approve", "-no-color"])
            .stdout(std::fs::File::create(desk.path("said"))?)
            .stderr(std::fs::File::create(desk.path("complained"))?)
            .spawn()?;
        let said = |name: &str| std::fs::read_to_string(desk.path(name)).unwrap_or_default();
        // By then the provider is at it, and not only the engine.
        soon("a note under way", || said("said").contains("Still creating..."))?;
        let began = Instant::now();
        interrupt(&child)?;
        let ended = soon("the end", || child.try_wait().is_ok_and(|ended| ended.is_some()));
        if ended.is_err() {
            child.kill()?;
        }
        let succeeded = child.wait()?.success();
        let said = said("said") + &said("complained");
        assert!(ended.is_ok() && !succeeded, "{engine}: {said}");
        assert!(said.contains("Operation interrupted"), "{engine}: {said}");
        // It would have waited an hour.
        assert!(began.elapsed() < Duration::from_secs(120), "{engine}");
        assert!(!desk.path("notes/a.json").exists());
    }
    Ok(())
}

#[test]
fn engines_attach_to_a_provider_in_debug_mode() -> TestResult {
    for (engine, program) in engines() {
        let desk = Desk::new(&program, 6)?;
        let mut served = std::process::Command::new(desk::example()?)
            .arg("-debug")
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = served.stdout.take().ok_or("no output")?;
        let hint = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("TF_REATTACH_PROVIDERS=")?.1.to_owned()))
            .ok_or("no hint")?;
        let desk = desk.with("TF_REATTACH_PROVIDERS", hint.trim_matches('\''));
        desk.configure("resource \"notebook_note\" \"a\" {\n  title = \"a\"\n}\n")?;
        // Nothing else is there to be started, and several runs use the same process.
        std::fs::remove_file(desk.path("plugins/terraform-provider-notebook"))?;
        desk.write("cli.tfrc", "")?;
        desk.applies()?;
        desk.run(["destroy", "-auto-approve", "-no-color"])?.succeeds();
        assert!(served.try_wait()?.is_none(), "{engine} ended the provider");
        interrupt(&served)?;
        soon("the provider's end", || served.try_wait().is_ok_and(|ended| ended.is_some()))?;
    }
    Ok(())
}
