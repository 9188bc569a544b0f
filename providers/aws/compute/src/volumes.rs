//! What volumes of instances and volumes of their own share.

use std::time::Duration;

use aws_sdk_ec2::operation::modify_volume::builders::ModifyVolumeFluentBuilder;
use groma_aws_core::{Aws, Outcome as _, Progress, create_once, wait};
use groma_aws_network::ec2::ec2;
use groma_sdk::{Attr, Context, Diagnostic, Diagnostics};

/// What a configuration asks of a volume.
pub(crate) struct Asked<'v> {
    pub(crate) kind: &'v Attr<String>,
    /// The type that a volume has if none is named, if that is certain.
    pub(crate) usual: Option<&'static str>,
    pub(crate) size: &'v Attr<i64>,
    pub(crate) iops: &'v Attr<i64>,
    pub(crate) throughput: &'v Attr<i64>,
}

/// What of a volume is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Size,
    Iops,
    Throughput,
}

impl Part {
    /// The attribute of a volume of its own.
    pub(crate) fn of_volume(self) -> &'static str {
        match self {
            Part::Size => "size",
            Part::Iops => "iops",
            Part::Throughput => "throughput",
        }
    }

    /// The attribute of a block device.
    pub(crate) fn of_device(self) -> &'static str {
        match self {
            Part::Size => "volume_size",
            part => part.of_volume(),
        }
    }
}

impl Asked<'_> {
    /// What EC2 would refuse. Zero stands for what is left to EC2.
    pub(crate) fn problems(&self) -> Vec<(Part, String)> {
        let usual = self.usual.filter(|_| self.kind.is_null());
        let Some(kind) = self.kind.filled().or(usual) else { return Vec::new() };
        let some = |n: &Attr<i64>| n.cloned().filter(|n| *n > 0);
        let (size, iops, throughput) = (some(self.size), some(self.iops), some(self.throughput));
        let mut found = Vec::new();
        if let Some(size) = size {
            let (least, most) = match kind {
                "io1" => (4, 16_384),
                "io2" => (4, 65_536),
                "st1" | "sc1" => (125, 16_384),
                "standard" => (1, 1024),
                _ => (1, 65_536),
            };
            if !(least..=most).contains(&size) {
                let range = format!("volumes of the type {kind} have {least} to {most} GiB");
                found.push((Part::Size, format!("It is {size}, but {range}.")));
            }
        }
        if let Some(iops) = iops {
            found.extend(iops_problem(kind, iops, size).map(|p| (Part::Iops, p)));
        }
        if let Some(throughput) = throughput {
            let iops = iops.or(self.iops.is_null().then_some(3000));
            let problem = throughput_problem(kind, throughput, iops);
            found.extend(problem.map(|p| (Part::Throughput, p)));
        }
        found
    }
}

fn iops_problem(kind: &str, iops: i64, size: Option<i64>) -> Option<String> {
    let (least, each) = match kind {
        "io1" => (100, 50),
        "io2" => (100, 1000),
        "gp3" => (3000, 500),
        _ => return Some(format!("Volumes of the type {kind} take no \"iops\".")),
    };
    if iops < least {
        return Some(format!(
            "It is {iops}, but volumes of the type {kind} have at least {least}."
        ));
    }
    let size = size.filter(|size| iops > least && iops > size.saturating_mul(each))?;
    Some(format!(
        "A volume of the type {kind} with {size} GiB has at most {} IOPS, {each} for each GiB, but \
         {iops} are asked for.",
        size.saturating_mul(each).max(least)
    ))
}

fn throughput_problem(kind: &str, throughput: i64, iops: Option<i64>) -> Option<String> {
    if kind != "gp3" {
        return Some(format!(
            "Only volumes of the type gp3 take \"throughput\", but this is {kind}."
        ));
    }
    if throughput < 125 {
        return Some(format!("It is {throughput}, but a volume has at least 125 MiB/s."));
    }
    let iops = iops.filter(|iops| throughput.saturating_mul(4) > *iops)?;
    Some(format!(
        "With {iops} IOPS, a volume has at most {} MiB/s, but {throughput} are asked for. Set \
         \"iops\" to {} at least.",
        iops / 4,
        throughput.saturating_mul(4)
    ))
}

/// Volumes grow, but never shrink.
pub(crate) fn shrinks(before: &Attr<i64>, after: &Attr<i64>) -> Option<String> {
    let (before, after) = (before.get()?, after.get()?);
    (*after > 0 && after < before).then(|| {
        format!(
            "The volume has {before} GiB, and EC2 makes no volume smaller, but {after} are asked \
             for. Make another volume, and copy what is on this one."
        )
    })
}

