//! Plans from their JSON form.

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_addrs::{
    AbsOutputValue, AbsProviderConfig, AbsResourceInstance, DeposedKey, Module, ModuleInstance,
    Provider, ResourceMode, Target, parse,
};
use groma_plan::{
    Action, ActionReason, Change, ExecutionGraph, Importing, InstanceChange, Mode, OutputChange,
    Plan, RelevantAttribute, VariableValue,
};
use groma_state::{
    CheckResult, CheckStatus, CheckableKind, Object, ObjectStatus, Output, State, StoredAttributes,
};
use groma_value::{Entries, Kind, Mark, Path, PathStep, Str, Type, Value, json};
use groma_view::{SchemaTable, Schemas};
use serde_json::Value as Json;

/// A plan.
pub(crate) fn read(json: &Json, schemas: &SchemaTable, args: &[&str]) -> Plan {
    let list = |key: &str| json[key].as_array().cloned().unwrap_or_default();
    let mut marks = BTreeMap::new();
    for_each_resource(&json["planned_values"], &mut |resource| {
        marks.insert(text(resource, "address").to_owned(), resource["sensitive_values"].clone());
    });
    let changes =
        |key: &str| list(key).iter().map(|c| instance(c, schemas, &marks)).collect::<Vec<_>>();
    let state = Arc::new(prior_state(&json["prior_state"], schemas));
    let mode = match () {
        () if args.contains(&"-destroy") => Mode::Destroy,
        () if args.contains(&"-refresh-only") => Mode::RefreshOnly,
        () => Mode::Normal,
    };
    // Drift alone can make a plan applyable, which is told from the states.
    let applyable = json["applyable"].as_bool().unwrap();
    let previous =
        if applyable && mode == Mode::RefreshOnly { Arc::default() } else { state.clone() };
    let targets = args.iter().filter_map(|a| a.strip_prefix("-target="));
    Plan {
        mode,
        errored: json["errored"].as_bool().unwrap(),
        timestamp: json["timestamp"].as_str().unwrap().to_owned(),
        variables: variables(&json["variables"]),
        changes: changes("resource_changes"),
        deferred: Vec::new(),
        drift: changes("resource_drift"),
        outputs: outputs(json),
        relevant_attributes: list("relevant_attributes").iter().map(relevant).collect(),
        checks: list("checks").iter().map(check).collect(),
        targets: targets.map(|t| parse::target(t).unwrap()).collect::<Vec<Target>>(),
        excludes: Vec::new(),
        force_replace: Vec::new(),
        previous_state: previous,
        prior_state: state,
        lineage: String::new(),
        serial: 0,
        generated: Vec::new(),
        invocations: Vec::new(),
        graph: ExecutionGraph::default(),
    }
}

fn text<'a>(json: &'a Json, key: &str) -> &'a str {
    json[key].as_str().unwrap_or_default()
}

fn addr(text: &str) -> AbsResourceInstance {
    parse::resource_instance(text).unwrap()
}

/// `marks` has for each instance where the configuration makes it sensitive; the changes have what
/// the schema says too.
fn instance(json: &Json, schemas: &SchemaTable, marks: &BTreeMap<String, Json>) -> InstanceChange {
    let address = addr(text(json, "address"));
    let provider = Provider::parse(text(json, "provider_name")).unwrap();
    let resource = &address.resource.resource;
    let schema = schemas.resource(&provider, resource.mode, &resource.ty).unwrap();
    let ty = schema.block.implied_type();
    let change = &json["change"];
    let none = Json::Null;
    let after_marks = marks.get(text(json, "address")).filter(|_| json["deposed"].is_null());
    let after_marks = after_marks.unwrap_or(&change["after_sensitive"]);
    let after_unknown = change.get("after_unknown").unwrap_or(&none);
    let paths = change["replace_paths"].as_array().cloned().unwrap_or_default();
    InstanceChange {
        previous_addr: match json["previous_address"].as_str() {
            Some(text) => addr(text),
            None => address.clone(),
        },
        deposed: json["deposed"].as_str().map(|key| DeposedKey(key.into())),
        provider: AbsProviderConfig::new(Module::root(), provider, None),
        change: Change {
            action: action(&change["actions"]),
            before: value(&change["before"], &none, &change["before_sensitive"], ty),
            after: value(&change["after"], after_unknown, after_marks, ty),
            importing: change.get("importing").map(|importing| Importing {
                id: importing["id"].as_str().map(Into::into),
                identity: None,
                generated_config: change["generated_config"].as_str().map(Into::into),
            }),
        },
        reason: reason(text(json, "action_reason")),
        required_replace: paths.iter().map(path).collect(),
        private: Arc::from([]),
        before_identity: None,
        after_identity: None,
        addr: address,
    }
}

