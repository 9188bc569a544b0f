//! Both protocols, call for call, against a plugin within the test.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod fake;

use std::sync::atomic::{AtomicBool, Ordering};

use fake::thing::{
    decoded, encoded, encoded_identity, error, fake, identity, object, object_type, schema,
    signature,
};
use fake::{Answer, Fake, answer, request};
use groma_plugin::Protocol;
use groma_protocol::convert::{encode_value, value_path_to_wire};
use groma_protocol::{tfplugin5 as v5, tfplugin6 as v6};
use groma_provider::{
    ApplyResourceRequest, ClientCapabilities, ConfigureRequest, DeferredReason, ImportRequest,
    InvokeActionRequest, ListRequest, ListedResource, MoveStateRequest, PlanActionRequest,
    PlanResourceRequest, Provider, RawState, ReadDataRequest, ReadResourceRequest,
    UpgradeIdentityRequest, UpgradeStateRequest, ValidateResourceRequest,
};
use groma_value::{Path, Type, Value};
use tonic::Status;

const BOTH: [Protocol; 2] = [Protocol::V5, Protocol::V6];

fn unknown_method(method: &str) -> Answer {
    Err(Status::unimplemented(method.to_owned()))
}

#[tokio::test]
async fn schemas() {
    for protocol in BOTH {
        let fake = fake(protocol, |method, _| unknown_method(method));
        let provider = fake.provider();
        let schemas = provider.schemas().await.unwrap();
        assert_eq!(*schemas.provider().unwrap(), schema());
        assert_eq!(*schemas.data_source("thing").unwrap().unwrap(), schema());
        let thing = schemas.resource_type("thing").unwrap().unwrap();
        assert_eq!(thing.identity.as_ref().unwrap().version, 1);
        assert_eq!(schemas.resource_type_names(), ["thing".into()]);
        assert!(schemas.resource_type("other").unwrap().is_none());
        assert!(schemas.provider_meta().unwrap().is_none());
        assert_eq!(schemas.functions().unwrap()["count"], signature());
        assert!(schemas.capabilities().plan_destroy);
        assert_eq!(fake.calls().len(), 2);
    }
}

#[tokio::test]
async fn errors_instead_of_schemas() {
    let fake = Fake::start(Protocol::V6, |_, _| {
        answer(v6::get_provider_schema::Response {
            diagnostics: error("no schema today"),
            ..Default::default()
        })
    });
    let told = fake.provider().start().await.unwrap_err();
    assert_eq!(told.iter().next().unwrap().summary, "no schema today");

    let garbage = Fake::start(Protocol::V6, |_, _| Ok(vec![vec![0xff; 9]]));
    let told = garbage.provider().start().await.unwrap_err();
    assert_eq!(told.iter().next().unwrap().summary, "Invalid response from provider");

    let other = Fake::start(Protocol::V6, |method, _| unknown_method(method));
    let told = other.provider().start().await.unwrap_err();
    assert_eq!(told.iter().next().unwrap().summary, "Failed to load plugin schemas");
}

#[tokio::test]
async fn configuration() {
    for protocol in BOTH {
        let fake = fake(protocol, |method, bytes| match method {
            "PrepareProviderConfig" => answer(v5::prepare_provider_config::Response {
                prepared_config: encoded(&object("prepared", 1)),
                diagnostics: Vec::new(),
            }),
            "ValidateProviderConfig" => answer(v6::validate_provider_config::Response {
                diagnostics: error("bad provider"),
            }),
            "Configure" | "ConfigureProvider" => {
                let call: v6::configure_provider::Request = request(&bytes);
                assert_eq!(call.terraform_version, "1.2.3");
                assert!(call.client_capabilities.unwrap().deferral_allowed);
                assert_eq!(decoded(call.config), object("p", 0));
                answer(v6::configure_provider::Response { diagnostics: error("no access") })
            }
            "Stop" | "StopProvider" => {
                answer(v6::stop_provider::Response { error: "cannot".to_owned() })
            }
            _ => unknown_method(method),
        });
        let provider = fake.provider();
        assert!(provider.stop().await.is_empty());
        let (prepared, told) = provider.validate_provider_config(&object("p", 0)).await;
        match protocol {
            Protocol::V5 => assert_eq!((prepared, told.len()), (object("prepared", 1), 0)),
            Protocol::V6 => assert_eq!((prepared, told.len()), (object("p", 0), 1)),
        }
        let request = ConfigureRequest {
            terraform_version: "1.2.3".to_owned(),
            config: object("p", 0),
            capabilities: ClientCapabilities { deferral_allowed: true, ..Default::default() },
        };
        let told = provider.configure(request).await;
        assert_eq!(told.iter().next().unwrap().summary, "no access");
        let told = provider.stop().await;
        assert_eq!(told.iter().next().unwrap().detail, "cannot");
        let expected = match protocol {
            Protocol::V5 => ["PrepareProviderConfig", "Configure", "Stop"],
            Protocol::V6 => ["ValidateProviderConfig", "ConfigureProvider", "StopProvider"],
        };
        assert_eq!(fake.calls()[2..], expected);
    }
}

