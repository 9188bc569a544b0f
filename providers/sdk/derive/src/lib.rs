//! Derives a `Model` of `groma-sdk`: the typed form of a provider's object, from which its schema,
//! its planning rules and the conversion from and to values follow.
//!
//! What may be written is described at `groma_sdk::Model`.
//!
//! Invariant: it only writes down what the fields say; every rule is in `groma-sdk`.

mod field;
mod model;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// See `groma_sdk::Model`.
#[proc_macro_derive(Model, attributes(model, attr, block))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    model::expand(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
