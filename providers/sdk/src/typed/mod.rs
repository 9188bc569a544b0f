//! Resource types and data sources over models instead of values.

mod callable;
mod deed;
mod ephemeral;
mod lister;
mod lookup;
mod managed;
mod planned;

pub use callable::Callable;
pub(crate) use callable::CallableFunction;
pub use deed::Deed;
pub(crate) use deed::DeedAction;
pub(crate) use ephemeral::EphemeralModel;
pub use ephemeral::{Ephemeral, Opening, Renewal};
pub(crate) use lister::ListerResource;
pub use lister::{Lister, Listing};
pub use lookup::Lookup;
pub(crate) use lookup::LookupSource;
pub use managed::Managed;
pub(crate) use managed::ManagedResource;
pub use planned::Planned;

use bytes::Bytes;
use groma_diag::Diagnostics;
use groma_value::{Value, json};

use crate::{Context, Model, Problems, stored};

impl<C> Context<C> {
    /// As [`Context::keep`], of a model.
    pub fn keep_model<M: Model>(&self, state: &M) {
        self.keep(state.write());
    }

    /// The calling module's metadata for the provider, where their schema is that of the model.
    pub fn provider_meta_model<M: Model>(&self) -> M {
        M::read(self.provider_meta())
    }

    /// The provider's private data kept with the object, as [`Context::set_private_model`] wrote them;
    /// `None` where there are none, or those of somebody else.
    pub fn private_model<M: Model>(&self) -> Option<M> {
        read_private(&self.private())
    }

    /// Replaces the provider's private data kept with the object. They are stored as JSON, in which
    /// attributes may come and go from one version of the provider to the next.
    pub fn set_private_model<M: Model>(&self, private: &M) -> Result<(), Diagnostics> {
        self.set_private(write_private(private)?);
        Ok(())
    }
}

fn read_private<M: Model>(private: &[u8]) -> Option<M> {
    let json: serde_json::Value = serde_json::from_slice(private).ok()?;
    let value = stored::object(M::block(), json).ok().filter(|value| !value.is_null())?;
    Some(M::read(&value))
}

fn write_private<M: Model>(private: &M) -> Result<Bytes, Diagnostics> {
    let written = json::to_vec(&private.write().unknown_as_null(), M::block().implied_type());
    written.map(Bytes::from).map_err(|e| {
        let detail = format!("What is to be kept cannot be written, which is a bug in it: {e}.");
        groma_diag::Diagnostic::error("Unable to keep the provider's private data", detail).into()
    })
}

/// What is wrong with a configuration whatever is not known of it turns out to be: by the checks of the
/// model's fields, and by another one.
///
/// An argument that is not known may turn out not to be set. Checks that ask whether an argument is set
/// take one that is not known for set, and those that ask for its value take it for nothing, both of
/// which is how they read best; so a configuration with unknown parts is checked once more with these
/// not set, and only what is wrong either way is told. What a check makes of a *value* that is not known
/// is its own to get right: [`crate::Attr::is`] and [`crate::Attr::is_not`] are for that.
pub(crate) fn validated<M: Model>(
    config: &Value,
    check: impl Fn(&M, &mut Problems),
) -> Diagnostics {
    let check = |config: &Value| {
        let config = M::read(config);
        let mut problems = Problems::new();
        config.check(&mut problems);
        check(&config, &mut problems);
        problems.into_diagnostics()
    };
    let found = check(config);
    if found.is_empty() || config.is_wholly_known() {
        return found;
    }
    let unset = check(&config.unknown_as_null());
    let mut certain = Diagnostics::new();
    certain.extend(found.into_iter().filter(|one| unset.iter().any(|other| other == one)));
    certain
}
