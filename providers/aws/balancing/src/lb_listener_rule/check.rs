//! What must hold of a rule before it is made.

use groma_aws_core::Aws;
use groma_aws_core::checks::cidr;
use groma_sdk::{Attr, Context, Planned, Problems, Set};

use super::model::{Condition, DEFAULT, LbListenerRule};
use crate::actions;
use crate::service::rules_of;

/// How many values all conditions of a rule may have together.
const VALUES: usize = 5;

/// Checks a configuration, of which not all need be known.
pub(super) fn check(config: &LbListenerRule, problems: &mut Problems) {
    actions::check("action", &config.action, problems);
    for condition in &config.condition {
        let set = condition.kinds();
        if set != 1 && !condition.is_partly_unknown() {
            problems.error(
                "condition",
                "Invalid condition",
                format!(
                    "A condition has exactly one of host_header, http_header, \
                     http_request_method, path_pattern, query_string and source_ip, but one \
                     has {set}."
                ),
            );
        }
        check_condition(condition, problems);
    }
    check_kinds(config, problems);
    let values = config.condition.iter().map(Condition::values).sum::<usize>();
    if values > VALUES {
        problems.error(
            "condition",
            "Too many values of conditions",
            format!(
                "All conditions of a rule have at most {VALUES} values together, but these have \
                 {values}. Make several rules of it, or use wildcards."
            ),
        );
    }
}

fn check_condition(condition: &Condition, problems: &mut Problems) {
    let hosts = |name: &str| name.eq_ignore_ascii_case("host");
    if condition.http_header.iter().any(|header| hosts(header.http_header_name.text())) {
        problems.error(
            "condition",
            "Invalid condition",
            "An \"http_header\" condition cannot ask for the header \"Host\". Use \"host_header\".",
        );
    }
    let sources = condition.source_ip.iter().flat_map(|source| source.values.or_default().0);
    for source in sources {
        if let Err(message) = cidr(&source) {
            problems.error("condition", "Invalid value for \"source_ip\"", message);
        }
    }
}

/// Of most kinds, a rule has one condition at most.
fn check_kinds(config: &LbListenerRule, problems: &mut Problems) {
    let count = |is: fn(&Condition) -> bool| config.condition.iter().filter(|c| is(c)).count();
    for (name, count) in [
        ("host_header", count(|c| !c.host_header.is_empty())),
        ("http_request_method", count(|c| !c.http_request_method.is_empty())),
        ("path_pattern", count(|c| !c.path_pattern.is_empty())),
        ("source_ip", count(|c| !c.source_ip.is_empty())),
    ] {
        if count > 1 {
            problems.error(
                "condition",
                "Several conditions of one kind",
                format!(
                    "A rule has one condition of the kind \"{name}\" at most, but there are \
                     {count}. Put all values into one."
                ),
            );
        }
    }
}

impl Condition {
    /// How many kinds of conditions it is.
    pub(super) fn kinds(&self) -> usize {
        let set = [
            self.host_header.is_empty(),
            self.http_header.is_empty(),
            self.http_request_method.is_empty(),
            self.path_pattern.is_empty(),
            self.query_string.is_empty(),
            self.source_ip.is_empty(),
        ];
        set.iter().filter(|empty| !**empty).count()
    }

    fn is_partly_unknown(&self) -> bool {
        self.host_header.is_unknown()
            || self.http_header.is_unknown()
            || self.http_request_method.is_unknown()
            || self.path_pattern.is_unknown()
            || self.query_string.is_unknown()
            || self.source_ip.is_unknown()
    }

    /// How many values it has that are known to be there.
    fn values(&self) -> usize {
        let count = |values: &Attr<Set<String>>| values.get().map_or(0, Set::len);
        self.host_header.iter().map(|c| count(&c.values)).sum::<usize>()
            + self.http_header.iter().map(|c| count(&c.values)).sum::<usize>()
            + self.http_request_method.iter().map(|c| count(&c.values)).sum::<usize>()
            + self.path_pattern.iter().map(|c| count(&c.values)).sum::<usize>()
            + self.source_ip.iter().map(|c| count(&c.values)).sum::<usize>()
            + self.query_string.len()
    }
}

