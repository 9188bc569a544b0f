use std::collections::BTreeMap;

use groma_schema::Nesting;
use groma_value::{Path, Value};

use super::checks::{length, one_of};
use super::*;
use crate::plan::empty_object;
use crate::{Plan, PlanRequest, Planned};

/// A listener.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 2)]
struct Listener {
    #[attr(computed)]
    id: Attr<String>,
    #[attr(required, replace, check = length(1, 3))]
    name: Attr<String>,
    #[attr(optional, default = 80)]
    port: Attr<i64>,
    #[attr(optional)]
    note: Attr<String>,
    #[attr(optional, same = same_letters)]
    policy: Attr<String>,
    #[attr(computed, volatile)]
    revision: Attr<i64>,
    #[attr(optional, write_only)]
    secret: Attr<String>,
    #[attr(optional)]
    tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    zones: Attr<Set<String>>,
    #[block(set, min = 1)]
    action: Blocks<Action>,
    #[block(list, max = 1, computed)]
    health: Blocks<Health>,
}

#[derive(Clone, Debug, Default, PartialEq, Model)]
struct Action {
    #[attr(required, check = one_of(&["forward", "redirect"]))]
    r#type: Attr<String>,
    #[attr(optional, computed)]
    order: Attr<i64>,
    #[attr(optional)]
    target: Attr<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Model)]
struct Health {
    #[attr(optional, default = "/")]
    path: Attr<String>,
}

fn same_letters(a: &String, b: &String) -> bool {
    a.eq_ignore_ascii_case(b)
}

