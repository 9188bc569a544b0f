//! Resource types and data sources over models instead of values.

mod lookup;
mod managed;
mod planned;

pub use lookup::Lookup;
pub(crate) use lookup::LookupSource;
pub use managed::Managed;
pub(crate) use managed::ManagedResource;
#[cfg(test)]
pub(crate) use managed::only_certain;
pub use planned::Planned;

use crate::{Context, Model};

impl<C> Context<C> {
    /// As [`Context::keep`], of a model.
    pub fn keep_model<M: Model>(&self, state: &M) {
        self.keep(state.write());
    }
}
