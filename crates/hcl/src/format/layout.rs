//! Lines: their indentation, and the alignment of what stands one above the other.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::Piece;
use super::spacing::is_spaced;
use crate::syntax::TokenKind;

/// A line as ranges of its pieces.
struct Line {
    /// All but the cells that are aligned.
    lead: Range<usize>,
    /// The equals sign and what follows it.
    assign: Range<usize>,
    /// A comment that goes to the end of the line, behind other things.
    comment: Range<usize>,
}

/// Sets the spaces in front of all pieces.
pub(super) fn lay_out(pieces: &mut [Piece<'_>]) {
    let lines = lines(pieces);
    indent(pieces, &lines);
    for line in &lines {
        space(pieces, line.lead.clone());
        if let Some(equals) = pieces.get_mut(line.assign.start).filter(|_| !line.assign.is_empty())
        {
            equals.spaces = 1;
        }
        space(pieces, line.assign.clone());
    }
    align(pieces, &lines, |line| &line.assign, |line| line.lead.clone());
    align(pieces, &lines, |line| &line.comment, |line| line.lead.start..line.comment.start);
}

fn lines(pieces: &[Piece<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (i, piece) in pieces.iter().enumerate() {
        if piece.ends_line() || i + 1 == pieces.len() {
            lines.push(line(pieces, start..i + 1));
            start = i + 1;
        }
    }
    lines
}

fn line(pieces: &[Piece<'_>], all: Range<usize>) -> Line {
    let mut end = all.end;
    if all.len() > 1 && pieces[end - 1].kind == TokenKind::Comment {
        end -= 1;
    }
    let comment = end..all.end;
    let mut assign = end..end;
    let equals = (all.start + 1..end).find(|i| pieces[*i].kind == TokenKind::Assign);
    if let Some(equals) = equals {
        // What begins an expression of several lines is not aligned.
        let balance: i32 = pieces[equals..end].iter().map(Piece::brackets).sum();
        if balance == 0 {
            assign = equals..end;
        }
    }
    Line { lead: all.start..assign.start, assign, comment }
}

/// Indents each line by the number of lines above it that have left brackets open.
fn indent(pieces: &mut [Piece<'_>], lines: &[Line]) {
    // How many brackets each of those lines has left open.
    let mut open: Vec<i32> = Vec::new();
    for line in lines {
        let Some(first) = pieces.get(line.lead.start) else { continue };
        if first.kind == TokenKind::Newline {
            pieces[line.lead.start].spaces = 0;
            continue;
        }
        let mut balance = 0;
        for piece in &pieces[line.lead.start..line.assign.end] {
            balance += piece.brackets();
            if piece.kind == TokenKind::OpenHeredoc {
                break;
            }
        }
        let mut closed = -balance;
        while closed > 0
            && let Some(last) = open.last_mut()
        {
            if closed < *last {
                *last -= closed;
                break;
            }
            closed -= *last;
            open.pop();
        }
        pieces[line.lead.start].spaces = 2 * open.len();
        if balance > 0 {
            open.push(balance);
        }
    }
}

/// Sets the spaces within a cell.
fn space(pieces: &mut [Piece<'_>], cell: Range<usize>) {
    for i in cell.start..cell.end.saturating_sub(1) {
        let before = if i > cell.start { Some(pieces[i - 1].kind) } else { None };
        let spaced = is_spaced(before, &pieces[i], &pieces[i + 1]);
        pieces[i + 1].spaces = usize::from(spaced);
    }
}

/// Puts a cell of consecutive lines one above the other.
fn align(
    pieces: &mut [Piece<'_>],
    lines: &[Line],
    cell: fn(&Line) -> &Range<usize>,
    before: fn(&Line) -> Range<usize>,
) {
    let mut start = 0;
    while start < lines.len() {
        if cell(&lines[start]).is_empty() {
            start += 1;
            continue;
        }
        let length = lines[start..].iter().take_while(|line| !cell(line).is_empty()).count();
        let chain = &lines[start..start + length];
        let widths: Vec<usize> = chain.iter().map(|line| width(&pieces[before(line)])).collect();
        let widest = widths.iter().max().copied().unwrap_or_default();
        for (line, width) in chain.iter().zip(widths) {
            pieces[cell(line).start].spaces = widest - width + 1;
        }
        start += length;
    }
}

fn width(pieces: &[Piece<'_>]) -> usize {
    let columns = |text: &str| match text.is_ascii() {
        true => text.len(),
        false => text.graphemes(true).count(),
    };
    pieces.iter().map(|piece| piece.spaces + columns(&piece.text)).sum()
}
