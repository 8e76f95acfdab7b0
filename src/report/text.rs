//! Text from AWS on its way to a terminal.
//!
//! Whoever may name a trail, tag a bucket or write a policy statement also writes into
//! our reports. An escape sequence could repaint the screen, a bidi mark could make one
//! name read as another, a line break could forge a row.

/// `text` with everything that is not a visible character spelled out, for example
/// `\u{1b}` or `\u{202e}`: control characters, line breaks, bidi marks, blanks other than
/// the space, invisible, unassigned and private characters. Letters of any script stay.
pub fn visible(text: &str) -> String {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return text.to_owned();
    }
    text.chars().fold(String::new(), |mut out, c| {
        if is_visible(c) {
            out.push(c);
        } else {
            out.extend(c.escape_default());
        }
        out
    })
}

/// Whether a reader can see the character, and see it where it stands.
pub fn is_visible(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    if BLANK.contains(&c) || is_variation_selector(c) {
        return false;
    }
    // The standard library escapes for `{:?}` what Unicode calls a control, format,
    // private, unassigned or separator character.
    if c.escape_debug().next() == Some(c) {
        return true;
    }
    // It also escapes combining marks, but not behind a base letter, and many scripts
    // cannot be written without them.
    let mut text = String::from("a");
    text.push(c);
    text.escape_debug().nth(1) == Some(c)
}

/// Characters that Unicode calls letters, marks or symbols though nothing is drawn.
const BLANK: &[char] = &[
    '\u{34f}',  // COMBINING GRAPHEME JOINER
    '\u{115f}', // HANGUL CHOSEONG FILLER
    '\u{1160}', // HANGUL JUNGSEONG FILLER
    '\u{17b4}', // KHMER VOWEL INHERENT AQ
    '\u{17b5}', // KHMER VOWEL INHERENT AA
    '\u{2800}', // BRAILLE PATTERN BLANK
    '\u{3164}', // HANGUL FILLER
    '\u{ffa0}', // HALFWIDTH HANGUL FILLER
];

fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_any_script_stay_as_they_are() {
        for text in [
            "acme-logs",
            "Prüfpfad",
            "監査証跡",
            "журнал",
            "लॉग",
            "סימן",
            "✔ ok",
        ] {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        for (raw, shown) in [
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{7f}", "\\u{7f}"),
            ("ex\u{202e}e", "ex\\u{202e}e"),
            ("\u{200b}\u{feff}\u{ad}", "\\u{200b}\\u{feff}\\u{ad}"),
            ("\u{2066}\u{2069}\u{61c}", "\\u{2066}\\u{2069}\\u{61c}"),
            ("\u{2028}\u{a0}\u{3000}", "\\u{2028}\\u{a0}\\u{3000}"),
            ("\u{e0041}\u{e000}\u{3164}", "\\u{e0041}\\u{e000}\\u{3164}"),
            ("x\u{fe0f}\u{e0101}", "x\\u{fe0f}\\u{e0101}"),
            ("\0", "\\u{0}"),
        ] {
            assert_eq!(visible(raw), shown);
        }
    }

    #[test]
    fn no_control_or_format_character_is_ever_left() {
        for c in ('\0'..=char::MAX).filter(|c| c.is_control() || (c.is_whitespace() && *c != ' ')) {
            assert!(visible(&c.to_string()).is_ascii(), "{:x}", c as u32);
        }
    }
}
