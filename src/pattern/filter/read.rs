//! Reading a pattern, one character after the other.

use super::super::Mistake;
use super::Logic;
use super::condition::{Condition, Number, Operand, Order, Selector, Step, Test, in_name};
use super::expression::Expression;
use super::terms::{Sign, Term, Text};

/// The most wildcard selectors in a pattern.
const MOST_WILDCARDS: usize = 3;

/// The most regular expressions in a pattern.
const MOST_EXPRESSIONS: usize = 2;

/// A pattern, and how far it has been read.
pub(super) struct Reader {
    text: Vec<char>,
    at: usize,
    wildcards: usize,
    expressions: usize,
}

/// What stands within one pair of parentheses, as far as it was read: parentheses are kept
/// here and not on the stack, so that a thousand of them do no harm.
#[derive(Default)]
struct Level {
    alternatives: Vec<Logic>,
    conjunction: Vec<Logic>,
    /// Where it was opened, from 1.
    opened: usize,
}

impl Reader {
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.chars().collect(),
            at: 0,
            wildcards: 0,
            expressions: 0,
        }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    pub(super) fn blanks(&mut self) {
        self.run(char::is_whitespace);
    }

    /// Takes the characters that `fit`.
    fn run(&mut self, fit: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(c) = self.peek().filter(|c| fit(*c)) {
            taken.push(c);
            self.at += 1;
        }
        taken
    }

    /// Takes `token`, if it comes next.
    fn take(&mut self, token: &str) -> bool {
        let ahead = self.text.get(self.at..).unwrap_or_default();
        let count = token.chars().count();
        let comes = ahead.len() >= count && ahead.iter().zip(token.chars()).all(|(a, b)| *a == b);
        if comes {
            self.at += count;
        }
        comes
    }

    fn mistake<T>(&self, reason: impl Into<String>) -> Result<T, Mistake> {
        mistake(self.at, reason)
    }

    /// A pattern in braces.
    pub(super) fn json(&mut self) -> Result<Logic, Mistake> {
        self.take("{");
        let mut levels = vec![Level::default()];
        loop {
            self.blanks();
            while self.peek() == Some('(') {
                self.at += 1;
                levels.push(Level {
                    opened: self.at,
                    ..Level::default()
                });
                self.blanks();
            }
            let mut logic = Logic::Condition(self.condition()?);
            self.blanks();
            while levels.len() > 1 && self.take(")") {
                if let Some(level) = levels.pop() {
                    logic = level.close(logic);
                }
                self.blanks();
            }
            let Some(level) = levels.last_mut() else {
                return self.mistake("expected `(`");
            };
            if self.take("&&") {
                level.and(logic);
            } else if self.take("||") {
                level.or(logic);
            } else if levels.len() == 1 && self.take("}") {
                return self.end(levels.pop().unwrap_or_default().close(logic));
            } else {
                return self.unexpected(&levels);
            }
        }
    }

    fn end(&mut self, logic: Logic) -> Result<Logic, Mistake> {
        self.blanks();
        match self.peek() {
            None => Ok(logic),
            Some(_) => self.mistake("nothing may follow the `}` that closes the pattern"),
        }
    }

    /// What is wrong where `&&`, `||` or the end should stand.
    fn unexpected(&self, levels: &[Level]) -> Result<Logic, Mistake> {
        let open = levels.last().filter(|_| levels.len() > 1);
        match (self.peek(), open) {
            (None | Some('}'), Some(level)) => self.mistake(format!(
                "expected `)` for the `(` at character {}",
                level.opened
            )),
            (None, None) => self.mistake("expected `}` at the end"),
            (Some(')'), _) => self.mistake("there is no `(` for this `)`"),
            (Some('&'), _) => self.mistake("expected `&&`, not `&`"),
            (Some('|'), _) => self.mistake("expected `||`, not `|`"),
            (Some(_), open) => {
                let close = if open.is_some() { ")" } else { "}" };
                self.mistake(format!(
                    "expected `&&`, `||` or `{close}`; a value with blanks or special characters \
                     must be quoted"
                ))
            }
        }
    }

    fn condition(&mut self) -> Result<Condition, Mistake> {
        let start = self.at;
        let selector = self.selector()?;
        let wildcards = selector.wildcards();
        self.wildcards += wildcards;
        if wildcards > 1 {
            return mistake(start, "a selector has at most one wildcard");
        }
        if self.wildcards > MOST_WILDCARDS {
            return mistake(
                start,
                format!("a pattern has at most {MOST_WILDCARDS} wildcard selectors"),
            );
        }
        self.blanks();
        let test = self.test()?;
        Ok(Condition { selector, test })
    }

    fn selector(&mut self) -> Result<Selector, Mistake> {
        match self.peek() {
            Some('$') => self.at += 1,
            Some('!') => return self.mistake("there is no `!` but in `!=`"),
            _ => return self.mistake("expected a field such as `$.eventName`"),
        }
        let mut steps = Vec::new();
        loop {
            if self.take("[*]") {
                steps.push(Step::AnyElement);
            } else if self.take("['") || self.take(".['") {
                steps.push(Step::Key(self.bracketed()?));
            } else if self.take("[") {
                steps.push(Step::Index(self.index()?));
            } else if self.take(".*") {
                steps.push(Step::AnyKey);
            } else if self.take(".") {
                let name = self.run(in_name);
                if name.is_empty() {
                    return self.mistake("expected a field's name after `.`");
                }
                steps.push(Step::Key(name));
            } else if steps.is_empty() {
                return self.mistake("expected `.` and a field's name after `$`");
            } else {
                return Ok(Selector(steps));
            }
        }
    }

    /// A key in brackets and quotes.
    fn bracketed(&mut self) -> Result<String, Mistake> {
        let start = self.at;
        let name = self.run(|c| c != '\'');
        if name.is_empty() {
            return mistake(start, "expected a field's name between `['` and `']`");
        }
        if !self.take("']") {
            return self.mistake("expected `']` after the field's name");
        }
        Ok(name)
    }

    fn index(&mut self) -> Result<usize, Mistake> {
        let start = self.at;
        let digits = self.run(|c| c.is_ascii_digit());
        let Ok(index) = digits.parse() else {
            return mistake(
                start,
                "expected an index, `*` or a name in quotes after `[`",
            );
        };
        if !self.take("]") {
            return self.mistake("expected `]` after the index");
        }
        Ok(index)
    }

    fn test(&mut self) -> Result<Test, Mistake> {
        for (token, order) in [
            (">=", Order::GreaterOrEqual),
            ("<=", Order::LessOrEqual),
            (">", Order::Greater),
            ("<", Order::Less),
        ] {
            if self.take(token) {
                return self.number(token).map(|number| Test::Order(order, number));
            }
        }
        if self.take("!=") {
            return self.operand("!=").map(Test::NotEqual);
        }
        if self.take("=") {
            return self.operand("=").map(Test::Equal);
        }
        let start = self.at;
        match self.keyword().as_str() {
            "IS" => self.literal(),
            "NOT" => {
                self.blanks();
                let start = self.at;
                match self.keyword().as_str() {
                    "EXISTS" => Ok(Test::NotExists),
                    _ => mistake(start, "expected `EXISTS` after `NOT`"),
                }
            }
            "EXISTS" => mistake(
                start,
                "there is no `EXISTS` without `NOT`; a field that exists is written `= \"*\"`",
            ),
            _ => mistake(
                start,
                "expected `=`, `!=`, `<`, `<=`, `>`, `>=`, `IS` or `NOT EXISTS` after the field",
            ),
        }
    }

    fn literal(&mut self) -> Result<Test, Mistake> {
        self.blanks();
        let start = self.at;
        match self.keyword().as_str() {
            "NULL" => Ok(Test::Null),
            "TRUE" => Ok(Test::True),
            "FALSE" => Ok(Test::False),
            _ => mistake(start, "expected `NULL`, `TRUE` or `FALSE` after `IS`"),
        }
    }

    /// The next word. AWS documents keywords in capitals; whoever writes them in small letters
    /// means the same.
    fn keyword(&mut self) -> String {
        self.run(|c| c.is_ascii_alphanumeric()).to_ascii_uppercase()
    }

    fn number(&mut self, operator: &str) -> Result<Number, Mistake> {
        self.blanks();
        let start = self.at;
        match self.operand(operator)? {
            Operand::Number(number) => Ok(number),
            other => mistake(
                start,
                format!("`{operator}` compares numbers, and `{other}` is none"),
            ),
        }
    }

    fn operand(&mut self, operator: &str) -> Result<Operand, Mistake> {
        self.blanks();
        match self.peek() {
            Some('"') => return self.quoted().map(Operand::Text),
            Some('%') => return self.expression().map(Operand::Expression),
            _ => {}
        }
        let bare = self.run(in_bare);
        if bare.is_empty() {
            return self.mistake(format!("expected a value after `{operator}`"));
        }
        Ok(if is_number(&bare) {
            Operand::Number(Number(bare))
        } else {
            Operand::Text(bare)
        })
    }

    fn quoted(&mut self) -> Result<String, Mistake> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.next() {
            match c {
                '"' => return Ok(text),
                '\\' => text.push(match self.peek() {
                    Some(escaped @ ('"' | '\\')) => {
                        self.at += 1;
                        escaped
                    }
                    _ => '\\',
                }),
                _ => text.push(c),
            }
        }
        mistake(start, "there is no closing quote for this `\"`")
    }

    fn expression(&mut self) -> Result<Expression, Mistake> {
        let start = self.at;
        self.at += 1;
        let source = self.run(|c| c != '%');
        if !self.take("%") {
            return mistake(start, "there is no closing `%` for this `%`");
        }
        if source.is_empty() {
            return mistake(start, "expected a regular expression between `%` and `%`");
        }
        self.expressions += 1;
        if self.expressions > MOST_EXPRESSIONS {
            return mistake(
                start,
                format!("a pattern has at most {MOST_EXPRESSIONS} regular expressions"),
            );
        }
        Ok(Expression::new(source))
    }

    /// A pattern in brackets.
    pub(super) fn fields(&mut self) -> Result<String, Mistake> {
        self.take("[");
        let rest: String = self.text.iter().skip(self.at).collect();
        match rest.trim_end().strip_suffix(']') {
            Some(fields) => Ok(fields.trim().to_owned()),
            None => mistake(self.text.len(), "expected `]` at the end"),
        }
    }

    /// A pattern of words.
    pub(super) fn terms(&mut self) -> Result<Vec<Term>, Mistake> {
        let mut terms = Vec::new();
        loop {
            self.blanks();
            let sign = match self.peek() {
                None => return Ok(terms),
                Some('?') => Sign::May,
                Some('-') => Sign::MustNot,
                Some(_) => Sign::Must,
            };
            if sign != Sign::Must {
                self.at += 1;
            }
            let text = match self.peek() {
                Some('"') => Text::Phrase(self.quoted()?),
                Some('%') => Text::Expression(self.expression()?),
                _ => Text::Phrase(self.run(|c| !c.is_whitespace() && c != '"')),
            };
            if text == Text::Phrase(String::new()) && sign != Sign::Must {
                return self.mistake("expected a word after `?` or `-`");
            }
            terms.push(Term { sign, text });
        }
    }
}

