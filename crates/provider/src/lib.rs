//! The port through which the engine speaks to providers.
//!
//! [`Provider`] is one async trait for everything that can stand behind it: a plugin of protocol 5
//! or 6, the built-in provider, a double in a test. Values cross it typed by the schema that they
//! belong to, without marks. [`Provisioner`] is its smaller sibling, for what a configuration has
//! done to an object beyond what the provider does.
//!
//! Invariant: no gRPC, no processes, no state.

mod joint;
mod provisioner;
mod request;
pub mod testing;

use std::sync::Arc;

use async_trait::async_trait;
use groma_diag::{Diagnostic, Diagnostics};
use groma_schema::ProviderSchemas;
use groma_value::{Str, Value};

pub use joint::Joint;
pub use provisioner::*;
pub use request::*;

/// A provider, configured or not.
///
/// Whatever a method returns beside its answer are the provider's diagnostics; an answer with
/// errors among them may still say what came to be (see [`ApplyResourceResponse`]).
#[async_trait]
pub trait Provider: Send + Sync {
    /// The schemas. Cheap after the first time.
    async fn schemas(&self) -> Result<Arc<dyn ProviderSchemas>, Diagnostics>;

    /// Checks a provider configuration, which may have unknown values. Gives the configuration,
    /// which old plugins may have altered.
    async fn validate_provider_config(&self, config: &Value) -> (Value, Diagnostics);

    /// Checks a managed resource's configuration, which may have unknown values.
    async fn validate_resource_config(&self, request: ValidateResourceRequest) -> Diagnostics;

    /// Checks a data source's configuration, which may have unknown values.
    async fn validate_data_source_config(&self, ty: &str, config: &Value) -> Diagnostics;

    /// Checks an ephemeral resource's configuration, which may have unknown values.
    async fn validate_ephemeral_config(&self, ty: &str, config: &Value) -> Diagnostics;

    /// Brings a stored object to the current schema version. Always asked before a stored object
    /// is used, unless its version is current and its JSON fits the schema.
    async fn upgrade_resource_state(
        &self,
        request: UpgradeStateRequest,
    ) -> (Option<Value>, Diagnostics);

    /// Brings a stored identity to the current schema version.
    async fn upgrade_identity(
        &self,
        request: UpgradeIdentityRequest,
    ) -> (Option<Value>, Diagnostics);

    /// Configures the provider. Comes once, before everything that follows here.
    async fn configure(&self, request: ConfigureRequest) -> Diagnostics;

    /// Whether many reads of a resource type's objects that arrive together become a few calls of
    /// whatever is behind the provider, so that it is best asked for all of them at once.
    async fn gathers_reads(&self, _ty: &str) -> bool {
        false
    }

    /// Reads an object as it is now.
    async fn read_resource(
        &self,
        request: ReadResourceRequest,
    ) -> (Option<ReadResourceResponse>, Diagnostics);

    /// Proposes what an apply would make of an object.
    async fn plan_resource_change(
        &self,
        request: PlanResourceRequest,
    ) -> (Option<PlanResourceResponse>, Diagnostics);

    /// Does what was planned.
    async fn apply_resource_change(
        &self,
        request: ApplyResourceRequest,
    ) -> (Option<ApplyResourceResponse>, Diagnostics);

    /// Finds existing objects by id or identity.
    async fn import_resource_state(
        &self,
        request: ImportRequest,
    ) -> (Vec<ImportedResource>, Diagnostics);

    /// Takes over an object of another resource type or provider.
    async fn move_resource_state(
        &self,
        request: MoveStateRequest,
    ) -> (Option<MovedResource>, Diagnostics);

    /// Reads a data source.
    async fn read_data_source(
        &self,
        request: ReadDataRequest,
    ) -> (Option<ReadDataResponse>, Diagnostics);

    /// Opens an ephemeral resource.
    async fn open_ephemeral(
        &self,
        ty: &str,
        config: &Value,
    ) -> (Option<OpenEphemeralResponse>, Diagnostics);

    /// Renews an ephemeral resource before it expires; gives when to do so again.
    async fn renew_ephemeral(
        &self,
        ty: &str,
        private: &[u8],
    ) -> (Option<RenewEphemeralResponse>, Diagnostics);

    /// Closes an ephemeral resource.
    async fn close_ephemeral(&self, ty: &str, private: &[u8]) -> Diagnostics;

    /// Calls a function of the provider.
    async fn call_function(
        &self,
        name: &str,
        arguments: &[Value],
    ) -> Result<Value, FunctionCallError>;

    /// Checks an action's configuration, which may have unknown values.
    async fn validate_action_config(&self, ty: &str, config: &Value) -> Diagnostics {
        let _ = (ty, config);
        Diagnostics::new()
    }

    /// Sees whether an action can be invoked like this. Gives why it is put off, if it is.
    async fn plan_action(
        &self,
        request: PlanActionRequest,
    ) -> (Option<DeferredReason>, Diagnostics) {
        let _ = request;
        (None, Diagnostics::new())
    }

    /// Invokes an action, and waits for it to end. What it tells on the way goes to `progress`.
    async fn invoke_action(
        &self,
        request: InvokeActionRequest,
        progress: &(dyn for<'a> Fn(&'a str) + Send + Sync),
    ) -> Diagnostics {
        let _ = progress;
        unsupported("action type", &request.ty)
    }

    /// Checks the configuration of a list, which may have unknown values.
    async fn validate_list_config(&self, request: &ListRequest) -> Diagnostics {
        let _ = request;
        Diagnostics::new()
    }

    /// Lists objects, each handed over as it comes. The listing ends early when `each` says so by
    /// giving `false`.
    async fn list_resources(
        &self,
        request: &ListRequest,
        each: &mut (dyn FnMut(ListedResource) -> bool + Send),
    ) -> Diagnostics {
        let _ = each;
        unsupported("list resource type", &request.ty)
    }

    /// Proposes the configuration of an existing object; for providers that declare that they can.
    async fn generate_resource_config(
        &self,
        ty: &str,
        state: &Value,
    ) -> (Option<Value>, Diagnostics) {
        let _ = state;
        (None, unsupported("generated configuration of", ty))
    }

    /// Asks whatever is under way to end soon. Does not wait for it.
    async fn stop(&self) -> Diagnostics;

    /// Ends the provider. Nothing may be asked of it afterwards.
    async fn close(&self);
}

/// Why a provider's function failed.
#[derive(Clone, Debug)]
pub struct FunctionCallError {
    /// The argument that is to blame, counted from 0.
    pub argument: Option<usize>,
    /// What is wrong.
    pub message: String,
}

/// Private data that a provider keeps with an object.
pub type Private = Arc<[u8]>;

/// A resource type's name.
pub type TypeName = Str;

/// The error of a provider that is asked for what it does not offer.
fn unsupported(what: &str, name: &str) -> Diagnostics {
    let detail = format!("The provider does not support {what} {name:?}.");
    Diagnostic::error("Not supported by the provider", detail).into()
}