/// Changes a volume. What EC2 says to a second request while the first, whose answer got lost, is at
/// work, is no error.
pub(crate) async fn modify(
    cx: &Context<Aws>,
    id: &str,
    request: ModifyVolumeFluentBuilder,
    limit: Duration,
) -> Result<(), Diagnostics> {
    let busy = ["IncorrectModificationState", "VolumeModificationRateExceeded"];
    let done = create_once(request.send(), &busy).await;
    done.during(format!("modifying EC2 EBS Volume ({id})"))?;
    modified(cx, id, limit).await
}

/// Waits until a change of a volume is made; it may go on being optimized.
async fn modified(cx: &Context<Aws>, id: &str, limit: Duration) -> Result<(), Diagnostics> {
    let ec2 = ec2(cx.client());
    wait(cx, format!("EC2 EBS Volume ({id}) to be modified"), limit, || async {
        let answer = ec2.describe_volumes_modifications().volume_ids(id).send().await.typed();
        let answer = match answer {
            Ok(answer) => answer,
            Err(e) if e.is("InvalidVolumeModification.NotFound") => return Ok(Progress::Ready(())),
            Err(e) => return Err(e.during(format!("reading EC2 EBS Volume ({id}) modification"))),
        };
        let latest = answer.volumes_modifications().first();
        match latest.and_then(|m| m.modification_state()).map(|s| s.as_str()) {
            Some("completed" | "optimizing") | None => Ok(Progress::Ready(())),
            Some("failed") => {
                let why = latest.and_then(|m| m.status_message()).unwrap_or("EC2 gives no reason");
                Err(Diagnostic::error(
                    format!("modifying EC2 EBS Volume ({id}): it failed"),
                    format!("{why}. A volume can be modified again six hours after it was."),
                )
                .into())
            }
            Some(state) => Ok(Progress::pending(state)),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(kind: &str, size: i64, iops: i64, throughput: i64) -> Vec<Part> {
        let asked = Asked {
            kind: &kind.into(),
            usual: None,
            size: &size.into(),
            iops: &iops.into(),
            throughput: &throughput.into(),
        };
        asked.problems().into_iter().map(|(part, _)| part).collect()
    }

    #[test]
    fn what_volumes_are_asked_for_is_what_their_types_have() {
        assert_eq!(problems("gp3", 20, 3000, 125), []);
        assert_eq!(problems("gp3", 8, 4000, 1000), []);
        assert_eq!(problems("gp3", 7, 4000, 0), [Part::Iops]);
        assert_eq!(problems("gp3", 100, 2000, 100), [Part::Iops, Part::Throughput]);
        assert_eq!(problems("gp3", 100, 3000, 751), [Part::Throughput]);
        assert_eq!(problems("gp2", 100, 3000, 125), [Part::Iops, Part::Throughput]);
        assert_eq!(problems("io1", 10, 500, 0), []);
        assert_eq!(problems("io1", 10, 501, 0), [Part::Iops]);
        assert_eq!(problems("io2", 3, 100, 0), [Part::Size]);
        assert_eq!(problems("st1", 124, 0, 0), [Part::Size]);
        assert_eq!(problems("standard", 1025, 0, 0), [Part::Size]);
    }

    #[test]
    fn what_is_not_known_is_not_wrong() {
        let asked = |kind: Attr<String>, size: Attr<i64>, iops: Attr<i64>| {
            let throughput = 1000.into();
            let (kind, usual) = (&kind, Some("gp2"));
            let (size, iops, throughput) = (&size, &iops, &throughput);
            Asked { kind, usual, size, iops, throughput }.problems().len()
        };
        assert_eq!(asked(Attr::Unknown, 1.into(), 9000.into()), 0);
        assert_eq!(asked("gp3".into(), Attr::Unknown, 9000.into()), 0);
        assert_eq!(asked("gp3".into(), 1.into(), Attr::Unknown), 0);
        // A volume of the usual type has neither.
        assert_eq!(asked(Attr::Null, 1.into(), 9000.into()), 2);
    }

    #[test]
    fn volumes_do_not_shrink() {
        assert!(shrinks(&20.into(), &10.into()).is_some_and(|p| p.contains("20 GiB")));
        assert!(shrinks(&20.into(), &30.into()).is_none());
        assert!(shrinks(&20.into(), &Attr::Unknown).is_none());
    }
}
