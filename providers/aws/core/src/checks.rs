//! Validators for `#[attr(check = …)]` of what AWS's names and documents look like.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use groma_sdk::model::checks::duration;

use crate::Arn;

type Checked = Result<(), String>;

/// An ARN; an empty text stands for none.
pub fn arn(text: &String) -> Checked {
    if text.is_empty() {
        return Ok(());
    }
    let arn: Arn =
        text.parse().map_err(|e| format!("It must be an ARN, but {text:?} is not: {e}."))?;
    let digits = |s: &str| s.len() == 12 && s.bytes().all(|b| b.is_ascii_digit());
    let account = arn.account.as_str();
    if !(account.is_empty()
        || matches!(account, "aws" | "aws-managed" | "third-party")
        || digits(account))
    {
        return Err(format!("It must be an ARN, but {account:?} in {text:?} is no account id."));
    }
    if !arn.partition.starts_with("aws") {
        return Err(format!(
            "It must be an ARN, but {:?} in {text:?} is no partition.",
            arn.partition
        ));
    }
    if arn.resource.is_empty() {
        return Err(format!("It must be an ARN, but {text:?} names no resource."));
    }
    Ok(())
}

/// A JSON document; an empty text stands for none.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub fn json(text: &String) -> Checked {
    if text.is_empty() {
        return Ok(());
    }
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(_) => Ok(()),
        Err(e) => Err(format!("It must be JSON, but is not: {e}.")),
    }
}

/// A policy document: a JSON object without anything in front of it.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub fn policy(text: &String) -> Checked {
    if text.is_empty() {
        return Ok(());
    }
    if text.starts_with(char::is_whitespace) {
        return Err(
            "It must be a policy in JSON, but begins with white space, which AWS does not \
                    take."
                .to_owned(),
        );
    }
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(serde_json::Value::Object(_)) => Ok(()),
        Ok(_) => Err("It must be a policy in JSON: an object with statements.".to_owned()),
        Err(e) => Err(format!("It must be a policy in JSON, but is not: {e}.")),
    }
}

/// An IPv4 or IPv6 network in CIDR notation, such as `10.0.0.0/16`, without bits set outside it.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub fn cidr(text: &String) -> Checked {
    Cidr::parse(text).map(|_| ())
}

/// As [`cidr`], of IPv4 alone.
pub fn ipv4_cidr(text: &String) -> Checked {
    match Cidr::parse(text)?.address {
        IpAddr::V4(_) => Ok(()),
        IpAddr::V6(_) => Err(format!("It must be an IPv4 network, but is {text:?}.")),
    }
}

/// As [`cidr`], of IPv6 alone.
pub fn ipv6_cidr(text: &String) -> Checked {
    match Cidr::parse(text)?.address {
        IpAddr::V6(_) => Ok(()),
        IpAddr::V4(_) => Err(format!("It must be an IPv6 network, but is {text:?}.")),
    }
}

/// An IPv4 or IPv6 address; an empty text stands for none.
pub fn ip_address(text: &String) -> Checked {
    match text.is_empty() || text.parse::<IpAddr>().is_ok() {
        true => Ok(()),
        false => Err(format!("It must be an IP address, but is {text:?}.")),
    }
}

/// An account id: twelve digits.
pub fn account_id(text: &String) -> Checked {
    match text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        true => Ok(()),
        false => Err(format!("It must be an AWS account ID, 12 digits, but is {text:?}.")),
    }
}

/// A moment as RFC 3339 writes it, such as `2026-01-02T03:04:05Z`; an empty text stands for none.
pub fn timestamp(text: &String) -> Checked {
    match text.is_empty() || text.parse::<jiff::Timestamp>().is_ok() {
        true => Ok(()),
        false => Err(format!(
            "It must be a time in RFC 3339 form, such as \"2026-01-02T03:04:05Z\", but is {text:?}."
        )),
    }
}

/// A text of so many characters, each of which `allowed` takes. `what` says which those are, as in
/// `letters, digits and hyphens`.
pub fn name(
    least: usize,
    most: usize,
    what: &'static str,
    allowed: fn(char) -> bool,
) -> impl Fn(&String) -> Checked {
    move |text| {
        let length = text.chars().count();
        if length < least || length > most {
            return Err(format!("It must have {least} to {most} characters, but has {length}."));
        }
        match text.chars().find(|c| !allowed(*c)) {
            None => Ok(()),
            Some(c) => Err(format!("It may have {what}, but {text:?} has {c:?}.")),
        }
    }
}

