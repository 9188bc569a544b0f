//! `aws_s3_bucket_versioning`: whether a bucket keeps versions of its objects.

use aws_sdk_s3::types::{BucketVersioningStatus, MfaDelete, VersioningConfiguration};
use groma_aws_core::{Aws, Outcome as _, Progress, checks, wait};
use groma_sdk::model::checks::{length, one_of};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostic, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

use crate::s3::{NO_SUCH_BUCKET, PROPAGATION, Place, put, s3};

/// Whether a bucket keeps versions.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketVersioning {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(required, replace, check = length(1, 63))]
    pub(crate) bucket: Attr<String>,
    #[attr(optional, replace, check = checks::account_id)]
    pub(crate) expected_bucket_owner: Attr<String>,
    #[attr(optional)]
    pub(crate) mfa: Attr<String>,
    #[block(list, min = 1, max = 1)]
    pub(crate) versioning_configuration: Blocks<S3BucketVersioningVersioningConfiguration>,
}

/// The `versioning_configuration` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct S3BucketVersioningVersioningConfiguration {
    #[attr(optional, computed, check = one_of(&["Enabled", "Disabled"]))]
    pub(crate) mfa_delete: Attr<String>,
    #[attr(required, check = one_of(&["Enabled", "Suspended", "Disabled"]))]
    pub(crate) status: Attr<String>,
}

/// The type.
pub(crate) struct VersioningResource;

#[async_trait]
impl Managed<Aws> for VersioningResource {
    type Model = S3BucketVersioning;

    fn name(&self) -> &'static str {
        "aws_s3_bucket_versioning"
    }

    async fn plan(
        &self,
        _cx: &Context<Aws>,
        change: &mut Planned<S3BucketVersioning>,
    ) -> Result<(), Diagnostics> {
        let mut problems = Problems::new();
        check_mfa(change.prior.as_ref(), &change.config, &mut problems);
        problems.into_result()?;
        let Some(prior) = &change.prior else { return Ok(()) };
        let (was, wanted) = (status(prior), status(&change.planned));
        if wanted == DISABLED && !was.is_empty() && was != DISABLED && !change.is_replace() {
            let detail = format!(
                "A bucket that has kept versions always will know of them: its versioning can be \
                 \"Suspended\", but no longer \"{DISABLED}\" (it is \"{was}\" now)."
            );
            return Err(Diagnostic::error("Versioning cannot be disabled", detail).into());
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: S3BucketVersioning,
        planned: S3BucketVersioning,
    ) -> Result<S3BucketVersioning, Diagnostics> {
        let place = Place::of(&planned.bucket, &planned.expected_bucket_owner);
        // What was never switched on is disabled.
        if status(&planned) != DISABLED {
            set(cx, &place, &planned).await?;
        }
        let mut state = planned;
        state.id = place.id().into();
        cx.keep_model(&state);
        settled(cx, &place, state).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: S3BucketVersioning,
    ) -> Result<Option<S3BucketVersioning>, Diagnostics> {
        let place = Place::parse(state.id.text())?;
        let Some(found) = find(cx, &place).await? else { return Ok(None) };
        state.versioning_configuration = Blocks::one(found);
        state.bucket = place.bucket.into();
        state.expected_bucket_owner = place.owner.into();
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketVersioning,
        _config: S3BucketVersioning,
        planned: S3BucketVersioning,
    ) -> Result<S3BucketVersioning, Diagnostics> {
        let place = Place::parse(prior.id.text())?;
        set(cx, &place, &planned).await?;
        settled(cx, &place, planned).await
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: S3BucketVersioning,
    ) -> Result<(), Diagnostics> {
        // What is disabled stays so, and what was enabled can be suspended at most.
        if status(&prior) == DISABLED {
            return Ok(());
        }
        let place = Place::parse(prior.id.text())?;
        let suspended =
            VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
        let request = s3(cx.client())
            .put_bucket_versioning()
            .bucket(&place.bucket)
            .set_expected_bucket_owner(place.owner.clone())
            .set_mfa(prior.mfa.to_filled())
            .versioning_configuration(suspended);
        match request.send().await.typed() {
            // With an object lock, versions must be kept as long as there is the bucket.
            Err(e) if !e.is(NO_SUCH_BUCKET) && !e.says("InvalidBucketState", "Object Lock") => {
                Err(e.during(format!("deleting S3 Bucket Versioning ({place})")))
            }
            _ => Ok(()),
        }
    }
}

const DISABLED: &str = "Disabled";

/// A code is needed to begin to ask for codes, and to stop it; and it comes with the device.
fn check_mfa(
    prior: Option<&S3BucketVersioning>,
    config: &S3BucketVersioning,
    problems: &mut Problems,
) {
    let asks = |model: &S3BucketVersioning| {
        model.versioning_configuration.first().is_some_and(|c| c.mfa_delete.text() == "Enabled")
    };
    let open = config.versioning_configuration.is_unknown()
        || config.versioning_configuration.iter().any(|c| !c.mfa_delete.is_known());
    let changes = prior.is_some_and(asks) != asks(config);
    if changes && !open && config.mfa.is_null() {
        problems.error(
            "mfa",
            "Missing required argument",
            "Only with a code of the root user's device can \"mfa_delete\" be changed: the device's \
             serial number, a space, and the code.",
        );
    }
    if let Some(mfa) = config.mfa.filled()
        && mfa.split_whitespace().count() != 2
    {
        let why = "It must be the device's serial number, a space, and the code.";
        problems.check("mfa", Err(why.to_owned()));
    }
}

