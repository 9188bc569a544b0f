//! Checking configurations, and configuring the provider.

use std::sync::{Arc, PoisonError};

use groma_diag::Diagnostics;
use groma_protocol::tfplugin6::{
    DynamicValue, configure_provider, validate_data_resource_config,
    validate_ephemeral_resource_config, validate_provider_config, validate_resource_config,
};

use super::{Host, isolated, wire};
use crate::{ConfigureRequest, Provider};

/// The diagnostics, however the check itself went.
pub(super) fn checked(
    result: Result<Diagnostics, Diagnostics>,
) -> Vec<groma_protocol::tfplugin6::Diagnostic> {
    wire::diagnostics(&result.unwrap_or_else(|failed| failed), None)
}

impl<P: Provider> Host<P> {
    pub(super) async fn validate_provider(
        self: &Arc<Self>,
        config: Option<DynamicValue>,
    ) -> validate_provider_config::Response {
        let host = self.clone();
        let check = isolated(async move {
            let config = wire::decode(config, host.schema().block.implied_type())?;
            Ok(host.provider.validate(&config).await)
        });
        validate_provider_config::Response { diagnostics: checked(check.await) }
    }

    pub(super) async fn validate_resource(
        &self,
        request: validate_resource_config::Request,
    ) -> validate_resource_config::Response {
        let check = async {
            let resource = self.loaded()?.resource(&request.type_name)?;
            let config = wire::decode(request.config, resource.ty())?;
            isolated(async move { Ok(resource.item.validate(&config).await) }).await
        };
        validate_resource_config::Response { diagnostics: checked(check.await) }
    }

    pub(super) async fn validate_data_source(
        &self,
        request: validate_data_resource_config::Request,
    ) -> validate_data_resource_config::Response {
        let check = async {
            let source = self.loaded()?.data_source(&request.type_name)?;
            let config = wire::decode(request.config, source.schema().block.implied_type())?;
            let item = source.item.clone();
            isolated(async move { Ok(item.validate(&config).await) }).await
        };
        validate_data_resource_config::Response { diagnostics: checked(check.await) }
    }

    pub(super) async fn validate_ephemeral(
        &self,
        request: validate_ephemeral_resource_config::Request,
    ) -> validate_ephemeral_resource_config::Response {
        let check = async {
            let resource = self.loaded()?.ephemeral(&request.type_name)?;
            let config = wire::decode(request.config, resource.schema().block.implied_type())?;
            let item = resource.item.clone();
            isolated(async move { Ok(item.validate(&config).await) }).await
        };
        validate_ephemeral_resource_config::Response { diagnostics: checked(check.await) }
    }

    pub(super) async fn configure(
        self: &Arc<Self>,
        request: configure_provider::Request,
    ) -> configure_provider::Response {
        let host = self.clone();
        let configured = isolated(async move {
            let question = ConfigureRequest {
                config: wire::decode(request.config, host.schema().block.implied_type())?,
                terraform_version: request.terraform_version,
                deferral_allowed: request.client_capabilities.is_some_and(|c| c.deferral_allowed),
            };
            let mut warnings = Diagnostics::new();
            match host.provider.configure(&question, &mut warnings).await {
                Ok(client) => {
                    let mut slot = host.client.write().unwrap_or_else(PoisonError::into_inner);
                    *slot = Some(Arc::new(client));
                    Ok(warnings)
                }
                Err(failed) => {
                    warnings.extend(failed);
                    Err(warnings)
                }
            }
        });
        configure_provider::Response { diagnostics: checked(configured.await) }
    }
}