fn action(json: &Json) -> Action {
    let names: Vec<&str> = json.as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
    match names[..] {
        ["no-op"] => Action::NoOp,
        ["create"] => Action::Create,
        ["read"] => Action::Read,
        ["update"] => Action::Update,
        ["delete"] => Action::Delete,
        ["forget"] => Action::Forget,
        ["delete", "create"] => Action::DeleteThenCreate,
        ["create", "delete"] => Action::CreateThenDelete,
        _ => panic!("{names:?}"),
    }
}

fn reason(name: &str) -> Option<ActionReason> {
    [
        ActionReason::ReplaceBecauseTainted,
        ActionReason::ReplaceByRequest,
        ActionReason::ReplaceByTriggers,
        ActionReason::ReplaceBecauseCannotUpdate,
        ActionReason::DeleteBecauseNoResourceConfig,
        ActionReason::DeleteBecauseWrongRepetition,
        ActionReason::DeleteBecauseCountIndex,
        ActionReason::DeleteBecauseEachKey,
        ActionReason::DeleteBecauseNoModule,
        ActionReason::DeleteBecauseNoMoveTarget,
        ActionReason::ReadBecauseConfigUnknown,
        ActionReason::ReadBecauseDependencyPending,
        ActionReason::ReadBecauseCheckNested,
    ]
    .into_iter()
    .find(|reason| reason.as_str() == name)
}

fn path(json: &Json) -> Path {
    let step = |json: &Json| match json.as_str() {
        Some(name) => PathStep::Attribute(name.into()),
        None => PathStep::Index(json::from_slice_implied(json.to_string().as_bytes()).unwrap()),
    };
    Path(json.as_array().unwrap().iter().map(step).collect())
}

fn relevant(json: &Json) -> RelevantAttribute {
    RelevantAttribute {
        resource: addr(text(json, "resource")),
        attribute: path(&json["attribute"]),
    }
}

fn variables(json: &Json) -> BTreeMap<Str, VariableValue> {
    let variable = |(name, json): (&String, &Json)| {
        let value = value(&json["value"], &Json::Null, &Json::Null, &Type::Dynamic);
        ((&**name).into(), VariableValue { value, ephemeral: false })
    };
    json.as_object().into_iter().flatten().map(variable).collect()
}

fn outputs(plan: &Json) -> Vec<OutputChange> {
    // The types are told elsewhere.
    let ty = |values: &Json, name: &str| match values["outputs"][name].get("type") {
        Some(ty) => json::type_from_json(ty).unwrap(),
        None => Type::Dynamic,
    };
    let none = Json::Null;
    let output = |(name, json): (&String, &Json)| {
        let before = ty(&plan["prior_state"]["values"], name);
        let after = ty(&plan["planned_values"], name);
        OutputChange {
            addr: AbsOutputValue { module: ModuleInstance::root(), name: (&**name).into() },
            action: action(&json["actions"]),
            before: value(&json["before"], &none, &none, &before),
            after: value(&json["after"], &json["after_unknown"], &none, &after),
            sensitive: json["after_sensitive"].as_bool().unwrap(),
        }
    };
    plan["output_changes"].as_object().into_iter().flatten().map(output).collect()
}

