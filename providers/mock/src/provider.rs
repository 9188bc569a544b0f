//! The provider: its configuration and what it offers.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use groma_sdk::schema::{Attribute, Block, Schema, TextKind};
use groma_sdk::value::{Str, Type, Value};
use groma_sdk::{
    AttributeStep, Catalog, ConfigureRequest, Diagnostic, Diagnostics, Provider, async_trait,
};

use crate::data_source::MockDataSource;
use crate::definition::{self, Definition};
use crate::ephemeral::MockEphemeral;
use crate::faults::{Faults, Operation};
use crate::resource::MockResource;
use crate::statics;
use crate::store::Client;

/// The provider.
pub(crate) struct Mock {
    faults: Arc<Faults>,
}

impl Mock {
    pub(crate) fn new(faults: Faults) -> Mock {
        Mock { faults: Arc::new(faults) }
    }
}

const LISTS: [(&str, &str); 5] = [
    ("fail_on_create", "The ids of resources whose creation is to fail."),
    ("fail_on_update", "The ids of resources whose update is to fail."),
    ("fail_on_read", "The ids of resources whose reading is to fail."),
    ("fail_on_delete", "The ids of resources whose deletion is to fail."),
    ("defer_changes", "The ids of resources whose changes are to be deferred."),
];

#[async_trait]
impl Provider for Mock {
    type Client = Client;

    fn schema(&self) -> Schema {
        let optional = |ty, description: &str| Attribute {
            description: description.to_owned(),
            description_kind: TextKind::Markdown,
            ..Attribute::optional(ty)
        };
        let directories = [
            ("resource_directory", Type::String, "The folder of the managed resources' files, unless `use_only_state` is set. Without it, `terraform.resource`."),
            ("data_directory", Type::String, "The folder of the data sources' files. Without it, `terraform.data`."),
            ("use_only_state", Type::Bool, "Whether to write no files, and to take the engine's state for what there is."),
        ]
        .map(|(name, ty, description)| (name, optional(ty, description)));
        let lists = LISTS.map(|(name, text)| (name, optional(Type::list(Type::String), text)));
        let mut block = Block::with_attributes(directories.into_iter().chain(lists));
        block.description = "Resources for tests, kept as local files.".to_owned();
        block.description_kind = TextKind::Markdown;
        Schema { block, ..Schema::default() }
    }

    /// What a working directory defines, others do not have.
    fn has_fixed_schemas(&self) -> bool {
        false
    }

    fn catalog(&self) -> Result<Catalog<Client>, Diagnostics> {
        self.faults.at_once(Operation::Schema);
        self.faults.check()?;
        let mut all = dynamic_definitions()?;
        all.insert("tfcoremock_simple_resource".to_owned(), statics::simple());
        all.insert("tfcoremock_complex_resource".to_owned(), statics::complex());
        let mut catalog = Catalog::new();
        for (name, definition) in all {
            let definition = Arc::new(definition);
            if definition.ephemeral {
                catalog =
                    catalog.ephemeral(&*name, MockEphemeral::new(definition, self.faults.clone()));
                continue;
            }
            let resource = MockResource::new(&name, definition.clone(), self.faults.clone());
            let source = MockDataSource::new(definition, self.faults.clone());
            catalog = catalog.resource(&*name, resource).data_source(&*name, source);
        }
        Ok(catalog)
    }

    async fn configure(
        &self,
        request: &ConfigureRequest,
        _warnings: &mut Diagnostics,
    ) -> Result<Client, Diagnostics> {
        self.faults.at_once(Operation::Configure);
        let config = &request.config;
        let folder = |name: &str, default: &str| {
            PathBuf::from(config.get(name).and_then(Value::as_str).map_or(default, |v| v))
        };
        let only_state = config.get("use_only_state").and_then(Value::as_bool) == Some(true);
        let mut wrong = Diagnostics::new();
        let [create, update, read, delete, defer] =
            LISTS.map(|(name, _)| ids(config, name, &mut wrong));
        if wrong.has_errors() {
            return Err(wrong);
        }
        Ok(Client {
            resources: (!only_state).then(|| folder("resource_directory", "terraform.resource")),
            data: folder("data_directory", "terraform.data"),
            fail_on_create: create,
            fail_on_read: read,
            fail_on_update: update,
            fail_on_delete: delete,
            defer_changes: defer,
        })
    }
}

fn ids(config: &Value, name: &str, wrong: &mut Diagnostics) -> HashSet<Str> {
    let mut refuse = |summary: &str, detail: &str, index: Option<usize>| {
        let mut path = vec![AttributeStep::Attribute(name.to_owned())];
        path.extend(index.and_then(|i| i64::try_from(i).ok()).map(AttributeStep::Index));
        let diagnostic = Diagnostic::error(summary, detail);
        wrong.push(Diagnostic { attribute: Some(path), ..diagnostic });
    };
    let Some(list) = config.get(name).filter(|v| !v.is_null()) else { return HashSet::new() };
    let Some(items) = list.as_sequence() else {
        refuse("value is unknown", "unknown values are not permitted", None);
        return HashSet::new();
    };
    let mut ids = HashSet::new();
    for (i, item) in items.iter().enumerate() {
        match item.as_str() {
            Some(id) => {
                ids.insert(id.clone());
            }
            None => refuse("element is null", "null values are not permitted", Some(i)),
        }
    }
    ids
}

/// Where definitions of further types are, unless told otherwise.
const DEFINITIONS: &str = "dynamic_resources.json";

fn dynamic_definitions() -> Result<BTreeMap<String, Definition>, Diagnostics> {
    let path = std::env::var_os("TFCOREMOCK_DYNAMIC_RESOURCES_FILE").filter(|p| !p.is_empty());
    let path = PathBuf::from(path.unwrap_or_else(|| DEFINITIONS.into()));
    let all = match std::fs::read_to_string(&path) {
        Ok(text) => definition::parse(&text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(e) => Err(e.to_string()),
    };
    all.map_err(|e| {
        Diagnostic::error(
            "Invalid dynamic resources file",
            format!(
                "The resource types that {} defines cannot be offered: {e}. Correct the file.",
                path.display()
            ),
        )
        .into()
    })
}
