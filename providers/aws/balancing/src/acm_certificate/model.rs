//! The model of `aws_acm_certificate`.

use std::collections::BTreeMap;

use groma_aws_core::checks::arn;
use groma_sdk::model::checks::{each, one_of};
use groma_sdk::{Attr, Blocks, Model, Set};

use super::renewal::early;

/// A certificate, requested or imported.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AcmCertificate {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(optional, replace, check = arn)]
    pub(crate) certificate_authority_arn: Attr<String>,
    #[attr(optional)]
    pub(crate) certificate_body: Attr<String>,
    #[attr(optional)]
    pub(crate) certificate_chain: Attr<String>,
    #[attr(optional, computed, replace, check = domain)]
    pub(crate) domain_name: Attr<String>,
    #[attr(computed)]
    pub(crate) domain_validation_options: Attr<Set<DomainValidationOptions>>,
    #[attr(optional, check = early)]
    pub(crate) early_renewal_duration: Attr<String>,
    #[attr(optional, computed, replace, check = one_of(&["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]))]
    pub(crate) key_algorithm: Attr<String>,
    #[attr(computed)]
    pub(crate) not_after: Attr<String>,
    #[attr(computed)]
    pub(crate) not_before: Attr<String>,
    #[attr(computed)]
    pub(crate) pending_renewal: Attr<bool>,
    #[attr(optional, sensitive)]
    pub(crate) private_key: Attr<String>,
    #[attr(computed)]
    pub(crate) renewal_eligibility: Attr<String>,
    #[attr(computed)]
    pub(crate) renewal_summary: Attr<Vec<RenewalSummary>>,
    #[attr(computed)]
    pub(crate) status: Attr<String>,
    #[attr(optional, computed, replace, check = each(domain))]
    pub(crate) subject_alternative_names: Attr<Set<String>>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) r#type: Attr<String>,
    #[attr(computed)]
    pub(crate) validation_emails: Attr<Vec<String>>,
    #[attr(optional, computed, replace, check = one_of(&["EMAIL", "DNS", "HTTP"]))]
    pub(crate) validation_method: Attr<String>,
    #[block(list, max = 1, computed)]
    pub(crate) options: Blocks<Options>,
    #[block(set, replace)]
    pub(crate) validation_option: Blocks<ValidationOption>,
}

/// The `validation_option` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct ValidationOption {
    #[attr(required, replace)]
    pub(crate) domain_name: Attr<String>,
    #[attr(required, replace)]
    pub(crate) validation_domain: Attr<String>,
}

/// The `options` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Options {
    #[attr(optional, default = "ENABLED", check = one_of(&["ENABLED", "DISABLED"]))]
    pub(crate) certificate_transparency_logging_preference: Attr<String>,
}

/// One element of `renewal_summary`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RenewalSummary {
    #[attr(computed)]
    pub(crate) renewal_status: Attr<String>,
    #[attr(computed)]
    pub(crate) renewal_status_reason: Attr<String>,
    #[attr(computed)]
    pub(crate) updated_at: Attr<String>,
}

/// One element of `domain_validation_options`.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DomainValidationOptions {
    #[attr(computed)]
    pub(crate) domain_name: Attr<String>,
    #[attr(computed)]
    pub(crate) resource_record_name: Attr<String>,
    #[attr(computed)]
    pub(crate) resource_record_type: Attr<String>,
    #[attr(computed)]
    pub(crate) resource_record_value: Attr<String>,
}

groma_aws_core::tagged!(AcmCertificate);

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn domain(name: &String) -> Result<(), String> {
    if !(1..=253).contains(&name.len()) {
        return Err(format!("It must have 1 to 253 characters, but has {}.", name.len()));
    }
    match name.ends_with('.') {
        true => Err(format!("It must not end with a period, but is {name:?}.")),
        false => Ok(()),
    }
}
