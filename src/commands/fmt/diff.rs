//! What changes in a file, as `diff -u` shows it.

use similar::TextDiff;

/// The differences between two versions of a file.
pub(super) fn unified(name: &str, old: &str, new: &str) -> String {
    let (old_name, new_name) = (format!("old/{name}"), format!("new/{name}"));
    TextDiff::from_lines(old, new).unified_diff().header(&old_name, &new_name).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_have_context_and_hints() {
        assert_eq!(
            unified("a.tf", "a=1\nb = 2", "a = 1\nb = 2"),
            "--- old/a.tf\n+++ new/a.tf\n@@ -1,2 +1,2 @@\n-a=1\n+a = 1\n b = 2\n\\ No newline at end of file\n"
        );
    }
}
