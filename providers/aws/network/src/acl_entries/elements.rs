//! The elements of `ingress` and `egress` of network ACLs, as configurations and states have them:
//! attributes of one type, blocks of the other, with the same fields.

use aws_sdk_ec2::types as api;
use groma_aws_core::checks;
use groma_sdk::{Attr, Problems};

use super::{Entry, LAST, problem, protocol_number};

/// An element of `ingress` or `egress`.
pub(crate) trait Element: Clone {
    /// What is said in it; what is not known, or not set, is none.
    fn fields(&self) -> Fields<'_>;

    /// The element for an entry.
    fn of(entry: &Entry) -> Self;

    /// The same as states have it.
    fn recorded(&self) -> Self;
}

/// The fields of an element.
pub(crate) struct Fields<'f> {
    pub(crate) number: Attr<i64>,
    pub(crate) protocol: &'f Attr<String>,
    pub(crate) action: &'f Attr<String>,
    pub(crate) v4: &'f Attr<String>,
    pub(crate) v6: &'f Attr<String>,
    pub(crate) ports: (Attr<i64>, Attr<i64>),
    pub(crate) icmp: (Attr<i64>, Attr<i64>),
}

impl Fields<'_> {
    fn are_known(&self) -> bool {
        let numbers = [self.number, self.ports.0, self.ports.1, self.icmp.0, self.icmp.1];
        let texts = [self.protocol, self.action, self.v4, self.v6];
        !numbers.iter().any(Attr::is_unknown) && !texts.iter().any(|t| t.is_unknown())
    }
}

/// Makes a model with the fields of an element one. Its other part says how it is recorded.
macro_rules! element {
    ($ty:ident, $recorded:expr) => {
        impl $crate::acl_entries::elements::Element for $ty {
            fn fields(&self) -> $crate::acl_entries::elements::Fields<'_> {
                $crate::acl_entries::elements::Fields {
                    number: self.rule_no,
                    protocol: &self.protocol,
                    action: &self.action,
                    v4: &self.cidr_block,
                    v6: &self.ipv6_cidr_block,
                    ports: (self.from_port, self.to_port),
                    icmp: (self.icmp_type, self.icmp_code),
                }
            }

            fn of(entry: &$crate::acl_entries::Entry) -> $ty {
                $ty {
                    action: entry.action.as_str().into(),
                    cidr_block: entry.v4.clone().unwrap_or_default().into(),
                    from_port: entry.ports.0.into(),
                    icmp_code: entry.icmp.1.into(),
                    icmp_type: entry.icmp.0.into(),
                    ipv6_cidr_block: entry.v6.clone().unwrap_or_default().into(),
                    protocol: entry.protocol.as_str().into(),
                    rule_no: entry.number.into(),
                    to_port: entry.ports.1.into(),
                }
            }

            fn recorded(&self) -> $ty {
                let recorded: fn(&$ty) -> $ty = $recorded;
                recorded(self)
            }
        }
    };
}
pub(crate) use element;

fn entry<E: Element>(element: &E, egress: bool) -> Entry {
    let f = element.fields();
    let protocol = f.protocol.text();
    Entry {
        number: f.number.or_default(),
        egress,
        protocol: protocol_number(protocol).unwrap_or_else(|| protocol.to_owned()),
        action: f.action.text().to_ascii_lowercase(),
        v4: f.v4.to_filled(),
        v6: f.v6.to_filled(),
        ports: (f.ports.0.or_default(), f.ports.1.or_default()),
        icmp: (f.icmp.0.or_default(), f.icmp.1.or_default()),
    }
}

/// The entries of elements.
pub(crate) fn entries<'e, E: Element + 'e>(
    elements: impl IntoIterator<Item = &'e E>,
    egress: bool,
) -> Vec<Entry> {
    elements.into_iter().map(|element| entry(element, egress)).collect()
}

/// Whether elements mean the same.
pub(crate) fn mean_the_same<E: Element>(before: &[E], after: &[E]) -> bool {
    let there = entries(before, false);
    before.len() == after.len()
        && after.iter().all(|element| element.fields().are_known())
        && entries(after, false).iter().all(|entry| there.iter().any(|t| t.is_same(entry)))
}

/// The elements for the entries of an ACL, those that are known in the form in which they are.
pub(crate) fn recorded<E: Element, C: FromIterator<E>>(
    acl: &api::NetworkAcl,
    egress: bool,
    known: &[E],
) -> C {
    let element = |there: Entry| {
        let same = known.iter().find(|k| entry(*k, egress).is_same(&there));
        same.map_or_else(|| E::of(&there), E::recorded)
    };
    Entry::all(acl, egress).into_iter().map(element).collect()
}

