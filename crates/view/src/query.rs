//! What a query found, as people read it.

use groma_hcl::tokens_for_value;
use groma_value::Value;

/// Lines with aligned columns: the list, the identity, the name.
#[derive(Debug, Default)]
pub struct FoundLines {
    rows: Vec<(String, String, String)>,
}

/// An identity in one line: `id=i-0123,region=eu`.
pub fn identity_text(identity: &Value) -> String {
    let parts = identity.as_entries().into_iter().flat_map(|entries| entries.iter());
    let texts: Vec<String> = parts
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!("{name}={text}"),
            None => format!("{name}={}", tokens_for_value(value, 0)),
        })
        .collect();
    texts.join(",")
}

impl FoundLines {
    /// Adds an object.
    pub fn add(&mut self, list: &str, identity: &Value, display_name: &str) {
        let name = display_name.replace(['\n', '\r'], " ");
        self.rows.push((list.to_owned(), identity_text(identity), name));
    }

    /// All lines.
    pub fn text(&self) -> String {
        let width = |text: &str| text.chars().count();
        let first = self.rows.iter().map(|row| width(&row.0)).max().unwrap_or_default();
        let second = self.rows.iter().map(|row| width(&row.1)).max().unwrap_or_default();
        let line = |(list, identity, name): &(String, String, String)| {
            format!("{list:first$}   {identity:second$}   {name}").trim_end().to_owned() + "\n"
        };
        self.rows.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut lines = FoundLines::default();
        let one = Value::object_of([("id", Value::from("i-1")), ("n", Value::from(2))]);
        let other = Value::object_of([("id", Value::from("i-22")), ("n", Value::NULL)]);
        lines.add("list.a.b", &one, "first");
        lines.add("list.a.b[\"k\"]", &other, "second");
        let expected =
            "list.a.b        id=i-1,n=2   first\nlist.a.b[\"k\"]   id=i-22      second\n";
        assert_eq!(lines.text(), expected);
    }
}
