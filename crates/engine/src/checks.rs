//! Conditions: validations, pre- and postconditions, assertions; and the record of how they ended.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use groma_config::CheckRule;
use groma_diag::{Diagnostic, Diagnostics, Severity};
use groma_hcl::{Scope, evaluate, expression_values};
use groma_state::{CheckResult, CheckStatus, CheckableKind};
use groma_value::{Type, Value, convert};

/// How one condition ended.
#[derive(Clone, Debug)]
pub(crate) struct RuleResult {
    pub(crate) status: CheckStatus,
    /// The message, if it failed.
    pub(crate) message: Option<String>,
}

/// What kind of condition it is: for the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleKind {
    /// A variable's validation.
    Validation,
    /// A resource's precondition.
    ResourcePrecondition,
    /// A resource's postcondition.
    ResourcePostcondition,
    /// An output's precondition.
    OutputPrecondition,
    /// An assertion of a `check` block.
    Assertion,
}

impl RuleKind {
    fn failed(self) -> &'static str {
        match self {
            RuleKind::Validation => "Invalid value for variable",
            RuleKind::ResourcePrecondition => "Resource precondition failed",
            RuleKind::ResourcePostcondition => "Resource postcondition failed",
            RuleKind::OutputPrecondition => "Module output value precondition failed",
            RuleKind::Assertion => "Check block assertion failed",
        }
    }

    fn severity(self) -> Severity {
        if self == RuleKind::Assertion { Severity::Warning } else { Severity::Error }
    }
}

/// Evaluates conditions in a scope. Those that do not hold become diagnostics.
pub(crate) fn evaluate_rules(
    rules: &[CheckRule],
    kind: RuleKind,
    scope: &dyn Scope,
    diagnostics: &mut Diagnostics,
) -> Vec<RuleResult> {
    rules.iter().map(|rule| evaluate_rule(rule, kind, scope, diagnostics)).collect()
}

fn evaluate_rule(
    rule: &CheckRule,
    kind: RuleKind,
    scope: &dyn Scope,
    diagnostics: &mut Diagnostics,
) -> RuleResult {
    let failed = |status| RuleResult { status, message: None };
    let (condition, found) = evaluate(&rule.condition, scope);
    let bad = found.has_errors();
    diagnostics.extend(found.into_iter().map(|mut d| {
        if kind == RuleKind::Assertion {
            d.severity = Severity::Warning;
        }
        d
    }));
    if bad {
        return failed(CheckStatus::Error);
    }
    let (condition, _) = condition.unmark();
    let mut invalid = |detail: &str| {
        let summary = match kind {
            RuleKind::Validation => "Invalid variable validation result",
            _ => "Invalid condition result",
        };
        let diagnostic = Diagnostic::new(kind.severity(), summary, detail);
        diagnostics.push(diagnostic.at(rule.condition.range()));
        failed(CheckStatus::Error)
    };
    if !condition.is_known() {
        return failed(CheckStatus::Unknown);
    }
    if condition.is_null() {
        return invalid("Condition expression must return either true or false, not null.");
    }
    let holds = match convert(&condition, &Type::Bool) {
        Ok(value) => value.as_bool().unwrap_or(false),
        Err(error) => {
            let what = if kind == RuleKind::Validation { "validation " } else { "" };
            return invalid(&format!("Invalid {what}condition result value: {error}."));
        }
    };
    if holds {
        return failed(CheckStatus::Pass);
    }
    let message = message(rule, scope, diagnostics);
    let detail = match kind {
        RuleKind::Validation => {
            format!("{message}\n\nThis was checked by the validation rule at {}.", place(rule))
        }
        _ => message.clone(),
    };
    let diagnostic = Diagnostic::new(kind.severity(), kind.failed(), detail);
    let values = expression_values(&rule.condition, scope, false, false);
    diagnostics.push(Diagnostic { values, ..diagnostic.at(rule.condition.range()) });
    RuleResult { status: CheckStatus::Fail, message: Some(message) }
}

fn place(rule: &CheckRule) -> String {
    rule.range.to_string()
}

fn message(rule: &CheckRule, scope: &dyn Scope, diagnostics: &mut Diagnostics) -> String {
    let (value, found) = evaluate(&rule.error_message, scope);
    let usable = !found.has_errors();
    diagnostics.extend(found);
    let (value, marks) = value.unmark();
    if marks.is_sensitive() || marks.is_ephemeral() {
        let what = if marks.is_sensitive() { "sensitive" } else { "ephemeral" };
        let detail = format!(
            "The error expression used to explain this condition refers to {what} values, so it will not be displayed."
        );
        diagnostics.push(
            Diagnostic::warning(format!("Error message refers to {what} values"), detail)
                .at(rule.error_message.range()),
        );
        return format!("(the error message refers to {what} values)");
    }
    let text = convert(&value, &Type::String).ok().and_then(|v| v.as_str().cloned());
    match text {
        Some(text) if usable => text.trim().to_string(),
        _ => "Failed to evaluate condition error message.".into(),
    }
}

