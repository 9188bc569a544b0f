use std::io::Cursor;

use groma_addrs::{InstanceKey, Module, ModuleInstance, ResourceMode};
use groma_value::{Mark, Path, Refinements, Type};

use super::*;
use crate::*;

const ENGINE: &str = "0.1.0";

fn change(name: &str, before: Value, after: Value, action: Action) -> InstanceChange {
    let addr = groma_addrs::parse::resource_instance(name).unwrap();
    let provider = "module.a.provider[\"registry.terraform.io/hashicorp/aws\"].west";
    InstanceChange {
        addr: addr.clone(),
        previous_addr: addr,
        deposed: Some(groma_addrs::DeposedKey("0123abcd".into())),
        provider: groma_addrs::parse::provider_config(provider).unwrap(),
        change: Change {
            action,
            before,
            after,
            importing: Some(Importing {
                id: Some("i-1".into()),
                identity: None,
                generated_config: Some("x".into()),
            }),
        },
        reason: Some(ActionReason::ReplaceByTriggers),
        required_replace: vec![Path::root().attribute("a").index(Value::number(1))],
        private: Arc::from(*b"\x00private"),
        before_identity: None,
        after_identity: Some(Value::string("id")),
    }
}

use groma_value::Value;

fn plan() -> Plan {
    let known = Value::object_of([
        ("name", Value::string("a").marked(Mark::Sensitive)),
        ("list", Value::list(Type::Number, vec![Value::number(1), Value::null(Type::Number)])),
        ("any", Value::tuple(vec![Value::TRUE, Value::NULL])),
    ]);
    let unknown = Value::object_of([
        ("name", Value::unknown_refined(Type::String, Refinements::not_null())),
        ("list", Value::unknown(Type::list(Type::Number)).marked(Mark::Deprecated("old".into()))),
        ("any", Value::unknown(Type::Dynamic)),
    ]);
    let mut moved = change("module.a[\"k\"].aws_lb.b", known.clone(), known.clone(), Action::NoOp);
    moved.previous_addr = groma_addrs::parse::resource_instance("aws_lb.old[0]").unwrap();
    let mut graph = ExecutionGraph::default();
    let module = Module::new(["a".into()]);
    let resource = groma_addrs::ConfigResource {
        module: module.clone(),
        resource: groma_addrs::Resource::new(ResourceMode::Data, "aws_ami", "x"),
    };
    let nodes = [
        Operation::Evaluate(ConfigNode::Variable(Module::root(), "v".into())),
        Operation::Evaluate(ConfigNode::Resource(resource.clone())),
        Operation::Evaluate(ConfigNode::ModuleEnd(module.clone())),
        Operation::Instance { change: 1, step: Step::Forget },
        Operation::Instance { change: 0, step: Step::Create },
        Operation::Gone(resource),
    ];
    for node in nodes {
        let id = graph.add(node);
        graph.wait(id, id.saturating_sub(1));
    }
    let variable = |value, ephemeral| VariableValue { value, ephemeral };
    Plan {
        generated: Vec::new(),
        invocations: Vec::new(),
        mode: Mode::Destroy,
        errored: false,
        timestamp: "2026-01-01T00:00:00Z".into(),
        variables: BTreeMap::from([
            ("v".into(), variable(Value::number(1), false)),
            ("secret".into(), variable(Value::string("top secret"), true)),
        ]),
        changes: vec![
            change("aws_lb.a[0]", known.clone(), unknown, Action::CreateThenDelete),
            moved,
        ],
        deferred: vec![DeferredChange {
            change: InstanceChange {
                addr: groma_addrs::parse::partial_resource_instance("module.m[*].aws_lb.later[*]")
                    .unwrap(),
                previous_addr: groma_addrs::parse::partial_resource_instance(
                    "module.m[*].aws_lb.later[*]",
                )
                .unwrap(),
                ..change("aws_lb.later", Value::NULL, Value::NULL, Action::Create)
            },
            reason: DeferredReason::InstanceCountUnknown,
        }],
        drift: vec![change("aws_lb.d", Value::NULL, known, Action::Update)],
        outputs: vec![OutputChange {
            addr: groma_addrs::AbsOutputValue {
                module: ModuleInstance::root().child("a", InstanceKey::Int(1)),
                name: "o".into(),
            },
            action: Action::Create,
            before: Value::NULL,
            after: Value::unknown(Type::Dynamic),
            sensitive: true,
        }],
        relevant_attributes: vec![RelevantAttribute {
            resource: groma_addrs::parse::resource_instance("aws_lb.a").unwrap(),
            attribute: Path::root().attribute("tags").index(Value::string("k")),
        }],
        checks: Vec::new(),
        targets: vec![groma_addrs::parse::target("module.a").unwrap()],
        excludes: vec![groma_addrs::parse::target("aws_lb.a[1]").unwrap()],
        force_replace: vec![groma_addrs::parse::resource_instance("aws_lb.a[0]").unwrap()],
        previous_state: Arc::default(),
        prior_state: Arc::default(),
        lineage: "lineage".into(),
        serial: 7,
        graph,
    }
}

