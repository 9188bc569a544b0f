//! The AWS provider, for any engine that speaks the plugin protocol.
//!
//! It stands in for `hashicorp/aws`: the same provider block, the same types, the same states.
//!
//! Invariant: nothing of the engine.

use std::process::ExitCode;

use groma_aws_core::{Aws, AwsProvider};
use groma_sdk::{Catalog, Serve, serve};

fn main() -> ExitCode {
    serve(Serve::new("registry.terraform.io/hashicorp/aws"), AwsProvider::new(catalog))
}

/// All that the provider offers.
fn catalog() -> Catalog<Aws> {
    groma_aws_core::catalog(Catalog::new())
}