#[tokio::test]
async fn validation_and_upgrade() {
    for protocol in BOTH {
        let fake = fake(protocol, |method, bytes| match method {
            "ValidateResourceTypeConfig" | "ValidateResourceConfig" => {
                let call: v6::validate_resource_config::Request = request(&bytes);
                assert!(call.client_capabilities.unwrap().write_only_attributes_allowed);
                answer(v6::validate_resource_config::Response { diagnostics: error("resource") })
            }
            "ValidateDataSourceConfig" | "ValidateDataResourceConfig" => {
                answer(v6::validate_data_resource_config::Response { diagnostics: error("data") })
            }
            "ValidateEphemeralResourceConfig" => {
                answer(v6::validate_ephemeral_resource_config::Response::default())
            }
            "UpgradeResourceState" => {
                let call: v6::upgrade_resource_state::Request = request(&bytes);
                let raw = call.raw_state.unwrap();
                let name = if raw.json.is_empty() { &*raw.flatmap["k"] } else { "json" };
                answer(v6::upgrade_resource_state::Response {
                    upgraded_state: encoded(&object(name, call.version)),
                    ..Default::default()
                })
            }
            "UpgradeResourceIdentity" => answer(v6::upgrade_resource_identity::Response {
                upgraded_identity: encoded_identity("new"),
                ..Default::default()
            }),
            _ => unknown_method(method),
        });
        let provider = fake.provider();
        let request = ValidateResourceRequest {
            ty: "thing".into(),
            config: Value::unknown(object_type()),
            capabilities: ClientCapabilities {
                write_only_attributes_allowed: true,
                ..Default::default()
            },
        };
        let told = provider.validate_resource_config(request).await;
        assert_eq!(told.iter().next().unwrap().summary, "resource");
        let told = provider.validate_data_source_config("thing", &object("d", 1)).await;
        assert_eq!(told.iter().next().unwrap().summary, "data");
        let told = provider.validate_ephemeral_config("thing", &object("e", 1)).await;
        assert!(told.is_empty());

        for (raw, name) in [
            (RawState::Json(b"{}".as_slice().into()), "json"),
            (RawState::Flatmap([("k".to_owned(), "flat".to_owned())].into()), "flat"),
        ] {
            let request = UpgradeStateRequest { ty: "thing".into(), version: 1, raw };
            let (state, told) = provider.upgrade_resource_state(request).await;
            assert_eq!((state, told.len()), (Some(object(name, 1)), 0));
        }
        let raw = b"{}".as_slice().into();
        let request = UpgradeIdentityRequest { ty: "thing".into(), version: 0, raw };
        assert_eq!(provider.upgrade_identity(request).await.0, Some(identity("new")));
    }
}

fn plan_request(ty: &str) -> PlanResourceRequest {
    PlanResourceRequest {
        ty: ty.into(),
        prior: Value::null(object_type()),
        proposed: object("n", 1),
        config: object("n", 1),
        private: b"before".as_slice().into(),
        provider_meta: Value::NULL,
        identity: Some(identity("i")),
        capabilities: ClientCapabilities::default(),
    }
}

