//! Objects that are so young that not everybody knows of them yet.
//!
//! Services tell of an object for some seconds as if it were not there, at one place or another.
//! So the first reads that name a new object are asked under another name: the emulator
//! says in its own words that there is none.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::request::Request;

/// How often at most one is overlooked.
const MOST: u64 = 2;

/// What creates an object, and with what its id begins.
const IDS: [(&str, &str); 24] = [
    ("AllocateAddress", "eipalloc-"),
    ("AuthorizeSecurityGroupEgress", "sgr-"),
    ("AuthorizeSecurityGroupIngress", "sgr-"),
    ("CreateFlowLogs", "fl-"),
    ("CreateInternetGateway", "igw-"),
    ("CreateKeyPair", "key-"),
    ("CreateLaunchTemplate", "lt-"),
    ("CreateNatGateway", "nat-"),
    ("CreateNetworkAcl", "acl-"),
    ("CreateNetworkInterface", "eni-"),
    ("CreatePlacementGroup", "pg-"),
    ("CreateRouteTable", "rtb-"),
    ("AssociateRouteTable", "rtbassoc-"),
    ("CreateSecurityGroup", "sg-"),
    ("CreateSubnet", "subnet-"),
    ("CreateVolume", "vol-"),
    ("CreateVpc", "vpc-"),
    ("CreateVpcEndpoint", "vpce-"),
    ("ImportKeyPair", "key-"),
    ("RunInstances", "i-"),
    ("CreateDBInstance", "db-"),
    ("CreateDBInstanceReadReplica", "db-"),
    ("CreateDBCluster", "cluster-"),
    ("CreateSnapshot", "snap-"),
];

/// The first words of operations that make something.
const MAKES: [&str; 8] =
    ["Create", "Run", "Allocate", "Authorize", "Associate", "Import", "Request", "Put"];

/// The first words of operations that only read.
const READS: [&str; 6] = ["Describe", "Get", "List", "Head", "GET ", "HEAD "];

/// Objects of which requests and answers told.
pub(crate) struct Young {
    seed: u64,
    /// All that was ever young.
    known: HashSet<String>,
    /// What is still overlooked.
    young: Vec<Entry>,
}

struct Entry {
    /// An id, an ARN, or a name.
    text: String,
    /// What has the name; ids and ARNs are nobody else's anyway.
    noun: Option<String>,
    /// How often it will be overlooked.
    left: u64,
}

impl Young {
    pub(crate) fn new(seed: u64) -> Young {
        Young { seed, known: HashSet::new(), young: Vec::new() }
    }

    /// Remembers what a request made that was answered so.
    pub(crate) fn learn(&mut self, request: &Request, answer: &[u8]) {
        if !answer.starts_with(b"HTTP/1.1 2") && !answer.starts_with(b"HTTP/1.0 2") {
            return;
        }
        let operation = request.operation.as_str();
        if let Some(bucket) = operation.strip_prefix("PUT /") {
            let name = bucket.trim_end_matches('/');
            if !name.contains(['/', '?']) {
                self.add(name, Some("/"));
            }
            return;
        }
        let Some(noun) = MAKES.iter().find_map(|verb| operation.strip_prefix(verb)) else { return };
        let answer = String::from_utf8_lossy(answer);
        if let Some((_, prefix)) = IDS.iter().find(|(made_by, _)| *made_by == operation) {
            for id in ids(&answer, prefix) {
                self.add(id, None);
            }
        }
        if ["Create", "Request", "Import"].iter().any(|verb| operation.starts_with(verb)) {
            // Keys of AWS's own are told of with whatever they encrypt.
            let is_others = |arn: &str| arn.contains(":kms:") && operation != "CreateKey";
            for arn in arns(&answer).filter(|arn| !is_others(arn)) {
                self.add(arn, None);
            }
        }
        let noun = noun.strip_suffix("ReadReplica").unwrap_or(noun);
        let last = noun.rfind(char::is_uppercase).map_or(noun, |at| &noun[at..]);
        let candidates = [
            format!("{noun}Name"),
            format!("{noun}Identifier"),
            format!("{last}Name"),
            "Name".into(),
        ];
        if let Some(name) = candidates.iter().find_map(|key| request.parameter(key)) {
            self.add(&name, Some(last.trim_end_matches('y')));
        }
    }

    fn add(&mut self, text: &str, noun: Option<&str>) {
        // What is so short is found everywhere.
        let known = format!("{} {text}", noun.unwrap_or_default());
        if text.len() < 4 || !self.known.insert(known) {
            return;
        }
        let mut hasher = DefaultHasher::new();
        (self.seed, text).hash(&mut hasher);
        let left = 1 + hasher.finish() % MOST;
        self.young.push(Entry { text: text.to_owned(), noun: noun.map(str::to_owned), left });
    }

    /// Lets a read overlook what is young; says whether it does.
    pub(crate) fn overlook(&mut self, request: &mut Request) -> bool {
        let operation = &request.operation;
        if !READS.iter().any(|verb| operation.starts_with(verb)) {
            return false;
        }
        let mut overlooked = false;
        for entry in &mut self.young {
            let is_meant = entry.noun.as_ref().is_none_or(|noun| operation.contains(noun));
            if entry.left > 0 && is_meant && rename(&mut request.bytes, &entry.text) {
                entry.left -= 1;
                overlooked = true;
            }
        }
        overlooked
    }

    /// Everybody knows of everything now.
    pub(crate) fn settle(&mut self) {
        self.young.clear();
    }
}

