//! Functions on IP address ranges.

use std::net::{Ipv4Addr, Ipv6Addr};

use groma_hcl::FunctionError;
use groma_value::{Type, Value};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

use super::spec::{Builtin, Call, Outcome, fail, fail_arg, function, number, string};

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
            if network.bits != 32 {
                return fail("only IPv4 networks have netmasks in this form");
            }
            let mask = u32::MAX.checked_shl(32 - network.prefix).unwrap_or(0);
            Ok(Ipv4Addr::from(mask).to_string().into())
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
        let mapped = self.bits == 128 && self.base >> 32 == 0xffff && self.prefix >= 96;
        match mapped {
            true => Network { base: self.base & 0xffff_ffff, bits: 32, prefix: self.prefix - 96 },
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

    fn address(&self, address: u128) -> String {
        if self.bits == 32 {
            Ipv4Addr::from(address as u32).to_string()
        } else {
            Ipv6Addr::from(address).to_string()
        }
    }

    fn text(&self) -> String {
        format!("{}/{}", self.address(self.base), self.prefix)
    }

    fn family(&self) -> &'static str {
        if self.bits == 32 { "IPv4" } else { "IPv6" }
    }
}

fn contains(c: &Call<'_>) -> Outcome {
    let outer = network(c)?;
    let text = c.str(1)?;
    let whole = |address: &str| Network::parse(&format!("{address}/{}", outer.bits));
    let inner = match text.contains('/') {
        true => Network::parse(text),
        // An address of the other family is told from what is no address at all.
        false => whole(text).or_else(|| Network::parse(&format!("{text}/32"))),
    };
    let Some(inner) = inner else {
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
    // Negative numbers count from the end.
    let distance = if number.is_negative() { -&number - 1 } else { number.clone() };
    let Some(distance) = distance.to_u128().filter(|d| *d <= mask) else {
        return fail(format!(
            "prefix of {} does not accommodate a host numbered {number}",
            network.prefix,
        ));
    };
    let host = if number.is_negative() { mask - distance } else { distance };
    Ok(network.address(network.base | host).into())
}

fn subnet(c: &Call<'_>) -> Outcome {
    let network = network(c)?.unmapped();
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
    // The first address that is free; `None` beyond the last one there is.
    let mut next = Some(network.base);
    let mut previous: Option<Network> = None;
    let mut all = Vec::with_capacity(c.args.len());
    for index in 1..c.args.len() {
        let new_bits = c.int(index)?;
        if new_bits < 1 {
            return fail_arg(index, "must extend prefix by at least one bit");
        }
        if new_bits > 32 {
            return fail_arg(index, "may not extend prefix by more than 32 bits");
        }
        let prefix = network.prefix + new_bits as u32;
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
            let after = previous.map_or_else(|| network.text(), |p| p.text());
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
