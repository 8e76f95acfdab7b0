//! Values of policies in which wildcards and policy variables stand.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use super::context::{Context, Value};

/// Stands for a star that is meant as such, in patterns and in what they are held against.
pub(super) const LITERAL_STAR: char = '\u{f8f0}';
/// The same for a question mark.
pub(super) const LITERAL_QUESTION: char = '\u{f8f1}';

/// A policy's text, taken apart at its variables.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Template {
    /// As the policy spells it.
    pub raw: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Piece {
    /// Text, in which `*` and `?` may be wildcards.
    Text(String),
    /// `${key}` or `${key, 'default'}`; the key in lower case.
    Variable {
        key: String,
        default: Option<String>,
    },
}

/// A template's text in one context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filled {
    /// The text; stars and question marks that are meant as such are [`literal`] ones.
    Text(String),
    /// A variable has no value. In a resource such an entry matches nothing; in a
    /// condition it compares as null.
    NoValue,
    /// A variable's value is not known; the text with `*` in its place.
    Open(String),
}

/// `text`, in which no character is a wildcard, so that it can be held against a pattern.
pub fn literal(text: &str) -> String {
    text.replace('*', LITERAL_STAR.encode_utf8(&mut [0; 4]))
        .replace('?', LITERAL_QUESTION.encode_utf8(&mut [0; 4]))
}

/// The character that one of a text that [`literal`] made is meant as.
pub fn meant(character: char) -> char {
    match character {
        LITERAL_STAR => '*',
        LITERAL_QUESTION => '?',
        character => character,
    }
}

/// The reverse of [`literal`].
pub fn plain(text: &str) -> String {
    text.replace(LITERAL_STAR, "*")
        .replace(LITERAL_QUESTION, "?")
}

/// More places than this are not looked at for where a variable may end.
const MOST_VALUES: usize = 8;

impl Template {
    /// Takes `text` apart. Variables mean something only if the policy's `Version` is
    /// 2012-10-17; in older policies they are plain text.
    pub fn new(text: &str, variables: bool) -> Self {
        let pieces = match variables {
            true => pieces(text),
            false => vec![Piece::Text(text.to_owned())],
        };
        Template {
            raw: text.to_owned(),
            pieces,
        }
    }

    /// The condition keys that its variables stand for, in lower case.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { key, .. } => Some(key.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The text, if no variable is in it.
    pub fn fixed(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The values of the variable `key` with which the template can fit `text`: what stands in
    /// its place there. `None` if they are not to be told.
    pub fn values_in(&self, key: &str, text: &str) -> Option<Vec<String>> {
        let is_it =
            |piece: &&Piece| matches!(piece, Piece::Variable { key: found, .. } if found == key);
        let (before, behind) = match self.pieces.as_slice() {
            [it, behind @ ..] if is_it(&it) => ("", behind),
            [Piece::Text(before), it, behind @ ..] if is_it(&it) => (before.as_str(), behind),
            _ => return None,
        };
        let behind = match behind {
            [] => "",
            [Piece::Text(behind)] => behind,
            _ => return None,
        };
        let next = behind.split(['*', '?']).next().unwrap_or_default();
        if before.contains(['*', '?']) || (next.is_empty() && !behind.is_empty()) {
            return None;
        }
        let Some(rest) = text.strip_prefix(plain(before).as_str()) else {
            return Some(Vec::new());
        };
        if behind.is_empty() {
            return Some(vec![rest.to_owned()]);
        }
        let next = plain(next);
        let ends = rest.match_indices(next.as_str());
        let values: Vec<String> = ends
            .take(MOST_VALUES + 1)
            .filter_map(|(end, _)| rest.get(..end).map(str::to_owned))
            .collect();
        (values.len() <= MOST_VALUES).then_some(values)
    }

    /// The text in `context`. What a variable stands for is never a wildcard.
    pub fn fill(&self, context: &Context) -> Filled {
        if let Some(text) = self.fixed() {
            return Filled::Text(text.to_owned());
        }
        let (mut text, mut open) = (String::new(), false);
        for piece in &self.pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Variable { key, default } => match (context.get(key), default) {
                    (Value::Known([value]), _) => text.push_str(&literal(value)),
                    (Value::Absent, Some(default)) => text.push_str(&literal(default)),
                    (Value::Absent, None) => return Filled::NoValue,
                    // AWS documents variables for single-valued keys only.
                    (Value::Known(_) | Value::Open, _) => {
                        text.push('*');
                        open = true;
                    }
                },
            }
        }
        match open {
            true => Filled::Open(text),
            false => Filled::Text(text),
        }
    }
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        plain.push_str(before);
        let Some((inside, after)) = behind.split_once('}') else {
            plain.push_str("${");
            rest = behind;
            continue;
        };
        match inside {
            "*" => plain.push(LITERAL_STAR),
            "?" => plain.push(LITERAL_QUESTION),
            "$" => plain.push('$'),
            variable => {
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(piece_of(variable));
            }
        }
        rest = after;
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    pieces
}

