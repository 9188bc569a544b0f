//! Holds expressions against their known results, where such a corpus is at hand:
//! `GROMA_TEST_CORPUS` names a file of JSON lines with `group`, `expr`, `ok`, `stdout` and
//! `error_summary`.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use groma_addrs::ModuleInstance;
use groma_diag::Pos;
use groma_engine::{Evaluated, Evaluator};
use groma_hcl::{console_text, parse_expression};
use groma_lang::{FileAccess, FileKind, FunctionTable};

use crate::support::Bench;

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

/// The text of the value, or the summary of the first error.
fn run(evaluator: &Evaluator, line: &str) -> Result<String, String> {
    let (expression, found) = parse_expression(line.as_bytes(), "<console-input>", Pos::START);
    let result = match found.has_errors() {
        true => Err(found),
        false => evaluator.evaluate(&ModuleInstance::root(), &expression),
    };
    match result {
        Ok((Evaluated::Value(value), _)) => Ok(console_text(&value)),
        Ok((Evaluated::Type(text), _)) => Ok(text),
        Err(found) => {
            let first = found.iter().find(|d| d.is_error());
            Err(first.map(|d| d.summary.clone()).unwrap_or_default())
        }
    }
}

#[tokio::test]
async fn results_are_those_of_the_corpus() {
    let Ok(corpus) = std::env::var("GROMA_TEST_CORPUS") else {
        println!("passed over: GROMA_TEST_CORPUS is not set");
        return;
    };
    let corpus = std::fs::read_to_string(corpus).expect("the corpus can be read");
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("main.tf"), "").expect("a file");
    let files = Arc::new(Directory(dir.path().to_owned()));
    let bench = Bench::new().with_functions(FunctionTable::new(files, None, false));
    let (evaluator, _) = bench.evaluator("", false).await;
    let (mut wrong, mut count) = (Vec::new(), 0);
    for line in corpus.lines() {
        let case: serde_json::Value = serde_json::from_str(line).expect("a case is JSON");
        let field = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
        // What lines mean to a session is the command line's matter.
        if case["group"] == "session" {
            continue;
        }
        let mut result = Ok(String::new());
        for line in field("expr").lines().map(str::trim).filter(|line| !line.is_empty()) {
            result = run(&evaluator, line);
            if result.is_err() {
                break;
            }
        }
        let expected = match case["ok"] == true {
            true => Ok(field("stdout")),
            false => Err(field("error_summary")),
        };
        count += 1;
        if result != expected {
            wrong.push(format!("{}\n  wanted {expected:?}\n  got    {result:?}", field("expr")));
        }
    }
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
}