#[tokio::test]
async fn the_life_of_a_resource() {
    for protocol in BOTH {
        let fake = fake(protocol, |method, bytes| match method {
            "ReadResource" => {
                let call: v6::read_resource::Request = request(&bytes);
                assert_eq!(&call.private[..], b"private");
                assert_eq!(call.current_identity, encoded_identity("i"));
                assert_eq!(call.provider_meta, None);
                answer(v6::read_resource::Response {
                    new_state: encoded(&Value::null(object_type())),
                    private: "read".into(),
                    deferred: Some(v6::Deferred {
                        reason: v6::deferred::Reason::AbsentPrereq.into(),
                    }),
                    new_identity: encoded_identity("j"),
                    ..Default::default()
                })
            }
            "PlanResourceChange" => {
                let call: v6::plan_resource_change::Request = request(&bytes);
                assert_eq!(decoded(call.prior_state), Value::null(object_type()));
                assert_eq!(decoded(call.proposed_new_state), object("n", 1));
                let path = Path::root().attribute("name");
                answer(v6::plan_resource_change::Response {
                    planned_state: encoded(&Value::unknown(object_type())),
                    requires_replace: vec![value_path_to_wire(&path)],
                    planned_private: call.prior_private,
                    legacy_type_system: true,
                    planned_identity: call.prior_identity,
                    ..Default::default()
                })
            }
            // It has failed, but there is something now.
            "ApplyResourceChange" => answer(v6::apply_resource_change::Response {
                new_state: encoded(&object("half", 1)),
                private: "applied".into(),
                diagnostics: error("half done"),
                new_identity: encoded_identity("k"),
                ..Default::default()
            }),
            _ => unknown_method(method),
        });
        let provider = fake.provider();
        let request = ReadResourceRequest {
            ty: "thing".into(),
            prior: object("n", 1),
            private: b"private".as_slice().into(),
            provider_meta: Value::NULL,
            identity: Some(identity("i")),
            capabilities: ClientCapabilities::default(),
        };
        let (read, told) = provider.read_resource(request).await;
        let read = read.unwrap();
        assert!(told.is_empty() && read.state.is_null());
        assert_eq!((&*read.private, read.identity), (b"read".as_slice(), Some(identity("j"))));
        assert_eq!(read.deferred, Some(DeferredReason::AbsentPrereq));

        let (planned, told) = provider.plan_resource_change(plan_request("thing")).await;
        let planned = planned.unwrap();
        assert!(told.is_empty() && !planned.planned.is_known() && planned.legacy_type_system);
        assert_eq!(planned.requires_replace, [Path::root().attribute("name")]);
        assert_eq!(planned.identity, Some(identity("i")));
        assert_eq!(&*planned.private, b"before");

        let request = ApplyResourceRequest {
            ty: "thing".into(),
            prior: Value::null(object_type()),
            planned: object("n", 1),
            config: object("n", 1),
            private: planned.private,
            provider_meta: Value::NULL,
            identity: None,
        };
        let (applied, told) = provider.apply_resource_change(request).await;
        let applied = applied.unwrap();
        assert_eq!(told.iter().next().unwrap().summary, "half done");
        assert_eq!((applied.state, &*applied.private), (object("half", 1), b"applied".as_slice()));
        assert_eq!(applied.identity, Some(identity("k")));
        // The plugin does not say that its schema is optional: it is asked for it once.
        assert_eq!(fake.calls().iter().filter(|c| c.ends_with("Schema")).count(), 1);
    }
}

#[tokio::test]
async fn import_and_move() {
    let fake = fake(Protocol::V6, |method, bytes| match method {
        "ImportResourceState" => {
            let found = |ty: &str| v6::import_resource_state::ImportedResource {
                type_name: ty.to_owned(),
                state: encoded(&object("found", 1)),
                private: "p".into(),
                identity: encoded_identity("i"),
            };
            answer(v6::import_resource_state::Response {
                imported_resources: vec![found("thing"), found("nothing")],
                ..Default::default()
            })
        }
        "MoveResourceState" => {
            let call: v6::move_resource_state::Request = request(&bytes);
            assert_eq!((&*call.source_type_name, call.source_schema_version), ("old", 4));
            assert_eq!(call.source_identity_schema_version, 7);
            answer(v6::move_resource_state::Response {
                target_state: encoded(&object("moved", 1)),
                ..Default::default()
            })
        }
        _ => unknown_method(method),
    });
    let provider = fake.provider();
    let request = ImportRequest {
        ty: "thing".into(),
        id: "x".into(),
        identity: None,
        capabilities: ClientCapabilities::default(),
    };
    let (found, told) = provider.import_resource_state(request).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].identity, Some(identity("i")));
    assert_eq!(told.iter().next().unwrap().summary, "Invalid resource type");

    let request = MoveStateRequest {
        source_provider: "example.com/test/other".into(),
        source_type: "old".into(),
        source_version: 4,
        source_state: RawState::Json(b"{}".as_slice().into()),
        source_private: Default::default(),
        source_identity: Some((b"{}".as_slice().into(), 7)),
        target_type: "thing".into(),
    };
    let (moved, _) = provider.move_resource_state(request).await;
    let moved = moved.unwrap();
    assert_eq!((moved.state, moved.identity), (object("moved", 1), None));
}