/// Warnings of assertions that cannot be checked before the plan is applied.
pub(crate) fn open_assertions(
    rules: &[CheckRule],
    results: &[RuleResult],
    scope: &dyn Scope,
    diagnostics: &mut Diagnostics,
) {
    let open = rules.iter().zip(results).filter(|(_, r)| r.status == CheckStatus::Unknown);
    for (rule, _) in open {
        let detail = "The condition depends on values that are known only after apply. It will be checked then.";
        let warning = Diagnostic::warning("Check block assertion known after apply", detail);
        let values = expression_values(&rule.condition, scope, false, false);
        diagnostics.push(Diagnostic { values, ..warning.at(rule.condition.range()) });
    }
}

/// The record of all conditions.
#[derive(Default)]
pub(crate) struct CheckBook(Mutex<BTreeMap<(CheckableKind, String), Entry>>);

/// The instances, with how their conditions ended if they have been evaluated.
type Entry = BTreeMap<String, Option<(CheckStatus, Vec<String>)>>;

impl CheckBook {
    /// Declares an object that has conditions, whether it comes to evaluate them or not.
    pub(crate) fn declare(&self, kind: CheckableKind, config_addr: String) {
        self.lock().entry((kind, config_addr)).or_default();
    }

    /// Declares instances that have conditions, whether it comes to evaluate them or not.
    pub(crate) fn declare_instances<'a>(
        &self,
        kind: CheckableKind,
        config_addr: String,
        addrs: impl Iterator<Item = &'a String>,
    ) {
        let mut book = self.lock();
        let entry = book.entry((kind, config_addr)).or_default();
        for addr in addrs {
            entry.entry(addr.clone()).or_default();
        }
    }

    /// Notes that a check could not look at what it is about, so that it has failed.
    pub(crate) fn fail(
        &self,
        kind: CheckableKind,
        config_addr: String,
        addr: String,
        messages: Vec<String>,
    ) {
        let mut book = self.lock();
        let entry = book.entry((kind, config_addr)).or_default();
        entry.insert(addr, Some((CheckStatus::Fail, messages)));
    }

    /// Whether a condition of an instance is known not to hold.
    pub(crate) fn has_failed(&self, kind: CheckableKind, config_addr: &str, addr: &str) -> bool {
        let book = self.lock();
        let entry = book.get(&(kind, config_addr.to_owned()));
        let result = entry.and_then(|entry| entry.get(addr)).and_then(Option::as_ref);
        result.is_some_and(|(status, _)| *status == CheckStatus::Fail)
    }

    /// Adds results of one instance.
    pub(crate) fn record(
        &self,
        kind: CheckableKind,
        config_addr: String,
        addr: String,
        results: &[RuleResult],
    ) {
        if results.is_empty() {
            return;
        }
        let mut book = self.lock();
        let entry = book.entry((kind, config_addr)).or_default();
        let result = entry.entry(addr).or_default();
        let (status, messages) = result.get_or_insert((CheckStatus::Pass, Vec::new()));
        for result in results {
            *status = worse(*status, result.status);
            messages.extend(result.message.clone());
        }
    }

    /// All results.
    pub(crate) fn results(&self) -> Vec<CheckResult> {
        let book = self.lock();
        book.iter()
            .map(|((kind, config_addr), objects)| CheckResult {
                kind: *kind,
                config_addr: config_addr.clone(),
                status: match objects.is_empty() {
                    true => CheckStatus::Unknown,
                    false => {
                        objects.values().fold(CheckStatus::Pass, |s, o| worse(s, status_of(o)))
                    }
                },
                objects: objects
                    .iter()
                    .map(|(addr, result)| {
                        let messages = result.iter().flat_map(|(_, m)| m).cloned().collect();
                        (addr.clone(), status_of(result), messages)
                    })
                    .collect(),
            })
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<(CheckableKind, String), Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn status_of(result: &Option<(CheckStatus, Vec<String>)>) -> CheckStatus {
    result.as_ref().map_or(CheckStatus::Unknown, |(status, _)| *status)
}

fn worse(a: CheckStatus, b: CheckStatus) -> CheckStatus {
    let rank = |s: CheckStatus| match s {
        CheckStatus::Pass => 0,
        CheckStatus::Unknown => 1,
        CheckStatus::Fail => 2,
        CheckStatus::Error => 3,
    };
    if rank(b) > rank(a) { b } else { a }
}

/// A scope in which one variable has a value that is not in the world yet: the one that is being
/// validated.
pub(crate) struct ValidationScope<'a> {
    pub(crate) inner: &'a dyn Scope,
    pub(crate) name: &'a str,
    pub(crate) value: &'a Value,
}

impl Scope for ValidationScope<'_> {
    fn resolve(
        &self,
        root: &str,
        steps: &[groma_hcl::Step<'_>],
        range: &groma_diag::SourceRange,
    ) -> Result<groma_hcl::Resolved, Diagnostics> {
        if root == "var"
            && let Some(groma_hcl::Step::Attr { name, .. }) = steps.first()
            && ***name == *self.name
        {
            return Ok(groma_hcl::Resolved { value: self.value.clone(), consumed: 1 });
        }
        self.inner.resolve(root, steps, range)
    }

    fn function(&self, name: &str) -> Option<std::sync::Arc<dyn groma_hcl::Function>> {
        self.inner.function(name)
    }

    fn function_names(&self) -> Vec<String> {
        self.inner.function_names()
    }

    fn missing_function(&self, name: &str) -> Option<String> {
        self.inner.missing_function(name)
    }
}
