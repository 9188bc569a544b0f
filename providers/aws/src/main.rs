//! The AWS provider, for any engine that speaks the plugin protocol.
//!
//! It stands in for `hashicorp/aws`: the same provider block, the same types, the same states.
//!
//! Invariant: nothing of the engine.

mod around_balancers;
mod around_groups;

use std::process::ExitCode;

use groma_aws_core::{Aws, AwsProvider};
use groma_sdk::{Catalog, Serve, serve};

fn main() -> ExitCode {
    serve(Serve::new("registry.terraform.io/hashicorp/aws"), AwsProvider::new(catalog))
}

/// All that the provider offers, room by room.
fn catalog() -> Catalog<Aws> {
    let rooms: [fn(Catalog<Aws>) -> Catalog<Aws>; _] = [
        groma_aws_core::catalog,
        groma_aws_network::catalog,
        groma_aws_compute::catalog,
        |catalog| groma_aws_balancing::catalog(catalog, &around_balancers::Ec2Network),
        |catalog| groma_aws_autoscaling::catalog(catalog, &around_groups::Ec2Instances),
        groma_aws_databases::catalog,
        groma_aws_watching::catalog,
        groma_aws_identity::catalog,
        groma_aws_storage::catalog,
    ];
    rooms.into_iter().fold(Catalog::new(), |catalog, add| add(catalog))
}
