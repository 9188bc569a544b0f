//! Load balancers, their listeners and certificates.
//!
//! Invariant: one file or folder per type: its model, then how it is created, read, updated and
//! deleted.

mod acm_certificate;
mod actions;
mod data;
mod lb;
mod lb_listener;
mod lb_listener_certificate;
mod lb_listener_rule;
mod lb_target_group;
mod lb_target_group_attachment;
mod network;
mod service;

use groma_aws_core::Aws;
use groma_sdk::Catalog;

pub use network::{Network, Place};

/// Adds what is in this room, which asks `network` about what is in another.
pub fn catalog(catalog: Catalog<Aws>, network: &'static dyn Network) -> Catalog<Aws> {
    catalog
        .managed(lb::LbResource { network })
        .managed(lb_target_group::LbTargetGroupResource)
        .managed(lb_target_group_attachment::LbTargetGroupAttachmentResource)
        .managed(lb_listener::LbListenerResource)
        .managed(lb_listener_rule::LbListenerRuleResource)
        .managed(lb_listener_certificate::LbListenerCertificateResource)
        .managed(acm_certificate::AcmCertificateResource)
        .lookup(data::lb::LbLookup)
        .lookup(data::lb_target_group::LbTargetGroupLookup)
        .lookup(data::elb_service_account::ElbServiceAccount)
        .lookup(data::acm_certificate::AcmCertificateLookup)
}
