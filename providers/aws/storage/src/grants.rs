//! Who may do what: grants, as access control lists and logging have them.

use aws_sdk_s3::types::{self as sdk, Type};
use groma_sdk::model::checks::one_of;
use groma_sdk::{Attr, Blocks, Diagnostics, Model, Problems};

use crate::s3::built;

/// The `grantee` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3Grantee {
    #[attr(computed)]
    pub(crate) display_name: Attr<String>,
    #[attr(optional)]
    pub(crate) email_address: Attr<String>,
    #[attr(optional)]
    pub(crate) id: Attr<String>,
    #[attr(required, check = one_of(&["CanonicalUser", "AmazonCustomerByEmail", "Group"]))]
    pub(crate) r#type: Attr<String>,
    #[attr(optional)]
    pub(crate) uri: Attr<String>,
}

/// Checks that a grantee is named in the way of its type. S3 refuses others without saying why.
pub(crate) fn check_grantee(path: &str, grantee: &S3Grantee, problems: &mut Problems) {
    let (name, value) = match grantee.r#type.text() {
        "CanonicalUser" => ("id", &grantee.id),
        "AmazonCustomerByEmail" => ("email_address", &grantee.email_address),
        "Group" => ("uri", &grantee.uri),
        _ => return,
    };
    if value.is_null() {
        problems.error(
            path,
            "Missing required argument",
            format!("A grantee of the type {:?} is named by {name:?}.", grantee.r#type.text()),
        );
    }
}

/// The grantee as S3 wants it.
pub(crate) fn wanted(grantees: &Blocks<S3Grantee>) -> Result<Option<sdk::Grantee>, Diagnostics> {
    let Some(grantee) = grantees.first() else { return Ok(None) };
    let builder = sdk::Grantee::builder()
        .r#type(Type::from(grantee.r#type.text()))
        .set_email_address(grantee.email_address.to_filled())
        .set_id(grantee.id.to_filled())
        .set_uri(grantee.uri.to_filled());
    built(builder.build()).map(Some)
}

/// The grantee as it is recorded.
pub(crate) fn recorded(grantee: Option<&sdk::Grantee>) -> Blocks<S3Grantee> {
    let grantee = grantee.map(|grantee| S3Grantee {
        display_name: Attr::of_filled(grantee.display_name()),
        email_address: Attr::of_filled(grantee.email_address()),
        id: Attr::of_filled(grantee.id()),
        r#type: grantee.r#type().as_str().into(),
        uri: Attr::of_filled(grantee.uri()),
    });
    grantee.into()
}