fn status(model: &S3BucketVersioning) -> &str {
    model.versioning_configuration.first().map(|c| c.status.text()).unwrap_or_default()
}

async fn set(
    cx: &Context<Aws>,
    place: &Place,
    model: &S3BucketVersioning,
) -> Result<(), Diagnostics> {
    let wanted = model.versioning_configuration.first();
    let mfa_delete = wanted.and_then(|c| c.mfa_delete.filled()).map(MfaDelete::from);
    let configuration = VersioningConfiguration::builder()
        .set_status(Some(BucketVersioningStatus::from(status(model))))
        .set_mfa_delete(mfa_delete)
        .build();
    let request = s3(cx.client())
        .put_bucket_versioning()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone())
        .set_mfa(model.mfa.to_filled())
        .versioning_configuration(configuration);
    put!(cx, format!("putting S3 Bucket Versioning ({place})"), request)
}

/// Looks until the bucket is as it was set.
async fn settled(
    cx: &Context<Aws>,
    place: &Place,
    mut state: S3BucketVersioning,
) -> Result<S3BucketVersioning, Diagnostics> {
    let wanted = status(&state).to_owned();
    let what = format!("versioning of S3 Bucket ({place}) to become {wanted}");
    let found = wait(cx, what, PROPAGATION, || async {
        Ok(match find(cx, place).await? {
            Some(found) if found.status.text() == wanted => Progress::Ready(found),
            Some(found) => Progress::pending(found.status.text()),
            None => Progress::pending("missing"),
        })
    })
    .await?;
    state.versioning_configuration = Blocks::one(found);
    Ok(state)
}

async fn find(
    cx: &Context<Aws>,
    place: &Place,
) -> Result<Option<S3BucketVersioningVersioningConfiguration>, Diagnostics> {
    let request = s3(cx.client())
        .get_bucket_versioning()
        .bucket(&place.bucket)
        .set_expected_bucket_owner(place.owner.clone());
    let found = request.send().await.unless(&[NO_SUCH_BUCKET]);
    let found = found.map_err(|e| e.during(format!("reading S3 Bucket Versioning ({place})")))?;
    Ok(found.map(|found| S3BucketVersioningVersioningConfiguration {
        mfa_delete: Attr::of_filled(found.mfa_delete().map(|m| m.as_str())),
        status: found.status().map_or(DISABLED, |s| s.as_str()).into(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use groma_aws_core::testing::{Answer, Fake};

    fn enabled() -> S3BucketVersioning {
        S3BucketVersioning {
            bucket: "b".into(),
            expected_bucket_owner: "123456789012".into(),
            versioning_configuration: Blocks::one(S3BucketVersioningVersioningConfiguration {
                mfa_delete: Attr::Unknown,
                status: "Enabled".into(),
            }),
            ..Default::default()
        }
    }

    const ENABLED: &str =
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";

    #[tokio::test]
    async fn a_bucket_that_is_not_known_yet_is_tried_again() {
        let fake = Fake::new();
        let put = "PUT /b/?versioning";
        fake.once(put, |_| Answer::s3_error(404, NO_SUCH_BUCKET, "not yet"));
        fake.on(put, |_| Answer::empty());
        let get = "GET /b/?versioning";
        fake.once(get, |_| Answer::xml("<VersioningConfiguration/>"));
        fake.on(get, |_| Answer::xml(ENABLED));
        let state = VersioningResource.create(&fake.context(), enabled(), enabled()).await;
        let state = state.unwrap();
        assert_eq!(state.id.text(), "b,123456789012");
        assert_eq!(status(&state), "Enabled");
        assert_eq!((fake.calls(put), fake.calls(get)), (2, 2));
    }

    #[test]
    fn codes_are_asked_for_with_a_code() {
        let with = |mfa_delete: Attr<String>, mfa: Attr<String>| S3BucketVersioning {
            mfa,
            versioning_configuration: Blocks::one(S3BucketVersioningVersioningConfiguration {
                mfa_delete,
                status: "Enabled".into(),
            }),
            ..Default::default()
        };
        let told = |prior: Option<&S3BucketVersioning>, config: &S3BucketVersioning| {
            let mut problems = Problems::new();
            check_mfa(prior, config, &mut problems);
            problems.into_diagnostics().to_string()
        };
        let asks = with("Enabled".into(), Attr::Null);
        assert!(told(None, &asks).contains("device"));
        assert_eq!(told(Some(&asks), &asks), "");
        assert!(told(Some(&asks), &with("Disabled".into(), Attr::Null)).contains("device"));
        assert_eq!(told(None, &with("Enabled".into(), "serial 123456".into())), "");
        assert_eq!(told(None, &with("Enabled".into(), Attr::Unknown)), "");
        assert_eq!(told(Some(&asks), &with(Attr::Unknown, Attr::Null)), "");
        assert!(told(None, &with("Disabled".into(), "123456".into())).contains("a space"));
    }
}
