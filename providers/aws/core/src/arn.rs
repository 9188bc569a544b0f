//! Amazon resource names.

use std::fmt;
use std::str::FromStr;

/// The name of an object of AWS, in its six parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    /// The partition, such as `aws` or `aws-cn`.
    pub partition: String,
    /// The service, such as `ec2`.
    pub service: String,
    /// The region; empty for services that have none.
    pub region: String,
    /// The account; empty for objects whose names are unique over all accounts.
    pub account: String,
    /// What it is within the service; may have further colons and slashes.
    pub resource: String,
}

/// Why a text is no ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoArn(&'static str);

impl fmt::Display for NoArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NoArn {}

impl Arn {
    /// The last part of the resource, after slashes and colons: often the object's name.
    pub fn name(&self) -> &str {
        self.resource.rsplit(['/', ':']).next().unwrap_or_default()
    }

    /// The resource's name after its type, as in `targetgroup/name/id`.
    pub fn after(&self, prefix: &str) -> Option<&str> {
        self.resource.strip_prefix(prefix)
    }

    /// Whether a text has the form of an ARN.
    pub fn is_arn(text: &str) -> bool {
        text.parse::<Arn>().is_ok()
    }
}

impl FromStr for Arn {
    type Err = NoArn;

    fn from_str(text: &str) -> Result<Arn, NoArn> {
        let Some(rest) = text.strip_prefix("arn:") else { return Err(NoArn("invalid prefix")) };
        let mut parts = rest.splitn(5, ':').map(str::to_owned);
        let mut next = || parts.next().ok_or(NoArn("not enough sections"));
        Ok(Arn {
            partition: next()?,
            service: next()?,
            region: next()?,
            account: next()?,
            resource: next()?,
        })
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Arn { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_as_they_were() {
        let text = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/ab12";
        let arn: Arn = text.parse().unwrap_or_default();
        assert_eq!(arn.service, "elasticloadbalancing");
        assert_eq!(arn.name(), "ab12");
        assert_eq!(arn.after("targetgroup/"), Some("web/ab12"));
        assert_eq!(arn.to_string(), text);
        let text = "arn:aws:rds:eu-west-1:1:db:primary";
        assert_eq!(text.parse::<Arn>().map(|a| a.resource).as_deref(), Ok("db:primary"));
        assert_eq!(
            "arn:aws:iam::1:role".parse::<Arn>().map(|a| a.to_string()).as_deref(),
            Ok("arn:aws:iam::1:role")
        );
    }

    #[test]
    fn other_texts_are_none() {
        for text in ["", "arn:", "arn:aws:iam", "urn:aws:iam::1:role/x", "arn:aws:iam::1"] {
            assert!(!Arn::is_arn(text), "{text}");
        }
    }
}
