//! What is evaluated while the configuration is being loaded: the sources and versions of modules,
//! and what else must be known before there is a plan.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::evaluate;
use groma_hcl::{BodySchema, Expression, Function, Resolved, Scope, Step};
use groma_value::{Mark, Str, Value};

use crate::decode::explain;
use crate::model::{Module, ModuleCall, Variable};

/// How many values may depend on each other in a row.
const MAX_DEPTH: usize = 100;

/// The variables and local values of a module in so far as they do not depend on resources.
pub struct StaticScope<'a> {
    module: &'a Module,
    input: Input<'a>,
    functions: Option<&'a dyn Scope>,
    workspace: &'a str,
    root_dir: &'a str,
    /// How many modules are around this one.
    depth: usize,
    /// The values that are being evaluated in this module and those around it, innermost last.
    open: Arc<Mutex<Vec<(usize, String)>>>,
}

/// Where the values of variables come from.
enum Input<'a> {
    /// From outside, for the root module.
    Given(&'a BTreeMap<Str, Value>),
    /// From a call, to be evaluated in the scope of the calling module.
    Call(&'a ModuleCall, &'a StaticScope<'a>),
}

impl<'a> StaticScope<'a> {
    /// The scope of a root module. `functions` is a scope whose functions may be called.
    pub fn root(
        module: &'a Module,
        variables: &'a BTreeMap<Str, Value>,
        functions: Option<&'a dyn Scope>,
        workspace: &'a str,
    ) -> StaticScope<'a> {
        StaticScope {
            module,
            input: Input::Given(variables),
            functions,
            workspace,
            root_dir: &module.source_dir,
            depth: 0,
            open: Arc::default(),
        }
    }

    /// The scope of a module that is called from this one.
    pub(super) fn child(&'a self, call: &'a ModuleCall, module: &'a Module) -> StaticScope<'a> {
        StaticScope {
            module,
            input: Input::Call(call, self),
            functions: self.functions,
            workspace: self.workspace,
            root_dir: self.root_dir,
            depth: self.depth + 1,
            open: self.open.clone(),
        }
    }

    /// Evaluates an expression.
    pub fn evaluate(&self, expr: &Expression) -> (Value, Diagnostics) {
        evaluate(expr, self)
    }

    /// Errors for variables that have to be known when the configuration is loaded, and are not.
    pub(super) fn check_constants(&self) -> Diagnostics {
        let constant = self.module.variables.values().filter(|v| v.constant == Some(true));
        let mut diagnostics = Diagnostics::new();
        for variable in constant {
            let name = format!("var.{}", variable.name);
            let value = self.guarded(name, &variable.decl_range, || {
                self.variable(variable, &variable.decl_range)
            });
            diagnostics.take(value);
        }
        diagnostics
    }

    fn variable(&self, variable: &Variable, range: &SourceRange) -> Result<Value, Diagnostics> {
        if variable.constant == Some(false) {
            let detail = format!(
                "var.{} is declared with const = false, so that its value cannot be used while the configuration is loaded.",
                variable.name
            );
            let summary = "Unable to use variable in static context";
            return Err(Diagnostic::error(summary, detail).at(range).into());
        }
        let given = match &self.input {
            Input::Given(values) => values.get(&variable.name).cloned(),
            Input::Call(call, caller) => {
                let schema = BodySchema::new().optional([variable.name.clone()]);
                let (content, _, _) = call.config.partial_content(&schema);
                match content.attribute(&variable.name) {
                    Some(attribute) => {
                        let (value, found) = evaluate(&attribute.expr, *caller);
                        if found.has_errors() {
                            return Err(found);
                        }
                        Some(value)
                    }
                    None => None,
                }
            }
        };
        let value = match (given, &variable.default) {
            (Some(value), Some(default)) if value.is_null() && !variable.nullable => {
                default.clone()
            }
            (Some(value), _) => variable.convert(&value).map_err(|why| {
                let detail = format!(
                    "The value of var.{} is not suitable for the variable: {}.",
                    variable.name,
                    explain(&why)
                );
                Diagnostics::from(
                    Diagnostic::error("Invalid value for input variable", detail).at(range),
                )
            })?,
            (None, Some(default)) => default.clone(),
            (None, None) => {
                let detail = format!(
                    "The value of var.{} is needed to load the configuration. Set it with -var, \
                     in a file of variable definitions or in the environment.",
                    variable.name
                );
                return Err(Diagnostic::error("Variable not set", detail).at(range).into());
            }
        };
        let value = if variable.sensitive { value.marked(Mark::Sensitive) } else { value };
        Ok(if variable.ephemeral { value.marked(Mark::Ephemeral) } else { value })
    }

    /// Evaluates a named value unless that is what is being done already.
    fn guarded(
        &self,
        name: String,
        range: &SourceRange,
        compute: impl FnOnce() -> Result<Value, Diagnostics>,
    ) -> Result<Value, Diagnostics> {
        let lock = || self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        {
            let mut open = lock();
            let name = (self.depth, name);
            let first = open.iter().position(|other| *other == name);
            let detail = match first {
                Some(i) => {
                    let names: Vec<&str> = open[i..].iter().map(|(_, name)| &**name).collect();
                    format!("{} refers to itself through {}.", name.1, names.join(", "))
                }
                None if open.len() >= MAX_DEPTH => {
                    format!("{} depends on more than {MAX_DEPTH} other values in a row.", name.1)
                }
                None => String::new(),
            };
            if !detail.is_empty() {
                return Err(Diagnostic::error("Circular reference", detail).at(range).into());
            }
            open.push(name);
        }
        let result = compute();
        lock().pop();
        result
    }
}

fn not_static(what: &str, range: &SourceRange) -> Diagnostics {
    let detail = format!(
        "{what} cannot be used here, because this must be known when the configuration is loaded. \
         Only variables, local values that depend on nothing else, path.* and \
         terraform.workspace can."
    );
    Diagnostic::error("Variables not allowed", detail).at(range).into()
}

impl Scope for StaticScope<'_> {
    fn resolve(
        &self,
        root: &str,
        steps: &[Step<'_>],
        range: &SourceRange,
    ) -> Result<Resolved, Diagnostics> {
        let Some(name) = steps.first().and_then(Step::attr_name) else {
            return Err(not_static(root, range));
        };
        let undeclared = |kind: &str| {
            let detail = format!("No {kind} with the name {name:?} is declared in this module.");
            let what = format!("Reference to undeclared {kind}");
            Diagnostics::from(Diagnostic::error(what, detail).at(range))
        };
        let full = format!("{root}.{name}");
        let value = match (root, &**name) {
            ("var", _) => {
                let variable =
                    self.module.variables.get(name).ok_or_else(|| undeclared("input variable"))?;
                self.guarded(full, range, || self.variable(variable, range))?
            }
            ("local", _) => {
                let local =
                    self.module.locals.get(name).ok_or_else(|| undeclared("local value"))?;
                self.guarded(full, range, || {
                    let (value, found) = evaluate(&local.expr, self);
                    if found.has_errors() { Err(found) } else { Ok(value) }
                })?
            }
            ("path", "module") => Value::string(self.module.source_dir.clone()),
            ("path", "root") => Value::string(self.root_dir),
            ("path", "cwd") => Value::string("."),
            ("terraform" | "tofu", "workspace") => Value::string(self.workspace),
            _ => return Err(not_static(&full, range)),
        };
        Ok(Resolved { value, consumed: 1 })
    }

    fn function(&self, name: &str) -> Option<Arc<dyn Function>> {
        self.functions?.function(name)
    }

    fn function_names(&self) -> Vec<String> {
        self.functions.map(Scope::function_names).unwrap_or_default()
    }
}
