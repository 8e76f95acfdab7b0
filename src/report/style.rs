//! How a report looks on the medium it is printed to: width, glyphs, colours.

use super::text;
use crate::finding::{Finding, Status};
use crate::rule::Severity;

/// The longest text that a terminal is given to wrap: more than AWS lets anybody write in a
/// name or says in an error message.
const LONGEST: usize = 4_000;

/// What the medium can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal; `None` for anything else, where nothing is wrapped or cut.
    pub width: Option<usize>,
    /// Whether it shows more than ASCII.
    pub unicode: bool,
    /// Whether to send colours.
    pub colour: bool,
}

/// A colour or weight. The escapes are written around text that is already laid out,
/// so that they never count towards a column's width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    Plain,
    Bold,
    Dim,
    Red,
    Yellow,
    Green,
}

/// What a finding looks like, by Trusted Advisor's traffic light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// A fail at high or critical.
    Red,
    /// A fail at medium or low.
    Yellow,
    /// Could not be checked: Trusted Advisor would show nothing at all.
    Unknown,
    /// Seen to be good.
    Green,
    /// The question does not arise.
    NotApplicable,
    /// An accepted finding.
    Suppressed,
}

impl Style {
    /// `text`, which may come from AWS, as this medium may show it. What no terminal has
    /// room for is cut: wrapping a name of a million characters would take minutes.
    pub(super) fn text(&self, text: &str) -> String {
        let shown = self.whole(text);
        let cut = (self.width).and_then(|_| shown.char_indices().nth(LONGEST));
        match cut {
            Some((at, _)) => {
                let (start, rest) = shown.split_at(at);
                let dots = if self.unicode { "…" } else { "..." };
                format!("{start}{dots} ({} more characters)", rest.chars().count())
            }
            None => shown,
        }
    }

    /// `text` as this medium may show it, however long: half a command would be another one.
    pub(super) fn whole(&self, text: &str) -> String {
        let visible = text::visible(text);
        if self.unicode || visible.is_ascii() {
            return visible;
        }
        // The bytes of a UTF-8 character include 0x80 to 0x9f, which are control
        // characters to a terminal that does not read UTF-8.
        visible
            .chars()
            .map(|c| {
                if c.is_ascii() {
                    c.to_string()
                } else {
                    c.escape_unicode().to_string()
                }
            })
            .collect()
    }

    /// `text` in that colour, if there are colours.
    pub(super) fn paint(&self, text: &str, paint: Paint) -> String {
        match paint.escape() {
            Some(escape) if self.colour && !text.is_empty() => {
                format!("\u{1b}[{escape}m{text}\u{1b}[0m")
            }
            _ => text.to_owned(),
        }
    }

    /// A count as a table cell: a dot for none, so that what is there stands out.
    pub(super) fn count(&self, count: usize) -> String {
        match count {
            0 if self.unicode => "·".to_owned(),
            0 => ".".to_owned(),
            some => some.to_string(),
        }
    }
}

impl Paint {
    fn escape(self) -> Option<&'static str> {
        match self {
            Paint::Plain => None,
            Paint::Bold => Some("1"),
            Paint::Dim => Some("2"),
            Paint::Red => Some("31"),
            Paint::Yellow => Some("33"),
            Paint::Green => Some("32"),
        }
    }
}

impl Mark {
    /// Those that Trusted Advisor counts, in the order of the report.
    pub(super) const ALL: &'static [Mark] = &[
        Mark::Red,
        Mark::Yellow,
        Mark::Unknown,
        Mark::Green,
        Mark::NotApplicable,
    ];

    /// The mark of a finding.
    pub(super) fn of(finding: &Finding) -> Mark {
        match finding.status {
            _ if finding.suppressed.is_some() => Mark::Suppressed,
            Status::Fail if finding.severity >= Severity::High => Mark::Red,
            Status::Fail => Mark::Yellow,
            Status::Unknown => Mark::Unknown,
            Status::Pass => Mark::Green,
            Status::NotApplicable => Mark::NotApplicable,
        }
    }

    /// The glyph alone.
    pub(super) fn glyph(self, style: &Style) -> &'static str {
        match (self, style.unicode) {
            (Mark::Red, true) => "✖",
            (Mark::Red, false) => "X",
            (Mark::Yellow, true) => "▲",
            (Mark::Yellow, false) => "!",
            (Mark::Unknown, _) => "?",
            (Mark::Green, true) => "✔",
            (Mark::Green, false) => "+",
            (Mark::NotApplicable, true) => "–",
            (Mark::NotApplicable, false) => "-",
            (Mark::Suppressed, _) => "~",
        }
    }

    /// Glyph and word, for the Status column: colour is never the only carrier.
    pub(super) fn label(self, style: &Style) -> String {
        format!("{} {}", self.glyph(style), self.word())
    }

    fn word(self) -> &'static str {
        match self {
            Mark::Red => "red",
            Mark::Yellow => "yellow",
            Mark::Unknown => "unknown",
            Mark::Green => "green",
            Mark::NotApplicable => "n/a",
            Mark::Suppressed => "accepted",
        }
    }

    /// What Trusted Advisor's console says above the count.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Mark::Red => "action recommended",
            Mark::Yellow => "investigation recommended",
            Mark::Unknown => "could not be checked",
            Mark::Green => "ok",
            Mark::NotApplicable => "not applicable",
            Mark::Suppressed => "accepted",
        }
    }

    /// Its colour.
    pub(super) fn paint(self) -> Paint {
        match self {
            Mark::Red => Paint::Red,
            Mark::Yellow | Mark::Unknown => Paint::Yellow,
            Mark::Green => Paint::Green,
            Mark::NotApplicable | Mark::Suppressed => Paint::Dim,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASCII: Style = Style {
        width: None,
        unicode: false,
        colour: false,
    };

    #[test]
    fn a_medium_without_utf_8_gets_no_byte_above_ascii() {
        assert_eq!(ASCII.text("prüf\u{9b}"), "pr\\u{fc}f\\u{9b}");
        for mark in Mark::ALL.iter().chain([&Mark::Suppressed]) {
            assert!(mark.label(&ASCII).is_ascii());
        }
    }

    #[test]
    fn a_terminal_is_spared_what_no_reader_wants_and_a_pipe_gets_it_whole() {
        let terminal = Style {
            width: Some(80),
            ..ASCII
        };
        let long = "x".repeat(1_000_000);
        assert_eq!(ASCII.text(&long), long);
        assert_eq!(terminal.whole(&long), long);
        let cut = terminal.text(&long);
        assert!(cut.ends_with("xxx... (996000 more characters)"), "{cut}");
        assert_eq!(terminal.text("short"), "short");
    }

    #[test]
    fn without_colour_there_is_no_escape() {
        assert_eq!(ASCII.paint("red", Paint::Red), "red");
        let colourful = Style {
            colour: true,
            ..ASCII
        };
        assert_eq!(colourful.paint("red", Paint::Red), "\u{1b}[31mred\u{1b}[0m");
    }
}
