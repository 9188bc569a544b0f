//! What is offered over models, at the boundary of the plugin.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt as _;
use groma_diag::Diagnostics;
use groma_protocol::convert::{decode_value, encode_value};
use groma_protocol::tfplugin6 as p;
use groma_protocol::tfplugin6::invoke_action::event::Type as Told;
use groma_schema::Nesting;
use groma_value::{Type, Value};
use serde_json::json;

use super::Host;
use crate::model::checks::length;
use crate::model::{Typed, schema};
use crate::{
    Attr, Callable, Catalog, ConfigureRequest, Context, Deed, Diagnostic, Ephemeral, FunctionError,
    Lister, Listing, Managed, Model, MoveRequest, Opening, Progress, Provider, Renewal,
};

struct Shop;

#[crate::async_trait]
impl Provider for Shop {
    type Client = ();

    fn catalog(&self) -> Result<Catalog<()>, Diagnostics> {
        Ok(Catalog::new().managed(Boxes).lister(Boxes).opened(Door).deed(Shout).callable(Join))
    }

    async fn configure(
        &self,
        _: &ConfigureRequest,
        _: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        Ok(())
    }
}

/// A box of parts.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 3, identity_version = 1)]
struct Crate {
    /// Which box it is.
    #[attr(required, replace, identity)]
    name: Attr<String>,
    #[attr(optional, identity = optional)]
    shelf: Attr<String>,
    #[attr(optional, deprecated = "Use shelf.")]
    place: Attr<String>,
    #[attr(optional, nested)]
    parts: Attr<BTreeMap<String, Part>>,
    #[attr(computed, nested)]
    tape: Attr<Tape>,
}

#[derive(Clone, Debug, Default, PartialEq, Model)]
struct Part {
    #[attr(required, check = length(1, 3))]
    kind: Attr<String>,
    #[attr(optional, default = 1)]
    count: Attr<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Model)]
struct Tape {
    #[attr(computed)]
    color: Attr<String>,
}

/// How often a box was looked at.
#[derive(Clone, Debug, Default, PartialEq, Model)]
struct Looks {
    #[attr(optional)]
    count: Attr<i64>,
}

struct Boxes;

#[crate::async_trait]
impl Managed<()> for Boxes {
    type Model = Crate;

    fn name(&self) -> &'static str {
        "shop_crate"
    }

    async fn create(&self, _: &Context<()>, _: Crate, new: Crate) -> Result<Crate, Diagnostics> {
        Ok(Crate { tape: Tape { color: "brown".into() }.into(), ..new })
    }

    async fn read(&self, cx: &Context<()>, state: Crate) -> Result<Option<Crate>, Diagnostics> {
        let looks: Looks = cx.private_model().unwrap_or_default();
        cx.set_private_model(&Looks { count: (looks.count.or_default() + 1).into() })?;
        Ok(Some(state))
    }

    async fn update(
        &self,
        _: &Context<()>,
        _: Crate,
        _: Crate,
        new: Crate,
    ) -> Result<Crate, Diagnostics> {
        Ok(new)
    }

    async fn delete(&self, _: &Context<()>, _: Crate) -> Result<(), Diagnostics> {
        Ok(())
    }

    async fn import_by_identity(
        &self,
        _: &Context<()>,
        identity: Crate,
    ) -> Result<Option<Crate>, Diagnostics> {
        Ok(Some(Crate { place: "found".into(), ..identity }))
    }

    fn upgrade_identity(
        &self,
        version: i64,
        mut identity: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        identity["shelf"] = json!(format!("of version {version}"));
        Ok(identity)
    }

    fn move_from(&self, request: &MoveRequest) -> Result<Option<Crate>, Diagnostics> {
        /// What a bag has that a box has, too.
        #[derive(Clone, Debug, Default, PartialEq, Model)]
        struct Bag {
            #[attr(required)]
            label: Attr<String>,
        }
        if &*request.source_type != "shop_bag" {
            return Ok(None);
        }
        let bag: Option<Bag> = request.source();
        Ok(bag.map(|bag| Crate { name: bag.label, ..Crate::default() }))
    }
}

