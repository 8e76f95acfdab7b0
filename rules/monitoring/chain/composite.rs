//! The rules of composite alarms.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html>

/// An `AlarmRule`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum AlarmRule<'a> {
    /// `TRUE` or `FALSE`.
    Always(bool),
    /// The alarm of that name or ARN is in that state.
    In(State, &'a str),
    /// `NOT`.
    Not(Box<AlarmRule<'a>>),
    /// `AND`.
    Both(Box<AlarmRule<'a>>, Box<AlarmRule<'a>>),
    /// `OR`.
    Either(Box<AlarmRule<'a>>, Box<AlarmRule<'a>>),
}

/// A state of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// `ALARM`.
    Alarm,
    /// `OK`.
    Ok,
    /// `INSUFFICIENT_DATA`.
    InsufficientData,
}

/// How deep parentheses and `NOT` may be nested; AWS takes no rule near it.
const DEPTH: usize = 64;

/// The longest rule that AWS takes, in characters. Each `AND` and `OR` nests, so that a rule
/// without an end would end the program.
const LONGEST: usize = 10_240;

impl<'a> AlarmRule<'a> {
    /// Reads a rule; `None` if it says something that this build does not know.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if text.chars().count() > LONGEST {
            return None;
        }
        let mut reader = Reader { rest: text };
        let rule = reader.either(DEPTH)?;
        reader.rest.trim().is_empty().then_some(rule)
    }

    /// Whether it holds, if `of` tells which alarms are in which states: `None` where that
    /// depends on more.
    pub(super) fn holds(&self, of: &dyn Fn(State, &str) -> Option<bool>) -> Option<bool> {
        match self {
            AlarmRule::Always(holds) => Some(*holds),
            AlarmRule::In(state, alarm) => of(*state, alarm),
            AlarmRule::Not(rule) => rule.holds(of).map(|holds| !holds),
            AlarmRule::Both(one, other) => match (one.holds(of), other.holds(of)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            AlarmRule::Either(one, other) => match (one.holds(of), other.holds(of)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn either(&mut self, depth: usize) -> Option<AlarmRule<'a>> {
        let mut rule = self.both(depth)?;
        while self.word("OR") {
            rule = AlarmRule::Either(Box::new(rule), Box::new(self.both(depth)?));
        }
        Some(rule)
    }

    fn both(&mut self, depth: usize) -> Option<AlarmRule<'a>> {
        let mut rule = self.one(depth)?;
        while self.word("AND") {
            rule = AlarmRule::Both(Box::new(rule), Box::new(self.one(depth)?));
        }
        Some(rule)
    }

    fn one(&mut self, depth: usize) -> Option<AlarmRule<'a>> {
        let depth = depth.checked_sub(1)?;
        if self.word("NOT") {
            return Some(AlarmRule::Not(Box::new(self.one(depth)?)));
        }
        if self.sign('(') {
            let rule = self.either(depth)?;
            return self.sign(')').then_some(rule);
        }
        for (word, holds) in [("TRUE", true), ("FALSE", false)] {
            if self.word(word) {
                return Some(AlarmRule::Always(holds));
            }
        }
        let states = [
            ("ALARM", State::Alarm),
            ("OK", State::Ok),
            ("INSUFFICIENT_DATA", State::InsufficientData),
        ];
        let state = states.into_iter().find(|(word, _)| self.word(word))?.1;
        Some(AlarmRule::In(state, self.argument()?))
    }

    /// A name or ARN in parentheses, with or without quotes.
    fn argument(&mut self) -> Option<&'a str> {
        if !self.sign('(') {
            return None;
        }
        for quote in ['"', '\''] {
            if self.sign(quote) {
                let (name, rest) = self.rest.split_once(quote)?;
                self.rest = rest;
                return (self.sign(')') && !name.ends_with('\\')).then_some(name);
            }
        }
        let (name, rest) = self.rest.split_once(')')?;
        self.rest = rest;
        let name = name.trim();
        (!name.is_empty() && !name.contains('(')).then_some(name)
    }

    /// Takes a keyword, in any case, that stands for itself.
    fn word(&mut self, word: &str) -> bool {
        let text = self.rest.trim_start();
        let Some((head, tail)) = text.split_at_checked(word.len()) else {
            return false;
        };
        let ends = !tail.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let found = ends && head.eq_ignore_ascii_case(word);
        if found {
            self.rest = tail;
        }
        found
    }

    fn sign(&mut self, sign: char) -> bool {
        match self.rest.trim_start().strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a rule says when alarm `a` is in the state ALARM and nothing is known of others.
    fn with_a_in_alarm(rule: &str) -> Option<bool> {
        let of = |state, name: &str| (name == "a").then_some(state == State::Alarm);
        AlarmRule::parse(rule).expect(rule).holds(&of)
    }

    #[test]
    fn rules_are_read_as_aws_writes_them() {
        for (rule, expected) in [
            ("ALARM(a)", Some(true)),
            (r#"ALARM("a")"#, Some(true)),
            ("ALARM( 'a' )", Some(true)),
            ("OK(a)", Some(false)),
            ("INSUFFICIENT_DATA(a)", Some(false)),
            ("NOT ALARM(a)", Some(false)),
            ("ALARM(a) OR ALARM(b)", Some(true)),
            ("ALARM(b) or alarm(a)", Some(true)),
            ("ALARM(a) AND ALARM(b)", None),
            ("ALARM(a) AND NOT ALARM(b)", None),
            ("ALARM(a) AND TRUE", Some(true)),
            ("ALARM(a) AND FALSE", Some(false)),
            ("NOT OK(a) AND (ALARM(b) OR ALARM(a))", Some(true)),
            // AND binds more tightly than OR.
            ("ALARM(a) OR ALARM(b) AND FALSE", Some(true)),
            ("(ALARM(a) OR ALARM(b)) AND FALSE", Some(false)),
        ] {
            assert_eq!(with_a_in_alarm(rule), expected, "{rule}");
        }
    }

    #[test]
    fn names_with_blanks_signs_and_keywords_stay_whole() {
        for (rule, name) in [
            (r#"ALARM("root (OR anybody)")"#, "root (OR anybody)"),
            ("ALARM(ORANGE)", "ORANGE"),
            (
                "ALARM(arn:aws:cloudwatch:us-east-1:111122223333:alarm:root usage)",
                "arn:aws:cloudwatch:us-east-1:111122223333:alarm:root usage",
            ),
        ] {
            assert_eq!(
                AlarmRule::parse(rule),
                Some(AlarmRule::In(State::Alarm, name)),
                "{rule}"
            );
        }
    }

    #[test]
    fn the_longest_rule_that_aws_takes_is_read_whole() {
        let rule = "ALARM(b)OR ".repeat(929) + "ALARM(a)";
        assert!(rule.len() < LONGEST && rule.len() + 20 > LONGEST);
        assert_eq!(with_a_in_alarm(&rule), Some(true));
    }

    #[test]
    fn what_is_not_understood_is_not_guessed_at() {
        let long = "TRUE OR ".repeat(200_000) + "TRUE";
        let deep = "(".repeat(100) + "TRUE" + &")".repeat(100);
        for rule in [
            "",
            "ALARM",
            "ALARM()",
            "ALARM(a",
            "ALARM(a) ALARM(b)",
            "ALARM(a) XOR ALARM(b)",
            "AT_LEAST(1, ALARM, (a, b))",
            "(ALARM(a)",
            r#"ALARM("a\"b")"#,
            deep.as_str(),
            long.as_str(),
        ] {
            let start: String = rule.chars().take(300).collect();
            assert_eq!(AlarmRule::parse(rule), None, "{start}");
        }
    }
}
