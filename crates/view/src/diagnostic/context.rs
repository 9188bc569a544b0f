//! Which block of a file a place is in.

use std::sync::LazyLock;

use groma_hcl::{BodySchema, parse_native, quote_visibly};

/// What can be said of the places in a file.
pub(super) enum Contexts {
    /// The blocks of a file of native syntax: from, to, and the header.
    Native(Vec<(u32, u32, String)>),
    /// The text of a file of JSON syntax.
    Json(String),
}

static BLOCKS: LazyLock<BodySchema> = LazyLock::new(|| {
    let plain = ["terraform", "locals", "moved", "import", "removed", "language", "variables"];
    let named = ["provider", "variable", "output", "module", "check", "run", "mock_provider"];
    let typed = ["resource", "data", "ephemeral"];
    let schema = plain.iter().fold(BodySchema::new(), |s, name| s.block(*name, &[]));
    let schema = named.iter().fold(schema, |s, name| s.block(*name, &["name"]));
    typed.iter().fold(schema, |s, name| s.block(*name, &["type", "name"]))
});

impl Contexts {
    /// Those of a file.
    pub(super) fn of(filename: &str, text: &str) -> Contexts {
        if filename.ends_with(".json") {
            return Contexts::Json(text.to_owned());
        }
        let (file, _) = parse_native(filename, text.as_bytes());
        let (content, _, _) = file.body.partial_content(&BLOCKS);
        let block = |block: &groma_hcl::Block| {
            let mut header = block.block_type.to_string();
            for label in &block.labels {
                header.push(' ');
                header.push_str(&quote_visibly(label));
            }
            // Behind the place for more items there is the brace.
            let end = block.body.missing_item_range().end.byte + 1;
            (block.type_range.start.byte, end, header)
        };
        Contexts::Native(content.blocks.iter().map(block).collect())
    }

    /// What the character at this offset is in.
    pub(super) fn at(&self, offset: u32) -> Option<String> {
        match self {
            Contexts::Native(blocks) => {
                let found = blocks.iter().find(|(from, to, _)| (*from..*to).contains(&offset))?;
                Some(found.2.clone())
            }
            Contexts::Json(text) => json_path(text, offset as usize),
        }
    }
}

/// The path to the innermost array or object of a JSON text at an offset.
fn json_path(text: &str, offset: usize) -> Option<String> {
    // The steps to the containers that are open: the root has none.
    let mut steps: Vec<String> = Vec::new();
    // For each of them the key or the index that is next.
    let mut next: Vec<Next> = Vec::new();
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        if at > offset {
            break;
        }
        match byte {
            b'"' => {
                let start = at + 1;
                let mut end = start;
                while let Some((at, byte)) = bytes.next() {
                    end = at;
                    match byte {
                        b'\\' => {
                            bytes.next();
                        }
                        b'"' => break,
                        _ => {}
                    }
                }
                if let Some(Next::Key(key)) = next.last_mut()
                    && let Some(text) = text.get(start..end)
                {
                    text.clone_into(key);
                }
            }
            b'{' | b'[' => {
                match next.last() {
                    Some(Next::Key(key)) => steps.push(format!(".{key}")),
                    Some(Next::Index(index)) => steps.push(format!("[{index}]")),
                    None => {}
                }
                let is_object = byte == b'{';
                next.push(if is_object { Next::Key(String::new()) } else { Next::Index(0) });
            }
            b'}' | b']' if at < offset => {
                next.pop();
                steps.pop();
            }
            b',' => {
                if let Some(Next::Index(index)) = next.last_mut() {
                    *index += 1;
                }
            }
            _ => {}
        }
    }
    let path = steps.concat();
    let path = path.strip_prefix('.').unwrap_or(&path);
    (!path.is_empty()).then(|| path.to_owned())
}

enum Next {
    Key(String),
    Index(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_begin_and_end_at_their_braces() {
        let text = "locals {\n  a = 1\n}\n\nresource \"a\" \"b\" {\n  c = { d = 1 }\n}\n";
        let contexts = Contexts::of("main.tf", text);
        let at = |what: &str| contexts.at(text.find(what).unwrap() as u32);
        assert_eq!(at("a = 1").as_deref(), Some("locals"));
        assert_eq!(at("d = 1").as_deref(), Some("resource \"a\" \"b\""));
        assert_eq!(at("\nresource"), None);
        assert_eq!(contexts.at(text.len() as u32 - 1), None);
    }

    #[test]
    fn json_has_paths() {
        let text = r#"{"a":{"b":[{"c":1},{"d":"x"}]},"e":1}"#;
        let contexts = Contexts::of("main.tf.json", text);
        let at = |what: &str| contexts.at(text.find(what).unwrap() as u32);
        assert_eq!(at("\"d\"").as_deref(), Some("a.b[1]"));
        assert_eq!(at("\"c\"").as_deref(), Some("a.b[0]"));
        assert_eq!(at("\"e\""), None);
    }
}
