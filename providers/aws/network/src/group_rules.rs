//! What security groups have in common, be they made or taken over: rules in line.

use aws_sdk_ec2::types as api;
use groma_aws_core::{Aws, TagChange, Tagged, plan_tags, record_tags};
use groma_sdk::{Attr, Context, Diagnostics, Model, Planned, Problems, Set};

use crate::ec2::{change_tags, tags_of};
use crate::permissions::{Permission, change_grants, check, grants_of, grants_of_rules, rules_of};

type Rules = Attr<Set<Permission>>;

/// A security group with rules in line.
pub(crate) trait Ruled: Model + Tagged {
    /// Those for what comes in, and those for what goes out.
    fn rules(&mut self) -> (&mut Rules, &mut Rules);

    /// The same, to be looked at.
    fn of_direction(&self, egress: bool) -> &Rules;
}

/// Makes a model with `ingress` and `egress` one.
macro_rules! ruled {
    ($ty:ident) => {
        impl $crate::group_rules::Ruled for $ty {
            fn rules(&mut self) -> (&mut Attr<Set<Permission>>, &mut Attr<Set<Permission>>) {
                (&mut self.ingress, &mut self.egress)
            }

            fn of_direction(&self, egress: bool) -> &Attr<Set<Permission>> {
                if egress { &self.egress } else { &self.ingress }
            }
        }
    };
}
pub(crate) use ruled;

/// Refuses rules that EC2 would.
pub(crate) fn validate<M: Ruled>(config: &M, problems: &mut Problems) {
    check(problems, "ingress", config.of_direction(false));
    check(problems, "egress", config.of_direction(true));
}

/// Plans the rules and the tags.
pub(crate) fn plan<M: Ruled>(
    cx: &Context<Aws>,
    change: &mut Planned<M>,
) -> Result<(), Diagnostics> {
    for egress in [false, true] {
        let prior = change.prior.as_ref().map(|p| p.of_direction(egress));
        if let Some(rules) = planned(change.config.of_direction(egress), prior) {
            let (ingress, out) = change.planned.rules();
            *(if egress { out } else { ingress }) = rules;
        }
    }
    plan_tags(cx, change)
}

/// Rules as they are planned: in full, or as they were where they mean the same.
fn planned(configured: &Rules, prior: Option<&Rules>) -> Option<Rules> {
    let full: Set<Permission> = configured.get()?.iter().map(Permission::filled_out).collect();
    let same = prior.filter(|p| {
        let before: Set<_> = p.or_default().iter().map(Permission::filled_out).collect();
        before == full
    });
    Some(same.cloned().unwrap_or(Attr::Known(full)))
}

/// Makes the rules and the tags those planned. `what` is the type of group.
pub(crate) async fn update<M: Ruled>(
    cx: &Context<Aws>,
    what: &str,
    id: &str,
    prior: &M,
    planned: &M,
) -> Result<(), Diagnostics> {
    for egress in [false, true] {
        let (before, after) = (prior.of_direction(egress), planned.of_direction(egress));
        if after.is_known() && before != after {
            let (before, after) = (grants_of_rules(before, id), grants_of_rules(after, id));
            change_grants(cx, id, egress, &before, &after).await?;
        }
    }
    let change = TagChange::of(cx.client(), prior, planned);
    change_tags(cx, format!("{what} ({id})"), id, &change).await
}

/// Records the rules of a group, each as it was known where it still is so, and its tags.
pub(crate) fn record<M: Ruled>(aws: &Aws, now: &mut M, group: &api::SecurityGroup) {
    let id = group.group_id().unwrap_or_default();
    let of = |there: &[api::IpPermission], known: &Rules| {
        let grants = grants_of(there, group.owner_id());
        Attr::Known(Set(rules_of(&known.or_default().0, grants, id)))
    };
    let (ingress, egress) = now.rules();
    *ingress = of(group.ip_permissions(), ingress);
    *egress = of(group.ip_permissions_egress(), egress);
    record_tags(aws, now, tags_of(group.tags()));
}
