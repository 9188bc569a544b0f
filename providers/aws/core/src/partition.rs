//! Partitions and their regions.

/// A part of AWS with accounts and names of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its name in ARNs, such as `aws`.
    pub id: &'static str,
    /// What the names of its services' hosts end with.
    pub dns_suffix: &'static str,
    /// The suffix backwards, as the names of VPC endpoint services begin.
    pub reverse_dns_prefix: &'static str,
    /// The region where services without regions have their endpoints.
    pub global_region: &'static str,
    regions: &'static [(&'static str, &'static str)],
    prefixes: &'static [&'static str],
}

impl Partition {
    /// The partition of a region; the commercial one for a region that nobody knows yet.
    pub fn of_region(region: &str) -> &'static Partition {
        let known = |p: &&Partition| p.regions.iter().any(|(r, _)| *r == region);
        let alike = |p: &&Partition| p.prefixes.iter().any(|x| region.starts_with(x));
        let all = || ALL.iter().copied();
        // The commercial one comes last: its prefixes are those of others, too.
        all().find(known).or_else(|| all().rev().find(alike)).unwrap_or(&AWS)
    }

    /// The names of its regions.
    pub fn region_names(&self) -> impl Iterator<Item = &'static str> {
        self.regions.iter().map(|(name, _)| *name)
    }

    /// The name of a service as a principal in policies, such as `ec2.amazonaws.com`.
    pub fn service_principal(&self, service: &str) -> String {
        // Only China's EC2 uses the partition's own suffix.
        let suffix = match (self.id, service) {
            ("aws-cn", "ec2" | "elasticmapreduce") => self.dns_suffix,
            ("aws-iso" | "aws-iso-b" | "aws-iso-e" | "aws-iso-f", "ec2") => self.dns_suffix,
            _ => "amazonaws.com",
        };
        format!("{service}.{suffix}")
    }
}

/// What a region is called in words, such as `Europe (Ireland)`.
pub fn region_description(region: &str) -> Option<&'static str> {
    let regions = ALL.iter().flat_map(|p| p.regions);
    regions.into_iter().find(|(name, _)| *name == region).map(|(_, text)| *text)
}

/// Whether there is such a region. `global` names of partitions, such as `aws-global`, are none.
pub fn is_region(region: &str) -> bool {
    region_description(region).is_some()
}

/// All partitions.
pub fn partitions() -> &'static [&'static Partition] {
    &ALL
}

static ALL: [&Partition; 7] = [&AWS, &CN, &US_GOV, &ISO, &ISO_B, &ISO_E, &ISO_F];

static AWS: Partition = Partition {
    id: "aws",
    dns_suffix: "amazonaws.com",
    reverse_dns_prefix: "com.amazonaws",
    global_region: "us-east-1",
    regions: &[
        ("af-south-1", "Africa (Cape Town)"),
        ("ap-east-1", "Asia Pacific (Hong Kong)"),
        ("ap-east-2", "Asia Pacific (Taipei)"),
        ("ap-northeast-1", "Asia Pacific (Tokyo)"),
        ("ap-northeast-2", "Asia Pacific (Seoul)"),
        ("ap-northeast-3", "Asia Pacific (Osaka)"),
        ("ap-south-1", "Asia Pacific (Mumbai)"),
        ("ap-south-2", "Asia Pacific (Hyderabad)"),
        ("ap-southeast-1", "Asia Pacific (Singapore)"),
        ("ap-southeast-2", "Asia Pacific (Sydney)"),
        ("ap-southeast-3", "Asia Pacific (Jakarta)"),
        ("ap-southeast-4", "Asia Pacific (Melbourne)"),
        ("ap-southeast-5", "Asia Pacific (Malaysia)"),
        ("ap-southeast-6", "Asia Pacific (New Zealand)"),
        ("ap-southeast-7", "Asia Pacific (Thailand)"),
        ("ca-central-1", "Canada (Central)"),
        ("ca-west-1", "Canada West (Calgary)"),
        ("eu-central-1", "Europe (Frankfurt)"),
        ("eu-central-2", "Europe (Zurich)"),
        ("eu-north-1", "Europe (Stockholm)"),
        ("eu-south-1", "Europe (Milan)"),
        ("eu-south-2", "Europe (Spain)"),
        ("eu-west-1", "Europe (Ireland)"),
        ("eu-west-2", "Europe (London)"),
        ("eu-west-3", "Europe (Paris)"),
        ("il-central-1", "Israel (Tel Aviv)"),
        ("me-central-1", "Middle East (UAE)"),
        ("me-south-1", "Middle East (Bahrain)"),
        ("mx-central-1", "Mexico (Central)"),
        ("sa-east-1", "South America (Sao Paulo)"),
        ("us-east-1", "US East (N. Virginia)"),
        ("us-east-2", "US East (Ohio)"),
        ("us-west-1", "US West (N. California)"),
        ("us-west-2", "US West (Oregon)"),
    ],
    prefixes: &["us-east-", "us-west-", "eu-", "ap-", "sa-", "ca-", "me-", "af-", "il-", "mx-"],
};