/// A state.
fn prior_state(json: &Json, schemas: &SchemaTable) -> State {
    let mut state = State {
        outputs: prior_outputs(&json["values"]["outputs"]),
        checks: json["checks"].as_array().into_iter().flatten().map(check).collect(),
        ..State::default()
    };
    for_each_resource(&json["values"], &mut |json| add_object(&mut state, json, schemas));
    state
}

fn for_each_resource(values: &Json, show: &mut dyn FnMut(&Json)) {
    let mut modules = vec![&values["root_module"]];
    while let Some(module) = modules.pop() {
        modules.extend(module["child_modules"].as_array().into_iter().flatten());
        module["resources"].as_array().into_iter().flatten().for_each(&mut *show);
    }
}

/// The object that a change leads to, with made up values for what is not known.
pub(crate) fn applied(change: &InstanceChange, schemas: &SchemaTable) -> Option<Arc<Object>> {
    let resource = &change.addr.resource.resource;
    let schema = schemas.resource(&change.provider.provider, resource.mode, &resource.ty).unwrap();
    let after = &change.change.after;
    if after.is_null() {
        return None;
    }
    let known: Result<Value, ()> = after.transform(&mut |path, part| {
        let Kind::Unknown(unknown) = part.kind() else { return Ok(part) };
        let name = path.to_string();
        Ok(match &unknown.ty {
            Type::String => Value::from(format!("new{name}")),
            Type::Number => Value::from(7),
            Type::Bool => Value::FALSE,
            Type::List(element) => Value::list((**element).clone(), Vec::new()),
            Type::Set(element) => Value::set((**element).clone(), Vec::new()),
            Type::Map(element) => Value::map((**element).clone(), Entries::default()),
            other => Value::null(other.clone()),
        })
    });
    let secret =
        schema.block.value_marks(after).into_iter().map(|(path, _)| path).collect::<Vec<_>>();
    let ty = schema.block.implied_type();
    let (attributes, sensitive_paths) = StoredAttributes::encode(&known.unwrap(), ty).unwrap();
    Some(Arc::new(Object {
        schema_version: schema.version,
        attributes,
        sensitive_paths: sensitive_paths.into_iter().filter(|p| !secret.contains(p)).collect(),
        identity: None,
        private: Arc::from([]),
        status: ObjectStatus::Ready,
        dependencies: Arc::from([]),
        create_before_destroy: false,
        skip_destroy: false,
    }))
}

fn add_object(state: &mut State, json: &Json, schemas: &SchemaTable) {
    let address = addr(text(json, "address"));
    let provider = Provider::parse(text(json, "provider_name")).unwrap();
    let resource = &address.resource.resource;
    let schema = schemas.resource(&provider, resource.mode, &resource.ty).unwrap();
    let ty = schema.block.implied_type();
    let value = value(&json["values"], &Json::Null, &json["sensitive_values"], ty);
    let (attributes, sensitive_paths) = StoredAttributes::encode(&value, ty).unwrap();
    let dependencies = json["depends_on"].as_array().into_iter().flatten();
    let dependency = |name: &Json| parse::resource(name.as_str().unwrap()).unwrap().config();
    let object = Object {
        schema_version: schema.version,
        attributes,
        sensitive_paths,
        identity: None,
        private: Arc::from([]),
        status: match json["tainted"].as_bool() {
            Some(true) => ObjectStatus::Tainted,
            _ => ObjectStatus::Ready,
        },
        dependencies: dependencies.map(dependency).collect(),
        create_before_destroy: false,
        skip_destroy: false,
    };
    let provider = AbsProviderConfig::new(Module::root(), provider, None);
    let object = Some(Arc::new(object));
    match json["deposed_key"].as_str() {
        Some(key) => state.set_deposed(&address, &DeposedKey(key.into()), &provider, object),
        None => state.set_current(&address, &provider, object),
    }
}