fn saved() -> SavedPlan {
    SavedPlan {
        plan: plan(),
        backend: BackendRecord {
            kind: "s3".into(),
            config: b"{}".to_vec(),
            workspace: "default".into(),
        },
        config: ConfigRecord {
            manifest: "{}".into(),
            files: BTreeMap::from([("main.tf".into(), "# text".into())]),
        },
        providers: vec![ProviderLock {
            provider: groma_addrs::Provider::implied("aws"),
            version: "5.100.0".into(),
            hashes: vec!["h1:x".into()],
        }],
    }
}

fn written(saved: &SavedPlan) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    saved.write(ENGINE, &mut file).unwrap();
    file.into_inner()
}

fn read(bytes: &[u8]) -> Result<SavedPlan, PlanFileError> {
    SavedPlan::read(ENGINE, Cursor::new(bytes))
}

#[test]
fn a_plan_reads_back_as_it_was() {
    let saved = saved();
    let bytes = written(&saved);
    assert!(may_be_plan(&bytes));
    let found = read(&bytes).unwrap();
    let (a, b) = (&saved.plan, &found.plan);
    assert_eq!(a.changes, b.changes);
    assert_eq!(a.deferred, b.deferred);
    assert_eq!(a.drift, b.drift);
    assert_eq!(a.outputs, b.outputs);
    assert_eq!(a.relevant_attributes, b.relevant_attributes);
    assert_eq!(a.graph, b.graph);
    assert_eq!((a.mode, a.serial, &a.lineage), (b.mode, b.serial, &b.lineage));
    assert_eq!((&a.targets, &a.excludes), (&b.targets, &b.excludes));
    assert_eq!(a.force_replace, b.force_replace);
    assert_eq!(a.variables["v"], b.variables["v"]);
    assert_eq!(saved.backend, found.backend);
    assert_eq!(saved.config, found.config);
    assert_eq!(saved.providers, found.providers);
}

#[test]
fn what_is_ephemeral_is_not_stored() {
    let mut saved = saved();
    let found = read(&written(&saved)).unwrap();
    let secret = &found.plan.variables["secret"];
    assert!(secret.ephemeral && secret.value.is_null());
    saved.plan.outputs[0].after = Value::string("x").marked(Mark::Ephemeral);
    let error = saved.write(ENGINE, Cursor::new(Vec::new())).unwrap_err();
    assert!(matches!(error, PlanFileError::Unstorable(_)), "{error}");
}

#[test]
fn other_files_and_other_versions_are_refused() {
    let bytes = written(&saved());
    let other = SavedPlan::read("0.2.0", Cursor::new(&bytes)).unwrap_err();
    assert!(matches!(other, PlanFileError::OtherVersion(v) if v == ENGINE));
    assert!(matches!(read(b"{}").unwrap_err(), PlanFileError::NotAPlan));
    assert!(matches!(read(b"").unwrap_err(), PlanFileError::NotAPlan));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("tfplan", SimpleFileOptions::default()).unwrap();
    let foreign = zip.finish().unwrap().into_inner();
    assert!(matches!(read(&foreign).unwrap_err(), PlanFileError::Foreign));
}

/// Whatever is damaged, reading ends with an error or with a plan, not with a panic.
#[test]
fn damage_is_found() {
    let bytes = written(&saved());
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        let _ = read(&damaged);
        assert!(read(&bytes[..at]).is_err());
    }
}
