//! Colours and emphasis, which can be switched off.

use std::fmt::{self, Display};

use anstyle::{AnsiColor, Color, Style as Ansi};

/// Whether text is given colours. Copied freely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    coloured: bool,
}

impl Style {
    /// No colours.
    pub const PLAIN: Style = Style { coloured: false };
    /// Colours by escape sequences.
    pub const COLOURED: Style = Style { coloured: true };

    /// Colours, if so wished.
    pub fn new(coloured: bool) -> Style {
        Style { coloured }
    }

    /// Whether there are colours.
    pub fn is_coloured(self) -> bool {
        self.coloured
    }

    /// Bold text.
    pub fn bold<T: Display>(self, text: T) -> Painted<T> {
        self.paint(Ansi::new().bold(), text)
    }

    /// Underlined text.
    pub fn underline<T: Display>(self, text: T) -> Painted<T> {
        self.paint(Ansi::new().underline(), text)
    }

    /// Red text: what is destroyed, what is wrong.
    pub fn red<T: Display>(self, text: T) -> Painted<T> {
        self.colour(AnsiColor::Red, text)
    }

    /// Green text: what is created, what is well.
    pub fn green<T: Display>(self, text: T) -> Painted<T> {
        self.colour(AnsiColor::Green, text)
    }

    /// Yellow text: what is changed, what to heed.
    pub fn yellow<T: Display>(self, text: T) -> Painted<T> {
        self.colour(AnsiColor::Yellow, text)
    }

    /// Cyan text: what is read.
    pub fn cyan<T: Display>(self, text: T) -> Painted<T> {
        self.colour(AnsiColor::Cyan, text)
    }

    /// Grey text: what is said by the way.
    pub fn grey<T: Display>(self, text: T) -> Painted<T> {
        self.colour(AnsiColor::BrightBlack, text)
    }

    /// Bold red text.
    pub fn bold_red<T: Display>(self, text: T) -> Painted<T> {
        self.paint(bold_colour(AnsiColor::Red), text)
    }

    /// Bold green text.
    pub fn bold_green<T: Display>(self, text: T) -> Painted<T> {
        self.paint(bold_colour(AnsiColor::Green), text)
    }

    /// Bold yellow text.
    pub fn bold_yellow<T: Display>(self, text: T) -> Painted<T> {
        self.paint(bold_colour(AnsiColor::Yellow), text)
    }

    /// Bold cyan text.
    pub fn bold_cyan<T: Display>(self, text: T) -> Painted<T> {
        self.paint(bold_colour(AnsiColor::Cyan), text)
    }

    fn colour<T: Display>(self, colour: AnsiColor, text: T) -> Painted<T> {
        self.paint(Ansi::new().fg_color(Some(Color::Ansi(colour))), text)
    }

    fn paint<T: Display>(self, ansi: Ansi, text: T) -> Painted<T> {
        Painted { ansi: self.coloured.then_some(ansi), text }
    }
}

fn bold_colour(colour: AnsiColor) -> Ansi {
    Ansi::new().bold().fg_color(Some(Color::Ansi(colour)))
}

/// Text with its colours, to be written out.
#[derive(Clone, Copy, Debug)]
pub struct Painted<T> {
    ansi: Option<Ansi>,
    text: T,
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ansi {
            Some(ansi) => write!(f, "{ansi}{}{ansi:#}", self.text),
            None => self.text.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_has_no_escapes() {
        assert_eq!(Style::PLAIN.bold_red("x").to_string(), "x");
        assert_eq!(Style::COLOURED.red("x").to_string(), "\u{1b}[31mx\u{1b}[0m");
    }
}
