//! The provider's side of [`groma_sdk::Provider`] that is the same whatever it offers.

use std::collections::BTreeMap;

use groma_sdk::schema::Schema;
use groma_sdk::{Catalog, ConfigureRequest, Diagnostics, Provider, Value, async_trait};

use crate::{Aws, connect, settings};

/// The provider, with what it offers.
pub struct AwsProvider {
    catalog: fn() -> Catalog<Aws>,
}

impl AwsProvider {
    /// The provider with a catalog.
    pub fn new(catalog: fn() -> Catalog<Aws>) -> AwsProvider {
        AwsProvider { catalog }
    }
}

/// A client by a configuration, of which parts may be unknown, and the environment of the process.
async fn configured(config: &Value) -> Result<Aws, Diagnostics> {
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
        .collect();
    connect::connect(settings::read(config, &environment)).await
}

#[async_trait]
impl Provider for AwsProvider {
    type Client = Aws;

    fn schema(&self) -> Schema {
        settings::schema()
    }

    fn catalog(&self) -> Result<Catalog<Aws>, Diagnostics> {
        Ok((self.catalog)())
    }

    async fn validate(&self, config: &Value) -> Diagnostics {
        settings::check(config)
    }

    async fn configure(
        &self,
        request: &ConfigureRequest,
        _warnings: &mut Diagnostics,
    ) -> Result<Aws, Diagnostics> {
        configured(&request.config).await
    }
}
