//! Which block of a file a place is in.

use groma_hcl::parse_native;

/// What can be said of the places in a file.
pub(super) enum Contexts {
    /// The body of a file of native syntax.
    Native(groma_hcl::Body),
    /// The text of a file of JSON syntax.
    Json(String),
}

impl Contexts {
    /// Those of a file.
    pub(super) fn of(filename: &str, text: &str) -> Contexts {
        if filename.ends_with(".json") {
            return Contexts::Json(text.to_owned());
        }
        let (file, _) = parse_native(filename, text.as_bytes());
        Contexts::Native(file.body)
    }

    /// What the character at this offset is in.
    pub(super) fn at(&self, offset: u32) -> Option<String> {
        match self {
            Contexts::Native(body) => body.heading_at(offset),
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
