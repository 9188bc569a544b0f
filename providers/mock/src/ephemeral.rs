//! Ephemeral resources.

use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use groma_sdk::schema::Schema;
use groma_sdk::value::Value;
use groma_sdk::{
    Bytes, Context, Diagnostic, Diagnostics, EphemeralResource, Opened, Renewed, async_trait,
};

use crate::definition::Definition;
use crate::faults::{Faults, Operation};
use crate::store::Client;
use crate::{computed, schema};

/// The ephemeral resource type of a definition.
pub(crate) struct MockEphemeral {
    definition: Arc<Definition>,
    faults: Arc<Faults>,
    schema: OnceLock<Schema>,
}

impl MockEphemeral {
    pub(crate) fn new(definition: Arc<Definition>, faults: Arc<Faults>) -> MockEphemeral {
        MockEphemeral { definition, faults, schema: OnceLock::new() }
    }

    fn renew_at(&self) -> Option<i64> {
        let seconds = self.definition.renew_after?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        i64::try_from(now).ok()?.checked_add(seconds.into())
    }

    /// What is computed and not given is unknown, until its value is filled in.
    fn still_open(&self, name: &str, value: &Value) -> Value {
        let computed = self.definition.attributes.get(name).is_some_and(|a| a.computed);
        if computed && value.is_null() { Value::unknown(value.ty()) } else { value.clone() }
    }
}

/// What it is known by, which is all that is remembered of it.
fn name_of(private: &Bytes) -> String {
    String::from_utf8_lossy(private).into_owned()
}

#[async_trait]
impl EphemeralResource<Client> for MockEphemeral {
    fn schema(&self) -> Schema {
        self.schema.get_or_init(|| schema::ephemeral(&self.definition)).clone()
    }

    async fn open(&self, cx: &Context<Client>, config: &Value) -> Result<Opened, Diagnostics> {
        let name = config.get("name").and_then(Value::as_str).map_or("", |v| v).to_owned();
        self.faults.before(cx, Operation::Open, &name).await?;
        let open = match config.as_entries() {
            Some(members) => Value::object(
                members
                    .iter()
                    .map(|(name, value)| (name.clone(), self.still_open(name, value)))
                    .collect(),
            ),
            None => config.clone(),
        };
        let result = computed::fill(&self.definition, &open)
            .map_err(|e| Diagnostic::error("failed to generate computed values", e))?;
        self.faults.after(Operation::Open, &name)?;
        Ok(Opened { result, private: Bytes::from(name), renew_at: self.renew_at() })
    }

    async fn renew(&self, cx: &Context<Client>, private: Bytes) -> Result<Renewed, Diagnostics> {
        let name = name_of(&private);
        self.faults.before(cx, Operation::Renew, &name).await?;
        self.faults.after(Operation::Renew, &name)?;
        Ok(Renewed { private, renew_at: self.renew_at() })
    }

    async fn close(&self, cx: &Context<Client>, private: Bytes) -> Result<(), Diagnostics> {
        let name = name_of(&private);
        self.faults.before(cx, Operation::Close, &name).await?;
        self.faults.after(Operation::Close, &name)
    }
}
