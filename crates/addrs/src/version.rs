//! Versions of providers, modules and the engine, and the constraints on them.
//!
//! A version is a semantic version. A constraint set is written `>= 1.2, < 2.0, != 1.4.1`, and a
//! version is acceptable if every constraint of the set accepts it. Pre-releases are acceptable
//! only where a constraint names exactly that one, so that nobody gets one by accident.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

pub use semver::Version;
use semver::{BuildMetadata, Prerelease};
use thiserror::Error;

/// Why a text is not a version constraint.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConstraintError {
    /// Nothing is written, or nothing between two commas.
    #[error("a version constraint is missing: write for example \">= 1.2.0, < 2.0.0\"")]
    Empty,
    /// A version has a `v` in front.
    #[error("a \"v\" prefix should not be used: write \"{0}\"")]
    Prefix(String),
    /// What follows the operator is not a version.
    #[error(
        "{0:?} is not a version constraint: expected an operator (=, !=, >, >=, <, <= or ~>), which may be left out, and a version such as 1.2 or 1.2.3; constraints are separated by commas"
    )]
    Syntax(String),
    /// A version has more than three numbers.
    #[error("{0:?} has too many numbers: a version is made of major, minor and patch number")]
    TooManyParts(String),
}

/// How a version is compared with that of the constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConstraintOp {
    // The order is that in which constraints on one version are written.
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `=`, or nothing.
    Equal,
    /// `~>`: the last number that is written may grow.
    Pessimistic,
    /// `<=`
    LessOrEqual,
    /// `<`
    Less,
    /// `!=`
    NotEqual,
}

impl ConstraintOp {
    /// Longer operators first, so that `>=` is not taken for `>`.
    const SYMBOLS: [(&'static str, ConstraintOp); 7] = [
        (">=", ConstraintOp::GreaterOrEqual),
        ("<=", ConstraintOp::LessOrEqual),
        ("~>", ConstraintOp::Pessimistic),
        ("!=", ConstraintOp::NotEqual),
        (">", ConstraintOp::Greater),
        ("<", ConstraintOp::Less),
        ("=", ConstraintOp::Equal),
    ];

    fn prefix(self) -> &'static str {
        match self {
            ConstraintOp::Equal => "",
            ConstraintOp::NotEqual => "!= ",
            ConstraintOp::Greater => "> ",
            ConstraintOp::GreaterOrEqual => ">= ",
            ConstraintOp::Less => "< ",
            ConstraintOp::LessOrEqual => "<= ",
            ConstraintOp::Pessimistic => "~> ",
        }
    }
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionConstraint {
    /// How to compare.
    pub op: ConstraintOp,
    /// What to compare with; numbers that are not written are zero.
    pub version: Version,
    /// How many numbers are written, from 1 to 3. Only `~>` heeds it.
    pub parts: u8,
}

impl VersionConstraint {
    fn parse(text: &str, lenient: bool) -> Result<VersionConstraint, ConstraintError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ConstraintError::Empty);
        }
        let (op, rest) = ConstraintOp::SYMBOLS
            .iter()
            .find_map(|(symbol, op)| text.strip_prefix(symbol).map(|rest| (*op, rest.trim_start())))
            .unwrap_or((ConstraintOp::Equal, text));
        let (version, parts) = parse_partial(rest, lenient, text)?;
        Ok(VersionConstraint { op, version, parts })
    }

    /// Whether the comparison holds, pre-releases being versions like any other.
    fn accepts(&self, version: &Version) -> bool {
        let order = version.cmp_precedence(&self.version);
        match self.op {
            ConstraintOp::Equal => *version == self.version,
            ConstraintOp::NotEqual => *version != self.version,
            ConstraintOp::Greater => order == Ordering::Greater,
            ConstraintOp::GreaterOrEqual => order != Ordering::Less,
            ConstraintOp::Less => order == Ordering::Less,
            ConstraintOp::LessOrEqual => order != Ordering::Greater,
            ConstraintOp::Pessimistic => {
                order != Ordering::Less
                    && version.major == self.version.major
                    && (self.parts < 3 || version.minor == self.version.minor)
            }
        }
    }
}

