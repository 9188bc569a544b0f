//! Functions on IP address ranges.

use std::net::{Ipv4Addr, Ipv6Addr};

use groma_hcl::FunctionError;
use groma_value::{Type, Value};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

use super::spec::{
    Builtin, Call, Outcome, fail, fail_arg, function, not_an_integer, number, string,
};

pub(super) fn all() -> Vec<Builtin> {
    vec![
        function("cidrcontains")
            .param(string("containing_prefix"))
            .param(string("contained_ip_or_prefix"))
            .returns(Type::Bool)
            .body(contains),
        function("cidrhost")
            .param(string("prefix"))
            .param(number("hostnum"))
            .returns(Type::String)
            .body(host),
        function("cidrnetmask").param(string("prefix")).returns(Type::String).body(|c| {
            let network = network(c)?;
            if network.bits != 32 && !is_mapped(network.base) {
                return fail("only IPv4 networks have netmasks in this form");
            }
            Ok(network.address(network.all() & !network.host_mask()).into())
        }),
        function("cidrsubnet")
            .param(string("prefix"))
            .param(number("newbits"))
            .param(number("netnum"))
            .returns(Type::String)
            .body(subnet),
        function("cidrsubnets")
            .param(string("prefix"))
            .variadic(number("newbits"))
            .returns(Type::list(Type::String))
            .body(subnets),
    ]
}

/// A range of addresses.
#[derive(Clone, Copy)]
struct Network {
    /// The first address, in the lowest bits.
    base: u128,
    /// 32 or 128.
    bits: u32,
    prefix: u32,
}

impl Network {
    fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = text.split_once('/')?;
        let (base, bits) = match ipv4(address) {
            Some(address) => (u128::from(address), 32),
            None => (address.parse::<Ipv6Addr>().ok()?.to_bits(), 128),
        };
        if prefix.is_empty() || prefix.len() > 4 || !prefix.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let prefix = prefix.parse().ok().filter(|p| *p <= bits)?;
        let network = Network { base, bits, prefix };
        Some(Network { base: base & !network.host_mask(), ..network })
    }

    /// An IPv4 network in the form of IPv6 as what it is.
    fn unmapped(self) -> Network {
        match self.bits == 128 && is_mapped(self.base) {
            true => {
                let prefix = self.prefix.saturating_sub(96);
                Network { base: self.base & 0xffff_ffff, bits: 32, prefix }
            }
            false => self,
        }
    }

    /// Ones for the bits that tell the hosts apart.
    fn host_mask(&self) -> u128 {
        match self.bits - self.prefix {
            128 => u128::MAX,
            bits => (1_u128 << bits) - 1,
        }
    }

    /// Ones for all bits.
    fn all(&self) -> u128 {
        Network { prefix: 0, ..*self }.host_mask()
    }

    fn address(&self, address: u128) -> String {
        if self.bits == 32 || is_mapped(address) {
            Ipv4Addr::from(address as u32).to_string()
        } else {
            Ipv6Addr::from(address).to_string()
        }
    }

    fn text(&self) -> String {
        let shown = self.unmapped();
        format!("{}/{}", shown.address(shown.base), shown.prefix)
    }

    fn family(&self) -> &'static str {
        if self.bits == 32 { "IPv4" } else { "IPv6" }
    }
}

/// Whether the address is one of IPv4 in the form of IPv6.
fn is_mapped(address: u128) -> bool {
    address >> 32 == 0xffff
}

fn contains(c: &Call<'_>) -> Outcome {
    let outer = network(c)?.unmapped();
    let text = c.str(1)?;
    let inner = match text.contains('/') {
        true => Network::parse(text),
        false => {
            let bits = if ipv4(text).is_some() { 32 } else { 128 };
            Network::parse(&format!("{text}/{bits}"))
        }
    };
    let Some(inner) = inner.map(Network::unmapped) else {
        return fail_arg(1, format!("invalid IP address or CIDR prefix: {text}"));
    };
    if inner.bits != outer.bits {
        return fail(format!(
            "address family mismatch: {} is {}, {text} is {}",
            outer.text(),
            outer.family(),
            inner.family()
        ));
    }
    let within = |address: u128| address & !outer.host_mask() == outer.base;
    Ok(Value::bool(within(inner.base) && within(inner.base | inner.host_mask())))
}

/// Leading zeros are let through, and mean nothing.
fn ipv4(text: &str) -> Option<u32> {
    let mut address = 0_u32;
    let mut count = 0;
    for part in text.split('.') {
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let digits = part.trim_start_matches('0');
        let octet: u8 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
        address = address << 8 | u32::from(octet);
        count += 1;
        if count > 4 {
            return None;
        }
    }
    (count == 4).then_some(address)
}

fn network(c: &Call<'_>) -> Outcome<Network> {
    let text = c.str(0)?;
    Network::parse(text).ok_or_else(|| {
        FunctionError::new(format!("invalid CIDR expression: invalid CIDR address: {text}"))
    })
}

