//! The lines about queries.

use groma_value::Value;
use serde::Serialize;

use super::info;
use crate::json::Known;

/// An object that was found.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The list.
    pub list: &'a str,
    /// The resource type.
    pub ty: &'a str,
    /// What people call the object.
    pub display_name: &'a str,
    /// What identifies it.
    pub identity: &'a Value,
    /// The version of the identity's schema.
    pub identity_version: i64,
    /// The whole object.
    pub object: Option<&'a Value>,
    /// The `resource` block for it.
    pub config: Option<&'a str>,
    /// The `import` block for it.
    pub import_config: Option<&'a str>,
}

/// A list begins.
pub fn list_start(list: &str, ty: &str, config: &Value, timestamp: &str) -> String {
    #[derive(Serialize)]
    struct Content<'a> {
        address: &'a str,
        resource_type: &'a str,
        input_config: Known<'a>,
    }
    let hidden = hide(config);
    let content = Content { address: list, resource_type: ty, input_config: Known(&hidden) };
    info("list_start", &format!("{list}: Starting query..."), timestamp, "list_start", content)
}

/// An object was found.
pub fn list_found(found: &Found<'_>, timestamp: &str) -> String {
    #[derive(Serialize)]
    struct Content<'a> {
        address: &'a str,
        display_name: &'a str,
        identity: Known<'a>,
        identity_version: i64,
        resource_type: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        resource_object: Option<Known<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        config: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        import_config: Option<&'a str>,
    }
    let object = found.object.map(hide);
    let content = Content {
        address: found.list,
        display_name: found.display_name,
        identity: Known(found.identity),
        identity_version: found.identity_version,
        resource_type: found.ty,
        resource_object: object.as_ref().map(Known),
        config: found.config,
        import_config: found.import_config,
    };
    let message = format!("{}: Result found", found.list);
    info("list_resource_found", &message, timestamp, "list_resource_found", content)
}

/// A list has ended.
pub fn list_complete(list: &str, ty: &str, total: usize, timestamp: &str) -> String {
    #[derive(Serialize)]
    struct Content<'a> {
        address: &'a str,
        resource_type: &'a str,
        total: usize,
    }
    let content = Content { address: list, resource_type: ty, total };
    info("list_complete", &format!("{list}: List complete"), timestamp, "list_complete", content)
}

/// The value without what is sensitive: these lines are printed, and kept by those who read them.
fn hide(value: &Value) -> Value {
    let (plain, marks) = value.clone().unmark_deep_with_paths();
    if marks.is_empty() {
        return plain;
    }
    let hidden: Result<Value, std::convert::Infallible> = value.transform(&mut |_, part| {
        Ok(if part.is_sensitive() { Value::null(part.ty()) } else { part })
    });
    match hidden {
        Ok(hidden) => hidden.unmark_deep().0,
        Err(never) => match never {},
    }
}