#[tokio::test]
async fn data_ephemeral_and_functions() {
    let opened = v6::open_ephemeral_resource::Response {
        renew_at: Some(prost_types::Timestamp { seconds: 99, nanos: 1 }),
        result: encoded(&object("secret", 1)),
        private: Some("lease".into()),
        ..Default::default()
    };
    let fake = fake(Protocol::V5, move |method, bytes| match method {
        "ReadDataSource" => answer(v6::read_data_source::Response {
            state: encoded(&object("data", 1)),
            ..Default::default()
        }),
        "OpenEphemeralResource" => answer(opened.clone()),
        "RenewEphemeralResource" => {
            let call: v6::renew_ephemeral_resource::Request = request(&bytes);
            assert_eq!(call.private.as_deref(), Some(b"lease".as_slice()));
            answer(v6::renew_ephemeral_resource::Response::default())
        }
        "CloseEphemeralResource" => {
            answer(v6::close_ephemeral_resource::Response { diagnostics: error("stays open") })
        }
        "CallFunction" => {
            let call: v6::call_function::Request = request(&bytes);
            let count = Value::from(call.arguments.len() as i64);
            let error = (call.arguments.len() > 2).then(|| v6::FunctionError {
                text: "too many".to_owned(),
                function_argument: Some(2),
            });
            let result = Some(encode_value(&count, &Type::Number).unwrap());
            answer(v6::call_function::Response { result, error })
        }
        _ => unknown_method(method),
    });
    let provider = fake.provider();
    let request = ReadDataRequest {
        ty: "thing".into(),
        config: object("d", 1),
        provider_meta: Value::NULL,
        capabilities: ClientCapabilities::default(),
    };
    assert_eq!(provider.read_data_source(request).await.0.unwrap().state, object("data", 1));

    let (opened, _) = provider.open_ephemeral("thing", &object("e", 1)).await;
    let opened = opened.unwrap();
    assert_eq!((opened.renew_at, &*opened.private), (Some(99), b"lease".as_slice()));
    let (renewed, _) = provider.renew_ephemeral("thing", &opened.private).await;
    assert_eq!(renewed.unwrap().renew_at, None);
    assert!(provider.close_ephemeral("thing", &[]).await.has_errors());

    let words = |n: usize| vec![Value::from("w"); n];
    assert_eq!(provider.call_function("count", &words(2)).await.unwrap(), 2.into());
    let error = provider.call_function("count", &words(3)).await.unwrap_err();
    assert_eq!((error.argument, &*error.message), (Some(2), "too many"));
    let error = provider.call_function("count", &[object("o", 1)]).await.unwrap_err();
    assert_eq!(error.argument, Some(0));
    assert!(provider.call_function("none", &[]).await.is_err());
}

#[tokio::test]
async fn listing() {
    let fake = fake(Protocol::V6, |method, _| match method {
        "ListResource" => {
            let event = |id: &str| v6::list_resource::Event {
                identity: encoded_identity(id),
                display_name: id.to_uppercase(),
                resource_object: encoded(&object(id, 1)),
                diagnostic: Vec::new(),
            };
            use prost::Message as _;
            Ok(["a", "b", "c"].map(|id| event(id).encode_to_vec()).to_vec())
        }
        _ => unknown_method(method),
    });
    let request = ListRequest {
        ty: "thing".into(),
        config: object("l", 1),
        include_objects: true,
        limit: 10,
    };
    let mut found = Vec::new();
    let mut each = |listed: ListedResource| {
        found.push((listed.display_name, listed.identity, listed.object));
        found.len() < 2
    };
    let told = fake.provider().list_resources(&request, &mut each).await;
    assert!(told.is_empty(), "{told}");
    let expected =
        ["a", "b"].map(|id| (id.to_uppercase(), Some(identity(id)), Some(object(id, 1))));
    assert_eq!(found, expected);
}