#[crate::async_trait]
impl Lister<()> for Boxes {
    type Config = Looks;
    type Model = Crate;

    fn name(&self) -> &'static str {
        "shop_crate"
    }

    async fn list(
        &self,
        _: &Context<()>,
        config: Looks,
        found: &mut Listing<'_, Crate>,
    ) -> Result<(), Diagnostics> {
        for i in 0..config.count.or_default() {
            let name = format!("box {i}");
            let object = Crate { name: name.clone().into(), ..Crate::default() };
            if !found.push(name, &object).await {
                return Ok(());
            }
        }
        Err(Diagnostic::error("no more", "").into())
    }
}

struct Door;

#[crate::async_trait]
impl Ephemeral<()> for Door {
    type Model = Looks;
    type Private = Looks;

    fn name(&self) -> &'static str {
        "shop_door"
    }

    async fn open(
        &self,
        _: &Context<()>,
        config: Looks,
    ) -> Result<Opening<Looks, Looks>, Diagnostics> {
        let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(60);
        Ok(Opening { result: config.clone(), private: config, renew_at: Some(at) })
    }

    async fn renew(&self, _: &Context<()>, private: Looks) -> Result<Renewal<Looks>, Diagnostics> {
        let private = Looks { count: (private.count.or_default() + 1).into() };
        Ok(Renewal { private, renew_at: None })
    }

    async fn close(&self, cx: &Context<()>, private: Looks) -> Result<(), Diagnostics> {
        cx.report(Diagnostic::warning(format!("{}", private.count.or_default()), ""));
        Ok(())
    }
}

struct Shout;

#[crate::async_trait]
impl Deed<()> for Shout {
    type Config = Looks;

    fn name(&self) -> &'static str {
        "shop_shout"
    }

    async fn invoke(&self, _: &Context<()>, _: Looks, told: &Progress) -> Result<(), Diagnostics> {
        told.tell("oh").await;
        told.tell("no").await;
        panic!("as the test wants it")
    }
}

/// Joins texts.
#[derive(Clone, Debug, Default, PartialEq, Model)]
struct Texts {
    /// Between them.
    #[attr(optional)]
    separator: Attr<String>,
    #[attr(required, check = length(1, 2))]
    first: Attr<String>,
    #[attr(required, variadic)]
    all: Attr<Vec<String>>,
}

struct Join;

#[crate::async_trait]
impl Callable for Join {
    type Arguments = Texts;
    type Output = String;

    fn name(&self) -> &'static str {
        "join"
    }

    fn summary(&self) -> &'static str {
        "Joins"
    }

    async fn call(&self, texts: Texts) -> Result<String, FunctionError> {
        let all = [&[texts.first.or_default()], texts.all.elements()].concat();
        Ok(all.join(texts.separator.text()))
    }
}

async fn shop() -> Arc<Host<Shop>> {
    let host = Host::new(Shop);
    let config = encode_value(&Value::object_of::<&str>([]), &Type::object::<&str>([])).ok();
    let answer = host.configure(p::configure_provider::Request { config, ..Default::default() });
    assert!(answer.await.diagnostics.is_empty());
    host
}

fn encoded<M: Model + Typed>(model: &M) -> Option<p::DynamicValue> {
    encode_value(&model.write(), &M::ty()).ok()
}

fn decoded<M: Model + Typed>(value: Option<p::DynamicValue>) -> M {
    M::read(&decode_value(value.as_ref(), &M::ty()).unwrap_or_else(|e| panic!("{e}")))
}

fn summaries(diagnostics: &[p::Diagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|d| d.summary.as_str()).collect()
}

fn configured() -> Crate {
    let part = Part { kind: "nut".into(), count: Attr::Null };
    Crate {
        name: "a".into(),
        parts: BTreeMap::from([("x".to_owned(), part)]).into(),
        ..Crate::default()
    }
}

