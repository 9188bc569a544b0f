//! Addresses of module packages: how a package is got, and which directory of it is meant.
//!
//! A package is what is got in one piece, a repository or an archive. An address names the way
//! (`git::`, or the scheme of its URL) and may select a directory behind a double slash. Well-known
//! hosts and absolute paths may be written short; [`PackageAddress::parse`] writes them out.

use std::fmt;

use thiserror::Error;

/// Where a module package is, in its full form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageAddress {
    package: String,
    subdir: Option<String>,
}

/// Why a text is not the address of a package.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PackageAddressError {
    /// Nothing says how to get it.
    #[error("{0:?} does not say how to get the package")]
    UnknownWay(String),
    /// The directory is not one of the package.
    #[error("subdirectory path {0:?} leads outside of the module package")]
    Outside(String),
    /// A short form lacks a part.
    #[error("{0}")]
    Incomplete(&'static str),
}

impl PackageAddress {
    /// Reads an address, in full or in a short form.
    pub fn parse(text: &str) -> Result<PackageAddress, PackageAddressError> {
        let (given, subdir) = split_subdir(text);
        let (forced, rest) = split_forced(&given);
        if rest.is_empty() {
            return Err(PackageAddressError::UnknownWay(given));
        }
        let full = match has_scheme(rest) {
            true => rest.to_owned(),
            false => expand(rest)?,
        };
        let (found, full) = split_forced(&full);
        let (full, inner) = split_subdir(full);
        let package = match forced.or(found) {
            Some(way) => format!("{way}::{full}"),
            None => full,
        };
        // What a short form brings comes first: the given directory is one within it.
        let subdir = match (inner, subdir) {
            (Some(outer), Some(inner)) => Some(format!("{outer}/{inner}")),
            (outer, inner) => outer.or(inner),
        };
        let subdir = subdir.map(|path| inside(&path)).transpose()?.flatten();
        Ok(PackageAddress { package, subdir })
    }

    /// The address without a directory: what is got.
    pub fn package(&self) -> &str {
        &self.package
    }

    /// The directory of the package that is meant, if it is not the whole.
    pub fn subdir(&self) -> Option<&str> {
        self.subdir.as_deref()
    }

    /// The way of getting that is prefixed, and the rest, without directory.
    pub fn way(&self) -> (Option<&str>, &str) {
        split_forced(&self.package)
    }

    /// The same package, and a directory within the one that is meant.
    pub fn join(&self, subdir: Option<&str>) -> PackageAddress {
        let subdir = match (&self.subdir, subdir) {
            (Some(outer), Some(inner)) => Some(format!("{outer}/{inner}")),
            (outer, inner) => outer.clone().or(inner.map(str::to_owned)),
        };
        PackageAddress { package: self.package.clone(), subdir }
    }
}

/// With the directory before what is asked of the server, as it is written.
impl fmt::Display for PackageAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.subdir, self.package.split_once('?')) {
            (None, _) => f.write_str(&self.package),
            (Some(subdir), None) => write!(f, "{}//{subdir}", self.package),
            (Some(subdir), Some((path, query))) => write!(f, "{path}//{subdir}?{query}"),
        }
    }
}

/// Takes the directory out of an address. A double slash behind a question mark is something else.
fn split_subdir(text: &str) -> (String, Option<String>) {
    let (path, query) = match text.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (text, None),
    };
    let start = path.find("://").map_or(0, |at| at + 3);
    let Some(at) = path[start..].find("//").map(|at| at + start) else {
        return (text.to_owned(), None);
    };
    let (package, subdir) = (&path[..at], &path[at + 2..]);
    let package = match query {
        Some(query) => format!("{package}?{query}"),
        None => package.to_owned(),
    };
    (package, Some(subdir.to_owned()).filter(|subdir| !subdir.is_empty()))
}

/// Takes the way of getting from the front of an address.
fn split_forced(text: &str) -> (Option<&str>, &str) {
    match text.split_once("::") {
        Some((way, rest)) if !way.is_empty() && way.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            (Some(way), rest)
        }
        _ => (None, text),
    }
}

/// Whether a text is a URL: begins with a scheme.
fn has_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// A directory in its shortest form; `None` for the whole package.
fn inside(path: &str) -> Result<Option<String>, PackageAddressError> {
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                if steps.pop().is_none() {
                    return Err(PackageAddressError::Outside(path.to_owned()));
                }
            }
            step => steps.push(step),
        }
    }
    Ok((!steps.is_empty()).then(|| steps.join("/")))
}

/// Writes out a short form.
fn expand(text: &str) -> Result<String, PackageAddressError> {
    let (path, query) = match text.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (text, String::new()),
    };
    if path.starts_with("github.com/") {
        let full = repository(path, "GitHub URLs should be github.com/username/repo")?;
        return Ok(format!("{full}{query}"));
    }
    if let Some(full) = scp_like(path) {
        return Ok(format!("{full}{query}"));
    }
    if path.starts_with("bitbucket.org/") {
        let full = repository(path, "Bitbucket URLs should be bitbucket.org/username/repo")?;
        return Ok(format!("{full}{query}"));
    }
    if path.contains("googleapis.com/") {
        let parts: Vec<&str> = path.splitn(5, '/').collect();
        let [host, "storage", version, bucket, object] = parts.as_slice() else {
            return Err(PackageAddressError::Incomplete(
                "GCS URLs should be www.googleapis.com/storage/v1/bucket/object",
            ));
        };
        return Ok(format!("gcs::https://{host}/storage/{version}/{bucket}/{object}{query}"));
    }
    if path.contains(".amazonaws.com/") {
        return Ok(format!("{}{query}", bucket(path)?));
    }
    let absolute = path.starts_with('/') || path.as_bytes().get(1..3) == Some(b":\\");
    if absolute {
        return Ok(format!("file:///{}", text.replace('\\', "/").trim_start_matches('/')));
    }
    Err(PackageAddressError::UnknownWay(text.to_owned()))
}