#[tokio::test]
async fn actions() {
    use prost::Message as _;
    use v6::invoke_action::Event;
    use v6::invoke_action::event::{Completed, Progress, Type as Told};
    for protocol in BOTH {
        let fake = fake(protocol, |method, bytes| match method {
            "ValidateActionConfig" => {
                let asked: v6::validate_action_config::Request = request(&bytes);
                assert_eq!(asked.type_name, "thing");
                let diagnostics = error("bad");
                answer(v6::validate_action_config::Response { diagnostics })
            }
            "PlanAction" => {
                let asked: v6::plan_action::Request = request(&bytes);
                assert_eq!(decoded(asked.config), object("x", 1));
                let reason = v6::deferred::Reason::AbsentPrereq.into();
                let deferred = Some(v6::Deferred { reason });
                answer(v6::plan_action::Response { deferred, ..Default::default() })
            }
            "InvokeAction" => {
                let asked: v6::invoke_action::Request = request(&bytes);
                let size = decoded(asked.config).get("size").cloned();
                let event = |told| Event { r#type: Some(told) }.encode_to_vec();
                let mut events = vec![event(Told::Progress(Progress { message: "half".into() }))];
                // An action that ends without a word has failed.
                if size == Some(1.into()) {
                    let diagnostics = error("broken");
                    events.push(event(Told::Completed(Completed { diagnostics })));
                }
                Ok(events)
            }
            _ => unknown_method(method),
        });
        let provider = fake.provider();
        let told = provider.validate_action_config("thing", &object("x", 1)).await;
        assert_eq!(told.iter().next().unwrap().summary, "bad");
        let capabilities = ClientCapabilities::default();
        let (ty, config) = ("thing".into(), object("x", 1));
        let (deferred, told) =
            provider.plan_action(PlanActionRequest { ty, config, capabilities }).await;
        assert_eq!((deferred, told.is_empty()), (Some(DeferredReason::AbsentPrereq), true));
        for (size, summary) in [(1, "broken"), (2, "Provider did not complete the action")] {
            let heard = std::sync::Mutex::new(Vec::new());
            let progress = |message: &str| heard.lock().unwrap().push(message.to_owned());
            let (ty, config) = ("thing".into(), object("x", size));
            let request = InvokeActionRequest { ty, config, capabilities };
            let told = provider.invoke_action(request, &progress).await;
            assert_eq!(told.iter().next().unwrap().summary, summary);
            assert_eq!(*heard.lock().unwrap(), ["half"]);
        }
    }
}

#[tokio::test]
async fn bad_answers_are_errors() {
    let nonsense = || Some(v6::DynamicValue { msgpack: "\u{1}".into(), ..Default::default() });
    let fake = fake(Protocol::V6, move |method, _| match method {
        "PlanResourceChange" => answer(v6::plan_resource_change::Response {
            planned_state: nonsense(),
            ..Default::default()
        }),
        // There is nothing to be decoded beside the error.
        "ReadDataSource" => answer(v6::read_data_source::Response {
            diagnostics: error("denied"),
            ..Default::default()
        }),
        "ReadResource" => Err(Status::internal("oh")),
        _ => unknown_method(method),
    });
    let provider = fake.provider();
    let (planned, told) = provider.plan_resource_change(plan_request("thing")).await;
    assert!(planned.is_none());
    let error = told.iter().next().unwrap();
    assert_eq!(error.summary, "Invalid response from provider");
    for part in ["example.com/test/fake", "PlanResourceChange", "a planned state"] {
        assert!(error.detail.contains(part), "{}", error.detail);
    }

    let request = ReadDataRequest {
        ty: "thing".into(),
        config: object("d", 1),
        provider_meta: Value::NULL,
        capabilities: ClientCapabilities::default(),
    };
    let (read, told) = provider.read_data_source(request).await;
    assert!(read.is_none());
    assert_eq!(told.len(), 1);

    let request = ReadResourceRequest {
        ty: "thing".into(),
        prior: object("n", 1),
        private: Default::default(),
        provider_meta: Value::NULL,
        identity: None,
        capabilities: ClientCapabilities::default(),
    };
    let (_, told) = provider.read_resource(request).await;
    let error = told.iter().next().unwrap();
    assert_eq!(error.summary, "Plugin error");
    assert!(error.detail.contains("ReadResource") && error.detail.contains("oh"));

    let (_, told) = provider.open_ephemeral("thing", &object("e", 1)).await;
    assert_eq!(told.iter().next().unwrap().summary, "Unsupported plugin method");
}

#[tokio::test]
async fn large_messages() {
    static ASKED: AtomicBool = AtomicBool::new(false);
    let fake = fake(Protocol::V6, |method, bytes| match method {
        "ReadDataSource" => {
            assert!(bytes.len() > 40 << 20);
            ASKED.store(true, Ordering::Relaxed);
            let call: v6::read_data_source::Request = request(&bytes);
            answer(v6::read_data_source::Response { state: call.config, ..Default::default() })
        }
        _ => unknown_method(method),
    });
    let config = object(&"x".repeat(40 << 20), 1);
    let request = ReadDataRequest {
        ty: "thing".into(),
        config: config.clone(),
        provider_meta: Value::NULL,
        capabilities: ClientCapabilities::default(),
    };
    let (read, told) = fake.provider().read_data_source(request).await;
    assert!(ASKED.load(Ordering::Relaxed), "{told}");
    assert!(read.unwrap().state == config);
}
