//! `aws_s3_bucket_acl`: the access control list of a bucket.

use aws_sdk_s3::operation::get_bucket_acl::GetBucketAclOutput;
use aws_sdk_s3::types::{AccessControlPolicy, BucketCannedAcl, Grant, Owner, Permission};
use groma_aws_core::{Aws, Outcome as _, checks};
use groma_sdk::model::checks::{length, one_of};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

use crate::grants::{self, S3Grantee, check_grantee};
use crate::s3::{CANNED_ACLS, NO_SUCH_BUCKET, Place, appeared, put, s3};

/// The access control list of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketAcl {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, check = one_of(CANNED_ACLS))]
    pub(crate) acl: Attr<String>,
    #[attr(required, replace, check = length(1, 63))]
    pub(crate) bucket: Attr<String>,
    #[attr(optional, replace, check = checks::account_id)]
    pub(crate) expected_bucket_owner: Attr<String>,
    #[block(list, max = 1, computed)]
    pub(crate) access_control_policy: Blocks<S3AccessControlPolicy>,
}

/// The `access_control_policy` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3AccessControlPolicy {
    #[block(set)]
    pub(crate) grant: Blocks<S3AclGrant>,
    #[block(list, min = 1, max = 1)]
    pub(crate) owner: Blocks<S3AclOwner>,
}

/// The `access_control_policy.owner` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3AclOwner {
    #[attr(optional, computed)]
    pub(crate) display_name: Attr<String>,
    #[attr(required)]
    pub(crate) id: Attr<String>,
}

/// The `access_control_policy.grant` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3AclGrant {
    #[attr(required, check = one_of(&["FULL_CONTROL", "WRITE", "WRITE_ACP", "READ", "READ_ACP"]))]
    pub(crate) permission: Attr<String>,
    #[block(list, max = 1)]
    pub(crate) grantee: Blocks<S3Grantee>,
}

/// The type.
pub(crate) struct AclResource;

#[async_trait]
impl Managed<Aws> for AclResource {
    type Model = S3BucketAcl;

    fn name(&self) -> &'static str {
        "aws_s3_bucket_acl"
    }

    fn validate(&self, config: &S3BucketAcl, problems: &mut Problems) {
        let policy = &config.access_control_policy;
        let has_policy = policy.is_unknown() || !policy.is_empty();
        if config.acl.is_null() != has_policy {
            problems.error(
                "acl",
                "Invalid combination of arguments",
                "Exactly one of \"acl\" and \"access_control_policy\" must be set.",
            );
        }
        for grant in policy.iter().flat_map(|p| p.grant.iter()) {
            for grantee in &grant.grantee {
                check_grantee("access_control_policy.0.grant", grantee, problems);
            }
        }
    }

    async fn plan(
        &self,
        _cx: &Context<Aws>,
        change: &mut Planned<S3BucketAcl>,
    ) -> Result<(), Diagnostics> {
        let Some(prior) = &change.prior else { return Ok(()) };
        // Another list has other grants.
        if change.planned.acl.is_known() && prior.acl != change.planned.acl {
            change.planned.access_control_policy = Blocks::unknown();
            change.planned.id = Attr::Unknown;
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: S3BucketAcl,
        planned: S3BucketAcl,
    ) -> Result<S3BucketAcl, Diagnostics> {
        let place = Place::of(&planned.bucket, &planned.expected_bucket_owner);
        set(cx, &place, &planned).await?;
        let mut state = planned;
        state.id = id(&place, &state.acl).into();
        cx.keep_model(&state);
        let what = format!("ACL of S3 Bucket ({place})");
        let found = appeared(cx, what, || find(cx, &place)).await?;
        state.access_control_policy = Blocks::one(recorded(&found));
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: S3BucketAcl,
    ) -> Result<Option<S3BucketAcl>, Diagnostics> {
        let (place, acl) = parts(state.id.text())?;
        let Some(found) = find(cx, &place).await? else { return Ok(None) };
        state.acl = acl.into();
        state.access_control_policy = Blocks::one(recorded(&found));
        state.bucket = place.bucket.into();
        state.expected_bucket_owner = place.owner.into();
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketAcl,
        _config: S3BucketAcl,
        planned: S3BucketAcl,
    ) -> Result<S3BucketAcl, Diagnostics> {
        let (place, _) = parts(prior.id.text())?;
        set(cx, &place, &planned).await?;
        let mut state = planned;
        state.id = id(&place, &state.acl).into();
        if let Some(found) = find(cx, &place).await? {
            state.access_control_policy = Blocks::one(recorded(&found));
        }
        Ok(state)
    }

    async fn delete(&self, _cx: &Context<Aws>, _prior: S3BucketAcl) -> Result<(), Diagnostics> {
        // There is no bucket without a list, and which one would be right nobody knows.
        Ok(())
    }
}