/// The ids in a text that begin with this.
fn ids<'a>(text: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(prefix).filter_map(move |(at, _)| {
        let is_start = !text[..at].ends_with(is_of_word);
        let rest = &text[at..];
        let end = prefix.len() + rest[prefix.len()..].find(|c: char| !c.is_alphanumeric())?;
        (is_start && end >= prefix.len() + 8).then(|| &rest[..end])
    })
}

/// The ARNs in a text.
fn arns(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("arn:aws").filter_map(|(at, _)| {
        let rest = &text[at..];
        let end = rest.find(|c: char| c.is_whitespace() || "<>\"'\\,".contains(c))?;
        Some(&rest[..end])
    })
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// Replaces a text, plain or as it is written in URLs, by another of its length.
fn rename(bytes: &mut [u8], text: &str) -> bool {
    let escaped = text.replace('/', "%2F").replace(':', "%3A");
    let mut renamed = replace(bytes, text.as_bytes());
    if escaped != text {
        renamed |= replace(bytes, escaped.as_bytes());
    }
    renamed
}

fn replace(bytes: &mut [u8], text: &[u8]) -> bool {
    let is_of_word = |byte: &u8| is_of_word(char::from(*byte));
    let mut replaced = false;
    for at in 0..bytes.len().saturating_sub(text.len() - 1) {
        let end = at + text.len();
        if bytes.get(at..end) != Some(text) {
            continue;
        }
        // An escaped character ends in one that words have.
        let behind_escape = at >= 3 && bytes[at - 3] == b'%';
        let is_start = at == 0 || behind_escape || !is_of_word(&bytes[at - 1]);
        if is_start && !bytes.get(end).is_some_and(is_of_word) {
            other(&mut bytes[at..end]);
            replaced = true;
        }
    }
    replaced
}

/// Turns the end of a text into something that nothing is called, but of the same form.
fn other(text: &mut [u8]) {
    let rotated = |byte: u8, first: u8, count: u8| first + (byte - first + 3) % count;
    let start = text.len().saturating_sub(8);
    for byte in &mut text[start..] {
        *byte = match *byte {
            b'0'..=b'9' => rotated(*byte, b'0', 10),
            b'a'..=b'f' => rotated(*byte, b'a', 6),
            b'g'..=b'z' => rotated(*byte, b'g', 20),
            b'A'..=b'Z' => rotated(*byte, b'A', 26),
            other => other,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::request;

    const OK: &str = "HTTP/1.1 200 OK\r\n\r\n";

    fn form(body: &str) -> Request {
        request(&format!("POST / HTTP/1.1\r\nhost: x\r\n\r\n{body}"))
    }

    fn times(young: &mut Young, read: impl Fn() -> Request) -> usize {
        (0..9).take_while(|_| young.overlook(&mut read())).count()
    }

    #[test]
    fn new_objects_are_overlooked_once_or_twice() {
        let mut young = Young::new(1);
        let answer = format!("{OK}<subnetId>subnet-0a1b2c3d</subnetId><vpcId>vpc-0a1b2c3d</vpcId>");
        young.learn(&form("Action=CreateSubnet"), answer.as_bytes());
        let read = || form("Action=DescribeSubnets&SubnetId.1=subnet-0a1b2c3d&Version=1");
        assert!((1..=2).contains(&times(&mut young, read)));
        // The network was there before; and a subnet is new only once.
        assert_eq!(times(&mut young, || form("Action=DescribeVpcs&VpcId.1=vpc-0a1b2c3d")), 0);
        young.learn(&form("Action=CreateSubnet"), answer.as_bytes());
        assert_eq!(times(&mut young, read), 0);
    }

    #[test]
    fn names_are_those_of_a_kind() {
        let mut young = Young::new(1);
        young.learn(&form("Action=CreateRole&RoleName=runner"), OK.as_bytes());
        let policy = form("Action=GetPolicy&PolicyName=runner");
        assert!(!young.overlook(&mut { policy }));
        assert!(!young.overlook(&mut form("Action=DeleteRole&RoleName=runner")));
        let mut read = form("Action=GetRole&RoleName=runner");
        assert!(young.overlook(&mut read));
        assert_eq!(read.parameter("RoleName").as_deref(), Some("uxqqbu"));
        young.settle();
        assert!(!young.overlook(&mut form("Action=GetRole&RoleName=runner")));
    }

    #[test]
    fn buckets_and_arns_are_found_where_they_are_named() {
        let mut young = Young::new(1);
        young.learn(&request("PUT /photos HTTP/1.1\r\n\r\n"), OK.as_bytes());
        let mut read = request("GET /photos?policy HTTP/1.1\r\n\r\n");
        assert!(young.overlook(&mut read) && !read.bytes.starts_with(b"GET /photos?"));
        let made = format!("{OK}<TopicArn>arn:aws:sns:us-east-1:1:topic</TopicArn>");
        young.learn(&form("Action=CreateTopic&Name=topic"), made.as_bytes());
        let arn = "arn%3Aaws%3Asns%3Aus-east-1%3A1%3Atopic";
        assert!(young.overlook(&mut form(&format!("Action=GetSubscription&TopicArn={arn}"))));
        let refused = "HTTP/1.1 409 Conflict\r\n\r\n";
        young.learn(&request("PUT /other HTTP/1.1\r\n\r\n"), refused.as_bytes());
        assert!(!young.overlook(&mut request("GET /other HTTP/1.1\r\n\r\n")));
    }
}