#[tokio::test]
async fn nested_attributes_have_schemas_plans_and_checks() {
    let block = schema::<Crate>().block;
    let nested = block.attributes["parts"].nested().map(|n| n.nesting);
    assert_eq!(nested, Some(Nesting::Map));
    let host = shop().await;
    let request = p::plan_resource_change::Request {
        type_name: "shop_crate".to_owned(),
        config: encoded(&configured()),
        proposed_new_state: encoded(&configured()),
        ..Default::default()
    };
    let planned: Crate = decoded(host.plan(request).await.planned_state);
    assert_eq!(planned.parts.get().map(|all| all["x"].count), Some(Attr::Known(1)));
    assert!(planned.tape.is_unknown());
    let wrong = Part { kind: "".into(), count: Attr::Null };
    let wrong = Crate {
        parts: BTreeMap::from([("a.b".to_owned(), wrong)]).into(),
        place: "p".into(),
        ..configured()
    };
    let request = p::validate_resource_config::Request {
        type_name: "shop_crate".to_owned(),
        config: encoded(&wrong),
        ..Default::default()
    };
    let found = host.validate_resource(request).await.diagnostics;
    assert_eq!(summaries(&found), ["Argument is deprecated", "Invalid value for \"kind\""]);
    let steps = found[1].attribute.clone().map(|path| format!("{:?}", path.steps));
    assert!(steps.is_some_and(|steps| steps.contains("ElementKeyString(\"a.b\")")));
    let answer = host.provider_schema_v5();
    assert_eq!(summaries(&answer.diagnostics), ["Schema not supported by protocol 5"]);
    assert!(answer.diagnostics[0].detail.contains("shop_crate"));
}