fn action(r#type: &str) -> Action {
    Action { r#type: r#type.into(), ..Action::default() }
}

fn configured() -> Listener {
    Listener { name: "web".into(), action: Blocks::one(action("forward")), ..Listener::default() }
}

fn stored() -> Listener {
    Listener {
        id: "l-1".into(),
        port: 80.into(),
        note: "".into(),
        revision: 7.into(),
        zones: Set(vec!["a".to_owned(), "b".to_owned()]).into(),
        action: Blocks::one(Action { order: 1.into(), target: "".into(), ..action("forward") }),
        health: Blocks::one(Health { path: "/".into() }),
        ..configured()
    }
}

fn plan(prior: Option<&Listener>, config: &Listener) -> Plan {
    let prior = prior.map_or_else(|| Value::null(Listener::ty()), Model::write);
    let config = config.write();
    let request = PlanRequest { prior, config: config.clone(), proposed: config };
    Plan::by_rules(Listener::block(), &Listener::rules().steady(), &request)
}

#[test]
fn a_schema_follows_from_the_fields() {
    let block = Listener::block();
    assert_eq!(Listener::VERSION, 2);
    assert_eq!(block.description, "A listener.");
    assert!(block.attributes["name"].required);
    assert_eq!(block.attributes["zones"].implied_type(), groma_value::Type::set(String::ty()));
    let action = &block.blocks["action"];
    assert_eq!((action.nesting, action.min_items, action.max_items), (Nesting::Set, 1, 0));
    assert!(action.block.attributes.contains_key("type"));
}

#[test]
fn a_model_survives_its_value() {
    assert_eq!(Listener::read(&stored().write()), stored());
    let unknown = Listener { port: Attr::Unknown, health: Blocks::unknown(), ..stored() };
    assert_eq!(Listener::read(&unknown.write()), unknown);
    assert!(unknown.write().has_type(Listener::block().implied_type()));
    let empty = empty_object(Listener::block());
    assert_eq!(Listener::read(&empty), Listener::default());
}

#[test]
fn a_create_fills_in_defaults_and_leaves_the_rest_to_the_provider() {
    let planned = Listener::read(&plan(None, &configured()).planned);
    assert_eq!(planned.port, Attr::Known(80));
    assert_eq!(planned.note, Attr::Null);
    assert!(planned.id.is_unknown() && planned.zones.is_unknown() && planned.health.is_unknown());
    assert!(planned.action[0].order.is_unknown());
}

#[test]
fn what_is_stored_as_nothing_is_no_change() {
    let unchanged = plan(Some(&stored()), &configured());
    assert_eq!(Listener::read(&unchanged.planned), stored());
    assert!(unchanged.requires_replace.is_empty());
}

#[test]
fn an_update_changes_what_is_configured_and_what_is_volatile() {
    let config = Listener { note: "new".into(), ..configured() };
    let planned = Listener::read(&plan(Some(&stored()), &config).planned);
    assert_eq!(planned.note.as_str(), Some("new"));
    assert_eq!(planned.id.as_str(), Some("l-1"));
    assert!(planned.revision.is_unknown());
    assert_eq!(planned.zones, stored().zones);
}

#[test]
fn what_is_never_stored_is_no_change() {
    let config = Listener { secret: "s".into(), ..configured() };
    assert_eq!(Listener::read(&plan(Some(&stored()), &config).planned), stored());
}

#[test]
fn a_change_that_cannot_be_made_in_place_is_listed() {
    let changed = plan(Some(&stored()), &Listener { name: "api".into(), ..configured() });
    assert_eq!(changed.requires_replace, [Path::root().attribute("name")]);
}

#[test]
fn values_that_mean_the_same_stay_as_they_were() {
    let prior = Listener { policy: "ALLOW".into(), ..stored() };
    let config = Listener { policy: "allow".into(), ..configured() };
    assert_eq!(Listener::read(&plan(Some(&prior), &config).planned), prior);
}

#[test]
fn refining_touches_only_what_it_changes() {
    let request = PlanRequest {
        prior: Value::null(Listener::ty()),
        config: configured().write(),
        proposed: configured().write(),
    };
    let mut plan = Plan::by_rules(Listener::block(), &Listener::rules().steady(), &request);
    let mut change: Planned<Listener> = Planned::of(&request, &plan);
    change.planned.note = "refined".into();
    change.replace("action.0.target");
    change.into_plan(&mut plan);
    let planned = Listener::read(&plan.planned);
    assert_eq!(planned.note.as_str(), Some("refined"));
    assert!(planned.id.is_unknown());
    assert_eq!(plan.requires_replace.len(), 1);
}

#[test]
fn what_is_read_keeps_the_form_of_nothing() {
    let read = Listener {
        note: Attr::Null,
        policy: "".into(),
        action: Blocks::one(Action { order: 1.into(), ..action("forward") }),
        ..stored()
    };
    let formed = form::in_form_of(Listener::block(), &stored().write(), &read.write());
    assert_eq!(Listener::read(&formed), stored());
}

#[test]
fn checks_name_the_attribute() {
    let mut problems = Problems::new();
    let wrong =
        Listener { name: "long".into(), action: Blocks::one(action("drop")), ..configured() };
    wrong.check(&mut problems);
    let found = problems.into_diagnostics();
    let paths: Vec<_> = found.iter().map(|d| format!("{:?}", d.attribute)).collect();
    assert_eq!(paths.len(), 2, "{paths:?}");
    assert!(paths[0].contains("name") && paths[1].contains("Index(0)"), "{paths:?}");
}

#[test]
fn only_what_is_wrong_for_certain_is_told() {
    let check = |config: &Listener, problems: &mut Problems| {
        let (note, policy) = (!config.note.is_null(), !config.policy.is_null());
        problems.conflict(("note", note), ("policy", policy));
        if config.port.is_null() {
            problems.error("port", "Missing port", "");
        }
    };
    let told = |config: &Listener| {
        let found = crate::typed::validated(&config.write(), check);
        found.into_iter().map(|d| d.summary).collect::<Vec<_>>()
    };
    let both = Listener { note: "a".into(), policy: "b".into(), port: 1.into(), ..configured() };
    assert_eq!(told(&both), ["Conflicting configuration arguments"]);
    assert_eq!(told(&Listener { policy: Attr::Unknown, ..both.clone() }), [""; 0]);
    assert_eq!(
        told(&Listener { port: Attr::Unknown, ..both }),
        ["Conflicting configuration arguments"]
    );
    assert_eq!(told(&Listener { id: Attr::Unknown, ..configured() }), ["Missing port"]);
}
