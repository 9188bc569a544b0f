//! Data sources.

use std::sync::{Arc, OnceLock};

use groma_sdk::schema::Schema;
use groma_sdk::value::Value;
use groma_sdk::{Context, DataSource, Diagnostic, Diagnostics, async_trait};

use crate::definition::Definition;
use crate::faults::{Faults, Operation};
use crate::schema;
use crate::store::{Client, id_of};

/// The data source of a definition.
pub(crate) struct MockDataSource {
    definition: Arc<Definition>,
    faults: Arc<Faults>,
    schema: OnceLock<Schema>,
}

impl MockDataSource {
    pub(crate) fn new(definition: Arc<Definition>, faults: Arc<Faults>) -> MockDataSource {
        MockDataSource { definition, faults, schema: OnceLock::new() }
    }

    fn own_schema(&self) -> &Schema {
        self.schema.get_or_init(|| schema::data_source(&self.definition))
    }
}

#[async_trait]
impl DataSource<Client> for MockDataSource {
    fn schema(&self) -> Schema {
        self.own_schema().clone()
    }

    async fn read(&self, cx: &Context<Client>, config: &Value) -> Result<Value, Diagnostics> {
        let id = id_of(config);
        self.faults.before(cx, Operation::Data, id).await?;
        let found = cx.client().read_data(&self.own_schema().block, id);
        let found = found.map_err(|e| Diagnostic::error("failed to read data source", e))?;
        self.faults.after(Operation::Data, id)?;
        Ok(found)
    }
}
