//! The mock provider under Terraform, which is the judge of whether it is a provider at all.
//!
//! Where there is no `terraform` on the PATH, these tests say so and pass.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// A folder with a configuration.
struct Workspace {
    folder: tempfile::TempDir,
    environment: Vec<(&'static str, String)>,
}

/// What a command came to.
struct Ran {
    code: Option<i32>,
    text: String,
}

#[expect(clippy::print_stderr, reason = "a test that is passed over must say so")]
fn has_terraform() -> bool {
    let there = Command::new("terraform").arg("version").output().is_ok_and(|o| o.status.success());
    if !there {
        eprintln!("PASSED OVER: there is no terraform on the PATH to try the mock provider with");
    }
    there
}

impl Workspace {
    fn new(configuration: &str) -> Result<Workspace, Box<dyn std::error::Error>> {
        let workspace = Workspace { folder: tempfile::tempdir()?, environment: Vec::new() };
        let program = Path::new(env!("CARGO_BIN_EXE_terraform-provider-tfcoremock"));
        let programs = program.parent().map(Path::to_string_lossy).unwrap_or_default();
        workspace.write(
            "cli.tfrc",
            &format!(
                "provider_installation {{\n  dev_overrides {{ \"hashicorp/tfcoremock\" = {programs:?} }}\n  direct {{}}\n}}\n"
            ),
        )?;
        workspace.configure(configuration)?;
        Ok(workspace)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> std::io::Result<()> {
        let path = self.path(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)
    }

    fn configure(&self, configuration: &str) -> std::io::Result<()> {
        let head = "terraform {\n  required_providers {\n    tfcoremock = { source = \"hashicorp/tfcoremock\" }\n  }\n}\n";
        self.write("main.tf", &format!("{head}{configuration}"))
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Workspace {
        self.environment.push((name, value.into()));
        self
    }

    fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new("terraform");
        for (name, _) in std::env::vars() {
            if name.starts_with("TF_") || name.starts_with("GROMA_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("TF_CLI_CONFIG_FILE", self.path("cli.tfrc"))
            .env("CHECKPOINT_DISABLE", "1")
            .envs(self.environment.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null());
        command
    }

    fn run<const N: usize>(&self, arguments: [&str; N]) -> std::io::Result<Ran> {
        Ok(ran(self.command(arguments).output()?))
    }

    fn apply(&self) -> std::io::Result<Ran> {
        self.run(["apply", "-auto-approve", "-no-color"])
    }

    fn applies(&self) -> TestResult {
        let ran = self.apply()?;
        assert_eq!(ran.code, Some(0), "{}", ran.text);
        let ran = self.run(["plan", "-detailed-exitcode", "-no-color"])?;
        assert_eq!(ran.code, Some(0), "there are still changes: {}", ran.text);
        Ok(())
    }

    fn destroys(&self) -> TestResult {
        let ran = self.run(["destroy", "-auto-approve", "-no-color"])?;
        assert_eq!(ran.code, Some(0), "{}", ran.text);
        Ok(())
    }

    /// The stored instance of an address in the root module; null if there is none.
    fn instance(&self, address: &str) -> Result<Json, Box<dyn std::error::Error>> {
        let state: Json = serde_json::from_slice(&fs::read(self.path("terraform.tfstate"))?)?;
        let found = state["resources"].as_array().into_iter().flatten().find(|r| {
            address
                == format!(
                    "{}.{}",
                    r["type"].as_str().unwrap_or(""),
                    r["name"].as_str().unwrap_or("")
                )
        });
        Ok(found.map_or(Json::Null, |r| r["instances"][0].clone()))
    }

    fn stored(&self, id: &str) -> Result<Json, Box<dyn std::error::Error>> {
        let text = fs::read(self.path(&format!("terraform.resource/{id}.json")))?;
        Ok(serde_json::from_slice(&text)?)
    }
}

fn ran(output: Output) -> Ran {
    let text = [output.stdout, output.stderr].concat();
    // Messages are wrapped and framed; what they say is told by their words.
    let text = String::from_utf8_lossy(&text).replace(['│', '╷', '╵'], " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Ran { code: output.status.code(), text }
}

const DEFINITIONS: &str = r#"{
  "tfcoremock_thing": {
    "attributes": {
      "name": {"type": "string", "required": true, "replace": true},
      "uid": {"type": "string", "computed": true, "value": {"string": "u-1"}},
      "none": {"type": "list", "computed": true, "list": {"type": "integer"}},
      "secret": {"type": "string", "optional": true, "sensitive": true},
      "parts": {"type": "set", "optional": true, "set": {"type": "object", "object": {
        "size": {"type": "integer", "required": true},
        "tag": {"type": "string", "optional": true, "computed": true, "value": {"string": "t"}}}}},
      "plain": {"type": "list", "optional": true, "skip_nested_metadata": true,
        "list": {"type": "object", "object": {"a": {"type": "string"}}}}
    },
    "blocks": {"rule": {"mode": "set", "attributes": {"port": {"type": "integer", "required": true},
      "rid": {"type": "string", "computed": true, "value": {"string": "r"}}}}}
  }
}"#;

fn lifecycle(name: &str, number: u32) -> String {
    format!(
        r#"
data "tfcoremock_simple_resource" "seed" {{
  id = "seed"
}}

resource "tfcoremock_simple_resource" "a" {{
  id      = "a"
  integer = data.tfcoremock_simple_resource.seed.integer + {number}
  string  = "<&>"
}}

resource "tfcoremock_complex_resource" "c" {{
  number = {number}
  list   = [{{ string = "one", set = [{{ bool = true }}] }}, {{ float = 0.1 }}]
  map    = {{ k = {{ integer = {number} }} }}
  object = {{ object = {{ string = "deep" }} }}
  list_block {{
    string = "b"
    set_block {{
      number = {number}
    }}
  }}
}}

resource "tfcoremock_thing" "t" {{
  name   = "{name}"
  secret = tfcoremock_complex_resource.c.id
  parts  = [{{ size = 1 }}, {{ size = {number}, tag = "mine" }}]
  plain  = [{{ a = "x" }}]
  rule {{
    port = {number}
  }}
}}
"#
    )
}

#[test]
fn resources_live_and_die() -> TestResult {
    if !has_terraform() {
        return Ok(());
    }
    let w = Workspace::new(&lifecycle("n1", 2))?;
    w.write("dynamic_resources.json", DEFINITIONS)?;
    w.write("terraform.data/seed.json", r#"{"values": {"integer": {"number": "1e+06"}}}"#)?;
    w.applies()?;
    assert_eq!(
        w.stored("a")?,
        json!({"resource_type": "tfcoremock_simple_resource", "values": {
            "id": {"string": "a"}, "integer": {"number": "1.000002e+06"}, "string": {"string": "<&>"}}})
    );
    let thing = w.instance("tfcoremock_thing.t")?["attributes"].clone();
    assert_eq!(thing["uid"], "u-1");
    assert_eq!(thing["none"], Json::Null);
    assert_eq!(thing["parts"], json!([{"size": 1, "tag": "t"}, {"size": 2, "tag": "mine"}]));
    assert_eq!(thing["rule"], json!([{"port": 2, "rid": "r"}]));
    let complex = w.instance("tfcoremock_complex_resource.c")?["attributes"].clone();
    assert_eq!(complex["object"]["object"]["string"], "deep");
    assert_eq!(complex["set_block"], json!([]));

    w.configure(&lifecycle("n1", 3))?;
    w.applies()?;
    let id = |address| {
        Ok::<_, Box<dyn std::error::Error>>(w.instance(address)?["attributes"]["id"].clone())
    };
    assert_eq!(id("tfcoremock_thing.t")?, thing["id"]);
    assert_eq!(id("tfcoremock_complex_resource.c")?, complex["id"]);
    assert_eq!(w.stored("a")?["values"]["integer"]["number"], "1.000003e+06");

    w.configure(&lifecycle("n2", 3))?;
    w.applies()?;
    assert_ne!(id("tfcoremock_thing.t")?, thing["id"]);

    fs::remove_file(w.path("terraform.resource/a.json"))?;
    let ran = w.run(["plan", "-detailed-exitcode", "-no-color"])?;
    assert_eq!(ran.code, Some(2), "{}", ran.text);
    assert!(ran.text.contains("tfcoremock_simple_resource.a will be created"), "{}", ran.text);
    w.applies()?;
    w.destroys()?;
    assert!(!w.path("terraform.resource").exists());
    Ok(())
}

#[test]
fn objects_are_imported() -> TestResult {
    if !has_terraform() {
        return Ok(());
    }
    let w = Workspace::new("resource \"tfcoremock_simple_resource\" \"a\" {\n  integer = 5\n}\n")?;
    w.write(
        "terraform.resource/x.json",
        r#"{"values": {"id": {"string": "x"}, "integer": {"number": "5"}}}"#,
    )?;
    let ran = w.run(["import", "-no-color", "tfcoremock_simple_resource.a", "x"])?;
    assert_eq!(ran.code, Some(0), "{}", ran.text);
    assert_eq!(w.instance("tfcoremock_simple_resource.a")?["attributes"]["integer"], 5);
    let ran = w.run(["import", "-no-color", "tfcoremock_simple_resource.b", "y"])?;
    assert_eq!(ran.code, Some(1));
    Ok(())
}

#[test]
fn the_state_alone_can_do() -> TestResult {
    if !has_terraform() {
        return Ok(());
    }
    let configuration = |n: i32| {
        format!(
            "provider \"tfcoremock\" {{\n  use_only_state = true\n}}\nresource \"tfcoremock_simple_resource\" \"a\" {{\n  integer = {n}\n}}\n"
        )
    };
    let w = Workspace::new(&configuration(1))?;
    w.applies()?;
    w.configure(&configuration(2))?;
    w.applies()?;
    assert!(!w.path("terraform.resource").exists());
    w.destroys()
}

/// A resource with an id, in a provider that fails in this operation.
fn failing(operation: &str, number: i32) -> String {
    format!(
        "provider \"tfcoremock\" {{\n  {operation} = [\"a\"]\n}}\nresource \"tfcoremock_simple_resource\" \"a\" {{\n  id = \"a\"\n  number = {number}\n}}\n"
    )
}

#[test]
fn failures_leave_what_there_was() -> TestResult {
    if !has_terraform() {
        return Ok(());
    }
    let fails = |w: &Workspace, summary: &str| -> TestResult {
        let ran = w.apply()?;
        assert_eq!(ran.code, Some(1), "{}", ran.text);
        assert!(ran.text.contains(summary) && ran.text.contains("forced failure"), "{}", ran.text);
        Ok(())
    };
    let address = "tfcoremock_simple_resource.a";

    let w = Workspace::new(&failing("fail_on_create", 1))?;
    fails(&w, "failed to create resource")?;
    assert_eq!(w.instance(address)?, Json::Null);
    assert!(!w.path("terraform.resource/a.json").exists());

    let w = Workspace::new(&failing("fail_on_update", 1))?;
    w.applies()?;
    w.configure(&failing("fail_on_update", 2))?;
    fails(&w, "failed to update resource")?;
    assert_eq!(w.instance(address)?["attributes"]["number"], 1);
    assert_eq!(w.stored("a")?["values"]["number"]["number"], "1");

    w.configure(&failing("fail_on_read", 1))?;
    fails(&w, "failed to read resource")?;

    w.configure("provider \"tfcoremock\" {\n  fail_on_delete = [\"a\"]\n}\n")?;
    fails(&w, "failed to delete resource")?;
    assert_eq!(w.instance(address)?["attributes"]["id"], "a");
    assert!(w.path("terraform.resource/a.json").exists());
    Ok(())
}

#[test]
fn mistakes_are_told() -> TestResult {
    if !has_terraform() {
        return Ok(());
    }
    let w =
        Workspace::new("resource \"tfcoremock_simple_resource\" \"a\" {\n  integer = 1.5\n}\n")?;
    let ran = w.run(["validate", "-no-color"])?;
    assert!(ran.text.contains("A whole number is required"), "{}", ran.text);
    w.write("dynamic_resources.json", r#"{"t": {"attributes": {"id": {"type": "string"}}}}"#)?;
    let ran = w.run(["validate", "-no-color"])?;
    assert!(
        ran.text.contains("dynamic_resources.json") && ran.text.contains("\"id\""),
        "{}",
        ran.text
    );
    Ok(())
}

const ONE: &str =
    "resource \"tfcoremock_simple_resource\" \"a\" {\n  id = \"a\"\n  integer = 1\n}\n";

#[test]
fn it_misbehaves_as_asked() -> TestResult {
    if !has_terraform() {
        return Ok(());
    }
    // The fault, what Terraform says of it, whether the file is there, and the instance's status.
    let cases = [
        ("garbage-at-start", "Unrecognized remote plugin message", false, None),
        ("die-at-start", "Failed to load plugin schemas", false, None),
        ("die:plan", "Error: ", false, None),
        ("incoherent:plan", "Provider produced invalid plan", false, None),
        ("panic:create", "Provider failed", false, None),
        ("die-after:create", "Error: ", true, None),
        ("fail-after:create:a", "Failure as asked", true, Some("tainted")),
        ("incoherent:create", "Provider produced inconsistent result", true, Some("tainted")),
        ("explode:create", "Invalid mock settings", false, None),
    ];
    for (fault, expected, is_there, status) in cases {
        let w = Workspace::new(ONE)?.with("GROMA_MOCK_FAULTS", fault);
        let ran = w.apply()?;
        assert_eq!(ran.code, Some(1), "{fault}: {}", ran.text);
        assert!(ran.text.contains(expected), "{fault}: {}", ran.text);
        assert_eq!(w.path("terraform.resource/a.json").exists(), is_there, "{fault}");
        if w.path("terraform.tfstate").exists() {
            let instance = w.instance("tfcoremock_simple_resource.a")?;
            assert_eq!(instance["status"].as_str(), status, "{fault}");
        }
    }
    let w = Workspace::new(ONE)?.with("GROMA_MOCK_FAULTS", "warn:create");
    assert!(w.apply()?.text.contains("Warning as asked"));
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_stop_ends_the_wait() -> TestResult {
    if !has_terraform() {
        return Ok(());
    }
    let w = Workspace::new(ONE)?.with("GROMA_MOCK_DELAY_MS", "3600000");
    let trace = w.path("trace");
    let w = w.with("GROMA_MOCK_TRACE", trace.to_string_lossy());
    let child = w
        .command(["apply", "-auto-approve", "-no-color"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let limit = Instant::now() + Duration::from_secs(60);
    while !fs::read_to_string(&trace).is_ok_and(|t| t.contains("create a begins")) {
        assert!(Instant::now() < limit, "the creation never begins");
        std::thread::sleep(Duration::from_millis(20));
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status()?;
    assert!(killed.success());
    let ran = ran(child.wait_with_output()?);
    assert!(ran.text.contains("Operation interrupted"), "{}", ran.text);
    assert!(!w.path("terraform.resource/a.json").exists());
    Ok(())
}