#[tokio::test]
async fn private_data_are_a_model() {
    let read = |private: &'static [u8]| async move {
        let request = p::read_resource::Request {
            type_name: "shop_crate".to_owned(),
            current_state: encoded(&configured()),
            private: private.into(),
            ..Default::default()
        };
        shop().await.read(request).await.private
    };
    assert_eq!(read(b"").await, &br#"{"count":1}"#[..]);
    assert_eq!(read(br#"{"count":4,"gone":true}"#).await, &br#"{"count":5}"#[..]);
    assert_eq!(read(b"of somebody else").await, &br#"{"count":1}"#[..]);
}

#[tokio::test]
async fn identities_follow_from_the_fields() {
    let host = shop().await;
    let schemas = host.identity_schemas().identity_schemas;
    let identity = &schemas["shop_crate"];
    let required: Vec<(&str, bool)> = identity
        .identity_attributes
        .iter()
        .map(|a| (a.name.as_str(), a.required_for_import))
        .collect();
    assert_eq!(identity.version, 1);
    assert_eq!(required, [("name", true), ("shelf", false)]);
    let ty = Type::object([("name", Type::String), ("shelf", Type::String)]);
    let null = Value::null(Type::String);
    let identity = Value::object_of([("name", Value::from("a")), ("shelf", null)]);
    let request = p::import_resource_state::Request {
        type_name: "shop_crate".to_owned(),
        identity: Some(p::ResourceIdentityData {
            identity_data: encode_value(&identity, &ty).ok(),
        }),
        ..Default::default()
    };
    let answer = host.import(request).await;
    let imported: Crate = decoded(answer.imported_resources[0].state.clone());
    assert_eq!((imported.name.text(), imported.place.text()), ("a", "found"));
    let raw = |json: serde_json::Value| {
        Some(p::RawState { json: json.to_string().into(), flatmap: Default::default() })
    };
    let request = p::upgrade_resource_identity::Request {
        type_name: "shop_crate".to_owned(),
        version: 0,
        raw_identity: raw(json!({"name": "a"})),
    };
    let answer = host.upgrade_identity(request).await.upgraded_identity.unwrap_or_default();
    let upgraded = decode_value(answer.identity_data.as_ref(), &ty);
    let shelf = upgraded.ok().and_then(|v| v.get("shelf").cloned());
    assert_eq!(shelf, Some("of version 0".into()));
    let request = |from: &str| p::move_resource_state::Request {
        source_type_name: from.to_owned(),
        source_state: raw(json!({"label": "l", "handles": 2})),
        target_type_name: "shop_crate".to_owned(),
        ..Default::default()
    };
    let moved: Crate = decoded(host.move_state(request("shop_bag")).await.target_state);
    assert_eq!(moved.name.text(), "l");
    let refused = host.move_state(request("shop_cup")).await;
    assert_eq!(summaries(&refused.diagnostics), ["Unable to Move Resource State"]);
}

#[tokio::test]
async fn lists_end_when_there_is_enough() {
    let host = shop().await;
    let list = |limit: i64, include_resource_object: bool| {
        let request = p::list_resource::Request {
            type_name: "shop_crate".to_owned(),
            config: encoded(&Looks { count: 40.into() }),
            include_resource_object,
            limit,
        };
        host.list(request).filter_map(|event| async { event.ok() }).collect::<Vec<_>>()
    };
    let some = list(2, true).await;
    assert_eq!(some.len(), 2);
    assert_eq!(some[1].display_name, "box 1");
    assert_eq!(decoded::<Crate>(some[1].resource_object.clone()).name.text(), "box 1");
    assert!(some[1].identity.is_some());
    let all = list(0, false).await;
    assert_eq!(all.len(), 41);
    assert!(all[0].resource_object.is_none());
    assert_eq!(summaries(&all[40].diagnostic), ["no more"]);
}

#[tokio::test]
async fn what_is_ephemeral_is_given_back_what_it_kept() {
    let host = shop().await;
    let type_name = || "shop_door".to_owned();
    let request = p::open_ephemeral_resource::Request {
        type_name: type_name(),
        config: encoded(&Looks { count: 1.into() }),
        ..Default::default()
    };
    let opened = host.open_ephemeral(request).await;
    assert_eq!(opened.renew_at.map(|at| at.seconds), Some(60));
    let request = p::renew_ephemeral_resource::Request {
        type_name: type_name(),
        private: opened.private.clone(),
    };
    let renewed = host.renew_ephemeral(request).await;
    let request =
        p::close_ephemeral_resource::Request { type_name: type_name(), private: renewed.private };
    assert_eq!(summaries(&host.close_ephemeral(request).await.diagnostics), ["2"]);
    let request = p::close_ephemeral_resource::Request { type_name: type_name(), private: None };
    let told = host.close_ephemeral(request).await.diagnostics;
    assert_eq!(summaries(&told), ["Unable to read the provider's private data"]);
}

#[tokio::test]
async fn actions_tell_how_they_get_on_and_end() {
    let request = p::invoke_action::Request {
        action_type: "shop_shout".to_owned(),
        config: encoded(&Looks::default()),
        ..Default::default()
    };
    let events =
        shop().await.invoke_action(request).filter_map(|event| async { event.ok()?.r#type });
    let told: Vec<String> = events
        .map(|event| match event {
            Told::Progress(progress) => progress.message,
            Told::Completed(end) => summaries(&end.diagnostics).join(", "),
        })
        .collect()
        .await;
    assert_eq!(told, ["oh", "no", "Provider failed"]);
}

#[tokio::test]
async fn functions_take_the_fields_in_their_order() {
    let host = shop().await;
    let functions = host.functions().functions;
    let names: Vec<&str> = functions["join"].parameters.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["separator", "first"]);
    assert!(functions["join"].parameters[0].allow_null_value);
    assert_eq!(
        functions["join"].variadic_parameter.as_ref().map(|p| &*p.r#type),
        Some(&b"\"string\""[..])
    );
    let call = |arguments: &[&str]| {
        let arguments = arguments.iter().map(|a| encode_value(&(*a).into(), &Type::String));
        let arguments = arguments.filter_map(Result::ok).collect();
        host.call_function(p::call_function::Request { name: "join".to_owned(), arguments })
    };
    let answer = call(&["+", "a", "b", "c"]).await;
    assert_eq!(decode_value(answer.result.as_ref(), &Type::String), Ok("a+b+c".into()));
    let answer = call(&["+", "abc"]).await;
    assert_eq!(answer.error.and_then(|e| e.function_argument), Some(1));
}
