//! What the types of EC2 share: its client, filters and tags, and how they wait.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_ec2::config::retry::RetryConfig;
use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use groma_aws_core::{
    Aws, Loader, Outcome as _, Progress, TagChange, TagMap, appears, client, retry, sdk_tags,
    tag_map, wait,
};
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics, Set};

/// How long EC2 may take to tell of what was just created.
const APPEARANCE: Duration = Duration::from_secs(120);

/// The client of EC2 in the provider's region.
pub fn ec2(aws: &Aws) -> Arc<aws_sdk_ec2::Client> {
    client!(aws, "ec2", aws_sdk_ec2)
}

/// A filter of a list.
pub fn filter<V: Into<String>>(name: &str, values: impl IntoIterator<Item = V>) -> Filter {
    let values = values.into_iter().map(Into::into).collect();
    Filter::builder().name(name).set_values(Some(values)).build()
}

/// The tags to create an object with; none if there are none, for EC2 takes no empty list.
pub fn tag_specifications(kind: ResourceType, tags: &TagMap) -> Option<Vec<TagSpecification>> {
    if tags.is_empty() {
        return None;
    }
    let tags = sdk_tags!(Tag, tags);
    Some(vec![TagSpecification::builder().resource_type(kind).set_tags(Some(tags)).build()])
}

/// Tags as EC2 returns them.
pub fn tags_of(tags: &[Tag]) -> TagMap {
    tag_map(tags.iter().map(|t| (t.key(), t.value())))
}

/// Changes the tags of an object. `what` is the object, such as `EC2 VPC (vpc-1)`.
pub async fn change_tags(
    cx: &Context<Aws>,
    what: String,
    id: &str,
    change: &TagChange,
) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    // What was just created may not be known everywhere.
    let unknown = |e: &groma_aws_core::Error| e.code().is_some_and(|c| c.ends_with(".NotFound"));
    let limit = Duration::from_secs(120);
    if !change.remove.is_empty() {
        let keys: Vec<Tag> = change.remove.iter().map(|k| Tag::builder().key(k).build()).collect();
        let gone = retry(cx, what.clone(), limit, unknown, || async {
            ec2.delete_tags().resources(id).set_tags(Some(keys.clone())).send().await.typed()
        });
        gone.await.during(format_args!("updating tags of {what}"))?;
    }
    if !change.put.is_empty() {
        let tags = sdk_tags!(Tag, change.put);
        let put = retry(cx, what.clone(), limit, unknown, || async {
            ec2.create_tags().resources(id).set_tags(Some(tags.clone())).send().await.typed()
        });
        put.await.during(format_args!("updating tags of {what}"))?;
    }
    Ok(())
}

/// The settings of a request that is not to be repeated without an answer.
pub type Once = aws_sdk_ec2::config::Builder;

/// Creates an object that EC2 knows by nothing but the id that it gives it. A request whose answer is
/// lost is not repeated: there would be two objects, one of which nobody knows of. `what` is the type
/// of object, `like` how it can be recognized.
pub async fn create_unnamed<T, F, Fut>(
    cx: &Context<Aws>,
    what: &str,
    like: impl std::fmt::Display,
    mut send: F,
) -> Result<T, Diagnostics>
where
    F: FnMut(Once) -> Fut,
    Fut: Future<Output = Result<T, groma_aws_core::Error>>,
{
    let once = || aws_sdk_ec2::Config::builder().retry_config(RetryConfig::disabled());
    let limit = Duration::from_secs(300);
    let refused = |e: &groma_aws_core::Error| e.is_throttled();
    let made = retry(cx, format!("EC2 to create {what}"), limit, refused, || send(once())).await;
    made.map_err(|e| {
        let mut told = e.during(format_args!("creating {what}"));
        if e.is_ambiguous() {
            for diagnostic in told.iter_mut() {
                diagnostic.detail.push_str(&format!(
                    "\n\nEC2 may have created it all the same. Look for an object of this type {like} \
                     that was created a moment ago: import it or delete it, and run the command again."
                ));
            }
        }
        told
    })
}

/// The id of what was created.
pub fn id_of(id: Option<&str>, what: &str) -> Result<String, Diagnostics> {
    match id.filter(|id| !id.is_empty()) {
        Some(id) => Ok(id.to_owned()),
        None => Err(Diagnostic::error(
            format!("creating {what}: empty result"),
            "EC2 answered without the id of what it created. Look in the AWS console whether it is \
             there, and delete or import it.",
        )
        .into()),
    }
}

/// What was just created, read as soon as EC2 tells of it: it does not everywhere at once.
pub async fn read_made<M, F, Fut>(
    cx: &Context<Aws>,
    what: &str,
    id: &str,
    look: F,
) -> Result<M, Diagnostics>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Option<M>, Diagnostics>>,
{
    appears(cx, format!("{what} ({id})"), APPEARANCE, look).await
}

/// What was read right after it was written.
pub fn found<M>(read: Option<M>, what: &str, id: &str) -> Result<M, Diagnostics> {
    read.ok_or_else(|| {
        Diagnostic::error(
            format!("reading {what} ({id}): couldn't find resource"),
            "It was there a moment ago, but is gone: something else deletes such objects.",
        )
        .into()
    })
}