fn piece_of(variable: &str) -> Piece {
    let (key, default) = match variable.split_once(',') {
        Some((key, default)) => (key, Some(default.trim())),
        None => (variable, None),
    };
    Piece::Variable {
        key: key.trim().to_lowercase(),
        default: default.map(|text| {
            let quoted = text
                .strip_prefix('\'')
                .and_then(|text| text.strip_suffix('\''));
            quoted.unwrap_or(text).to_owned()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, pairs: &[(&str, &str)]) -> Filled {
        Template::new(text, true).fill(&Context::of(pairs))
    }

    fn text(expected: &str) -> Filled {
        Filled::Text(expected.to_owned())
    }

    /// reference_policies_variables.html: "${*}", "${?}" and "${$}" are the characters.
    #[test]
    fn escapes_are_the_characters_and_no_wildcards() {
        assert_eq!(filled("a${*}b", &[]), text(&literal("a*b")));
        assert_eq!(filled("a${?}b", &[]), text(&literal("a?b")));
        assert_eq!(filled("a${$}b", &[]), text("a$b"));
        assert_eq!(plain(&literal("a*b?")), "a*b?");
    }

    #[test]
    fn a_variable_is_its_keys_value_its_default_or_nothing() {
        let pairs = [("aws:username", "carol")];
        assert_eq!(
            filled("home/${aws:UserName}/*", &pairs),
            text("home/carol/*")
        );
        assert_eq!(
            filled("home/${aws:username, 'all'}/*", &[]),
            text("home/all/*")
        );
        assert_eq!(filled("home/${aws:username}/*", &[]), Filled::NoValue);
    }

    #[test]
    fn what_a_variable_stands_for_is_no_wildcard() {
        let star = filled("home/${aws:username}/*", &[("aws:username", "*")]);
        assert_eq!(star, text(&format!("home/{}/*", literal("*"))));
    }

    /// reference_policies_elements_version.html: in 2008-10-17 `${...}` is plain text.
    #[test]
    fn in_older_policies_a_variable_is_plain_text() {
        let old = Template::new("home/${aws:username}", false);
        assert_eq!(
            old.fill(&Context::of(&[("aws:username", "c")])),
            text("home/${aws:username}")
        );
        assert_eq!(old.variables().count(), 0);
    }

    #[test]
    fn what_never_ends_is_plain_text() {
        assert_eq!(filled("a${b", &[]), text("a${b"));
    }

    #[test]
    fn what_stands_in_the_place_of_a_variable_is_found() {
        let found = |template: &str| Template::new(template, true).values_in("k", "logs/a/b");
        let values =
            |values: &[&str]| Some(values.iter().map(|value| (*value).to_owned()).collect());
        assert_eq!(found("logs/${k}"), values(&["a/b"]));
        assert_eq!(found("logs/${k}/*"), values(&["a"]));
        assert_eq!(found("${k}/*"), values(&["logs", "logs/a"]));
        assert_eq!(found("other/${k}"), values(&[]));
        assert_eq!(found("*/${k}"), None);
        assert_eq!(found("${k}*"), None);
        assert_eq!(found("${k}/${l}"), None);
    }
}
