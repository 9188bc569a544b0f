//! Holds the functions against expressions with known results, where such a corpus is at hand:
//! `GROMA_TEST_CORPUS` names a file of JSON lines with `group`, `expr`, `ok`, `stdout`,
//! `error_summary` and `error_detail`. `GROMA_TEST_CORPUS_GROUP` shows what differs in one group,
//! or in all of them if it is `all`.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use groma_diag::{Diagnostic, Diagnostics, Pos, SourceRange};
use groma_hcl::{
    ExprKind, Function, Resolved, Scope, Step, console_text, evaluate, parse_expression,
};
use groma_lang::{FileAccess, FileKind, FunctionTable, type_listing};
use groma_value::Value;

/// A directory as the files that functions see.
struct Directory(PathBuf);

impl FileAccess for Directory {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.0.join(path))
    }
    fn kind(&self, path: &str) -> io::Result<FileKind> {
        let metadata = std::fs::metadata(self.0.join(path))?;
        Ok(if metadata.is_file() {
            FileKind::File
        } else if metadata.is_dir() {
            FileKind::Directory
        } else {
            FileKind::Other
        })
    }
    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let entries = std::fs::read_dir(self.0.join(path))?;
        entries.map(|e| Ok(e?.file_name().to_string_lossy().into_owned())).collect()
    }
    fn base_dir(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }
    fn home_dir(&self) -> Option<String> {
        Some("/root".to_owned())
    }
}

struct Console {
    functions: FunctionTable,
}

impl Scope for Console {
    fn resolve(
        &self,
        root: &str,
        _: &[Step<'_>],
        range: &SourceRange,
    ) -> Result<Resolved, Diagnostics> {
        let value = match root {
            "path" => {
                Value::object_of([("module", "."), ("root", ".")].map(|(k, v)| (k, v.into())))
            }
            "terraform" => Value::object_of([("workspace", "default".into())]),
            _ => {
                return Err(Diagnostic::error("Unknown variable", root.to_owned())
                    .at(range)
                    .into());
            }
        };
        Ok(Resolved { value, consumed: 0 })
    }

    fn function(&self, name: &str) -> Option<Arc<dyn Function>> {
        self.functions.get(name)
    }

    fn function_names(&self) -> Vec<String> {
        self.functions.names()
    }
}

impl Console {
    /// The text of the value, or of the first error.
    fn run(&self, line: &str) -> Result<String, (String, String)> {
        let start = Pos { line: 1, column: 1, byte: 0 };
        let (expression, mut found) = parse_expression(line.as_bytes(), "<console-input>", start);
        let mut text = String::new();
        if !found.has_errors() {
            if let ExprKind::Call(call) = expression.kind()
                && &*call.name == "type"
                && let [argument] = call.args.as_slice()
            {
                let (value, errors) = evaluate(argument, self);
                text = type_listing(&value.ty());
                found.extend(errors);
            } else {
                let (value, errors) = evaluate(&expression, self);
                text = console_text(&value);
                found.extend(errors);
            }
        }
        match found.iter().find(|d| d.is_error()) {
            Some(error) => Err((error.summary.clone(), error.detail.clone())),
            None => Ok(text),
        }
    }
}

fn field<'a>(case: &'a serde_json::Value, name: &str) -> &'a str {
    case.get(name).and_then(serde_json::Value::as_str).unwrap_or_default()
}

#[test]
fn results_are_those_of_the_corpus() {
    let Ok(corpus) = std::env::var("GROMA_TEST_CORPUS") else {
        println!("passed over: GROMA_TEST_CORPUS is not set");
        return;
    };
    let corpus = std::fs::read_to_string(corpus).expect("the corpus can be read");
    let shown = std::env::var("GROMA_TEST_CORPUS_GROUP").unwrap_or_default();
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("main.tf"), "").expect("a file");
    let files = Arc::new(Directory(dir.path().to_owned()));
    let console = Console { functions: FunctionTable::new(files, None, false) };
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for line in corpus.lines() {
        let case: serde_json::Value = serde_json::from_str(line).expect("a case is JSON");
        let (group, expr) = (field(&case, "group"), field(&case, "expr"));
        let mut result = Ok(String::new());
        for line in expr.lines().map(str::trim).filter(|line| !line.is_empty()) {
            result = console.run(line);
            if result.is_err() {
                break;
            }
        }
        let expected = match case.get("ok") {
            Some(serde_json::Value::Bool(true)) => Ok(field(&case, "stdout").to_owned()),
            _ => Err((
                field(&case, "error_summary").to_owned(),
                field(&case, "error_detail").to_owned(),
            )),
        };
        let count = counts.entry(group.to_owned()).or_default();
        count.1 += 1;
        if result == expected {
            count.0 += 1;
        } else if shown == group || shown == "all" {
            println!("[{group}] {expr}\n  wanted {expected:?}\n  got    {result:?}");
        }
    }
    let total = counts.values().fold((0, 0), |t, c| (t.0 + c.0, t.1 + c.1));
    for (group, (passed, of)) in &counts {
        if passed < of {
            println!("{group}: {passed} of {of}");
        }
    }
    println!("{} of {} passed", total.0, total.1);
    // What is missing needs a configuration around the expression.
    assert!(total.0 * 100 >= total.1 * 93, "{} of {} passed", total.0, total.1);
}