fn integer(c: &Call<'_>, index: usize) -> Outcome<BigInt> {
    match c.number(index)?.as_bigint() {
        Some(i) => Ok(i),
        None => fail("value must be a whole number"),
    }
}

fn host(c: &Call<'_>) -> Outcome {
    let network = network(c)?;
    let number = integer(c, 1)?;
    let mask = network.host_mask();
    let refused = || {
        let prefix = network.prefix;
        fail(format!("prefix of {prefix} does not accommodate a host numbered {number}"))
    };
    // Negative numbers count from the end. Of others, the lowest 64 bits have to fit, and all are
    // used: this is how engines have always numbered hosts.
    let low = number.magnitude().iter_u64_digits().next().unwrap_or(0);
    let distance = match number.is_negative() {
        true => number.magnitude().to_u128().map(|count| count - 1),
        false => Some(i64::try_from(low).map_or(0, i64::unsigned_abs).into()),
    };
    let Some(distance) = distance.filter(|d| *d <= mask) else {
        return refused();
    };
    let host = match number.is_negative() {
        true => BigInt::from(mask - distance),
        false => number.clone(),
    };
    // Where an IPv4 address is written as IPv6, the number goes to the front of it.
    let shift: u32 = if network.bits == 128 && is_mapped(network.base) { 96 } else { 0 };
    let address: BigInt = BigInt::from(network.base) | (host << shift);
    let address = address.to_u128();
    match address.filter(|a| network.bits == 128 || *a >> 32 == 0) {
        Some(address) => Ok(network.address(address).into()),
        None => refused(),
    }
}

fn subnet(c: &Call<'_>) -> Outcome {
    let network = network(c)?;
    let new_bits = c.int(1)?;
    let number = integer(c, 2)?;
    let prefix = i64::from(network.prefix).checked_add(new_bits);
    let prefix = prefix.and_then(|p| u32::try_from(p).ok()).filter(|p| *p <= network.bits);
    let Some(prefix) = prefix else {
        return fail(format!(
            "insufficient address space to extend prefix of {} by {new_bits}",
            network.prefix,
        ));
    };
    if u64::try_from(new_bits).is_ok_and(|bits| number.bits() > bits) {
        return fail(format!(
            "prefix extension of {new_bits} does not accommodate a subnet numbered {number}",
        ));
    }
    // A negative number is taken for all ones above its digits, as it is in other engines.
    let base = BigInt::from(network.base) | (number << (network.bits - prefix));
    let Some(base) = base.magnitude().to_u128().filter(|b| network.bits == 128 || *b >> 32 == 0)
    else {
        return fail(format!("there is no such subnet in {}", network.text()));
    };
    Ok(Network { base, prefix, ..network }.text().into())
}

fn subnets(c: &Call<'_>) -> Outcome {
    let network = network(c).map_err(|error| FunctionError::arg(0, error.message))?;
    let last = network.base | network.host_mask();
    // The search begins before the network, and there is nothing before the first of all
    // addresses. It does not find its way in IPv4 addresses that are written as IPv6 either.
    let unsearchable = network.base == 0 || network.bits == 128 && is_mapped(network.base);
    // The first address that is free; `None` beyond the last one there is.
    let mut next = (!unsearchable).then_some(network.base);
    let mut previous: Option<Network> = None;
    let mut all = Vec::with_capacity(c.args.len());
    for index in 1..c.args.len() {
        let Some(new_bits) = c.number(index)?.as_i64() else {
            return fail_arg(index, not_an_integer());
        };
        if new_bits < 1 {
            return fail_arg(index, "must extend prefix by at least one bit");
        }
        if new_bits > 32 && network.bits == 32 {
            return fail_arg(index, "may not extend prefix by more than 32 bits");
        }
        let prefix = u32::try_from(new_bits).map_or(u32::MAX, |n| n.saturating_add(network.prefix));
        if prefix > network.bits {
            return fail_arg(
                index,
                format!(
                    "would extend prefix to {prefix} bits, which is too long for an {} address",
                    network.family(),
                ),
            );
        }
        let mask = Network { prefix, ..network }.host_mask();
        // A subnet begins at a multiple of its size.
        let base = next.and_then(|next| next.checked_add(mask)).map(|n| n & !mask);
        let Some(base) = base.filter(|base| *base <= last) else {
            // Nothing stands before the network but, as engines have it, the last subnet there is.
            let before = Network { base: !0 & !mask & network.all(), prefix, ..network };
            let after = match unsearchable && network.base == 0 {
                true => before.text(),
                false => previous.map_or_else(|| network.text(), |p| p.text()),
            };
            return fail_arg(
                index,
                format!(
                    "not enough remaining address space for a subnet with a prefix of {prefix} \
                     bits after {after}",
                ),
            );
        };
        let subnet = Network { base, prefix, ..network };
        next = (base | mask).checked_add(1);
        previous = Some(subnet);
        all.push(Value::from(subnet.text()));
    }
    Ok(Value::list(Type::String, all))
}