static CN: Partition = Partition {
    id: "aws-cn",
    dns_suffix: "amazonaws.com.cn",
    reverse_dns_prefix: "cn.com.amazonaws",
    global_region: "cn-northwest-1",
    regions: &[("cn-north-1", "China (Beijing)"), ("cn-northwest-1", "China (Ningxia)")],
    prefixes: &["cn-"],
};

static US_GOV: Partition = Partition {
    id: "aws-us-gov",
    dns_suffix: "amazonaws.com",
    reverse_dns_prefix: "com.amazonaws",
    global_region: "us-gov-west-1",
    regions: &[
        ("us-gov-east-1", "AWS GovCloud (US-East)"),
        ("us-gov-west-1", "AWS GovCloud (US-West)"),
    ],
    prefixes: &["us-gov-"],
};

static ISO: Partition = Partition {
    id: "aws-iso",
    dns_suffix: "c2s.ic.gov",
    reverse_dns_prefix: "gov.ic.c2s",
    global_region: "us-iso-east-1",
    regions: &[("us-iso-east-1", "US ISO East"), ("us-iso-west-1", "US ISO WEST")],
    prefixes: &["us-iso-"],
};

static ISO_B: Partition = Partition {
    id: "aws-iso-b",
    dns_suffix: "sc2s.sgov.gov",
    reverse_dns_prefix: "gov.sgov.sc2s",
    global_region: "us-isob-east-1",
    regions: &[("us-isob-east-1", "US ISOB East (Ohio)")],
    prefixes: &["us-isob-"],
};

static ISO_E: Partition = Partition {
    id: "aws-iso-e",
    dns_suffix: "cloud.adc-e.uk",
    reverse_dns_prefix: "uk.adc-e.cloud",
    global_region: "eu-isoe-west-1",
    regions: &[("eu-isoe-west-1", "EU ISOE West")],
    prefixes: &["eu-isoe-"],
};

static ISO_F: Partition = Partition {
    id: "aws-iso-f",
    dns_suffix: "csp.hci.ic.gov",
    reverse_dns_prefix: "gov.ic.hci.csp",
    global_region: "us-isof-south-1",
    regions: &[("us-isof-east-1", "US ISOF EAST"), ("us-isof-south-1", "US ISOF SOUTH")],
    prefixes: &["us-isof-"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_of_partitions() {
        assert_eq!(Partition::of_region("eu-west-1").id, "aws");
        assert_eq!(Partition::of_region("cn-north-1").dns_suffix, "amazonaws.com.cn");
        assert_eq!(Partition::of_region("us-gov-west-1").id, "aws-us-gov");
        assert_eq!(Partition::of_region("us-gov-north-9").id, "aws-us-gov");
        assert_eq!(Partition::of_region("eu-isoe-north-9").id, "aws-iso-e");
        assert_eq!(Partition::of_region("moon-1").id, "aws");
        assert_eq!(region_description("eu-west-1"), Some("Europe (Ireland)"));
        assert!(is_region("us-east-1") && !is_region("us-east-9"));
    }

    #[test]
    fn principals_are_of_partitions() {
        assert_eq!(Partition::of_region("eu-west-1").service_principal("ec2"), "ec2.amazonaws.com");
        let china = Partition::of_region("cn-north-1");
        assert_eq!(china.service_principal("ec2"), "ec2.amazonaws.com.cn");
        assert_eq!(china.service_principal("s3"), "s3.amazonaws.com");
    }
}
