//! The addresses and prefixes that an interface has besides its primary address.

use std::time::Duration;

use aws_sdk_ec2::Config;
use aws_sdk_ec2::config::retry::RetryConfig;
use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, Error, Outcome as _, Progress, wait};
use groma_sdk::{Attr, Context, Diagnostics, Set};

use super::WHAT;
use super::model::NetworkInterface;
use crate::ec2::{ec2, found, int};
use crate::loaders;

const LIMIT: Duration = Duration::from_secs(300);

/// What an interface can have more of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// IPv4 addresses besides the primary one.
    Ipv4,
    Ipv4Prefix,
    Ipv6,
    Ipv6Prefix,
}

/// Which are to be assigned.
enum These {
    Named(Vec<String>),
    Any(i32),
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Ipv4 => "private IPv4 addresses",
            Kind::Ipv4Prefix => "IPv4 prefixes",
            Kind::Ipv6 => "IPv6 addresses",
            Kind::Ipv6Prefix => "IPv6 prefixes",
        }
    }

    /// Those that an interface has.
    pub(super) fn of(self, there: &api::NetworkInterface) -> Vec<String> {
        let all: Vec<Option<&str>> = match self {
            Kind::Ipv4 => {
                let rest = there.private_ip_addresses().iter();
                rest.filter(|a| a.primary() != Some(true)).map(|a| a.private_ip_address()).collect()
            }
            Kind::Ipv4Prefix => there.ipv4_prefixes().iter().map(|p| p.ipv4_prefix()).collect(),
            Kind::Ipv6 => there.ipv6_addresses().iter().map(|a| a.ipv6_address()).collect(),
            Kind::Ipv6Prefix => there.ipv6_prefixes().iter().map(|p| p.ipv6_prefix()).collect(),
        };
        all.into_iter().flatten().map(str::to_owned).collect()
    }

    /// Asks once: a number of addresses that is asked for twice may be assigned twice.
    async fn assign(self, cx: &Context<Aws>, id: &str, these: &These) -> Result<(), Error> {
        let ec2 = ec2(cx.client());
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let (named, count) = match these {
            These::Named(all) => (Some(all.clone()), None),
            These::Any(count) => (None, Some(*count)),
        };
        match self {
            Kind::Ipv4 | Kind::Ipv4Prefix => {
                let ask = ec2.assign_private_ip_addresses().network_interface_id(id);
                let ask = match self {
                    Kind::Ipv4 => ask
                        .set_private_ip_addresses(named)
                        .set_secondary_private_ip_address_count(count),
                    _ => ask.set_ipv4_prefixes(named).set_ipv4_prefix_count(count),
                };
                ask.customize().config_override(once).send().await.typed().map(drop)
            }
            Kind::Ipv6 | Kind::Ipv6Prefix => {
                let ask = ec2.assign_ipv6_addresses().network_interface_id(id);
                let ask = match self {
                    Kind::Ipv6 => ask.set_ipv6_addresses(named).set_ipv6_address_count(count),
                    _ => ask.set_ipv6_prefixes(named).set_ipv6_prefix_count(count),
                };
                ask.customize().config_override(once).send().await.typed().map(drop)
            }
        }
    }

    async fn unassign(self, cx: &Context<Aws>, id: &str, all: Vec<String>) -> Result<(), Error> {
        let ec2 = ec2(cx.client());
        let (four, six) = (
            ec2.unassign_private_ip_addresses().network_interface_id(id),
            ec2.unassign_ipv6_addresses().network_interface_id(id),
        );
        let all = Some(all);
        match self {
            Kind::Ipv4 => four.set_private_ip_addresses(all).send().await.typed().map(drop),
            Kind::Ipv4Prefix => four.set_ipv4_prefixes(all).send().await.typed().map(drop),
            Kind::Ipv6 => six.set_ipv6_addresses(all).send().await.typed().map(drop),
            Kind::Ipv6Prefix => six.set_ipv6_prefixes(all).send().await.typed().map(drop),
        }
    }
}

/// Makes the addresses and prefixes those configured.
pub(super) async fn change(
    cx: &Context<Aws>,
    id: &str,
    prior: &NetworkInterface,
    config: &NetworkInterface,
) -> Result<(), Diagnostics> {
    let c = config;
    if c.private_ip_list_enabled.is_true() {
        if let Some(list) =
            c.private_ip_list.get().filter(|l| Some(*l) != prior.private_ip_list.get())
        {
            // The first is the primary address, which stays.
            order(cx, id, Kind::Ipv4, list.get(1..).unwrap_or_default()).await?;
        }
    } else {
        changed(cx, id, Kind::Ipv4, &c.private_ips, &prior.private_ips).await?;
        counted(cx, id, Kind::Ipv4, &c.private_ips_count, &prior.private_ips_count).await?;
    }
    changed(cx, id, Kind::Ipv4Prefix, &c.ipv4_prefixes, &prior.ipv4_prefixes).await?;
    counted(cx, id, Kind::Ipv4Prefix, &c.ipv4_prefix_count, &prior.ipv4_prefix_count).await?;
    if c.ipv6_address_list_enabled.is_true() {
        if let Some(list) =
            c.ipv6_address_list.get().filter(|l| Some(*l) != prior.ipv6_address_list.get())
        {
            order(cx, id, Kind::Ipv6, list).await?;
        }
    } else {
        changed(cx, id, Kind::Ipv6, &c.ipv6_addresses, &prior.ipv6_addresses).await?;
        counted(cx, id, Kind::Ipv6, &c.ipv6_address_count, &prior.ipv6_address_count).await?;
    }
    changed(cx, id, Kind::Ipv6Prefix, &c.ipv6_prefixes, &prior.ipv6_prefixes).await?;
    counted(cx, id, Kind::Ipv6Prefix, &c.ipv6_prefix_count, &prior.ipv6_prefix_count).await
}