async fn set(cx: &Context<Aws>, place: &Place, model: &S3BucketAcl) -> Result<(), Diagnostics> {
    let mut request = s3(cx.client())
        .put_bucket_acl()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone());
    match (model.acl.filled(), model.access_control_policy.first()) {
        (Some(acl), _) => request = request.acl(BucketCannedAcl::from(acl)),
        (None, Some(policy)) => request = request.access_control_policy(wanted(policy)?),
        (None, None) => {}
    }
    put!(cx, format!("putting S3 Bucket ACL ({place})"), request)
}

fn wanted(policy: &S3AccessControlPolicy) -> Result<AccessControlPolicy, Diagnostics> {
    let mut builder = AccessControlPolicy::builder();
    for grant in &policy.grant {
        let permission = Permission::from(grant.permission.text());
        let grantee = grants::wanted(&grant.grantee)?;
        let grant = Grant::builder().permission(permission).set_grantee(grantee);
        builder = builder.grants(grant.build());
    }
    let owner = policy.owner.first().map(|owner| {
        let owner = Owner::builder()
            .set_display_name(owner.display_name.to_filled())
            .set_id(owner.id.to_filled());
        owner.build()
    });
    Ok(builder.set_owner(owner).build())
}

async fn find(cx: &Context<Aws>, place: &Place) -> Result<Option<GetBucketAclOutput>, Diagnostics> {
    let request = s3(cx.client())
        .get_bucket_acl()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone());
    let found = request.send().await.unless(&[NO_SUCH_BUCKET]);
    found.map_err(|e| e.during(format!("reading S3 Bucket ACL ({place})")))
}

fn recorded(found: &GetBucketAclOutput) -> S3AccessControlPolicy {
    let grant = |grant: &Grant| S3AclGrant {
        permission: Attr::of_filled(grant.permission().map(|p| p.as_str())),
        grantee: grants::recorded(grant.grantee()),
    };
    let owner = |owner: &Owner| S3AclOwner {
        display_name: Attr::of_filled(owner.display_name()),
        id: Attr::of_filled(owner.id()),
    };
    S3AccessControlPolicy {
        grant: found.grants().iter().map(grant).collect(),
        owner: found.owner().map(owner).into(),
    }
}

fn id(place: &Place, acl: &Attr<String>) -> String {
    match acl.filled() {
        Some(acl) => format!("{},{acl}", place.id()),
        None => place.id(),
    }
}

/// The parts of an id: `bucket`, then `,owner` and `,acl` where there are such.
fn parts(id: &str) -> Result<(Place, Option<String>), Diagnostics> {
    let place = |bucket: &str, owner: Option<&str>| Place {
        bucket: bucket.to_owned(),
        owner: owner.map(str::to_owned),
    };
    let parts: Vec<&str> = id.split(',').collect();
    match *parts.as_slice() {
        [bucket] if !bucket.is_empty() => Ok((place(bucket, None), None)),
        [bucket, acl] if CANNED_ACLS.contains(&acl) => {
            Ok((place(bucket, None), Some(acl.to_owned())))
        }
        [bucket, owner] => Ok((place(bucket, Some(owner)), None)),
        [bucket, owner, acl] => Ok((place(bucket, Some(owner)), Some(acl.to_owned()))),
        _ => Err(Diagnostic::error(
            "Unexpected format of ID",
            format!(
                "The ID {id:?} is not of the form \"bucket\", \"bucket,acl\", \
                 \"bucket,expected owner\" or \"bucket,expected owner,acl\"."
            ),
        )
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_name_bucket_owner_and_list() {
        for (written, owner, acl) in [
            ("b", None, None),
            ("b,private", None, Some("private")),
            ("b,123456789012", Some("123456789012"), None),
            ("b,123456789012,public-read", Some("123456789012"), Some("public-read")),
        ] {
            let (place, found) = parts(written).unwrap();
            assert_eq!((place.owner.as_deref(), found.as_deref()), (owner, acl), "{written}");
            assert_eq!(id(&place, &found.into()), written);
        }
        assert!(parts("").is_err());
        assert!(parts("a,b,c,d").is_err());
    }
}
