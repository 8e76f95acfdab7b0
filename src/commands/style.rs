//! How the table may look, by where it goes.

use std::io;

use anstream::{AutoStream, ColorChoice};

use crate::cli::{Color, Destination};
use crate::report::Style;

/// The style of a table that goes to `to`.
pub(super) fn of(to: &Destination, color: Color) -> Style {
    match to {
        Destination::Stdout => Style {
            width: width(),
            unicode: unicode(),
            colour: colour(color),
        },
        Destination::File(_) => Style {
            width: None,
            unicode: unicode(),
            colour: false,
        },
    }
}

/// The width of the terminal; `None` in a pipe, where nothing is wrapped or cut.
pub(super) fn width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(usize::from(width.0))
}

/// Whether standard output takes colour. `auto` heeds `NO_COLOR`, `CLICOLOR`,
/// `CLICOLOR_FORCE` and `TERM`, in anstream's order.
fn colour(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
    }
}

/// Whether the locale is a UTF-8 one: the first of the three variables that is set and
/// not empty decides, as in setlocale(3).
fn unicode() -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .is_some_and(|locale| is_utf8(&locale))
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::is_utf8;

    #[test]
    fn a_locale_is_utf8_if_it_says_so() {
        for locale in ["en_GB.UTF-8", "C.UTF-8", "de_DE.utf8", "en_US.utf8@euro"] {
            assert!(is_utf8(locale), "{locale}");
        }
        for locale in ["C", "POSIX", "de_DE.ISO-8859-1", "en_US"] {
            assert!(!is_utf8(locale), "{locale}");
        }
    }
}
