//! The built-in functions.

mod charsets;
mod cidr;
mod conversion;
mod csv;
mod datetime;
mod deflate;
mod encoding;
mod files;
mod float;
mod format;
mod glob;
mod graphemes;
mod hashing;
mod json_error;
mod lists;
mod maps;
mod numbers;
mod pattern;
mod printf;
mod regexes;
mod rsa;
mod sequences;
mod sets;
mod signatures;
mod spec;
mod strings;
mod templates;
mod timestamp;
mod yaml;
mod yaml_encode;
mod yaml_tabs;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, OnceLock};

use groma_diag::{Diagnostic, Diagnostics, FunctionCall, SourceRange};
use groma_hcl::{Function, LazyCall};
use groma_value::{Marks, Type, Value};

pub use conversion::type_listing;
pub use signatures::signatures;
use spec::{Bound, Builtin};

/// How long the strings that functions make may be: a mistake should not take all memory.
const MAX_STRING: usize = 256 << 20;

/// The files that functions may read. Paths are relative to [`FileAccess::base_dir`], or absolute.
pub trait FileAccess: Send + Sync {
    /// The content of a file.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;
    /// What there is at a path, links followed. The error's kind is `NotFound` if there is nothing.
    fn kind(&self, path: &str) -> io::Result<FileKind>;
    /// The names in a directory.
    fn list(&self, path: &str) -> io::Result<Vec<String>>;
    /// The absolute path that relative ones are relative to.
    fn base_dir(&self) -> String;
    /// What `~` stands for.
    fn home_dir(&self) -> Option<String>;
}

/// What there is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// Something else.
    Other,
}

/// No files at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl FileAccess for NoFiles {
    fn read(&self, _: &str) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
    fn kind(&self, _: &str) -> io::Result<FileKind> {
        Err(io::ErrorKind::NotFound.into())
    }
    fn list(&self, _: &str) -> io::Result<Vec<String>> {
        Err(io::ErrorKind::NotFound.into())
    }
    fn base_dir(&self) -> String {
        "/".to_owned()
    }
    fn home_dir(&self) -> Option<String> {
        None
    }
}

/// What functions work in.
#[derive(Clone)]
struct Env {
    files: Arc<dyn FileAccess>,
    plan_timestamp: Option<jiff::Timestamp>,
    /// Functions whose results differ from call to call give unknown values.
    pure_only: bool,
    /// How many templates are around the call.
    depth: u32,
}

impl Env {
    fn deeper(&self) -> Env {
        Env { depth: self.depth + 1, ..self.clone() }
    }
}

/// The functions by name, made once.
fn builtins() -> &'static BTreeMap<&'static str, Builtin> {
    static BUILTINS: OnceLock<BTreeMap<&'static str, Builtin>> = OnceLock::new();
    BUILTINS.get_or_init(|| {
        let all = [
            charsets::all(),
            cidr::all(),
            conversion::all(),
            datetime::all(),
            encoding::all(),
            files::all(),
            format::all(),
            hashing::all(),
            lists::all(),
            maps::all(),
            numbers::all(),
            regexes::all(),
            rsa::all(),
            sequences::all(),
            sets::all(),
            strings::all(),
            templates::all(),
            yaml::all(),
        ];
        all.into_iter().flatten().map(|builtin| (builtin.name, builtin)).collect()
    })
}

/// The built-in functions with what they work in. Cheap to clone.
#[derive(Clone)]
pub struct FunctionTable {
    functions: Arc<BTreeMap<&'static str, Arc<dyn Function>>>,
}

impl FunctionTable {
    /// The functions with access to files. `plantimestamp` gives `plan_timestamp`, or an unknown
    /// value if there is none yet. If `pure_only`, functions whose results differ from call to call
    /// give unknown values, as befits a plan.
    pub fn new(
        files: Arc<dyn FileAccess>,
        plan_timestamp: Option<jiff::Timestamp>,
        pure_only: bool,
    ) -> FunctionTable {
        let env = Arc::new(Env { files, plan_timestamp, pure_only, depth: 0 });
        let functions = builtins().iter().map(|(&name, builtin)| {
            (name, Arc::new(Bound { builtin, env: env.clone() }) as Arc<dyn Function>)
        });
        // Where there is no plan, and never will be, there is no time of the plan either.
        let planless = plan_timestamp.is_none() && !pure_only;
        let functions = functions.filter(|(name, _)| !(planless && *name == "plantimestamp"));
        FunctionTable { functions: Arc::new(functions.collect()) }
    }

    /// The function of that name, which may begin with `core::`.
    pub fn get(&self, name: &str) -> Option<Arc<dyn Function>> {
        self.functions.get(name.strip_prefix("core::").unwrap_or(name)).cloned()
    }

    /// The names of all functions, without and with `core::`.
    pub fn names(&self) -> Vec<String> {
        let plain = self.functions.keys().map(|&name| name.to_owned());
        let qualified = self.functions.keys().map(|name| format!("core::{name}"));
        plain.chain(qualified).collect()
    }
}

/// A text, or what stands for one that must not be shown.
fn redacted(text: &str, marks: &Marks) -> String {
    match (marks.is_sensitive(), marks.is_ephemeral()) {
        (true, true) => "(ephemeral sensitive value)".to_owned(),
        (true, false) => "(sensitive value)".to_owned(),
        (false, true) => "(ephemeral value)".to_owned(),
        (false, false) => text.to_owned(),
    }
}

fn about_call(call: &LazyCall<'_>, mut diagnostic: Diagnostic) -> (Value, Diagnostics) {
    diagnostic.function_call =
        Some(FunctionCall { name: call.name.to_owned(), signature: None, types: Vec::new() });
    (Value::unknown(Type::Dynamic), diagnostic.within(call.range).into())
}

/// The result of a call that fails as a whole.
fn call_failed(call: &LazyCall<'_>, message: &str) -> (Value, Diagnostics) {
    let detail = format!("Call to function \"{}\" failed: {message}.", call.name);
    let place = call.start_range();
    about_call(call, Diagnostic::error("Error in function call", detail).at(&place))
}

/// The result of a call that fails for an argument.
fn argument_failed(
    call: &LazyCall<'_>,
    param: &str,
    place: &SourceRange,
    message: &str,
) -> (Value, Diagnostics) {
    let detail = format!("Invalid value for \"{param}\" parameter: {message}.");
    about_call(call, Diagnostic::error("Invalid function argument", detail).at(place))
}

/// Whether there are as many arguments as parameters. `Err`: the result of the call.
fn check_argument_count(call: &LazyCall<'_>, params: &[&str]) -> Result<(), (Value, Diagnostics)> {
    let (found, wanted) = (call.args.len(), params.len());
    if call.expand_final || found == wanted {
        return Ok(());
    }
    let name = call.name;
    let (summary, detail) = match params.get(found) {
        Some(missing) => (
            "Not enough function arguments",
            format!(
                "Function \"{name}\" expects {wanted} argument(s). Missing value for \
                 \"{missing}\".",
            ),
        ),
        None => (
            "Too many function arguments",
            format!("Function \"{name}\" expects only {wanted} argument(s)."),
        ),
    };
    Err(about_call(call, Diagnostic::error(summary, detail).at(call.range)))
}