/// Makes them those of a set, if it has changed.
async fn changed(
    cx: &Context<Aws>,
    id: &str,
    kind: Kind,
    wanted: &Attr<Set<String>>,
    prior: &Attr<Set<String>>,
) -> Result<(), Diagnostics> {
    let Some(wanted) = wanted.get().filter(|w| Some(*w) != prior.get()) else { return Ok(()) };
    let there = kind.of(&read(cx, id).await?);
    let prior = prior.or_default();
    let old: Vec<String> =
        prior.without(wanted).into_iter().filter(|address| there.contains(address)).collect();
    // The primary address, too, is in the set.
    let new: Vec<String> =
        wanted.without(&prior).into_iter().filter(|address| !there.contains(address)).collect();
    unassign(cx, id, kind, old).await?;
    assign(cx, id, kind, new).await
}

async fn counted(
    cx: &Context<Aws>,
    id: &str,
    kind: Kind,
    wanted: &Attr<i64>,
    prior: &Attr<i64>,
) -> Result<(), Diagnostics> {
    match int(wanted).filter(|_| wanted != prior) {
        Some(count) => fit(cx, id, kind, count).await,
        None => Ok(()),
    }
}

/// Makes them those of a list, in its order: EC2 lists them as they were assigned.
async fn order(
    cx: &Context<Aws>,
    id: &str,
    kind: Kind,
    wanted: &[String],
) -> Result<(), Diagnostics> {
    let there = kind.of(&read(cx, id).await?);
    let kept = there.iter().zip(wanted).take_while(|(t, w)| t == w).count();
    unassign(cx, id, kind, there.get(kept..).unwrap_or_default().to_vec()).await?;
    for address in wanted.get(kept..).unwrap_or_default() {
        assign(cx, id, kind, vec![address.clone()]).await?;
    }
    Ok(())
}

/// Makes them as many as wanted.
pub(super) async fn fit(
    cx: &Context<Aws>,
    id: &str,
    kind: Kind,
    count: i32,
) -> Result<(), Diagnostics> {
    let about = format!("assigning {WHAT} ({id}) {}", kind.name());
    let wanted = usize::try_from(count).unwrap_or_default();
    let surplus =
        wait(cx, format!("{WHAT} ({id}) to have {count} {}", kind.name()), LIMIT, || async {
            let mut there = kind.of(&read(cx, id).await?);
            if there.len() >= wanted {
                return Ok(Progress::Ready(there.split_off(wanted)));
            }
            let missing = i32::try_from(wanted - there.len()).unwrap_or(i32::MAX);
            match kind.assign(cx, id, &These::Any(missing)).await {
                Ok(()) => Ok(Progress::Ready(Vec::new())),
                // Whether it was carried out is seen by looking again.
                Err(e) if e.is_ambiguous() || e.is_throttled() => Ok(Progress::pending(e)),
                Err(e) => Err(e.during(&about)),
            }
        })
        .await?;
    unassign(cx, id, kind, surplus).await
}

async fn assign(
    cx: &Context<Aws>,
    id: &str,
    kind: Kind,
    all: Vec<String>,
) -> Result<(), Diagnostics> {
    if all.is_empty() {
        return Ok(());
    }
    let about = format!("assigning {WHAT} ({id}) {}", kind.name());
    let these = These::Named(all.clone());
    wait(cx, format!("{WHAT} ({id}) to take {}", kind.name()), LIMIT, || async {
        let error = match kind.assign(cx, id, &these).await {
            Ok(()) => return Ok(Progress::Ready(())),
            Err(error) => error,
        };
        if error.is_throttled() {
            return Ok(Progress::pending(error));
        }
        // An earlier request may have been carried out.
        let there = kind.of(&read(cx, id).await?);
        match all.iter().all(|address| there.contains(address)) {
            true => Ok(Progress::Ready(())),
            false if error.is_ambiguous() => Ok(Progress::pending(error)),
            false => Err(error.during(&about)),
        }
    })
    .await
}

async fn unassign(
    cx: &Context<Aws>,
    id: &str,
    kind: Kind,
    all: Vec<String>,
) -> Result<(), Diagnostics> {
    if all.is_empty() {
        return Ok(());
    }
    match kind.unassign(cx, id, all.clone()).await {
        Ok(()) => Ok(()),
        Err(e) => {
            // An earlier request may have been carried out.
            let there = kind.of(&read(cx, id).await?);
            match all.iter().any(|address| there.contains(address)) {
                true => Err(e.during(format_args!("unassigning {WHAT} ({id}) {}", kind.name()))),
                false => Ok(()),
            }
        }
    }
}

async fn read(cx: &Context<Aws>, id: &str) -> Result<api::NetworkInterface, Diagnostics> {
    let read = loaders::network_interfaces(cx.client()).load(id.to_owned()).await;
    found(read.during(format_args!("reading {WHAT} ({id})"))?, WHAT, id)
}