/// Waits until an object is as wanted. `what` is the object, such as `EC2 VPC (vpc-1)`, `to` what is
/// waited for, such as `to become available`.
pub async fn until<V, T>(
    cx: &Context<Aws>,
    reads: &Loader<String, V>,
    id: &str,
    what: &str,
    to: &str,
    limit: Duration,
    look: impl Fn(Option<V>) -> Result<Progress<T>, Diagnostics>,
) -> Result<T, Diagnostics>
where
    V: Clone + Send + Sync + 'static,
{
    let look = &look;
    wait(cx, format!("{what} ({id}) {to}"), limit, || async move {
        look(reads.load(id.to_owned()).await.during(format_args!("reading {what} ({id})"))?)
    })
    .await
}

/// Waits until an object is gone. `there` says whether what is read of it still counts.
pub async fn gone<V>(
    cx: &Context<Aws>,
    reads: &Loader<String, V>,
    id: &str,
    what: &str,
    limit: Duration,
    there: impl Fn(&V) -> bool,
) -> Result<(), Diagnostics>
where
    V: Clone + Send + Sync + 'static,
{
    until(cx, reads, id, what, "to be deleted", limit, |seen| {
        Ok(match seen {
            Some(v) if there(&v) => Progress::pending("still there"),
            _ => Progress::Ready(()),
        })
    })
    .await
}

/// Deletes what other objects may still hold on to for a while. Codes of `absent` say that it is gone.
pub async fn release<T, F, Fut>(
    cx: &Context<Aws>,
    what: String,
    limit: Duration,
    held: &[&str],
    absent: &[&str],
    delete: F,
) -> Result<(), Diagnostics>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, groma_aws_core::Error>>,
{
    let waited = format!("{what} to be no longer in use");
    match retry(cx, waited, limit, |e| e.is_any(held), delete).await {
        Ok(_) => Ok(()),
        Err(e) if e.is_any(absent) => Ok(()),
        Err(e) => Err(e.during(format_args!("deleting {what}"))),
    }
}

/// Tags, to recognize an object by.
pub fn with_tags(tags: &TagMap) -> String {
    match tags.is_empty() {
        true => "without tags".to_owned(),
        false => {
            let all: Vec<String> = tags.iter().map(|(k, v)| format!("{k}={v}")).collect();
            format!("with the tags {}", all.join(", "))
        }
    }
}

/// A number as EC2 takes it.
pub fn int(number: &Attr<i64>) -> Option<i32> {
    number.to_i32()
}

/// The texts of a set; none if it is empty.
pub fn texts(set: &Attr<Set<String>>) -> Option<Vec<String>> {
    set.to_filled()
}

/// A set of texts.
pub fn set_of<V: Into<String>>(values: impl IntoIterator<Item = V>) -> Attr<Set<String>> {
    Attr::set_of(values)
}

/// The difference between two sets of texts: what is new, and what is to go.
pub fn difference(
    before: &Attr<Set<String>>,
    after: &Attr<Set<String>>,
) -> (Vec<String>, Vec<String>) {
    let (before, after) = (before.or_default(), after.or_default());
    (after.without(&before), before.without(&after))
}

/// The name of an object of EC2 in our region and, unless it is another's, in our account.
pub async fn arn(aws: &Aws, owner: Option<&str>, resource: &str) -> Result<String, Diagnostics> {
    let account = match owner.filter(|o| !o.is_empty()) {
        Some(owner) => owner,
        None => aws.account_id().await?,
    };
    Ok(aws.arn_of("ec2", aws.region(), account, resource))
}

/// The number that ids of objects without an id of their own end with: the CRC-32 (IEEE) of what
/// identifies them.
pub fn hash(text: &str) -> u32 {
    let crc = text.bytes().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| match crc & 1 {
            1 => (crc >> 1) ^ 0xedb8_8320,
            _ => crc >> 1,
        })
    });
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_crc_32() {
        assert_eq!(hash("123456789"), 0xcbf4_3926);
        assert_eq!(hash("0.0.0.0/0"), 1_080_289_494);
    }

    #[tokio::test]
    async fn what_has_no_name_is_not_created_twice() {
        use groma_aws_core::testing::{Answer, Fake};
        let fake = Fake::new();
        fake.once("CreateInternetGateway", |_| Answer::ec2_error(503, "RequestLimitExceeded", ""));
        fake.on("CreateInternetGateway", |_| Answer::lost());
        let cx = fake.context();
        let client = ec2(cx.client());
        let made = create_unnamed(&cx, "EC2 Internet Gateway", "without tags", |once| {
            let ask = client.create_internet_gateway().customize().config_override(once);
            async { ask.send().await.typed() }
        });
        let told = made.await.err().unwrap_or_default().to_string();
        assert!(told.contains("may have created it") && told.contains("without tags"), "{told}");
        assert_eq!(fake.calls("CreateInternetGateway"), 2);
    }

    #[test]
    fn no_tags_are_no_specification() {
        assert!(tag_specifications(ResourceType::Vpc, &TagMap::new()).is_none());
        let tags: TagMap = [("a".to_owned(), "b".to_owned())].into();
        let specs = tag_specifications(ResourceType::Vpc, &tags).unwrap_or_default();
        assert_eq!(specs[0].tags()[0].key(), Some("a"));
    }
}
