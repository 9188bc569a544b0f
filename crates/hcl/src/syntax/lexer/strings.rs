//! Strings, heredocs and templates, and how they end.

use groma_diag::Pos;

use super::super::token::{TokenKind, advance, begins_identifier, continues_identifier};
use super::{Lexer, Mode, Sequence};

/// How far down a multi-line string is looked for its end.
const LINES_LOOKED_AHEAD: usize = 50;

impl Lexer<'_> {
    /// Begins a heredoc if there is one here.
    pub(super) fn open_heredoc(&mut self) -> bool {
        let rest = self.rest();
        let name_at = if rest[2..].starts_with('-') { 3 } else { 2 };
        let name = &rest[name_at..];
        if !name.chars().next().is_some_and(begins_identifier) {
            return false;
        }
        let length = name.find(|c| !continues_identifier(c)).unwrap_or(name.len());
        let behind = &name[length..];
        let newline = match behind.as_bytes() {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return false,
        };
        let marker = self.offset + name_at;
        self.emit(TokenKind::OpenHeredoc, name_at + length + newline);
        self.modes.push(Mode::Heredoc { marker: (marker, marker + length) });
        true
    }

    pub(super) fn heredoc(&mut self, marker: (usize, usize)) {
        if self.text[..self.offset].ends_with('\n') {
            let rest = self.rest();
            // The line must be ended by a newline: one that ends with the file does not count.
            if let Some(end) = rest.find('\n') {
                let line = rest[..end].strip_suffix('\r').unwrap_or(&rest[..end]);
                if line.trim_matches([' ', '\t']) == &self.text[marker.0..marker.1] {
                    let length = line.len();
                    self.emit(TokenKind::CloseHeredoc, length);
                    self.modes.pop();
                    return;
                }
            }
        }
        self.literal_line(TokenKind::StringLiteral);
    }

    /// Reads literal text up to the end of the line, or begins a template sequence.
    pub(super) fn literal_line(&mut self, kind: TokenKind) {
        let bytes = self.rest().as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            match bytes[i] {
                b'\n' => {
                    i += 1;
                    break;
                }
                b'$' | b'%' => match marker_run(&bytes[i..]) {
                    Run::Literal(length) => i += length,
                    Run::Sequence => break,
                },
                _ => i += 1,
            }
        }
        if i > 0 { self.emit(kind, i) } else { self.open_sequence() }
    }

    pub(super) fn quoted(&mut self, line: u32) {
        let bytes = self.rest().as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            match bytes[i] {
                b'"' => break,
                b'\n' => break,
                b'\r' if bytes.get(i + 1) == Some(&b'\n') => break,
                b'\\' => {
                    i += 1;
                    if bytes.get(i).is_some_and(|b| !matches!(b, b'\n' | b'\r')) {
                        i += 1;
                    }
                }
                b'$' | b'%' => match marker_run(&bytes[i..]) {
                    Run::Literal(length) => i += length,
                    Run::Sequence => break,
                },
                _ => i += 1,
            }
        }
        // An escaped character may have several bytes.
        while !self.rest().is_char_boundary(i) {
            i += 1;
        }
        let next = bytes.get(i).copied();
        if i > 0 {
            self.emit(TokenKind::QuotedLiteral, i);
        }
        match next {
            Some(b'"') => {
                self.emit(TokenKind::CloseQuote, 1);
                self.modes.pop();
            }
            Some(b'\n' | b'\r') => self.newline_in_quoted(line),
            Some(_) if i == 0 => self.open_sequence(),
            _ => {}
        }
    }

    fn open_sequence(&mut self) {
        let rest = self.rest().as_bytes();
        let kind =
            if rest[0] == b'$' { TokenKind::TemplateInterp } else { TokenKind::TemplateControl };
        let length = if rest.get(2) == Some(&b'~') { 3 } else { 2 };
        let start = self.pos;
        self.emit(kind, length);
        let sequence = Sequence { braces: 0, open: (start, self.pos) };
        self.modes.push(Mode::Normal { sequence: Some(sequence) });
    }

    /// A quoted string goes beyond its line. Either somebody wanted a string of several lines, or
    /// forgot the closing quote.
    fn newline_in_quoted(&mut self, line: u32) {
        let start = self.pos;
        let newlines = self.rest().len() - self.rest().trim_start_matches(['\r', '\n']).len();
        let end = advance(start, &self.rest()[..newlines]);
        self.report(
            "Invalid multi-line string",
            "Quoted strings may not be split over multiple lines. To produce a multi-line string, \
             either use the \\n escape to represent a newline character or use the \"heredoc\" \
             multi-line template syntax.",
            start,
            end,
        );
        if let Some(length) = self.end_of_multi_line_string() {
            self.emit(TokenKind::QuotedLiteral, length);
            self.emit(TokenKind::CloseQuote, 1);
            self.modes.pop();
            return;
        }
        // All that began in this line is over with it.
        self.emit_empty(TokenKind::CloseQuote);
        self.modes.pop();
        let began_here = |m: &Mode| matches!(m, Mode::Quoted { line: l } if *l == line);
        let outer = self.modes.iter().position(began_here);
        let unclosed = outer.and_then(|outer| self.modes.get(outer + 1)).copied();
        if let Some(Mode::Normal { sequence: Some(Sequence { open, .. }) }) = unclosed {
            self.report_unclosed_sequence(open, "quoted template");
        } else {
            self.report_unterminated(start);
        }
        while outer.is_some_and(|outer| self.modes.len() > outer) {
            self.close_mode();
        }
    }

    fn report_unterminated(&mut self, at: Pos) {
        let detail = "No closing marker was found for the string.";
        self.report("Unterminated template string", detail, at, at);
    }

    fn report_unclosed_sequence(&mut self, open: (Pos, Pos), within: &str) {
        let detail = format!(
            "There is no closing brace for this interpolation sequence before the end of the \
             {within}. This might be caused by incorrect nesting inside the given expression."
        );
        self.report("Unclosed template interpolation sequence", detail, open.0, open.1);
    }

    /// If the string that is cut here by a newline ends in one of the next lines, how far away its
    /// quote is: it is in the first line where the quotes do not come in pairs.
    fn end_of_multi_line_string(&self) -> Option<usize> {
        let mut offset = 0;
        for (i, line) in self.rest().split_inclusive('\n').take(LINES_LOOKED_AHEAD).enumerate() {
            let mut quotes = Vec::new();
            let mut escaped = false;
            for (at, byte) in line.bytes().enumerate() {
                if byte == b'"' && !escaped {
                    quotes.push(at);
                }
                escaped = byte == b'\\' && !escaped;
            }
            if i > 0 && quotes.len() % 2 == 1 {
                return Some(offset + quotes[0]);
            }
            offset += line.len();
        }
        None
    }

    /// Closes the innermost mode with a token of no width.
    fn close_mode(&mut self) {
        match self.modes.pop() {
            Some(Mode::Quoted { .. }) => self.emit_empty(TokenKind::CloseQuote),
            Some(Mode::Heredoc { .. }) => self.emit_empty(TokenKind::CloseHeredoc),
            Some(Mode::Normal { sequence: Some(sequence) }) => {
                for _ in 0..sequence.braces {
                    self.emit_empty(TokenKind::CloseBrace);
                }
                self.emit_empty(TokenKind::TemplateEnd);
            }
            _ => {}
        }
    }

    /// Closes whatever is open at the end of the file, and reports the innermost of it.
    pub(super) fn close_all(&mut self) {
        match self.mode() {
            Mode::Quoted { .. } | Mode::Heredoc { .. } => self.report_unterminated(self.pos),
            Mode::Normal { sequence: Some(sequence) } => {
                self.report_unclosed_sequence(sequence.open, "file");
            }
            _ => {}
        }
        while self.modes.len() > 1 {
            self.close_mode();
        }
    }
}

/// What a run of `$` or `%` is.
enum Run {
    /// Literal text of this length.
    Literal(usize),
    /// The start of a template sequence.
    Sequence,
}

fn marker_run(bytes: &[u8]) -> Run {
    let length = bytes.iter().take_while(|b| **b == bytes[0]).count();
    match (length, bytes.get(length)) {
        (1, Some(b'{')) => Run::Sequence,
        // Two of them before a brace stand for one and a brace that begins nothing.
        (_, Some(b'{')) => Run::Literal(length + 1),
        _ => Run::Literal(length),
    }
}
