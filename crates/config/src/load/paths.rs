//! Paths as they are shown: relative, with slashes, without needless steps.

/// A path without `.` and `x/..` steps; `.` for the empty one.
pub(crate) fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => match steps.last() {
                Some(&last) if last != ".." => _ = steps.pop(),
                _ if absolute => {}
                _ => steps.push(".."),
            },
            step => steps.push(step),
        }
    }
    let joined = steps.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}

/// A path below a directory.
pub(crate) fn join(dir: &str, rest: &str) -> String {
    clean(&format!("{dir}/{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_and_short() {
        assert_eq!(join(".", "main.tf"), "main.tf");
        assert_eq!(join(".", "./a/../b/"), "b");
        assert_eq!(join("a/b", "../c"), "a/c");
        assert_eq!(join("a", "../../c"), "../c");
        assert_eq!(join(".", "."), ".");
        assert_eq!(join("/x", "../../y"), "/y");
    }
}