/// In the normalized form.
impl fmt::Display for VersionConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let v = &self.version;
        write!(f, "{}{}.{}", self.op.prefix(), v.major, v.minor)?;
        if self.op != ConstraintOp::Pessimistic || self.parts == 3 {
            write!(f, ".{}", v.patch)?;
        }
        if !v.pre.is_empty() {
            write!(f, "-{}", v.pre)?;
        }
        if !v.build.is_empty() {
            write!(f, "+{}", v.build)?;
        }
        Ok(())
    }
}

/// A set of constraints, all of which must hold. The empty set accepts every release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionConstraints(Vec<VersionConstraint>);

impl VersionConstraints {
    /// The set that accepts every release.
    pub fn any() -> VersionConstraints {
        VersionConstraints::default()
    }

    /// The set that accepts this version only.
    pub fn exactly(version: Version) -> VersionConstraints {
        VersionConstraints(vec![VersionConstraint { op: ConstraintOp::Equal, version, parts: 3 }])
    }

    /// Parses the constraints on a provider or a module.
    pub fn parse(text: &str) -> Result<VersionConstraints, ConstraintError> {
        Self::parse_list(text, false)
    }

    /// Parses the constraints on the engine itself (`required_version`), where tradition also
    /// allows a `v` in front of a version and further numbers behind the third.
    pub fn parse_core(text: &str) -> Result<VersionConstraints, ConstraintError> {
        Self::parse_list(text, true)
    }

    fn parse_list(text: &str, lenient: bool) -> Result<VersionConstraints, ConstraintError> {
        text.split(',')
            .map(|part| VersionConstraint::parse(part, lenient))
            .collect::<Result<_, _>>()
            .map(VersionConstraints)
    }

    /// Whether there is no constraint.
    pub fn is_any(&self) -> bool {
        self.0.is_empty()
    }

    /// The constraints as they were written.
    pub fn iter(&self) -> std::slice::Iter<'_, VersionConstraint> {
        self.0.iter()
    }

    /// Adds all constraints of another set.
    pub fn merge(&mut self, other: &VersionConstraints) {
        for constraint in &other.0 {
            if !self.0.contains(constraint) {
                self.0.push(constraint.clone());
            }
        }
    }

    /// Whether a version of a provider or a module is acceptable.
    pub fn matches(&self, version: &Version) -> bool {
        let wanted = version.pre.is_empty()
            || self.0.iter().any(|c| c.op == ConstraintOp::Equal && c.version == *version);
        wanted && self.0.iter().all(|c| c.accepts(version))
    }

    /// Whether a version of the engine is acceptable: a pre-release counts as the release that it
    /// leads to, and `~> 1` has no upper bound.
    pub fn matches_core(&self, running: &Version) -> bool {
        let core = Version::new(running.major, running.minor, running.patch);
        self.0.iter().all(|c| {
            let mut c = c.clone();
            c.version.build = BuildMetadata::EMPTY;
            if c.op == ConstraintOp::Pessimistic && c.parts == 1 {
                c.op = ConstraintOp::GreaterOrEqual;
            }
            c.accepts(&core)
        })
    }

    /// The first constraint that names a pre-release other than to demand exactly it.
    /// `required_version` may hold none.
    pub fn inexact_prerelease(&self) -> Option<&VersionConstraint> {
        self.0.iter().find(|c| c.op != ConstraintOp::Equal && !c.version.pre.is_empty())
    }

    /// The newest acceptable version.
    pub fn newest<'a>(&self, from: impl IntoIterator<Item = &'a Version>) -> Option<&'a Version> {
        from.into_iter().filter(|v| self.matches(v)).max()
    }
}

impl FromStr for VersionConstraints {
    type Err = ConstraintError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        VersionConstraints::parse(text)
    }
}