/// The outputs of the prior state, which has those that are known already.
fn prior_outputs(json: &Json) -> BTreeMap<Str, Output> {
    let output = |(name, json): (&String, &Json)| {
        let ty = json::type_from_json(&json["type"]).unwrap();
        let value = value(&json["value"], &Json::Null, &Json::Null, &ty);
        ((&**name).into(), Output { value, sensitive: json["sensitive"].as_bool().unwrap() })
    };
    json.as_object().into_iter().flatten().map(output).collect()
}

fn check(json: &Json) -> CheckResult {
    let status = |json: &Json| match text(json, "status") {
        "pass" => CheckStatus::Pass,
        "fail" => CheckStatus::Fail,
        "error" => CheckStatus::Error,
        _ => CheckStatus::Unknown,
    };
    let address = &json["address"];
    let objects = json["instances"].as_array().cloned().unwrap_or_default();
    CheckResult {
        kind: match text(address, "kind") {
            "resource" => CheckableKind::Resource,
            "output_value" => CheckableKind::OutputValue,
            "check" => CheckableKind::Check,
            _ => CheckableKind::InputVariable,
        },
        config_addr: text(address, "to_display").to_owned(),
        status: status(json),
        objects: objects
            .iter()
            .map(|object| {
                let problems = object["problems"].as_array().cloned().unwrap_or_default();
                let messages = problems.iter().map(|p| text(p, "message").to_owned()).collect();
                let name = text(&object["address"], "to_display").to_owned();
                (name, status(object), messages)
            })
            .collect(),
    }
}

/// A value, with what is not known and what is sensitive where the masks say so.
fn value(known: &Json, unknown: &Json, sensitive: &Json, ty: &Type) -> Value {
    let value = match unknown.as_bool() {
        // Of what type it is shows only where it may hold something sensitive.
        Some(true) => Value::unknown(match sensitive {
            Json::Object(_) if *ty == Type::Dynamic => Type::object::<Str>([]),
            Json::Array(_) if *ty == Type::Dynamic => Type::tuple([]),
            _ => ty.clone(),
        }),
        _ => shape(known, unknown, sensitive, ty),
    };
    if sensitive.as_bool() == Some(true) { value.marked(Mark::Sensitive) } else { value }
}

fn shape(known: &Json, unknown: &Json, sensitive: &Json, ty: &Type) -> Value {
    match (known, ty) {
        (Json::Array(items), _) => {
            let item = |(i, item): (usize, &Json)| {
                let ty = match ty {
                    Type::Tuple(types) => types[i].clone(),
                    _ => ty.element().cloned().unwrap_or(Type::Dynamic),
                };
                value(item, &unknown[i], &sensitive[i], &ty)
            };
            let items: Vec<Value> = items.iter().enumerate().map(item).collect();
            match ty {
                Type::List(element) => Value::list((**element).clone(), items),
                Type::Set(element) => Value::set((**element).clone(), items),
                _ => Value::tuple(items),
            }
        }
        (Json::Object(members), _) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.extend(unknown.as_object().into_iter().flatten().map(|(name, _)| name));
            names.sort();
            names.dedup();
            let member = |name: &String| {
                let ty = ty.attribute(name).or(ty.element()).cloned().unwrap_or(Type::Dynamic);
                let known = members.get(name).unwrap_or(&Json::Null);
                (Str::from(&**name), value(known, &unknown[name], &sensitive[name], &ty))
            };
            let entries: Entries = names.into_iter().map(member).collect();
            match ty {
                Type::Map(element) => Value::map((**element).clone(), entries),
                _ => Value::object(entries),
            }
        }
        (Json::Null, _) => Value::null(ty.clone()),
        (_, Type::Dynamic) => json::from_slice_implied(known.to_string().as_bytes()).unwrap(),
        _ => json::from_json(known, ty).unwrap(),
    }
}

/// Data sources are not managed.
#[test]
fn addresses_are_read() {
    let mode = addr("data.a.b").resource.resource.mode;
    assert_eq!(mode, ResourceMode::Data);
}
