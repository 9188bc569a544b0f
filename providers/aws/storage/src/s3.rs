//! What the types of S3 share: the client, ids of what belongs to a bucket, and patience with what
//! was changed just now.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{Tag, Tagging};
use groma_aws_core::{Aws, Error, TagMap, appears, client, retry};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics};

/// How long S3 may take to know everywhere what was changed somewhere.
pub(crate) const PROPAGATION: Duration = Duration::from_secs(120);

/// The code for a bucket that is not there.
pub(crate) const NO_SUCH_BUCKET: &str = "NoSuchBucket";

/// Names of access control lists that S3 has ready.
pub(crate) const CANNED_ACLS: &[&str] = &[
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "log-delivery-write",
];

/// The client of S3.
pub(crate) fn s3(aws: &Aws) -> Arc<Client> {
    client!(aws, "s3", aws_sdk_s3, aws.region() => |b: aws_sdk_s3::config::Builder| {
        b.force_path_style(aws.s3_path_style())
    })
}

/// A bucket, and the account that it is expected to be of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) bucket: String,
    pub(crate) owner: Option<String>,
}

impl Place {
    /// That of a configured object.
    pub(crate) fn of(bucket: &Attr<String>, owner: &Attr<String>) -> Place {
        Place { bucket: bucket.text().to_owned(), owner: owner.to_filled() }
    }

    /// That of an id: `bucket` or `bucket,owner`.
    pub(crate) fn parse(id: &str) -> Result<Place, Diagnostics> {
        let place = match id.split_once(',') {
            None => Place { bucket: id.to_owned(), owner: None },
            Some((bucket, owner)) => {
                Place { bucket: bucket.to_owned(), owner: Some(owner.to_owned()) }
            }
        };
        match place.bucket.is_empty()
            || place.owner.as_deref().is_some_and(|o| o.is_empty() || o.contains(','))
        {
            false => Ok(place),
            true => Err(Diagnostic::error(
                "Unexpected format of ID",
                format!(
                    "The ID {id:?} is neither the name of a bucket nor of the form \
                     \"bucket,expected owner\"."
                ),
            )
            .into()),
        }
    }

    /// The id.
    pub(crate) fn id(&self) -> String {
        match &self.owner {
            Some(owner) => format!("{},{owner}", self.bucket),
            None => self.bucket.clone(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.bucket)
    }
}

/// Sends a change of a bucket, again and again while the bucket is not known yet or other changes of
/// it are under way.
pub(crate) async fn patiently<T, Fut>(
    cx: &Context<Aws>,
    what: impl fmt::Display,
    send: impl FnMut() -> Fut,
) -> Result<T, Diagnostics>
where
    Fut: Future<Output = Result<T, Error>>,
{
    let passes = |e: &Error| e.is_any(&[NO_SUCH_BUCKET, "OperationAborted"]);
    let sent = retry(cx, "the bucket to be known", PROPAGATION, passes, send).await;
    sent.map_err(|e| e.during(what))
}

/// Sends a request that changes a bucket, [`patiently`].
macro_rules! put {
    ($cx:expr, $what:expr, $request:expr) => {{
        let request = $request;
        let sent = $crate::s3::patiently($cx, $what, || {
            let request = request.clone();
            async { request.send().await.typed() }
        });
        sent.await.map(drop)
    }};
}
pub(crate) use put;

/// Looks until what was put can be read.
pub(crate) async fn appeared<T, Fut>(
    cx: &Context<Aws>,
    what: impl fmt::Display,
    look: impl FnMut() -> Fut,
) -> Result<T, Diagnostics>
where
    Fut: Future<Output = Result<Option<T>, Diagnostics>>,
{
    appears(cx, what, PROPAGATION, look).await
}

/// A value that the SDK checked while it was built. What it asks for is required by our schemas, so
/// that it has nothing to complain about.
pub(crate) fn built<T>(result: Result<T, BuildError>) -> Result<T, Diagnostics> {
    result.map_err(|e| {
        Diagnostic::error(
            "Incomplete request to S3",
            format!("A part that S3 requires is missing: {e}. Complete the configuration."),
        )
        .into()
    })
}

/// Tags as a list.
pub(crate) fn tag_list(tags: &TagMap) -> Result<Vec<Tag>, Diagnostics> {
    tags.iter().map(|(key, value)| built(Tag::builder().key(key).value(value).build())).collect()
}

/// Tags as a bucket or an object has them.
pub(crate) fn tagging(tags: &TagMap) -> Result<Tagging, Diagnostics> {
    built(Tagging::builder().set_tag_set(Some(tag_list(tags)?)).build())
}

/// Where websites in buckets are served.
pub(crate) fn website_domain(aws: &Aws, region: &str) -> String {
    // The older regions have a hyphen where the others have a dot.
    const OLD: &[&str] = &[
        "ap-northeast-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "eu-west-1",
        "sa-east-1",
        "us-east-1",
        "us-gov-west-1",
        "us-west-1",
        "us-west-2",
    ];
    match OLD.contains(&region) {
        true => format!("s3-website-{region}.amazonaws.com"),
        false => format!("s3-website.{region}.{}", aws.partition().dns_suffix),
    }
}

/// The zone of Route 53 that aliases of websites in a region point into.
pub(crate) fn hosted_zone(region: &str) -> Option<&'static str> {
    HOSTED_ZONES.iter().find(|(name, _)| *name == region).map(|(_, zone)| *zone)
}

