//! What configurations must hold beyond single attributes.

use groma_aws_core::checks::Cidr;
use groma_sdk::{Attr, Problems};

/// Whether an attribute is configured. One that is not known yet is.
pub fn set<T>(attribute: &Attr<T>) -> bool {
    !attribute.is_null()
}

/// At most one of some attributes is set. Those that may yet turn out not to be are not counted.
pub fn at_most_one(problems: &mut Problems, these: &[(&str, bool)]) {
    let set: Vec<&str> = these.iter().filter(|t| t.1).map(|t| t.0).collect();
    if let [first, _, ..] = set.as_slice() {
        problems.error(
            first,
            "Invalid combination of arguments",
            format!("At most one of {} can be set, but {} are.", listed(these), set.join(" and ")),
        );
    }
}

/// One of some attributes is set, at least.
pub fn at_least_one(problems: &mut Problems, these: &[(&str, bool)]) {
    if !these.iter().any(|t| t.1) {
        let first = these.first().map_or("", |t| t.0);
        let detail = format!("One of {} must be set, but none is.", listed(these));
        problems.error(first, "Missing required argument", detail);
    }
}

/// An attribute that means something only together with others.
pub fn needs(problems: &mut Problems, this: (&str, bool), others: &[(&str, bool)]) {
    if this.1 && others.iter().any(|o| !o.1) {
        let detail = format!("\"{}\" needs {} to be set, too.", this.0, listed(others));
        problems.error(this.0, "Missing required argument", detail);
    }
}

fn listed(these: &[(&str, bool)]) -> String {
    these.iter().map(|t| format!("\"{}\"", t.0)).collect::<Vec<_>>().join(", ")
}

/// An IPv4 network that a VPC or a subnet can have; an empty text stands for none.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub fn network(text: &String) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    let cidr = Cidr::parse(text)?;
    match cidr.address.is_ipv4() {
        true if (16..=28).contains(&cidr.bits) => Ok(()),
        true => Err(format!(
            "AWS takes networks from /16 to /28 for VPCs and subnets, but {text:?} is a /{}.",
            cidr.bits
        )),
        false => Err(format!("It must be an IPv4 network, but is {text:?}.")),
    }
}

/// An IPv6 network; an empty text stands for none.
pub fn ipv6_network(text: &String) -> Result<(), String> {
    match text.is_empty() {
        true => Ok(()),
        false => groma_aws_core::checks::ipv6_cidr(text),
    }
}

/// An IPv6 network that a subnet can have; an empty text stands for none.
pub fn ipv6_subnet(text: &String) -> Result<(), String> {
    ipv6_network(text)?;
    match Cidr::parse(text) {
        Ok(cidr) if !matches!(cidr.bits, 44 | 48 | 52 | 56 | 60 | 64) => Err(format!(
            "AWS takes IPv6 networks of /44, /48, /52, /56, /60 and /64 for subnets, but {text:?} is a \
             /{}.",
            cidr.bits
        )),
        _ => Ok(()),
    }
}

/// An IPv4 network; an empty text stands for none.
pub fn ipv4_network(text: &String) -> Result<(), String> {
    match text.is_empty() {
        true => Ok(()),
        false => groma_aws_core::checks::ipv4_cidr(text),
    }
}

/// An IPv4 address.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub fn ipv4_address(text: &String) -> Result<(), String> {
    match text.is_empty() || text.parse::<std::net::Ipv4Addr>().is_ok() {
        true => Ok(()),
        false => Err(format!("It must be an IPv4 address, but is {text:?}.")),
    }
}

/// An IPv6 address.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub fn ipv6_address(text: &String) -> Result<(), String> {
    match text.parse::<std::net::Ipv6Addr>() {
        Ok(_) => Ok(()),
        Err(_) => Err(format!("It must be an IPv6 address, but is {text:?}.")),
    }
}

/// An IPv4 prefix that an interface can have.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub fn ipv4_prefix(text: &String) -> Result<(), String> {
    prefix(text, true, 28)
}

/// An IPv6 prefix that an interface can have.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub fn ipv6_prefix(text: &String) -> Result<(), String> {
    prefix(text, false, 80)
}

fn prefix(text: &str, of_ipv4: bool, bits: u8) -> Result<(), String> {
    let cidr = Cidr::parse(text)?;
    match cidr.address.is_ipv4() == of_ipv4 && cidr.bits == bits {
        true => Ok(()),
        false => {
            let version = if of_ipv4 { "IPv4" } else { "IPv6" };
            Err(format!(
                "{version} prefixes of interfaces are networks of /{bits}, but this is {text:?}."
            ))
        }
    }
}

/// A number that is not below zero.
pub fn not_negative(number: &i64) -> Result<(), String> {
    match *number < 0 {
        true => Err(format!("It must be at least 0, but is {number}.")),
        false => Ok(()),
    }
}

/// A number of at least one.
pub fn positive(number: &i64) -> Result<(), String> {
    match *number < 1 {
        true => Err(format!("It must be at least 1, but is {number}.")),
        false => Ok(()),
    }
}

/// Whether two texts differ in case alone.
#[expect(clippy::ptr_arg, reason = "attributes are compared by functions of this form")]
pub fn same_ignoring_case(prior: &String, configured: &String) -> bool {
    prior.eq_ignore_ascii_case(configured)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_of_the_sizes_that_vpcs_take() {
        let check = |text: &str| network(&text.to_owned());
        assert!(check("10.0.0.0/16").is_ok() && check("").is_ok());
        assert!(check("10.0.0.0/8").is_err_and(|e| e.contains("/16 to /28")));
        assert!(check("10.0.0.1/16").is_err() && check("fd00::/56").is_err());
    }

    #[test]
    fn addresses_and_prefixes_are_of_their_version() {
        let text = |text: &str| text.to_owned();
        assert!(ipv6_subnet(&text("fd00::/64")).is_ok() && ipv6_subnet(&text("")).is_ok());
        assert!(
            ipv6_subnet(&text("fd00::/63")).is_err() && ipv6_subnet(&text("10.0.0.0/24")).is_err()
        );
        assert!(ipv4_address(&text("10.0.0.1")).is_ok() && ipv4_address(&text("fd00::1")).is_err());
        assert!(ipv6_address(&text("fd00::1")).is_ok() && ipv6_address(&text("10.0.0.1")).is_err());
        assert!(ipv4_prefix(&text("10.0.0.16/28")).is_ok());
        assert!(ipv4_prefix(&text("10.0.0.0/24")).is_err_and(|e| e.contains("/28")));
        assert!(
            ipv6_prefix(&text("fd00::/80")).is_ok() && ipv6_prefix(&text("fd00::/64")).is_err()
        );
        assert!(not_negative(&0).is_ok() && not_negative(&-1).is_err());
    }

    #[test]
    fn combinations_are_told_by_name() {
        let mut problems = Problems::new();
        at_most_one(&mut problems, &[("a", true), ("b", false), ("c", true)]);
        at_least_one(&mut problems, &[("d", false), ("e", false)]);
        needs(&mut problems, ("f", true), &[("g", false)]);
        at_most_one(&mut problems, &[("h", true), ("i", false)]);
        let text = problems.into_diagnostics().to_string();
        assert!(
            text.contains("a and c") && text.contains("\"d\", \"e\"") && text.contains("\"g\"")
        );
        assert!(!text.contains("\"h\""));
    }
}