/// A network in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    /// Its first address.
    pub address: IpAddr,
    /// How many bits its addresses have in common.
    pub bits: u8,
}

impl Cidr {
    /// Reads a network; bits outside it must not be set.
    pub fn parse(text: &str) -> Result<Cidr, String> {
        let wrong = || {
            format!(
                "It must be a network in CIDR notation, such as \"10.0.0.0/16\", but is {text:?}."
            )
        };
        let (address, bits) = text.split_once('/').ok_or_else(wrong)?;
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits: u8 = bits.parse().ok().filter(|b| *b <= most).ok_or_else(wrong)?;
        let network = Cidr { address, bits }.first();
        if network != address {
            return Err(format!(
                "{text:?} is not a valid network in CIDR notation: the network of that size is \
                 \"{network}/{bits}\"."
            ));
        }
        Ok(Cidr { address, bits })
    }

    /// Whether all of another network is in this one.
    pub fn contains(&self, other: &Cidr) -> bool {
        self.address.is_ipv4() == other.address.is_ipv4()
            && self.bits <= other.bits
            && Cidr { address: other.address, bits: self.bits }.first() == self.first()
    }

    /// Whether the two have addresses in common.
    pub fn overlaps(&self, other: &Cidr) -> bool {
        self.contains(other) || other.contains(self)
    }

    fn first(&self) -> IpAddr {
        match self.address {
            IpAddr::V4(a) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                Ipv4Addr::from(u32::from(a) & mask).into()
            }
            IpAddr::V6(a) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                Ipv6Addr::from(u128::from(a) & mask).into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(check: impl Fn(&String) -> Checked, text: &str) -> bool {
        check(&text.to_owned()).is_ok()
    }

    #[test]
    fn arns_are_told_from_other_texts() {
        assert!(ok(arn, "arn:aws:iam::123456789012:role/x") && ok(arn, ""));
        assert!(ok(arn, "arn:aws:s3:::bucket") && ok(arn, "arn:aws:iam::aws:policy/ReadOnly"));
        for text in ["role", "arn:aws:iam::12:role/x", "arn:x:iam::123456789012:r", "arn:aws:s3:::"]
        {
            assert!(!ok(arn, text), "{text}");
        }
    }

    #[test]
    fn networks_have_no_bits_outside() {
        for text in ["10.0.0.0/16", "0.0.0.0/0", "10.1.2.3/32", "::/0", "2001:db8::/32"] {
            assert!(ok(cidr, text), "{text}");
        }
        for text in ["10.0.0.1/16", "10.0.0.0/33", "10.0.0.0", "x/8", "10.0.0.0/-1", "::1/64"] {
            assert!(!ok(cidr, text), "{text}");
        }
        assert!(ok(ipv4_cidr, "10.0.0.0/8") && !ok(ipv4_cidr, "::/0"));
        assert!(ok(ipv6_cidr, "::/0") && !ok(ipv6_cidr, "10.0.0.0/8"));
        let of = |text| Cidr::parse(text).ok();
        let (big, small, other) = (of("10.0.0.0/16"), of("10.0.1.0/24"), of("10.1.0.0/24"));
        let all = big.zip(small).zip(other);
        assert!(all.is_some_and(|((b, s), o)| b.contains(&s)
            && !s.contains(&b)
            && s.overlaps(&b)
            && !b.overlaps(&o)));
    }

    #[test]
    fn other_forms_are_checked() {
        assert!(ok(json, "{}") && ok(json, "") && !ok(json, "{"));
        assert!(ok(policy, "{}") && !ok(policy, " {}") && !ok(policy, "[]"));
        assert!(ok(account_id, "123456789012") && !ok(account_id, "1"));
        assert!(ok(duration, "1h") && !ok(duration, "1"));
        assert!(ok(timestamp, "2026-01-02T03:04:05Z") && !ok(timestamp, "tomorrow"));
        assert!(ok(ip_address, "10.0.0.1") && !ok(ip_address, "10.0.0"));
        let check = name(1, 5, "letters", |c| c.is_ascii_alphabetic());
        assert!(ok(&check, "abc") && !ok(&check, "abcdef") && !ok(&check, "a1") && !ok(&check, ""));
    }
}
