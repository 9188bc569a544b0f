//! What the arguments of an `import` block come to.

use groma_addrs::{AbsResourceInstance, InstanceKey, ModuleInstance, ModuleStep, ResourceMode};
use groma_config::Import;
use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::{Expression, Scope, evaluate};
use groma_plan::Importing;
use groma_provider::{ClientCapabilities, ImportRequest};
use groma_schema::{IdentitySchema, Schema};
use groma_value::{Str, Type, Value, convert};

use super::{ImportOrder, Imports};
use crate::run::Run;
use crate::world::{Expansion, ModuleScope};

/// What a block asks for in one of its repetitions, and the instance that it is for.
pub(super) fn order(
    import: &Import,
    base: &ModuleInstance,
    scope: &dyn Scope,
    schema: &Schema,
) -> Result<(AbsResourceInstance, ImportOrder), Diagnostics> {
    let resource = &import.to.resource;
    let mut steps = base.steps().to_vec();
    for (i, name) in resource.module.names().iter().enumerate() {
        let key = key(import.to.module_keys.get(i).and_then(Option::as_ref), scope)?;
        steps.push(ModuleStep { name: name.clone(), key });
    }
    let instance = resource
        .resource
        .in_module(&ModuleInstance::new(steps))
        .instance(key(import.to.key.as_ref(), scope)?);
    let id = import.id.as_ref().map(|id| import_id(id, scope)).transpose()?;
    let identity = import.identity.as_ref();
    let identity = identity.map(|i| import_identity(i, scope, schema)).transpose()?;
    let ty = &resource.resource.ty;
    let unknown = |what: &str, expression: &Expression| {
        let detail = format!(
            "The import block {what:?} argument depends on resource attributes that cannot be determined until apply, so Groma cannot plan to import this resource. Use the -target option to first apply only the resources that the argument depends on."
        );
        let summary = format!("Invalid import {what} argument");
        Diagnostics::from(Diagnostic::error(summary, detail).at(expression.range()))
    };
    let (id, hidden) = match (id, &import.id) {
        (Some(Some(id)), _) => (Some(id.0), id.1),
        (Some(None), Some(expression)) => return Err(unknown("id", expression)),
        _ => (None, false),
    };
    if let (Some(identity), Some(expression)) = (&identity, &import.identity)
        && !identity.is_wholly_known()
    {
        return Err(unknown("identity", expression));
    }
    let request = ImportRequest {
        ty: ty.clone(),
        id: id.clone().unwrap_or_else(|| "".into()),
        identity: identity.clone(),
        capabilities: ClientCapabilities::default(),
    };
    let what = Importing { id: id.filter(|_| !hidden), identity, generated_config: None };
    let range = import.decl_range.clone();
    Ok((instance, ImportOrder { what, request, range }))
}

fn key(expression: Option<&Expression>, scope: &dyn Scope) -> Result<InstanceKey, Diagnostics> {
    let Some(expression) = expression else { return Ok(InstanceKey::None) };
    let (value, found) = evaluate(expression, scope);
    if found.has_errors() {
        return Err(found);
    }
    let fail = |detail: &str| {
        Err(Diagnostic::error("Invalid index expression", detail).at(expression.range()).into())
    };
    let (value, marks) = value.unmark();
    if marks.is_sensitive() {
        return fail("Import address index expression cannot be sensitive.");
    }
    if marks.is_ephemeral() {
        return fail("Import address index expression cannot be ephemeral.");
    }
    if !value.is_known() {
        return fail(
            "Import block 'to' address contains an index expression that will only be known after apply. Use an expression that only depends on known values for the index.",
        );
    }
    if value.is_null() {
        return fail("Import address index expression cannot be null.");
    }
    match InstanceKey::from_value(&value) {
        Some(key) => Ok(key),
        None => fail("Import address index must be either a string or a whole number."),
    }
}

