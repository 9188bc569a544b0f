//! What EC2 would refuse of rules of security groups.

use groma_aws_core::checks;
use groma_sdk::{Attr, Problems, Set};

use super::{Grant, Permission, protocol};
use crate::acl_entries::{icmp_type, port_range, protocol_number};

/// Refuses rules in line that EC2 would. `name` is `ingress` or `egress`.
pub(crate) fn check(problems: &mut Problems, name: &str, rules: &Attr<Set<Permission>>) {
    let summary = || format!("Invalid {name} rule");
    let rules = rules.or_default();
    for rule in &rules {
        if let Some(problem) = problem(rule).or_else(|| no_source(rule)) {
            problems.error(name, summary(), problem);
        }
    }
    // No group has this id, so that references to a group itself are told from others.
    let all: Vec<Vec<Grant>> = rules
        .iter()
        .map(|rule| if is_known(rule) { rule.grants("self") } else { Vec::new() })
        .collect();
    for (i, grants) in all.iter().enumerate() {
        let others = all.iter().skip(i + 1).flatten();
        let twice = |g: &&Grant| others.clone().any(|o| o.lets_same_pass(g));
        if let Some(grant) = grants.iter().find(twice) {
            problems.error(
                name,
                summary(),
                format!(
                    "Two rules let the same pass ({} from port {} to {}, {}), which EC2 does not take, \
                     whatever their descriptions. Leave one of them.",
                    grant.protocol,
                    grant.ports.0,
                    grant.ports.1,
                    grant.from.text()
                ),
            );
        }
    }
}

fn is_known(rule: &Permission) -> bool {
    !(rule.cidr_blocks.is_unknown()
        || rule.ipv6_cidr_blocks.is_unknown()
        || rule.prefix_list_ids.is_unknown()
        || rule.security_groups.is_unknown()
        || rule.self_.is_unknown()
        || rule.protocol.is_unknown()
        || rule.from_port.is_unknown()
        || rule.to_port.is_unknown())
}

fn no_source(rule: &Permission) -> Option<String> {
    (is_known(rule) && rule.grants("").is_empty()).then(|| {
        "A rule is about nothing without one of cidr_blocks, ipv6_cidr_blocks, prefix_list_ids, \
         security_groups and self = true, but none of them has anything in it."
            .to_owned()
    })
}

/// What is wrong with a rule, as far as is known.
pub(crate) fn problem(rule: &Permission) -> Option<String> {
    if let Some(name) = rule.protocol.as_str() {
        let ports = (rule.from_port.cloned(), rule.to_port.cloned());
        if let Some((_, problem)) = protocol_and_ports(name, ports) {
            return Some(problem);
        }
        if let (Some(from), Some(to)) = ports
            && protocol(name) == "-1"
            && (from != 0 || to != 0)
        {
            return Some(format!(
                "from_port ({from}) and to_port ({to}) must both be 0 for all protocols (\"-1\")."
            ));
        }
    }
    let wrong = |networks: &Attr<Vec<String>>, check: fn(&String) -> Result<(), String>| {
        networks.or_default().iter().find_map(|network| check(network).err())
    };
    wrong(&rule.cidr_blocks, checks::ipv4_cidr)
        .or_else(|| wrong(&rule.ipv6_cidr_blocks, checks::ipv6_cidr))
        .or_else(|| rule.description.as_str().and_then(|d| description(&d.to_owned()).err()))
}

/// What is wrong with the protocol of a rule and its ports, and with which of its attributes.
pub(crate) fn protocol_and_ports(
    name: &str,
    ports: (Option<i64>, Option<i64>),
) -> Option<(&'static str, String)> {
    let Some(number) = protocol_number(name) else {
        let problem = format!(
            "There is no protocol {name:?}: it must be tcp, udp, icmp, icmpv6, a number, or \"-1\" for all."
        );
        return Some(("protocol", problem));
    };
    let problem = match number.as_str() {
        "6" | "17" => port_range(ports),
        "1" | "58" => icmp_type(ports).or_else(|| match ports {
            (Some(-1), Some(code)) if code != -1 => Some(format!(
                "A rule of all ICMP types (from_port -1) is of all codes: to_port must be -1, too, but \
                 is {code}."
            )),
            _ => None,
        }),
        _ => None,
    };
    problem.map(|problem| ("from_port", problem))
}

/// Whether EC2 takes a text for the description of a rule or a group.
pub(crate) fn description(text: &String) -> Result<(), String> {
    let length = text.chars().count();
    if length > 255 {
        return Err(format!("It must have at most 255 characters, but has {length}."));
    }
    group_text(text)
}

/// Whether EC2 takes the characters of a name or a description.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn group_text(text: &String) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    match text.chars().find(|c| !allowed(*c)) {
        Some(c) => Err(format!(
            "Names and descriptions of security groups and rules may have ASCII letters, digits, \
             spaces and ._-:/()#,@[]+=&;{{}}!$*, but {text:?} has {c:?}."
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, ports: (i64, i64)) -> Permission {
        Permission {
            protocol: name.into(),
            from_port: ports.0.into(),
            to_port: ports.1.into(),
            cidr_blocks: Attr::Known(vec!["10.0.0.0/8".to_owned()]),
            ..Permission::default()
        }
    }

    fn refused(rules: Vec<Permission>) -> String {
        let mut problems = Problems::new();
        check(&mut problems, "ingress", &Attr::Known(Set(rules)));
        problems.into_diagnostics().to_string()
    }

    #[test]
    fn rules_that_ec2_takes_pass() {
        for (name, ports) in [
            ("tcp", (0, 65535)),
            ("-1", (0, 0)),
            ("icmp", (-1, -1)),
            ("icmp", (8, 0)),
            ("50", (0, 0)),
        ] {
            assert_eq!(refused(vec![rule(name, ports)]), "", "{name}");
        }
        let other =
            Permission { self_: true.into(), cidr_blocks: Attr::Null, ..rule("tcp", (1, 1)) };
        assert_eq!(refused(vec![rule("tcp", (1, 1)), other]), "");
        // What is not known yet may be as it should.
        let open = Permission { cidr_blocks: Attr::Unknown, ..rule("tcp", (1, 1)) };
        assert_eq!(refused(vec![open.clone(), open]), "");
    }

    #[test]
    fn rules_that_ec2_does_not_take_are_refused() {
        assert!(refused(vec![rule("tcp", (81, 80))]).contains("above"));
        assert!(refused(vec![rule("udp", (0, 70000))]).contains("65535"));
        assert!(refused(vec![rule("tpc", (80, 80))]).contains("no protocol \"tpc\""));
        assert!(refused(vec![rule("-1", (1, 1))]).contains("must both be 0"));
        assert!(refused(vec![rule("icmp", (-1, 0))]).contains("all codes"));
        assert!(refused(vec![rule("icmp", (300, 0))]).contains("255"));
        let nothing = Permission { cidr_blocks: Attr::Null, ..rule("tcp", (1, 1)) };
        assert!(refused(vec![nothing]).contains("none of them"));
        let odd = Permission {
            cidr_blocks: Attr::Known(vec!["10.0.0.1/8".into()]),
            ..rule("tcp", (1, 1))
        };
        assert!(refused(vec![odd]).contains("10.0.0.0/8"));
        let named = Permission { description: "two".into(), ..rule("tcp", (1, 1)) };
        assert!(refused(vec![rule("tcp", (1, 1)), named]).contains("the same pass"));
        let long =
            Permission { description: "x".repeat(256).as_str().into(), ..rule("tcp", (1, 1)) };
        assert!(refused(vec![long]).contains("255"));
    }
}
