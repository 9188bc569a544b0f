//! The elements of a route table's `route`, as configurations and states have them.
//!
//! The types for route tables have almost the same elements. What differs is which targets there are.

use aws_sdk_ec2::types as api;
use groma_aws_core::checks;
use groma_sdk::{Attr, Problems, Set};

use super::{Destination, Via, Way, is_own};

/// An element of `route`.
pub(crate) trait RouteObject: Clone + Default + PartialEq {
    /// An IPv4 network, an IPv6 network, or a prefix list.
    fn destinations(&mut self) -> [&mut Attr<String>; 3];

    /// The targets by their attributes' names.
    fn targets(&mut self) -> Vec<(&'static str, Via, &mut Attr<String>)>;
}

/// Declares the elements of a type's `route`.
macro_rules! route_object {
    ($(#[$doc:meta])* $ty:ident { $($field:ident: $via:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Model)]
        pub(crate) struct $ty {
            #[attr(optional, computed)]
            pub(crate) cidr_block: Attr<String>,
            #[attr(optional, computed)]
            pub(crate) destination_prefix_list_id: Attr<String>,
            #[attr(optional, computed)]
            pub(crate) ipv6_cidr_block: Attr<String>,
            $(
                #[attr(optional, computed)]
                pub(crate) $field: Attr<String>,
            )+
        }

        impl $crate::routes::objects::RouteObject for $ty {
            fn destinations(&mut self) -> [&mut Attr<String>; 3] {
                [
                    &mut self.cidr_block,
                    &mut self.ipv6_cidr_block,
                    &mut self.destination_prefix_list_id,
                ]
            }

            fn targets(&mut self) -> Vec<(&'static str, $crate::routes::Via, &mut Attr<String>)> {
                vec![$((stringify!($field), $crate::routes::Via::$via, &mut self.$field)),+]
            }
        }
    };
}
pub(crate) use route_object;

/// The route, if it is complete.
fn way<R: RouteObject>(object: &R) -> Option<Way> {
    let mut object = object.clone();
    let [v4, v6, list] = object.destinations().map(|d| d.to_filled());
    let to =
        v4.map(Destination::V4).or(v6.map(Destination::V6)).or(list.map(Destination::PrefixList))?;
    let mut targets = object.targets().into_iter();
    targets
        .find_map(|(_, via, target)| Some(Way { to: to.clone(), via, target: target.to_filled()? }))
}

/// The routes of elements.
pub(crate) fn ways<R: RouteObject>(routes: &Attr<Set<R>>) -> Vec<Way> {
    routes.or_default().iter().filter_map(way).collect()
}

/// The element for a route, empty texts for what it lacks, as states have them.
fn object<R: RouteObject>(of: &Way) -> R {
    let mut object = filled_out(&R::default());
    let [v4, v6, list] = object.destinations();
    match &of.to {
        Destination::V4(cidr) => *v4 = cidr.clone().into(),
        Destination::V6(cidr) => *v6 = cidr.clone().into(),
        Destination::PrefixList(id) => *list = id.clone().into(),
    }
    // A target that the type does not know is left out.
    for (_, via, target) in object.targets() {
        if via == of.via {
            *target = of.target.clone().into();
        }
    }
    object
}

fn filled_out<R: RouteObject>(object: &R) -> R {
    let mut object = object.clone();
    let empty = |text: &mut Attr<String>| {
        if text.is_null() {
            *text = "".into();
        }
    };
    object.destinations().into_iter().for_each(empty);
    object.targets().into_iter().for_each(|(_, _, target)| empty(target));
    object
}

/// Routes as they are planned: in full, or as they were where they mean the same.
pub(crate) fn planned<R: RouteObject>(
    configured: &Attr<Set<R>>,
    prior: Option<&Attr<Set<R>>>,
) -> Option<Attr<Set<R>>> {
    let full: Set<R> = configured.get()?.iter().map(filled_out).collect();
    let same = prior.filter(|p| p.or_default().iter().map(filled_out).collect::<Set<R>>() == full);
    Some(same.cloned().unwrap_or(Attr::Known(full)))
}

/// The routes of a table that are to be seen in its configuration. Those within the VPC are only if
/// they are known to be configured; IPv6 networks are written as they are there.
pub(crate) fn recorded<R: RouteObject>(
    table: &api::RouteTable,
    known: &Attr<Set<R>>,
) -> Attr<Set<R>> {
    let own = own_ways(table, &ways(known));
    Attr::Known(own.iter().map(object).collect())
}

/// See [`recorded`].
pub(crate) fn own_ways(table: &api::RouteTable, known: &[Way]) -> Vec<Way> {
    let own = table.routes().iter().filter(|r| is_own(r)).filter_map(Way::of);
    own.filter_map(|way| match known.iter().find(|k| k.to.is(&way.to)) {
        Some(k) => Some(Way { to: k.to.clone(), ..way }),
        None if way.is_local() => None,
        None => Some(way),
    })
    .collect()
}

/// Refuses routes that EC2 would.
pub(crate) fn check<R: RouteObject>(problems: &mut Problems, routes: &Attr<Set<R>>) {
    let mut seen: Vec<Destination> = Vec::new();
    for route in &routes.or_default() {
        if let Some(problem) = problem(route) {
            problems.error("route", "Invalid route", problem);
        }
        let Some(to) = way(route).map(|way| way.to) else { continue };
        if seen.iter().any(|other| other.is(&to)) {
            problems.error(
                "route",
                "Duplicate route",
                format!(
                    "Two routes are to {}, but a table has one route to each destination.",
                    to.text()
                ),
            );
        }
        seen.push(to);
    }
}

/// What is wrong with an element.
fn problem<R: RouteObject>(object: &R) -> Option<String> {
    let mut object = object.clone();
    let destinations = object.destinations().map(|d| d.clone());
    let targets: Vec<(&str, Via, Attr<String>)> = object
        .targets()
        .into_iter()
        .map(|(name, via, target)| (name, via, target.clone()))
        .collect();
    let count = |all: &[&Attr<String>]| {
        let unknown = all.iter().any(|a| a.is_unknown());
        (!unknown).then(|| all.iter().filter(|a| a.filled().is_some()).count())
    };
    let [v4, v6, _] = &destinations;
    if let Some(problem) = v4.filled().and_then(|t| checks::ipv4_cidr(&t.to_owned()).err()) {
        return Some(format!("cidr_block: {problem}"));
    }
    if let Some(problem) = v6.filled().and_then(|t| checks::ipv6_cidr(&t.to_owned()).err()) {
        return Some(format!("ipv6_cidr_block: {problem}"));
    }
    let known: Vec<&Attr<String>> = targets.iter().map(|t| &t.2).collect();
    let text = match (count(&destinations.each_ref()), count(&known)) {
        (Some(0), _) => {
            "A route needs a destination: set its \"cidr_block\", \"ipv6_cidr_block\" or \
             \"destination_prefix_list_id\"."
        }
        (Some(2..), _) => "A route has one destination, but one has several.",
        (_, Some(0)) => "A route needs a target, such as \"gateway_id\" or \"nat_gateway_id\".",
        (_, Some(2..)) => "A route has one target, but one has several.",
        _ => return targets.iter().find_map(|(name, via, id)| misplaced(name, *via, id, v4)),
    };
    Some(text.to_owned())
}

/// What is wrong with the target of a route, if it can be told by its id.
pub(crate) fn misplaced(
    name: &str,
    via: Via,
    id: &Attr<String>,
    v4: &Attr<String>,
) -> Option<String> {
    let id = id.filled()?;
    if via == Via::EgressOnlyGateway && v4.filled().is_some() {
        return Some(format!(
            "Egress-only internet gateways are for IPv6 alone, but the route through {id} is to {}.",
            v4.text()
        ));
    }
    let kinds = [
        ("cagw-", Via::CarrierGateway, "carrier_gateway_id"),
        ("eigw-", Via::EgressOnlyGateway, "egress_only_gateway_id"),
        ("eni-", Via::Interface, "network_interface_id"),
        ("igw-", Via::Gateway, "gateway_id"),
        ("lgw-", Via::LocalGateway, "local_gateway_id"),
        ("nat-", Via::NatGateway, "nat_gateway_id"),
        ("pcx-", Via::PeeringConnection, "vpc_peering_connection_id"),
        ("tgw-", Via::TransitGateway, "transit_gateway_id"),
        ("vgw-", Via::Gateway, "gateway_id"),
    ];
    let (_, is, belongs) = kinds.iter().find(|(prefix, _, _)| id.starts_with(prefix))?;
    (*is != via)
        .then(|| format!("{id} cannot be the \"{name}\" of a route. Set it as \"{belongs}\"."))
}

#[cfg(test)]
mod tests {
    use groma_sdk::Model;

    use super::*;

    route_object! {
        /// An element.
        Element { gateway_id: Gateway, nat_gateway_id: NatGateway, egress_only_gateway_id: EgressOnlyGateway }
    }

    fn to(cidr: &str, gateway: &str) -> Element {
        Element { cidr_block: cidr.into(), gateway_id: gateway.into(), ..Element::default() }
    }

    fn refused(routes: impl IntoIterator<Item = Element>) -> String {
        let mut problems = Problems::new();
        check(&mut problems, &Attr::Known(routes.into_iter().collect()));
        problems.into_diagnostics().to_string()
    }

    #[test]
    fn routes_are_checked() {
        assert_eq!(refused([to("0.0.0.0/0", "igw-1"), to("10.0.0.0/8", "igw-1")]), "");
        assert!(
            refused([to("0.0.0.0/0", "igw-1"), to("0.0.0.0/0", "igw-2")]).contains("Duplicate")
        );
        assert!(refused([to("10.0.0.1/8", "igw-1")]).contains("cidr_block"));
        assert!(refused([to("0.0.0.0/0", "nat-1")]).contains("nat_gateway_id"));
        let both = Element { nat_gateway_id: "nat-1".into(), ..to("0.0.0.0/0", "igw-1") };
        assert!(refused([both]).contains("one target"));
        let six = Element {
            cidr_block: "0.0.0.0/0".into(),
            egress_only_gateway_id: "eigw-1".into(),
            ..Element::default()
        };
        assert!(refused([six]).contains("IPv6 alone"));
        // What is not known yet may be as it should.
        let open = Element { gateway_id: Attr::Unknown, ..to("0.0.0.0/0", "") };
        assert_eq!(refused([open]), "");
    }

    #[test]
    fn routes_mean_the_same_in_full() {
        let prior = Attr::Known(Set(vec![filled_out(&to("0.0.0.0/0", "igw-1"))]));
        let configured = Attr::Known(Set(vec![to("0.0.0.0/0", "igw-1")]));
        assert_eq!(planned(&configured, Some(&prior)), Some(prior.clone()));
        assert_eq!(ways(&prior), ways(&configured));
        let back: Element = object(&ways(&prior)[0]);
        assert_eq!(Attr::Known(Set(vec![back])), prior);
        assert_eq!(planned::<Element>(&Attr::Null, Some(&prior)), None);
    }
}
