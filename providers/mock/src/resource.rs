//! Managed resources.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, OnceLock};

use groma_sdk::schema::{Block, Schema};
use groma_sdk::value::{Entries, Path, PathStep, Str, Value};
use groma_sdk::{
    AttributeStep, Context, CreateRequest, DeferredReason, Diagnostic, Diagnostics, Plan,
    PlanRequest, Resource, Rules, UpdateRequest, async_trait,
};

use crate::definition::{self, Definition, Kind};
use crate::faults::{self, Faults, Operation};
use crate::store::{Client, Found, id_of};
use crate::{computed, schema};

/// The managed resource type of a definition.
pub(crate) struct MockResource {
    name: Str,
    definition: Arc<Definition>,
    faults: Arc<Faults>,
    schema: OnceLock<Schema>,
}

impl MockResource {
    pub(crate) fn new(
        name: &str,
        definition: Arc<Definition>,
        faults: Arc<Faults>,
    ) -> MockResource {
        MockResource { name: name.into(), definition, faults, schema: OnceLock::new() }
    }

    fn own_schema(&self) -> &Schema {
        self.schema.get_or_init(|| schema::resource(&self.definition))
    }

    fn block(&self) -> &Block {
        &self.own_schema().block
    }

    /// The planned object with everything that is still open.
    fn completed(&self, planned: &Value) -> Result<Value, Diagnostics> {
        let filled = computed::fill(&self.definition, planned)
            .map_err(|e| Diagnostic::error("failed to generate computed values", e))?;
        let mut members = filled.as_entries().cloned().unwrap_or_default();
        if members.get("id").is_none_or(Value::is_null) {
            members.insert("id".into(), Value::string(uuid::Uuid::new_v4().to_string()));
        }
        Ok(Value::object(members))
    }
}

fn forced(ids: &HashSet<Str>, id: &str, summary: &str) -> Result<(), Diagnostics> {
    if ids.contains(id) {
        return Err(Diagnostic::error(summary, "forced failure").into());
    }
    Ok(())
}

#[async_trait]
impl Resource<Client> for MockResource {
    fn schema(&self) -> Schema {
        self.own_schema().clone()
    }

    fn rules(&self) -> Rules {
        schema::rules(&self.definition)
    }

    async fn validate(&self, config: &Value) -> Diagnostics {
        self.faults.at_once(Operation::Validate);
        let mut wrong = Diagnostics::new();
        let mut check = Check { path: Path::root(), wrong: &mut wrong };
        check.members(&self.definition.attributes, &self.definition.blocks, config);
        wrong
    }

    async fn plan(
        &self,
        cx: &Context<Client>,
        request: &PlanRequest,
        plan: &mut Plan,
    ) -> Result<(), Diagnostics> {
        let id = id_of(&plan.planned).to_owned();
        self.faults.before(cx, Operation::Plan, &id).await?;
        if self.faults.is_incoherent(Operation::Plan, &id) {
            plan.planned = faults::altered(&plan.planned, &request.config);
        }
        self.faults.after(Operation::Plan, &id)?;
        if !cx.client().defer_changes.contains(&*id) {
            return Ok(());
        }
        if cx.deferral_allowed() {
            cx.defer(DeferredReason::ResourceConfigUnknown);
            return Ok(());
        }
        let refused = Diagnostic::error(
            "Invalid resource deferral",
            "The provider is told to defer the changes of this id, but the program that runs it \
             does not support deferrals.",
        );
        let attribute = Some(vec![AttributeStep::Attribute("id".to_owned())]);
        Err(Diagnostic { attribute, ..refused }.into())
    }

    async fn read(
        &self,
        cx: &Context<Client>,
        state: &Value,
    ) -> Result<Option<Value>, Diagnostics> {
        let id = id_of(state);
        self.faults.before(cx, Operation::Read, id).await?;
        forced(&cx.client().fail_on_read, id, "failed to read resource")?;
        let found = cx.client().read(self.block(), id);
        let found = found.map_err(|e| Diagnostic::error("failed to read resource", e))?;
        self.faults.after(Operation::Read, id)?;
        Ok(match found {
            Found::Object(object) => Some(object),
            Found::Gone => None,
            Found::NotKept => Some(state.clone()),
        })
    }

