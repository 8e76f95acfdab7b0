//! `*` and `?` in IAM's patterns.

/// Stands for text that is not known, in a resource that a pattern is held against. Only
/// `*` matches it, and so whatever it stands for.
pub const UNKNOWN: char = '\0';

/// Whether `pattern`, in which `*` is any text and `?` any one character, matches `text`.
/// [`UNKNOWN`] in the text is matched by `*` only.
///
/// The pieces between the stars are looked for from left to right, each where it occurs
/// first, and never again: going back to an earlier star could find nothing new, and is
/// what makes patterns with many stars slow.
pub fn glob(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return piece_at_start(pattern, text) == Some("");
    };
    let Some(mut text) = piece_at_start(first, text) else {
        return false;
    };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in middle.split('*').filter(|piece| !piece.is_empty()) {
        match behind_piece(piece, text) {
            Some(behind) => text = behind,
            None => return false,
        }
    }
    ends_with_piece(last, text)
}

/// What follows `piece`, which holds no `*`, at the start of `text`.
fn piece_at_start<'t>(piece: &str, text: &'t str) -> Option<&'t str> {
    let mut rest = text.chars();
    piece
        .chars()
        .all(|wanted| rest.next().is_some_and(|found| fits(wanted, found)))
        .then_some(rest.as_str())
}

/// What follows the first place in `text` where `piece` occurs, which holds no `*`.
fn behind_piece<'t>(piece: &str, text: &'t str) -> Option<&'t str> {
    if !piece.contains(['?', UNKNOWN]) {
        // The standard library's search takes time in proportion to the text.
        let (_, behind) = text.split_once(piece)?;
        return Some(behind);
    }
    let mut from = text.chars();
    loop {
        if let Some(behind) = piece_at_start(piece, from.as_str()) {
            return Some(behind);
        }
        from.next()?;
    }
}

fn ends_with_piece(piece: &str, text: &str) -> bool {
    let mut rest = text.chars().rev();
    piece
        .chars()
        .rev()
        .all(|wanted| rest.next().is_some_and(|found| fits(wanted, found)))
}

fn fits(wanted: char, found: char) -> bool {
    found != UNKNOWN && (wanted == '?' || wanted == found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_in_iam() {
        for (pattern, text, matches) in [
            ("", "", true),
            ("*", "", true),
            ("a*", "abc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*b*d", "abcbd", true),
            ("*b*d", "abcbde", false),
            ("abc", "ab", false),
            ("ab", "abc", false),
            ("**", "x", true),
            ("a*?", "a", false),
            ("a*a", "a", false),
            ("*", "abc", true),
            ("*ab*ba", "aba", false),
            ("*ab*ba", "abba", true),
            ("*a?c*", "abbaxc", true),
            ("*é?", "caféé", true),
        ] {
            assert_eq!(glob(pattern, text), matches, "{pattern} {text}");
        }
    }

    /// What `*` and `?` mean, spelled out: correct, and slow where there are many stars.
    fn defined(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => (0..=text.len()).any(|at| defined(rest, &text[at..])),
            ([wanted, pattern @ ..], [found, text @ ..]) => {
                fits(*wanted, *found) && defined(pattern, text)
            }
            _ => false,
        }
    }

    #[test]
    fn globs_match_as_defined() {
        arbtest::arbtest(|random| {
            let mut draw = |from: &[char]| -> arbtest::arbitrary::Result<Vec<char>> {
                (0..random.int_in_range(0..=8)?)
                    .map(|_| random.choose(from).copied())
                    .collect()
            };
            let pattern = draw(&['a', 'b', 'é', '?', '*', '*'])?;
            let text = draw(&['a', 'b', 'é', UNKNOWN])?;
            let (p, t) = (String::from_iter(&pattern), String::from_iter(&text));
            assert_eq!(glob(&p, &t), defined(&pattern, &text), "{p:?} {t:?}");
            Ok(())
        })
        .budget_ms(500);
    }

    /// Were a failed piece tried again from an earlier star, or the search for a piece not
    /// linear, these would not end within a day.
    #[test]
    fn a_pattern_of_ten_thousand_stars_is_matched_all_the_same() {
        let text = "a".repeat(100_000);
        assert!(glob(&"*".repeat(10_000), &text));
        assert!(glob(&"*a".repeat(10_000), &text));
        assert!(!glob(&format!("{}b", "*a".repeat(10_000)), &text));
        assert!(!glob(&format!("{}*b*", "*a".repeat(10_000)), &text));
        let text = "a".repeat(10_000_000);
        assert!(!glob(&format!("*{}b*", "a".repeat(5_000_000)), &text));
    }

    #[test]
    fn only_a_star_matches_what_is_not_known() {
        assert!(glob("a/*/c", "a/\0/c"));
        assert!(glob("a/*", "a/\0/c"));
        assert!(!glob("a/?/c", "a/\0/c"));
        assert!(!glob("a/\0/c", "a/\0/c"));
        assert!(!glob("a/o-1/c", "a/\0/c"));
    }
}