impl Level {
    fn and(&mut self, logic: Logic) {
        match logic {
            Logic::And(parts) => self.conjunction.extend(parts),
            other => self.conjunction.push(other),
        }
    }

    fn or(&mut self, logic: Logic) {
        self.and(logic);
        let conjunction = std::mem::take(&mut self.conjunction);
        match single(conjunction, Logic::And) {
            Logic::Or(parts) => self.alternatives.extend(parts),
            other => self.alternatives.push(other),
        }
    }

    fn close(mut self, logic: Logic) -> Logic {
        self.or(logic);
        single(self.alternatives, Logic::Or)
    }
}

/// The only part, or all of them joined.
fn single(mut parts: Vec<Logic>, join: fn(Vec<Logic>) -> Logic) -> Logic {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}

fn mistake<T>(at: usize, reason: impl Into<String>) -> Result<T, Mistake> {
    Err(Mistake {
        position: at + 1,
        reason: reason.into(),
    })
}

/// AWS documents quotes around all but letters, digits and `_`, but its own examples leave
/// them out of addresses, host names and wildcards.
fn in_bare(c: char) -> bool {
    !c.is_whitespace() && !"\"(){}[]=!<>&|%,".contains(c)
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let whole = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(mantissa),
    };
    let exponent = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    whole && exponent.is_none_or(digits)
}
