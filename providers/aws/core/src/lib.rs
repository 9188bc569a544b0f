//! What all resource types of the AWS provider share.
//!
//! - [`Aws`] is the client that operations work with: [`Aws::service`] (or [`client!`]) gives the client of a
//!   service, [`Aws::region`], [`Aws::account_id`] and [`Aws::partition`] say where we are,
//!   [`Aws::loader`] gathers reads.
//! - [`Outcome`] turns results of the SDK into diagnostics (`.during("creating EC2 VPC")?`) or
//!   [`Error`]s to be asked for their codes.
//! - [`wait`] polls adaptively, [`retry`] repeats what fails only for a while.
//! - [`plan_tags`], [`wanted_tags`], [`record_tags`] and [`TagChange`] treat tags.
//! - [`create_once`] tells an object of ours from one of somebody else's after a lost answer.
//! - [`client_token`] and [`generated_name`] make a create that is repeated the same create.
//! - [`same_json`], [`same_policy`] and [`checks`] are for the fields of models.
//! - [`testing`] is a service for tests that answers what it is told to.
//!
//! Invariant: no resource type, and no service's SDK but that of STS.

mod arn;
mod attempts;
mod aws;
pub mod checks;
mod connect;
mod duration;
mod endpoints;
mod error;
mod functions;
mod json;
mod loader;
mod lookups;
mod moment;
mod partition;
mod policy;
mod presign;
mod provider;
mod settings;
mod tags;
pub mod testing;
mod token;
mod wait;

// Named in the manifest for the features that they are to have.
use {
    aws_runtime as _, aws_sdk_s3 as _, futures_util as _, getrandom as _, libc as _,
    once_cell as _, subtle as _, typenum as _,
};

use groma_sdk::Catalog;

/// Adds the data sources and functions of the provider itself.
pub fn catalog(catalog: Catalog<Aws>) -> Catalog<Aws> {
    functions::catalog(lookups::catalog(catalog))
}

pub use arn::{Arn, NoArn};
pub use attempts::create_once;
pub use aws::Aws;
#[doc(hidden)]
pub use aws::adjusted;
pub use duration::short as short_duration;
pub use error::{Error, Outcome};
pub use groma_sdk::model::{parse_duration, timeout_of};
pub use json::{compact_json, normal_json, same_json};
pub use loader::Loader;
pub use moment::{configured_moment, moment};
pub use partition::{Partition, is_region, partitions, region_description};
pub use policy::{policy_to_record, same_policy};
pub use provider::AwsProvider;
pub use tags::{
    Ignored, TagChange, TagMap, TagPolicy, Tagged, check_tags, plan_tags, record_tags, tag_map,
    wanted_tags,
};
pub use token::{
    client_token, client_token_for, generated_name, name_or_generated, plan_token, prefix_of_name,
    unique_name,
};
pub use wait::{Pace, Progress, appears, retry, retry_at, wait, wait_at};
