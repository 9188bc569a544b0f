//! The methods of the provider service, as each protocol names them.

use crate::handshake::Protocol;

/// A method of the provider service. Its messages are the same in both protocols, but where said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Method {
    /// The name in protocol 6, which messages use.
    pub(crate) name: &'static str,
    v5: &'static str,
    v6: &'static str,
}

impl Method {
    /// The path of the request.
    pub(crate) fn path(self, protocol: Protocol) -> &'static str {
        match protocol {
            Protocol::V5 => self.v5,
            Protocol::V6 => self.v6,
        }
    }
}

macro_rules! methods {
    ($($(#[$doc:meta])* $constant:ident = $v6:literal $(, $v5:literal)?;)*) => {
        $($(#[$doc])* pub(crate) const $constant: Method = Method {
            name: $v6,
            v5: methods!(@v5 $v6 $($v5)?),
            v6: concat!("/tfplugin6.Provider/", $v6),
        };)*
    };
    (@v5 $v6:literal) => { concat!("/tfplugin5.Provider/", $v6) };
    (@v5 $v6:literal $v5:literal) => { concat!("/tfplugin5.Provider/", $v5) };
}

methods! {
    /// The answers differ.
    GET_PROVIDER_SCHEMA = "GetProviderSchema", "GetSchema";
    GET_RESOURCE_IDENTITY_SCHEMAS = "GetResourceIdentitySchemas";
    /// The answers differ.
    VALIDATE_PROVIDER_CONFIG = "ValidateProviderConfig", "PrepareProviderConfig";
    VALIDATE_RESOURCE_CONFIG = "ValidateResourceConfig", "ValidateResourceTypeConfig";
    VALIDATE_DATA_RESOURCE_CONFIG = "ValidateDataResourceConfig", "ValidateDataSourceConfig";
    VALIDATE_EPHEMERAL_RESOURCE_CONFIG = "ValidateEphemeralResourceConfig";
    VALIDATE_LIST_RESOURCE_CONFIG = "ValidateListResourceConfig";
    UPGRADE_RESOURCE_STATE = "UpgradeResourceState";
    UPGRADE_RESOURCE_IDENTITY = "UpgradeResourceIdentity";
    CONFIGURE_PROVIDER = "ConfigureProvider", "Configure";
    READ_RESOURCE = "ReadResource";
    PLAN_RESOURCE_CHANGE = "PlanResourceChange";
    APPLY_RESOURCE_CHANGE = "ApplyResourceChange";
    IMPORT_RESOURCE_STATE = "ImportResourceState";
    MOVE_RESOURCE_STATE = "MoveResourceState";
    READ_DATA_SOURCE = "ReadDataSource";
    GENERATE_RESOURCE_CONFIG = "GenerateResourceConfig";
    LIST_RESOURCE = "ListResource";
    OPEN_EPHEMERAL_RESOURCE = "OpenEphemeralResource";
    RENEW_EPHEMERAL_RESOURCE = "RenewEphemeralResource";
    CLOSE_EPHEMERAL_RESOURCE = "CloseEphemeralResource";
    VALIDATE_ACTION_CONFIG = "ValidateActionConfig";
    PLAN_ACTION = "PlanAction";
    INVOKE_ACTION = "InvokeAction";
    CALL_FUNCTION = "CallFunction";
    STOP_PROVIDER = "StopProvider", "Stop";
}