/// Warns of a priority that another rule of the listener has now. It may be free when its turn comes:
/// only a plan of everything could tell.
pub(super) async fn priority_is_free(cx: &Context<Aws>, change: &Planned<LbListenerRule>) {
    let planned = &change.planned;
    let before = change.prior.as_ref().and_then(|prior| prior.priority.cloned());
    let (Some(listener), Some(priority)) = (planned.listener_arn.filled(), planned.priority.get())
    else {
        return;
    };
    if *priority == DEFAULT || before == Some(*priority) {
        return;
    }
    // Whoever may not list rules learns it from the create.
    let Ok(rules) = rules_of(cx.client(), listener).await else { return };
    let number = priority.to_string();
    let Some(taken) = rules.iter().find(|rule| rule.priority() == Some(&number)) else { return };
    let rule = taken.rule_arn().unwrap_or_default();
    let mut problems = Problems::new();
    problems.warning(
        "priority",
        "Priority that another rule has",
        format!(
            "The rule {rule} of the listener has the priority {number}. Unless it is removed or \
             gets another one first, AWS will refuse this one."
        ),
    );
    for warning in problems.into_diagnostics() {
        cx.report(warning);
    }
}

#[cfg(test)]
mod tests {
    use groma_sdk::Blocks;

    use super::*;
    use crate::actions::of_rule::Action;
    use crate::lb_listener_rule::model::{HttpHeader, Methods, QueryString, Values};

    fn set(values: &[&str]) -> Attr<Set<String>> {
        Set(values.iter().map(|v| (*v).to_owned()).collect()).into()
    }

    fn values(of: &[&str]) -> Blocks<Values> {
        Blocks::one(Values { values: set(of) })
    }

    fn problems_of(conditions: Vec<Condition>) -> String {
        let action = Action {
            r#type: "forward".into(),
            target_group_arn: Attr::Unknown,
            ..Action::default()
        };
        let rule = LbListenerRule {
            action: Blocks::one(action),
            condition: conditions.into(),
            ..LbListenerRule::default()
        };
        let mut problems = Problems::new();
        check(&rule, &mut problems);
        problems.into_diagnostics().to_string()
    }

    fn paths(of: &[&str]) -> Condition {
        Condition { path_pattern: values(of), ..Condition::default() }
    }

    #[test]
    fn a_condition_is_of_one_kind() {
        assert_eq!(problems_of(vec![paths(&["/a"])]), "");
        let text = problems_of(vec![Condition::default()]);
        assert!(text.contains("exactly one of"), "{text}");
        let two = Condition { host_header: values(&["a"]), ..paths(&["/a"]) };
        assert!(problems_of(vec![two]).contains("but one has 2"));
        let unknown = Condition { host_header: Blocks::unknown(), ..Condition::default() };
        assert_eq!(problems_of(vec![unknown]), "");
    }

    #[test]
    fn a_rule_has_five_values_at_most() {
        let hosts = Condition { host_header: values(&["a", "b"]), ..Condition::default() };
        assert_eq!(problems_of(vec![hosts.clone(), paths(&["/1", "/2", "/3"])]), "");
        let query = QueryString { key: Attr::Null, value: "x".into() };
        let query = Condition { query_string: Blocks::one(query), ..Condition::default() };
        let text = problems_of(vec![hosts, paths(&["/1", "/2", "/3"]), query]);
        assert!(text.contains("at most 5 values"), "{text}");
        let unknown = Condition {
            host_header: Blocks::one(Values { values: Attr::Unknown }),
            ..Condition::default()
        };
        assert_eq!(problems_of(vec![unknown, paths(&["/1", "/2", "/3", "/4", "/5"])]), "");
    }

    #[test]
    fn kinds_are_not_repeated() {
        let text = problems_of(vec![paths(&["/a"]), paths(&["/b"])]);
        assert!(text.contains("one condition of the kind \"path_pattern\""), "{text}");
        let header = |name: &str| Condition {
            http_header: Blocks::one(HttpHeader {
                http_header_name: name.into(),
                values: set(&["1"]),
            }),
            ..Condition::default()
        };
        assert_eq!(problems_of(vec![header("X-A"), header("X-B")]), "");
        assert!(problems_of(vec![header("Host")]).contains("Use \"host_header\""));
        let methods = Blocks::one(Methods { values: set(&["GET"]) });
        let methods = Condition { http_request_method: methods, ..Condition::default() };
        assert_eq!(problems_of(vec![methods, header("X-A")]), "");
        let source = Condition { source_ip: values(&["10.0.0.0"]), ..Condition::default() };
        assert!(problems_of(vec![source]).contains("source_ip"));
    }
}
