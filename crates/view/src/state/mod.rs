//! State and output values as people read them.

mod outputs;
mod providers;
mod resources;

pub use outputs::{output_raw, value_text, write_outputs};
pub use providers::{ProviderNode, provider_tree, write_providers};
pub use resources::{write_resource, write_state};