/// A repository of a well-known host: the first three steps of a path.
fn repository(path: &str, wanted: &'static str) -> Result<String, PackageAddressError> {
    let parts: Vec<&str> = path.splitn(4, '/').collect();
    let (host, owner, name, rest) = match parts.as_slice() {
        [host, owner, name] => (host, owner, name, None),
        [host, owner, name, rest] => (host, owner, name, Some(rest)),
        _ => return Err(PackageAddressError::Incomplete(wanted)),
    };
    let name = name.strip_suffix(".git").unwrap_or(name);
    let rest = rest.map(|rest| format!("/{rest}")).unwrap_or_default();
    Ok(format!("git::https://{host}/{owner}/{name}.git{rest}"))
}

/// `git@host:path`, as programs for SSH write it. Other users than `git` could mean anything.
fn scp_like(path: &str) -> Option<String> {
    let (host, path) = path.strip_prefix("git@")?.split_once(':')?;
    if host.is_empty() || host.contains('/') || path.is_empty() {
        return None;
    }
    Some(format!("git::ssh://git@{host}/{}", path.trim_start_matches('/')))
}

/// An object of S3, in the forms that its addresses had in the course of time.
fn bucket(path: &str) -> Result<String, PackageAddressError> {
    let (host, key) = path.split_once('/').unwrap_or((path, ""));
    let labels: Vec<&str> = host.split('.').collect();
    Ok(match labels.as_slice() {
        [service, "amazonaws", "com"] => {
            if !key.contains('/') {
                return Err(PackageAddressError::Incomplete(
                    "S3 URLs should be s3-region.amazonaws.com/bucket/key",
                ));
            }
            format!("s3::https://{service}.amazonaws.com/{key}")
        }
        [bucket, service, "amazonaws", "com"] => {
            format!("s3::https://{service}.amazonaws.com/{bucket}/{key}")
        }
        [bucket, "s3", region, "amazonaws", "com"] => {
            format!("s3::https://s3.{region}.amazonaws.com/{bucket}/{key}")
        }
        _ => {
            return Err(PackageAddressError::Incomplete(
                "the host is not one of S3: expected s3-region.amazonaws.com or bucket.s3.region.amazonaws.com",
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match PackageAddress::parse(text) {
            Ok(address) => address.to_string(),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn short_forms_are_written_out() {
        for (short, full) in [
            ("github.com/a/b", "git::https://github.com/a/b.git"),
            ("github.com/a/b.git//x?ref=v1", "git::https://github.com/a/b.git//x?ref=v1"),
            ("github.com/a/b/c", "git::https://github.com/a/b.git/c"),
            ("git@github.com:a/b.git", "git::ssh://git@github.com/a/b.git"),
            ("git::git@h.example:a/b.git//m?ref=x", "git::ssh://git@h.example/a/b.git//m?ref=x"),
            ("bitbucket.org/a/b", "git::https://bitbucket.org/a/b.git"),
            ("/abs/dir//sub", "file:///abs/dir//sub"),
            ("git::/abs/repo", "git::file:///abs/repo"),
            (
                "s3-eu-west-1.amazonaws.com/b/k.zip",
                "s3::https://s3-eu-west-1.amazonaws.com/b/k.zip",
            ),
            (
                "b.s3-eu-west-1.amazonaws.com/k.zip",
                "s3::https://s3-eu-west-1.amazonaws.com/b/k.zip",
            ),
            (
                "b.s3.eu-west-1.amazonaws.com/d/k.zip",
                "s3::https://s3.eu-west-1.amazonaws.com/b/d/k.zip",
            ),
            (
                "www.googleapis.com/storage/v1/b/o.zip",
                "gcs::https://www.googleapis.com/storage/v1/b/o.zip",
            ),
        ] {
            assert_eq!(shown(short), full, "{short}");
            assert_eq!(shown(full), full);
        }
    }

    #[test]
    fn a_directory_is_told_from_the_package() {
        let address =
            PackageAddress::parse("https://h/x.zip//a/./b/../c?archive=zip&u=x//y").unwrap();
        assert_eq!(address.package(), "https://h/x.zip?archive=zip&u=x//y");
        assert_eq!(address.subdir(), Some("a/c"));
        assert_eq!(address.to_string(), "https://h/x.zip//a/c?archive=zip&u=x//y");
        assert_eq!(address.join(Some("d")).subdir(), Some("a/c/d"));
        assert_eq!(address.way(), (None, "https://h/x.zip?archive=zip&u=x//y"));
        assert_eq!(PackageAddress::parse("git::https://h/r//").unwrap().subdir(), None);
        assert_eq!(
            PackageAddress::parse("git::https://h/r").unwrap().way(),
            (Some("git"), "https://h/r")
        );
    }

    #[test]
    fn what_says_nothing_is_refused() {
        for text in ["", "foo", "modules/a", "git::", "git::me@host:x", "gitlab.com/a/b"] {
            assert!(shown(text).contains("does not say"), "{text}: {}", shown(text));
        }
        assert!(shown("git::https://h/r//../x").contains("leads outside"));
        assert!(shown("github.com/a").starts_with("error: GitHub"));
        assert!(shown("x.y.z.amazonaws.com/k").starts_with("error"));
    }
}