const HOSTED_ZONES: &[(&str, &str)] = &[
    ("af-south-1", "Z83WF9RJE8B12"),
    ("ap-east-1", "ZNB98KWMFR0R6"),
    ("ap-northeast-1", "Z2M4EHUR26P7ZW"),
    ("ap-northeast-2", "Z3W03O7B5YMIYP"),
    ("ap-northeast-3", "Z2YQB5RD63NC85"),
    ("ap-south-1", "Z11RGJOFQNVJUP"),
    ("ap-south-2", "Z02976202B4EZMXIPMXF7"),
    ("ap-southeast-1", "Z3O0J2DXBE1FTB"),
    ("ap-southeast-2", "Z1WCIGYICN2BYD"),
    ("ap-southeast-3", "Z01846753K324LI26A3VV"),
    ("ap-southeast-4", "Z0312387243XT5FE14WFO"),
    ("ap-southeast-5", "Z08660063OXLMA7F1FJHU"),
    ("ca-central-1", "Z1QDHH18159H29"),
    ("ca-west-1", "Z03565811Z33SLEZTHOUL"),
    ("cn-north-1", "Z5CN8UMXT92WN"),
    ("cn-northwest-1", "Z282HJ1KT0DH03"),
    ("eu-central-1", "Z21DNDUVLTQW6Q"),
    ("eu-central-2", "Z030506016YDQGETNASS"),
    ("eu-north-1", "Z3BAZG2TWCNX0D"),
    ("eu-south-1", "Z30OZKI7KPW7MI"),
    ("eu-south-2", "Z0081959F7139GRJC19J"),
    ("eu-west-1", "Z1BKCTXD74EZPE"),
    ("eu-west-2", "Z3GKZC51ZF0DB4"),
    ("eu-west-3", "Z3R1K369G5AVDG"),
    ("il-central-1", "Z09640613K4A3MN55U7GU"),
    ("me-central-1", "Z06143092I8HRXZRUZROF"),
    ("me-south-1", "Z1MPMWCPA7YB62"),
    ("sa-east-1", "Z7KQH4QJS55SO"),
    ("us-east-1", "Z3AQBSTGFYJSTF"),
    ("us-east-2", "Z2O1EMRO9K5GLX"),
    ("us-gov-east-1", "Z2NIFVYYW2VKV1"),
    ("us-gov-west-1", "Z31GFT0UA1I2HV"),
    ("us-west-1", "Z2F56UZL2M1ACD"),
    ("us-west-2", "Z3BJ6K6RIION7M"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_name_bucket_and_owner() {
        let place = |bucket: &str, owner: Option<&str>| Place {
            bucket: bucket.to_owned(),
            owner: owner.map(str::to_owned),
        };
        for (id, expected) in
            [("b", place("b", None)), ("b,123456789012", place("b", Some("123456789012")))]
        {
            assert_eq!(Place::parse(id).unwrap(), expected);
            assert_eq!(expected.id(), id);
        }
        for id in ["", ",1", "b,", "b,1,2"] {
            assert!(Place::parse(id).is_err(), "{id}");
        }
    }
}