/// The id and whether it is not to be shown; `Ok(None)` if it is not known.
fn import_id(
    expression: &Expression,
    scope: &dyn Scope,
) -> Result<Option<(Str, bool)>, Diagnostics> {
    let (value, found) = evaluate(expression, scope);
    if found.has_errors() {
        return Err(found);
    }
    let error = |summary: &str, detail: &str| {
        Err(Diagnostic::error(summary, detail).at(expression.range()).into())
    };
    let fail = |detail: &str| error("Invalid import id argument", detail);
    let (value, marks): (Value, _) = value.unmark();
    if marks.is_ephemeral() {
        return fail("The import ID cannot be ephemeral.");
    }
    let Ok(value) = convert(&value, &Type::String) else {
        return error("Incorrect value type", "Invalid expression value: string required.");
    };
    if value.is_null() {
        return fail("The import ID cannot be null.");
    }
    match value.as_str() {
        Some(id) if id.is_empty() => fail(
            "The import ID value evaluates to an empty string, please provide a non-empty value.",
        ),
        Some(id) => Ok(Some((id.clone(), marks.is_sensitive()))),
        None => Ok(None),
    }
}

fn import_identity(
    expression: &Expression,
    scope: &dyn Scope,
    schema: &Schema,
) -> Result<Value, Diagnostics> {
    let (value, found) = evaluate(expression, scope);
    if found.has_errors() {
        return Err(found);
    }
    let fail = |detail: String| {
        let summary = "Invalid import identity argument";
        Diagnostics::from(Diagnostic::error(summary, detail).at(expression.range()))
    };
    let Some(identity) = &schema.identity else {
        return Err(fail(
            "The provider says of this resource type nothing that would identify its objects. Import the object by its \"id\".".into(),
        ));
    };
    let (value, marks) = value.unmark();
    if marks.is_ephemeral() || value.marks_deep().is_ephemeral() {
        return Err(fail("The import identity cannot be ephemeral.".into()));
    }
    if marks.is_sensitive() || value.marks_deep().is_sensitive() {
        return Err(fail("The import identity cannot be sensitive.".into()));
    }
    let value = value.unmark_deep().0;
    if !value.is_known() {
        return Ok(Value::unknown(identity.implied_type()));
    }
    fit_identity(&value, identity).map_err(fail)
}

/// The identity in the form of its schema.
fn fit_identity(value: &Value, schema: &IdentitySchema) -> Result<Value, String> {
    let Some(entries) = value.as_entries() else {
        return Err("The import identity must be an object.".into());
    };
    if let Some(name) = entries.keys().find(|name| !schema.attributes.contains_key(*name)) {
        let names: Vec<&str> = schema.attributes.keys().map(|n| &**n).collect();
        return Err(format!(
            "An attribute named {name:?} is not part of the identity, which has: {}.",
            names.join(", ")
        ));
    }
    let mut fitted = Vec::with_capacity(schema.attributes.len());
    for (name, attribute) in &schema.attributes {
        let given = entries.get(name).cloned().unwrap_or(Value::NULL);
        let given = convert(&given, &attribute.ty)
            .map_err(|error| format!("The attribute {name:?} is unsuitable: {error}."))?;
        if given.is_null() && attribute.required_for_import {
            return Err(format!("The attribute {name:?} is required, and must not be null."));
        }
        fitted.push((name.clone(), given));
    }
    Ok(Value::object_of(fitted))
}

/// What can be said of all `import` blocks before there is a plan: what is unknown may be right.
pub(crate) fn check_imports(run: &Run) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let world = &run.world;
    for written in Imports::all(&world.config) {
        let Some(data) = world.instances_of(&written.module).into_iter().next() else { continue };
        let import = &written.import;
        let unknown = Expansion::Unknown(true).instances();
        let scope = match (&import.for_each, unknown.first()) {
            (Some(_), Some((_, each))) => ModuleScope::repeated(world, &data, each),
            _ => ModuleScope::new(world, &data),
        };
        if let Some(id) = &import.id
            && let Err(found) = import_id(id, &scope)
        {
            diagnostics.extend(found);
        }
        if let Some(identity) = &import.identity {
            let ty = &import.to.resource.resource.ty;
            let schemas = &run.around.schemas;
            if let Ok(Some(schema)) = schemas.resource(&import.provider, ResourceMode::Managed, ty)
                && let Err(found) = import_identity(identity, &scope, &schema)
            {
                diagnostics.extend(found);
            }
        }
    }
    diagnostics
}
