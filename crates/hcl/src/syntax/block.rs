//! Arguments and blocks.

use std::collections::HashMap;

use groma_diag::{Diagnostic, SourceRange};
use groma_value::Str;

use super::normalized;
use super::parser::Parser;
use super::token::{Token, TokenKind};
use crate::body::{Attribute, Body, NativeBlock, NativeBody};

const HEADER: &str = "Invalid block definition";
const SINGLE: &str = "Invalid single-argument block definition";

/// A body that is being read.
struct Items {
    attributes: Vec<Attribute>,
    blocks: Vec<NativeBlock>,
    /// Where each name has been set.
    names: HashMap<Str, SourceRange>,
}

impl Parser<'_> {
    /// The body that the whole source is.
    pub(super) fn file(&mut self) -> NativeBody {
        let mut items = Items::new();
        loop {
            self.items(&mut items);
            // A brace that closes nothing.
            let token = self.peek();
            if token.kind == TokenKind::EndOfFile {
                return items.done(self.range(token));
            }
            self.error(
                "Argument or block definition required",
                "An argument or block definition is required here.",
                token,
            );
            self.next();
            self.recovering = false;
        }
    }

    /// Reads arguments and blocks up to a closing brace or the end of the file.
    fn items(&mut self, items: &mut Items) {
        loop {
            let token = self.peek();
            match token.kind {
                TokenKind::Newline => {
                    self.next();
                    continue;
                }
                TokenKind::EndOfFile | TokenKind::CloseBrace => return,
                TokenKind::Identifier => self.item(items),
                TokenKind::OpenQuote => {
                    let detail = "Argument names must not be quoted.";
                    self.error("Invalid argument name", detail, token);
                }
                _ => {
                    let detail = "An argument or block definition is required here.";
                    self.error("Argument or block definition required", detail, token);
                }
            }
            if self.recovering {
                self.recover_item();
            }
        }
    }

    fn item(&mut self, items: &mut Items) {
        let name = self.next();
        match self.peek_kind() {
            TokenKind::Assign => {
                self.argument(name, items);
                if !self.recovering {
                    self.end_of_argument(name);
                }
            }
            TokenKind::OpenQuote | TokenKind::OpenBrace | TokenKind::Identifier => {
                if let Some(Some(block)) = self.nested(|parser| parser.block(name)) {
                    items.blocks.push(block);
                }
            }
            _ => {
                let detail = "An argument or block definition is required here. To set an \
                              argument, use the equals sign \"=\" to introduce the argument value.";
                self.error("Argument or block definition required", detail, name);
            }
        }
    }

    /// `= expression`, behind a name.
    fn argument(&mut self, name_token: Token, items: &mut Items) {
        self.next();
        let expr = self.expression();
        let name = normalized(self.text(name_token));
        let name_range = self.range(name_token);
        let range = SourceRange::between(&name_range, expr.range());
        let attribute = Attribute { name, name_range, expr, range };
        if let Some(duplicate) = items.add(attribute) {
            self.report(duplicate);
        }
    }

    fn end_of_argument(&mut self, name: Token) {
        let token = self.peek();
        match token.kind {
            TokenKind::Newline => {
                self.next();
            }
            TokenKind::EndOfFile => {}
            TokenKind::Comma => {
                let detail = "Argument definitions must be separated by newlines, not commas. An \
                              argument definition must end with a newline.";
                self.error_within("Unexpected comma after argument", detail, token, name.start);
            }
            _ => {
                let detail = "An argument definition must end with a newline.";
                self.error_within("Missing newline after argument", detail, token, name.start);
            }
        }
    }

    /// The labels and the body, behind the type.
    fn block(&mut self, type_token: Token) -> Option<NativeBlock> {
        let mut labels = Vec::new();
        let mut label_ranges = Vec::new();
        let open = loop {
            let token = self.peek();
            match token.kind {
                TokenKind::OpenBrace => break self.next(),
                TokenKind::OpenQuote => {
                    let (label, range) = self.string_literal();
                    labels.push(normalized(&label));
                    label_ranges.push(range);
                }
                TokenKind::Identifier => {
                    self.next();
                    labels.push(normalized(self.text(token)));
                    label_ranges.push(self.range(token));
                }
                other => {
                    let detail = match other {
                        TokenKind::Assign => {
                            "The equals sign \"=\" indicates an argument definition, and must not \
                             be used when defining a block."
                        }
                        TokenKind::Newline | TokenKind::EndOfFile => {
                            "A block definition must have block content delimited by \"{\" and \
                             \"}\", starting on the same line as the block header."
                        }
                        _ => {
                            "Either a quoted string block label or an opening brace (\"{\") is \
                             expected here."
                        }
                    };
                    self.error_within(HEADER, detail, token, type_token.start);
                    return None;
                }
            }
        };
        let body = self.braced(open);
        let block = NativeBlock {
            block_type: normalized(self.text(type_token)),
            labels,
            body: Body::native(body),
            type_range: self.range(type_token),
            label_ranges,
            open_range: self.range(open),
            range: self.since(type_token.start),
        };
        self.end_of_block(type_token);
        Some(block)
    }

    /// What stands between braces, of which the first has been taken.
    fn braced(&mut self, open: Token) -> NativeBody {
        let mut items = Items::new();
        self.open_blocks += 1;
        match self.peek_kind() {
            TokenKind::Newline | TokenKind::CloseBrace | TokenKind::EndOfFile => {}
            TokenKind::Identifier if self.peek_second() == TokenKind::Assign => {
                self.single_argument(&mut items);
            }
            TokenKind::Identifier => self.nested_in_line(),
            _ => {}
        }
        self.items(&mut items);
        self.open_blocks -= 1;
        let token = self.peek();
        if token.kind == TokenKind::CloseBrace {
            self.next();
        } else if !self.lost_end {
            let detail = "There is no closing brace for this block before the end of the file. \
                          This may be caused by incorrect brace nesting elsewhere in this file.";
            self.error("Unclosed configuration block", detail, open);
            self.lost_end = true;
        }
        items.done(self.range(open))
    }

    /// `{ name {`: blocks cannot be nested within a line.
    fn nested_in_line(&mut self) {
        let second = self.peek_second();
        let is_header =
            matches!(second, TokenKind::OpenBrace | TokenKind::OpenQuote | TokenKind::Identifier);
        if is_header {
            let name = self.peek();
            let detail = format!(
                "A single-line block definition can contain only a single argument. If you meant \
                 to define argument \"{}\", use an equals sign to assign it a value. To define a \
                 nested block, place it on a line of its own within its parent block.",
                self.text(name)
            );
            self.error("Argument definition required", &detail, name);
            self.recover_item();
        }
    }

    /// `{ name = value }`: the argument, up to the brace.
    fn single_argument(&mut self, items: &mut Items) {
        let name = self.next();
        self.argument(name, items);
        if self.recovering {
            return self.recover_item();
        }
        let token = self.peek();
        let detail = match token.kind {
            TokenKind::CloseBrace | TokenKind::EndOfFile => return,
            TokenKind::Comma => {
                "Single-line block syntax can include only one argument definition. To define \
                 multiple arguments, use the multi-line block syntax with one argument definition \
                 per line."
            }
            TokenKind::Newline => {
                "An argument definition on the same line as its containing block creates a \
                 single-line block definition, which must also be closed on the same line. Place \
                 the block's closing brace immediately after the argument definition."
            }
            _ => {
                "A single-line block definition must end with a closing brace immediately after \
                 its single argument definition."
            }
        };
        self.error_within(SINGLE, detail, token, name.start);
        self.recover_item();
    }

    fn end_of_block(&mut self, type_token: Token) {
        if self.recovering {
            return;
        }
        let token = self.peek();
        match token.kind {
            TokenKind::Newline => {
                self.next();
            }
            TokenKind::EndOfFile => {}
            _ => {
                let detail = "A block definition must end with a newline.";
                let summary = "Missing newline after block definition";
                self.error_within(summary, detail, token, type_token.start);
            }
        }
    }
}

impl Items {
    fn new() -> Items {
        Items { attributes: Vec::new(), blocks: Vec::new(), names: HashMap::new() }
    }

    /// Adds an attribute unless there is one of that name; says so then.
    fn add(&mut self, attribute: Attribute) -> Option<Diagnostic> {
        if let Some(earlier) = self.names.get(&attribute.name) {
            let detail = format!(
                "The argument \"{}\" was already set at {earlier}. Each argument may be set only \
                 once.",
                attribute.name
            );
            return Some(
                Diagnostic::error("Attribute redefined", detail).at(&attribute.name_range),
            );
        }
        self.names.insert(attribute.name.clone(), attribute.name_range.clone());
        self.attributes.push(attribute);
        None
    }

    fn done(self, start_range: SourceRange) -> NativeBody {
        NativeBody { attributes: self.attributes, blocks: self.blocks, start_range }
    }
}
