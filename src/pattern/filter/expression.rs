//! Regular expressions in filter patterns.
//!
//! "Supported regular expression syntax" of the CloudWatch Logs user guide lists the few
//! characters and operators that there are. Of anything else it is open what it matches.

use std::fmt;

use regex::bytes::{Regex, RegexBuilder};

/// The most memory that one expression may take.
const SIZE: usize = 1 << 18;

/// What stands between two percent signs.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    source: String,
    compiled: Option<Regex>,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Expression {
    pub(super) fn new(source: String) -> Self {
        let compiled = translated(&source).and_then(|text| {
            RegexBuilder::new(&text)
                .unicode(false)
                .size_limit(SIZE)
                .dfa_size_limit(SIZE)
                .build()
                .ok()
        });
        Self { source, compiled }
    }

    /// Whether it occurs in `text`; or why that is open.
    pub(super) fn finds(&self, text: &str) -> Result<bool, String> {
        match &self.compiled {
            None => Err(format!(
                "`{self}` is no regular expression that AWS documents"
            )),
            Some(_) if !text.is_ascii() => Err(format!(
                "AWS does not say how `{self}` reads characters of several bytes"
            )),
            Some(regex) => Ok(regex.is_match(text.as_bytes())),
        }
    }

    /// Whether what it finds may run on over several fields of a record.
    pub(super) fn is_elastic(&self) -> bool {
        self.source.contains(['*', '+', '{']) || self.anchored()
    }

    /// Whether it asks for the start or the end of the text.
    pub(super) fn anchored(&self) -> bool {
        self.source.contains(['^', '$'])
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}%", self.source)
    }
}

/// The expression as the `regex` crate reads it; `None` if there is something in it that AWS
/// does not document, or that the crate reads in another way.
fn translated(source: &str) -> Option<String> {
    let mut text = String::new();
    let mut rest = source.chars().peekable();
    let mut class = false;
    while let Some(c) = rest.next() {
        text.push(c);
        match c {
            '\\' => {
                let escaped = rest.next()?;
                text.push(escaped);
                if escaped == 'x' {
                    for _ in 0..2 {
                        text.push(rest.next().filter(char::is_ascii_hexdigit)?);
                    }
                } else if escaped.is_alphanumeric() && !"dDsSwW".contains(escaped) {
                    return None;
                }
            }
            // The crate knows classes within classes, and their difference.
            '[' if class => return None,
            '-' if class && rest.peek() == Some(&'-') => return None,
            '[' => class = true,
            ']' => class = false,
            '{' if !class && rest.peek() == Some(&',') => text.push('0'),
            _ if c.is_ascii_alphanumeric() || "_#=@/;,-:^$?{}|*+.".contains(c) => {}
            _ => return None,
        }
    }
    Some(text)
}
