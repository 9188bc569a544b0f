//! The directory of a package that an address selects, which may be written with wildcards.

use std::path::{Path, PathBuf};

/// Finds the directory. The error is a sentence without its end.
pub(super) fn find(package: &Path, subdir: Option<&str>) -> Result<PathBuf, String> {
    let Some(subdir) = subdir else { return Ok(package.to_owned()) };
    if !subdir.contains(['*', '?', '[']) {
        let dir = package.join(subdir);
        return match dir.is_dir() {
            true => Ok(dir),
            false => Err(format!("subdir {subdir:?} not found")),
        };
    }
    let mut found = vec![package.to_owned()];
    for step in subdir.split('/') {
        let mut next = Vec::new();
        for dir in found {
            if !step.contains(['*', '?', '[']) {
                next.extend(Some(dir.join(step)).filter(|dir| dir.exists()));
                continue;
            }
            let Ok(entries) = std::fs::read_dir(&dir) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name();
                if name.to_str().is_some_and(|name| matches(step.as_bytes(), name.as_bytes())) {
                    next.push(entry.path());
                }
            }
        }
        found = next;
    }
    found.sort();
    match found.as_slice() {
        [one] if one.is_dir() => Ok(one.clone()),
        [] | [_] => Err(format!("subdir {subdir:?} not found")),
        _ => Err(format!("subdir {subdir:?} matches multiple paths")),
    }
}

/// Whether a name is of a pattern with `*` and `?`.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == b'?' || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                // The star takes one more.
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, n) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_found_by_name_or_pattern() {
        let dir = tempfile::tempdir().unwrap();
        for sub in ["repo-abc123/modules/a", "repo-abc123/modules/b"] {
            std::fs::create_dir_all(dir.path().join(sub)).unwrap();
        }
        let find = |subdir: &str| find(dir.path(), Some(subdir));
        assert_eq!(find("repo-abc123").unwrap(), dir.path().join("repo-abc123"));
        assert_eq!(find("*").unwrap(), dir.path().join("repo-abc123"));
        assert_eq!(
            find("repo-*/modules/?").unwrap_err(),
            "subdir \"repo-*/modules/?\" matches multiple paths"
        );
        assert_eq!(find("*/modules/b*").unwrap(), dir.path().join("repo-abc123/modules/b"));
        assert_eq!(find("nosub").unwrap_err(), "subdir \"nosub\" not found");
        assert!(find("x*").is_err());
    }
}