    async fn create(
        &self,
        cx: &Context<Client>,
        request: &CreateRequest,
    ) -> Result<Value, Diagnostics> {
        let object = self.completed(&request.planned)?;
        let id = id_of(&object);
        self.faults.before(cx, Operation::Create, id).await?;
        forced(&cx.client().fail_on_create, id, "failed to create resource")?;
        let created = cx.client().create(&self.name, self.block(), &object);
        created.map_err(|e| Diagnostic::error("failed to write resource", e))?;
        cx.keep(object.clone());
        self.faults.after(Operation::Create, id)?;
        Ok(self.faults.answer(Operation::Create, id, &object, &request.planned))
    }

    async fn update(
        &self,
        cx: &Context<Client>,
        request: &UpdateRequest,
    ) -> Result<Value, Diagnostics> {
        let object = self.completed(&request.planned)?;
        let id = id_of(&object);
        self.faults.before(cx, Operation::Update, id).await?;
        forced(&cx.client().fail_on_update, id, "failed to update resource")?;
        let updated = cx.client().update(&self.name, self.block(), &object);
        updated.map_err(|e| Diagnostic::error("failed to update resource", e))?;
        cx.keep(object.clone());
        self.faults.after(Operation::Update, id)?;
        Ok(self.faults.answer(Operation::Update, id, &object, &request.planned))
    }

    async fn delete(&self, cx: &Context<Client>, prior: &Value) -> Result<(), Diagnostics> {
        let id = id_of(prior);
        self.faults.before(cx, Operation::Delete, id).await?;
        forced(&cx.client().fail_on_delete, id, "failed to delete resource")?;
        let deleted = cx.client().delete(id);
        deleted.map_err(|e| Diagnostic::error("failed to delete resource", e))?;
        self.faults.after(Operation::Delete, id)
    }
}

/// Looks for numbers that must be whole and are not.
struct Check<'d> {
    path: Path,
    wrong: &'d mut Diagnostics,
}

impl Check<'_> {
    fn members(
        &mut self,
        attributes: &BTreeMap<String, definition::Attribute>,
        blocks: &BTreeMap<String, definition::Block>,
        object: &Value,
    ) {
        for (name, value) in object.as_entries().into_iter().flat_map(Entries::iter) {
            self.path.0.push(PathStep::Attribute(name.clone()));
            match (attributes.get(&**name), blocks.get(&**name)) {
                (Some(attribute), _) => self.attribute(attribute, value),
                (None, Some(block)) => self.each(value, &mut |check, item| {
                    check.members(&block.attributes, &block.blocks, item);
                }),
                (None, None) => {}
            }
            self.path.0.pop();
        }
    }

    fn attribute(&mut self, attribute: &definition::Attribute, value: &Value) {
        match (attribute.kind, attribute.element()) {
            (Kind::Integer, _) if value.as_number().is_some_and(|n| !n.is_integer()) => {
                self.wrong.push(Diagnostic {
                    attribute: Some(attribute_path(&self.path)),
                    ..Diagnostic::error("Value Conversion Error", "A whole number is required.")
                });
            }
            (Kind::Object, _) => self.members(&attribute.object, &BTreeMap::new(), value),
            (_, Some(element)) => {
                self.each(value, &mut |check, item| check.attribute(element, item));
            }
            _ => {}
        }
    }

    fn each(&mut self, value: &Value, visit: &mut dyn FnMut(&mut Self, &Value)) {
        for (i, item) in value.as_sequence().unwrap_or_default().iter().enumerate() {
            self.path.0.push(PathStep::Index(Value::number(i)));
            visit(self, item);
            self.path.0.pop();
        }
        for (key, item) in value.as_entries().into_iter().flat_map(Entries::iter) {
            self.path.0.push(PathStep::Index(Value::string(key.clone())));
            visit(self, item);
            self.path.0.pop();
        }
    }
}

fn attribute_path(path: &Path) -> Vec<AttributeStep> {
    let steps = path.0.iter().map(|step| match step {
        PathStep::Attribute(name) => AttributeStep::Attribute(name.to_string()),
        PathStep::Index(key) => match (key.as_str(), key.as_number()) {
            (Some(key), _) => AttributeStep::Key(key.to_string()),
            (None, n) => AttributeStep::Index(n.and_then(|n| n.as_i64()).unwrap_or_default()),
        },
    });
    steps.collect()
}
