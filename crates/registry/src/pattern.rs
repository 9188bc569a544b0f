//! Patterns that say for which providers an installation method is meant.

use std::fmt;

use groma_addrs::Provider;

/// `hashicorp/*`, `example.com/*/*`, `hashicorp/aws`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderPattern {
    host: Option<String>,
    namespace: Option<String>,
    kind: Option<String>,
}

impl ProviderPattern {
    /// Parses a pattern. The error says what is wrong with it.
    pub fn parse(text: &str) -> Result<ProviderPattern, String> {
        let parts: Vec<&str> = text.split('/').collect();
        let (host, namespace, kind) = match parts[..] {
            [namespace, kind] => (Provider::DEFAULT_HOST, namespace, kind),
            [host, namespace, kind] => (host, namespace, kind),
            _ => {
                return Err(format!(
                    "invalid provider matching pattern {text:?}: must have either two or three slash-separated segments"
                ));
            }
        };
        // What stands in for a wildcard must not be refused by the check of the rest.
        let or = |part: &str, stand_in: &str| {
            if part == "*" { stand_in.into() } else { part.to_owned() }
        };
        let source = format!(
            "{}/{}/{}",
            or(host, "wildcard.example"),
            or(namespace, "any"),
            or(kind, "any")
        );
        let address = Provider::parse(&source)
            .map_err(|problem| format!("invalid provider matching pattern {text:?}: {problem}"))?;
        let literal = |given: &str, part: &str| (given != "*").then(|| part.to_owned());
        let pattern = ProviderPattern {
            host: literal(host, &address.hostname),
            namespace: literal(namespace, &address.namespace),
            kind: literal(kind, &address.kind),
        };
        let wider_first = (pattern.host.is_none()
            && (pattern.namespace.is_some() || pattern.kind.is_some()))
            || (pattern.namespace.is_none() && pattern.kind.is_some());
        if wider_first {
            return Err(format!(
                "invalid provider matching pattern {text:?}: what follows a wildcard must be wildcards too"
            ));
        }
        Ok(pattern)
    }

    /// Whether a provider is meant.
    pub fn matches(&self, provider: &Provider) -> bool {
        let matches = |pattern: &Option<String>, part: &str| {
            pattern.as_deref().is_none_or(|literal| literal == part)
        };
        matches(&self.host, &provider.hostname)
            && matches(&self.namespace, &provider.namespace)
            && matches(&self.kind, &provider.kind)
    }
}

impl fmt::Display for ProviderPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "*".into());
        write!(f, "{}/{}/{}", part(&self.host), part(&self.namespace), part(&self.kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_by_segment() {
        let aws = Provider::parse("hashicorp/aws").unwrap();
        for (pattern, expected) in [
            ("hashicorp/aws", true),
            ("hashicorp/*", true),
            ("HashiCorp/AWS", true),
            ("*/*", true),
            ("*/*/*", true),
            ("registry.terraform.io/hashicorp/*", true),
            ("example.com/*/*", false),
            ("hashicorp/null", false),
            ("acme/*", false),
        ] {
            let parsed = ProviderPattern::parse(pattern).unwrap();
            assert_eq!(parsed.matches(&aws), expected, "{pattern}");
        }
    }

    #[test]
    fn malformed_patterns_are_refused() {
        for text in ["aws", "a/b/c/d", "*/aws", "*/hashicorp/*", "h.io/*/aws", "a b/*", "", "/"] {
            assert!(ProviderPattern::parse(text).is_err(), "{text:?}");
        }
    }
}