/// Refuses elements that EC2 would. `name` is `ingress` or `egress`.
pub(crate) fn check<'e, E: Element + 'e>(
    problems: &mut Problems,
    name: &str,
    elements: impl IntoIterator<Item = &'e E>,
) {
    let mut numbers: Vec<i64> = Vec::new();
    for element in elements {
        let fields = element.fields();
        if let Some(problem) = wrong(&fields) {
            problems.error(name, format!("Invalid {name} entry"), problem);
        }
        numbers.extend(fields.number.cloned());
    }
    numbers.sort_unstable();
    if let Some(twice) = numbers.windows(2).find(|w| w[0] == w[1]) {
        problems.error(
            name,
            format!("Invalid {name} entry"),
            format!("Two entries have the rule_no {}. Each needs its own.", twice[0]),
        );
    }
}

fn wrong(f: &Fields<'_>) -> Option<String> {
    let action = f.action.as_str().map(str::to_ascii_lowercase);
    if action.is_some_and(|a| a != "allow" && a != "deny") {
        return Some("action must be \"allow\" or \"deny\".".to_owned());
    }
    if let Some(number) = f.number.get().filter(|n| !(1..i64::from(LAST)).contains(*n)) {
        return Some(format!("rule_no must be from 1 to 32766, but is {number}."));
    }
    let none = |a: &Attr<String>| !a.is_unknown() && a.filled().is_none();
    if none(f.v4) && none(f.v6) {
        return Some("One of cidr_block and ipv6_cidr_block must be set.".to_owned());
    }
    if f.v4.filled().is_some() && f.v6.filled().is_some() {
        return Some("Only one of cidr_block and ipv6_cidr_block can be set.".to_owned());
    }
    if let Some(wrong) = f.v4.filled().and_then(|c| checks::ipv4_cidr(&c.to_owned()).err()) {
        return Some(format!("cidr_block: {wrong}"));
    }
    if let Some(wrong) = f.v6.filled().and_then(|c| checks::ipv6_cidr(&c.to_owned()).err()) {
        return Some(format!("ipv6_cidr_block: {wrong}"));
    }
    let pair = |(a, b): (Attr<i64>, Attr<i64>)| (a.cloned(), b.cloned());
    problem(f.protocol.as_str()?, pair(f.ports), pair(f.icmp))
}

#[cfg(test)]
mod tests {
    use groma_sdk::Set;

    use super::*;
    use crate::network_acl::NetworkAclEgress;

    fn element(number: i64, ports: (i64, i64)) -> NetworkAclEgress {
        NetworkAclEgress {
            rule_no: number.into(),
            protocol: "tcp".into(),
            action: "ALLOW".into(),
            cidr_block: "10.0.0.0/8".into(),
            from_port: ports.0.into(),
            to_port: ports.1.into(),
            ..NetworkAclEgress::default()
        }
    }

    fn refused(elements: &[NetworkAclEgress]) -> String {
        let mut problems = Problems::new();
        check(&mut problems, "ingress", elements);
        problems.into_diagnostics().to_string()
    }

    #[test]
    fn entries_are_checked() {
        assert_eq!(refused(&[element(1, (80, 80)), element(32766, (0, 65535))]), "");
        assert!(refused(&[element(1, (80, 80)), element(1, (81, 81))]).contains("rule_no 1"));
        assert!(refused(&[element(32767, (80, 80))]).contains("32766"));
        assert!(refused(&[element(1, (81, 80))]).contains("above"));
        assert!(refused(&[element(1, (80, 65536))]).contains("65535"));
        let nowhere = NetworkAclEgress { cidr_block: "".into(), ..element(1, (1, 1)) };
        assert!(refused(&[nowhere]).contains("One of"));
        let both = NetworkAclEgress { ipv6_cidr_block: "::/0".into(), ..element(1, (1, 1)) };
        assert!(refused(&[both]).contains("Only one"));
        let odd = NetworkAclEgress { cidr_block: "10.0.0.1/8".into(), ..element(1, (1, 1)) };
        assert!(refused(&[odd]).contains("cidr_block"));
        // What is not known yet may be as it should.
        let open = NetworkAclEgress {
            rule_no: Attr::Unknown,
            cidr_block: Attr::Unknown,
            ..element(1, (1, 1))
        };
        assert_eq!(refused(&[open.clone(), open]), "");
    }

    #[test]
    fn elements_stay_in_the_form_in_which_they_are_known() {
        let known = [element(1, (80, 80))];
        let entry = api::NetworkAclEntry::builder()
            .rule_number(1)
            .protocol("6")
            .rule_action(api::RuleAction::Allow)
            .cidr_block("10.0.0.0/8")
            .egress(false)
            .port_range(api::PortRange::builder().from(80).to(80).build());
        let acl = api::NetworkAcl::builder().entries(entry.build()).build();
        let read: Set<NetworkAclEgress> = recorded(&acl, false, &known);
        assert_eq!(read.0, [known[0].recorded()]);
        assert!(mean_the_same(&known, &read.0));
        assert!(!mean_the_same(&known, &[element(1, (80, 81))]));
        let open = NetworkAclEgress { icmp_type: Attr::Unknown, ..element(1, (80, 80)) };
        assert!(!mean_the_same(&known, &[open]));
        let read: Set<NetworkAclEgress> = recorded(&acl, true, &known);
        assert!(read.is_empty());
    }
}