/// The normalized form that lock files hold: sorted by version, without duplicates.
impl fmt::Display for VersionConstraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `~> 1.2` and `~> 1.2.0` differ in meaning, all other operators ignore missing numbers.
        let key = |c: &VersionConstraint| {
            let narrow = c.op == ConstraintOp::Pessimistic && c.parts < 3;
            (c.version.clone(), c.op, narrow)
        };
        let mut sorted: Vec<&VersionConstraint> = self.0.iter().collect();
        sorted.sort_by_key(|c| key(c));
        sorted.dedup_by(|a, b| key(a) == key(b));
        for (i, constraint) in sorted.into_iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{constraint}")?;
        }
        Ok(())
    }
}

/// Parses a version whose last numbers may be left out, and counts those that are there.
fn parse_partial(text: &str, lenient: bool, whole: &str) -> Result<(Version, u8), ConstraintError> {
    let syntax = || ConstraintError::Syntax(whole.to_owned());
    let text = match text.strip_prefix('v') {
        Some(rest) if lenient => rest,
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => {
            return Err(ConstraintError::Prefix(rest.to_owned()));
        }
        _ => text,
    };
    let (text, build) = text.split_once('+').unwrap_or((text, ""));
    let (numbers, pre) = text.split_once('-').unwrap_or((text, ""));
    let mut version = Version::new(0, 0, 0);
    let mut parts = 0u8;
    for number in numbers.split('.') {
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(syntax());
        }
        let number: u64 = number.parse().map_err(|_| syntax())?;
        match parts {
            0 => version.major = number,
            1 => version.minor = number,
            2 => version.patch = number,
            // A fourth number cannot be compared with; zero at least changes nothing.
            _ if lenient && number == 0 => continue,
            _ => return Err(ConstraintError::TooManyParts(whole.to_owned())),
        }
        parts += 1;
    }
    version.pre = Prerelease::new(pre).map_err(|_| syntax())?;
    version.build = BuildMetadata::new(build).map_err(|_| syntax())?;
    Ok((version, parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    fn newest(constraints: &str) -> Option<String> {
        let all: Vec<Version> = [
            "0.9.0",
            "1.0.0",
            "1.1.0",
            "1.1.5",
            "1.2.0+b7",
            "2.0.0-beta1",
            "2.0.0",
            "2.1.0-rc1",
            "3.0.0",
            "3.1.0-alpha",
        ]
        .map(v)
        .into();
        let constraints = VersionConstraints::parse(constraints).unwrap();
        constraints.newest(&all).map(Version::to_string)
    }

    /// Each row is what Terraform 1.11.4 selects from a mirror that holds these versions.
    #[test]
    fn newest_acceptable_version_is_the_one_terraform_selects() {
        for (constraints, expected) in [
            ("~> 1", Some("1.2.0+b7")),
            ("~> 1.1", Some("1.2.0+b7")),
            ("~> 1.1.0", Some("1.1.5")),
            ("~>1.1.2", Some("1.1.5")),
            ("2.0.0-beta1", Some("2.0.0-beta1")),
            (">= 2.0.0-beta1, < 2.0.0", None),
            ("~> 2.0.0-beta1", Some("2.0.0")),
            ("= 1", Some("1.0.0")),
            ("1.1", Some("1.1.0")),
            ("> 1.1", Some("3.0.0")),
            ("!= 3", Some("2.0.0")),
            ("!= 3.0.0, != 2.0.0", Some("1.2.0+b7")),
            ("<= 1", Some("1.0.0")),
            ("<2", Some("1.2.0+b7")),
            ("1.2.0", None),
            ("1.2.0+b7", Some("1.2.0+b7")),
            ("1.2.0+other", None),
            ("= 2.1.0-rc1, > 1", Some("2.1.0-rc1")),
            ("2.1.0-rc1, != 2.1.0-rc1", None),
            ("~> 2.1.0-rc1", None),
            ("01.1.0", Some("1.1.0")),
            ("1.1.0-", Some("1.1.0")),
        ] {
            assert_eq!(newest(constraints).as_deref(), expected, "{constraints}");
        }
        let all = [v("1.0.0"), v("1.1.0-rc1")];
        assert_eq!(VersionConstraints::any().newest(&all), Some(&all[0]));
    }

    #[test]
    fn display_is_the_normalized_form_of_lock_files() {
        for (text, expected) in [
            ("~> 6.0, < 6.0.0,>=5.1", ">= 5.1.0, ~> 6.0, < 6.0.0"),
            ("~> 1", "~> 1.0"),
            ("= 1", "1.0.0"),
            ("> 1.0.0, = 2.1.0-rc1", "> 1.0.0, 2.1.0-rc1"),
            ("~> 3.0, ~> 3.0.0, ~> 3", "~> 3.0.0, ~> 3.0"),
            (">= 2, >= 2.0, >=2.0.0", ">= 2.0.0"),
            ("~> 3.1-alpha", "~> 3.1-alpha"),
            ("!= 1.2.0+b7, 1.2.0", "1.2.0, != 1.2.0+b7"),
        ] {
            let parsed = VersionConstraints::parse(text).unwrap();
            assert_eq!(parsed.to_string(), expected, "{text}");
            let again = VersionConstraints::parse(expected).unwrap();
            assert_eq!(again.to_string(), expected, "{expected} is not stable");
        }
        assert_eq!(VersionConstraints::any().to_string(), "");
    }

    #[test]
    fn malformed_constraints_are_refused() {
        for text in [
            "",
            ",",
            "1.0.0,",
            "> = 1",
            "=> 1",
            "wat",
            "1 .0",
            "1.x",
            "*",
            ">=1.0 <2.0",
            "1.1.*",
            "99999999999999999999999.0",
            "1..2",
            "-1",
            "~>",
            "1.0.0-ä",
        ] {
            assert!(VersionConstraints::parse(text).is_err(), "{text:?}");
        }
        assert_eq!(
            VersionConstraints::parse("v1.1.0"),
            Err(ConstraintError::Prefix("1.1.0".into()))
        );
        assert!(matches!(
            VersionConstraints::parse("1.2.3.4"),
            Err(ConstraintError::TooManyParts(_))
        ));
    }

    /// Each row is whether Terraform 1.11.4 accepts it as its `required_version`.
    #[test]
    fn constraints_on_the_engine_follow_its_own_rules() {
        for (constraints, expected) in [
            ("~> 1", true),
            ("~> 0", true),
            ("~> 0.9", false),
            ("~> 1.11", true),
            ("~> 1.11.4", true),
            ("~> 1.10.0", false),
            ("> 1.11", true),
            ("= 1.11", false),
            ("1.11.4.0", true),
            ("= v1.11.4", true),
            ("<= 1", false),
            ("1.11.4+foo", true),
            ("!= 1", true),
            (">= 01.1", true),
        ] {
            let parsed = VersionConstraints::parse_core(constraints).unwrap();
            assert_eq!(parsed.matches_core(&v("1.11.4")), expected, "{constraints}");
            assert_eq!(parsed.matches_core(&v("1.11.4-beta1")), expected, "{constraints}");
        }
        let inexact = VersionConstraints::parse_core("> 1.11.4-rc1, < 2").unwrap();
        assert_eq!(inexact.inexact_prerelease().unwrap().to_string(), "> 1.11.4-rc1");
        let exact = VersionConstraints::parse_core("1.11.4-rc1").unwrap();
        assert_eq!(exact.inexact_prerelease(), None);
    }

    #[test]
    fn merging_keeps_each_constraint_once() {
        let mut a = VersionConstraints::parse(">= 1.0").unwrap();
        a.merge(&VersionConstraints::parse("< 2.0, >= 1.0").unwrap());
        assert_eq!(a.iter().count(), 2);
        assert_eq!(a.to_string(), ">= 1.0.0, < 2.0.0");
        assert!(VersionConstraints::exactly(v("1.2.3")).matches(&v("1.2.3")));
    }
}
