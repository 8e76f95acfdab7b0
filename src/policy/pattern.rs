//! What a statement's `Action` and `Resource` speak of.

use super::context::Context;
use super::glob::{UNKNOWN, glob};
use super::template::{Filled, Template, literal};
use super::truth::{Doubt, Truth};

/// `Action` or `NotAction`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actions {
    /// In lower case, as actions are compared.
    patterns: Vec<String>,
    listed: bool,
}

impl Actions {
    /// What `Action` lists, or all but what `NotAction` lists.
    pub fn new(patterns: Vec<String>, listed: bool) -> Self {
        let patterns = patterns
            .into_iter()
            .map(|pattern| pattern.to_lowercase())
            .collect();
        Actions { patterns, listed }
    }

    /// Every action.
    pub fn all() -> Self {
        Actions::new(vec!["*".to_owned()], true)
    }

    /// Whether `action`, `service:Name` in lower case, is among them.
    pub fn contain(&self, action: &str) -> Truth {
        let among = Truth::any(self.patterns.iter().map(|pattern| matches(pattern, action)));
        if self.listed { among } else { among.not() }
    }

    /// What is listed, in lower case, as it is compared.
    pub fn spelled(&self) -> &[String] {
        &self.patterns
    }

    /// Whether it is these that are meant, and not all others.
    pub fn listed(&self) -> bool {
        self.listed
    }

    /// Whether every one of the patterns names a single action.
    pub fn are_exact(&self) -> bool {
        self.listed
            && !self
                .patterns
                .iter()
                .any(|pattern| pattern.contains(['*', '?']))
    }
}

/// Whether `pattern` matches `action`, both in lower case.
pub(super) fn matches(pattern: &str, action: &str) -> Truth {
    let found = glob(pattern, action);
    let service = pattern.split(':').next().unwrap_or_default();
    if found && pattern != "*" && service.contains(['*', '?']) {
        // AWS documents no wildcard within the service's name, other than a lone `*`.
        return Truth::maybe(Doubt::Unclear);
    }
    Truth::from(found)
}

/// `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Resources {
    /// Neither, as in a role's trust policy: what the policy is attached to.
    Unstated,
    /// `Resource`.
    These(Vec<Entry>),
    /// `NotResource`.
    AllBut(Vec<Entry>),
}

/// One entry of a resource list, with the ARN's parts taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Partition, service, Region and account behind `arn`; empty if it is no ARN.
    parts: Vec<String>,
    /// What follows the fifth colon, or the whole text if it is no ARN.
    rest: Template,
    /// Whether a variable stands before the fifth colon, where AWS documents none.
    odd: bool,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// No resource: the action has none, so that AWS asks for `*`.
    Nothing,
    /// One resource's ARN.
    One(String),
    /// Every resource whose ARN this describes; `*` is any text.
    Class(String),
}

/// How much of a target an entry, or a statement, speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nothing of it.
    None,
    /// Nothing, because a variable in it has no value.
    NoValue,
    /// It cannot be told.
    Open,
    /// Part of a class.
    Part,
    /// All of it.
    All,
}

impl Resources {
    /// What `Resource` lists, or all but what `NotResource` lists. Variables mean something
    /// in policies of version 2012-10-17 only, and behind the fifth colon only.
    pub fn new<'a>(
        entries: impl IntoIterator<Item = &'a str>,
        listed: bool,
        variables: bool,
    ) -> Self {
        let entries = entries
            .into_iter()
            .map(|entry| Entry::new(entry, variables))
            .collect();
        match listed {
            true => Resources::These(entries),
            false => Resources::AllBut(entries),
        }
    }

    /// How much of `target` the statement speaks of in `context`.
    pub fn reach(&self, target: &Target, context: &Context) -> Reach {
        let reaches = |entries: &[Entry]| -> Vec<Reach> {
            let reach = |entry: &Entry| entry.reach(target, context);
            entries.iter().map(reach).collect()
        };
        match self {
            Resources::Unstated => Reach::All,
            Resources::These(entries) => match reaches(entries).into_iter().max() {
                None | Some(Reach::NoValue) => Reach::None,
                Some(reach) => reach,
            },
            Resources::AllBut(entries) => {
                let reaches = reaches(entries);
                let count = |wanted| reaches.iter().filter(|reach| **reach == wanted).count();
                if count(Reach::All) > 0 {
                    Reach::None
                // AWS says of a variable without a value that the entry matches no resource,
                // and not whether it is then all resources that NotResource speaks of.
                } else if count(Reach::Open) + count(Reach::NoValue) > 0 {
                    Reach::Open
                } else {
                    match count(Reach::Part) {
                        0 => Reach::All,
                        1 => Reach::Part,
                        // Several parts may leave nothing together.
                        _ => Reach::Open,
                    }
                }
            }
        }
    }

    /// The condition keys that variables stand for, in lower case.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let entries = match self {
            Resources::Unstated => [].as_slice(),
            Resources::These(entries) | Resources::AllBut(entries) => entries,
        };
        entries.iter().flat_map(|entry| entry.rest.variables())
    }

    /// The values of the variable `key` with which some entry can fit `target`; `None` if they
    /// are not to be told.
    pub fn values_in(&self, key: &str, target: &Target) -> Option<Vec<String>> {
        let arn = match target {
            Target::Nothing => return Some(Vec::new()),
            Target::Class(_) => return None,
            Target::One(arn) => arn,
        };
        let rest = arn.splitn(6, ':').nth(5)?;
        let entries = match self {
            Resources::Unstated => [].as_slice(),
            Resources::These(entries) | Resources::AllBut(entries) => entries,
        };
        let mut values = Vec::new();
        let holding = |entry: &&Entry| entry.rest.variables().any(|found| found == key);
        for entry in entries.iter().filter(holding) {
            if entry.parts.is_empty() {
                return None;
            }
            values.extend(entry.rest.values_in(key, rest)?);
        }
        Some(values)
    }

    /// What follows the fifth colon of each entry, as the policy spells it.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        let entries = match self {
            Resources::Unstated => [].as_slice(),
            Resources::These(entries) | Resources::AllBut(entries) => entries,
        };
        entries.iter().map(|entry| entry.rest.raw.as_str())
    }

    /// The entries as the policy spells them; empty for [`Resources::Unstated`].
    pub fn spelled(&self) -> Vec<String> {
        match self {
            Resources::Unstated => Vec::new(),
            Resources::These(entries) | Resources::AllBut(entries) => {
                entries.iter().map(Entry::spelled).collect()
            }
        }
    }
}

impl Entry {
    fn new(text: &str, variables: bool) -> Self {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts.as_slice() {
            [parts @ .., _] if variables && parts.iter().any(|part| part.contains("${")) => Entry {
                parts: Vec::new(),
                rest: Template::new(text, variables),
                odd: true,
            },
            [scheme, parts @ .., rest] if parts.len() == 4 => Entry {
                odd: false,
                parts: std::iter::once(scheme)
                    .chain(parts)
                    .map(|part| (*part).to_owned())
                    .collect(),
                rest: Template::new(rest, variables),
            },
            _ => Entry {
                parts: Vec::new(),
                rest: Template::new(text, variables),
                odd: false,
            },
        }
    }

    fn spelled(&self) -> String {
        let mut text = self.parts.join(":");
        if !text.is_empty() {
            text.push(':');
        }
        text + &self.rest.raw
    }

    fn is_everything(&self) -> bool {
        let stars = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte == b'*');
        self.parts.is_empty() && self.rest.fixed().is_some_and(stars)
    }

    /// Whether one of the ARN's first parts is plainly another than the entry's.
    fn is_elsewhere(&self, arn: &str) -> bool {
        let parts = self.parts.iter().zip(arn.split(':'));
        let mut parts =
            parts.filter(|(pattern, part)| !pattern.contains(WILD) && !part.contains(WILD));
        parts.any(|(pattern, part)| pattern != part)
    }

    fn reach(&self, target: &Target, context: &Context) -> Reach {
        if self.is_everything() {
            return Reach::All;
        }
        let arn = match target {
            Target::Nothing => return Reach::None,
            Target::One(arn) | Target::Class(arn) => arn,
        };
        let class = matches!(target, Target::Class(_));
        if self.is_elsewhere(arn) {
            return Reach::None;
        }
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        if !self.odd && parts.len() == 6 {
            // Of another service or account it is whatever stands behind the fifth colon.
            let met = |(pattern, part): (&String, &str)| meets(pattern, part, class);
            let mut heads = self.parts.iter().zip(parts.iter().copied()).map(met);
            if heads.any(|reach| reach == Reach::None) {
                return Reach::None;
            }
        }
        let filled;
        let (rest, open) = match self.rest.fixed() {
            Some(rest) => (rest, false),
            None => {
                filled = self.rest.fill(context);
                match &filled {
                    Filled::Text(rest) => (rest.as_str(), false),
                    Filled::Open(rest) => (rest.as_str(), true),
                    Filled::NoValue => return Reach::NoValue,
                }
            }
        };
        if self.odd {
            // Whether it is filled in, plain text or refused: where it might match, it may.
            return match meets(rest, arn, class) {
                Reach::None if !open => Reach::None,
                _ => Reach::Open,
            };
        }
        if self.parts.is_empty() || parts.len() < 6 {
            // Policies of users and roles are read as if `*` stood for the parts that are not
            // there, those of organizations are refused: an Allow counts, a Deny may not.
            let text: String = self.parts.iter().map(|part| format!("{part}:")).collect();
            return match meets(&format!("{text}{rest}*"), arn, class) {
                Reach::None => Reach::None,
                _ => Reach::Part,
            };
        }
        let found = self
            .parts
            .iter()
            .map(String::as_str)
            .chain(std::iter::once(rest))
            .zip(parts)
            .map(|(pattern, part)| meets(pattern, part, class))
            .min()
            .unwrap_or(Reach::None);
        if open && found != Reach::None {
            Reach::Open
        } else {
            found
        }
    }
}

/// How much of `text` the pattern matches; in a class `*` in the text is any text.
fn meets(pattern: &str, text: &str, class: bool) -> Reach {
    if differ(pattern, text) {
        return Reach::None;
    }
    if !class || !text.contains('*') {
        let found = match text.contains(WILD) {
            true => glob(pattern, &literal(text)),
            false => glob(pattern, text),
        };
        return match found {
            true => Reach::All,
            false => Reach::None,
        };
    }
    if pattern.len() > LONGEST_PATTERN {
        return Reach::Open;
    }
    if glob(
        pattern,
        &text.replace('*', UNKNOWN.encode_utf8(&mut [0; 4])),
    ) {
        Reach::All
    } else if share(pattern, text) {
        Reach::Part
    } else {
        Reach::None
    }
}

const WILD: [char; 2] = ['*', '?'];

/// Whether the texts differ before the first wildcard of either: most patterns that do not
/// match are told so at a glance.
fn differ(pattern: &str, text: &str) -> bool {
    let plain = |byte: &u8| !matches!(byte, b'*' | b'?') && byte.is_ascii();
    let pairs = pattern.bytes().zip(text.bytes());
    let mut plain = pairs.take_while(|(one, other)| plain(one) && plain(other));
    plain.any(|(one, other)| one != other)
}

/// Longer patterns fit in no policy that AWS takes, and are not looked into.
const LONGEST_PATTERN: usize = 20_480;

/// Whether some text matches both `pattern` and `class`, whose only wildcard is `*`.
pub fn share(pattern: &str, class: &str) -> bool {
    if pattern.len() > LONGEST_PATTERN {
        return true;
    }
    let class: Vec<char> = class.chars().collect();
    // The places in the class that can be reached; a star can be left at any time.
    let mut places = vec![false; class.len() + 1];
    reach_place(&mut places, &class, 0);
    for wanted in pattern.chars() {
        if wanted == '*' {
            let Some(first) = places.iter().position(|reached| *reached) else {
                return false;
            };
            places
                .iter_mut()
                .skip(first)
                .for_each(|place| *place = true);
            continue;
        }
        let mut next = vec![false; class.len() + 1];
        for (at, found) in class.iter().enumerate() {
            if !places.get(at).copied().unwrap_or_default() {
                continue;
            }
            if *found == '*' {
                reach_place(&mut next, &class, at);
            } else if wanted == '?' || wanted == *found {
                reach_place(&mut next, &class, at + 1);
            }
        }
        places = next;
    }
    places.last().copied().unwrap_or_default()
}

fn reach_place(places: &mut [bool], class: &[char], at: usize) {
    let mut at = at;
    loop {
        if let Some(place) = places.get_mut(at) {
            *place = true;
        }
        if class.get(at) != Some(&'*') {
            return;
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contain(actions: &[&str], listed: bool, action: &str) -> Truth {
        let patterns = actions.iter().map(|action| (*action).to_owned()).collect();
        Actions::new(patterns, listed).contain(action)
    }

    #[test]
    fn actions_match_in_any_case_and_not_action_turns_round() {
        let delete = "s3:deleteobject";
        for pattern in [
            "S3:DeleteObject",
            "s3:Delete*",
            "s3:?eleteObject",
            "s3:*Object",
            "*",
        ] {
            assert_eq!(contain(&[pattern], true, delete), Truth::Yes, "{pattern}");
            assert_eq!(contain(&[pattern], false, delete), Truth::No, "{pattern}");
        }
        assert_eq!(
            contain(&["s3:DeleteObjectVersion"], true, delete),
            Truth::No
        );
        assert_eq!(contain(&["iam:*"], false, delete), Truth::Yes);
        assert_eq!(
            contain(&["*:DeleteObject"], true, delete),
            Truth::maybe(Doubt::Unclear)
        );
    }

    fn reach(entry: &str, target: Target) -> Reach {
        Resources::new([entry], true, true).reach(&target, &Context::new())
    }

    fn one(arn: &str) -> Target {
        Target::One(arn.to_owned())
    }

    fn class(arn: &str) -> Target {
        Target::Class(arn.to_owned())
    }

    /// reference_policies_elements_resource.html: a wildcard crosses no colon between the
    /// parts of the ARN, and any `/` and `:` in the last one.
    #[test]
    fn an_arns_parts_are_matched_one_by_one() {
        let group = "arn:aws:logs:eu-west-1:111122223333:log-group:trail:log-stream:a/b";
        for (entry, all) in [
            ("arn:aws:logs:*:111122223333:log-group:*", true),
            ("arn:aws:logs:eu-west-?:*:log-group:trail:*", true),
            ("arn:*:logs:*:*:*", true),
            ("arn:aws:logs:*:log-group:*", false),
            ("arn:aws:logs:eu-west-1:111122223333:LOG-GROUP:*", false),
            ("arn:aws-cn:logs:*:*:*", false),
        ] {
            let expected = if all { Reach::All } else { Reach::None };
            assert_eq!(reach(entry, one(group)), expected, "{entry}");
        }
    }

    /// reference_policies_actions-resources-contextkeys.html: actions without a resource
    /// type take `*` only.
    #[test]
    fn an_action_without_resource_is_reached_by_a_star_alone() {
        assert_eq!(reach("*", Target::Nothing), Reach::All);
        assert_eq!(reach("**", Target::Nothing), Reach::All);
        assert_eq!(
            reach("arn:aws:cloudtrail:*:*:*", Target::Nothing),
            Reach::None
        );
    }

    #[test]
    fn a_class_is_reached_whole_in_part_or_not_at_all() {
        let logs = || class("arn:aws:s3:::logs/AWSLogs/1/*");
        for (entry, expected) in [
            ("arn:aws:s3:::logs/*", Reach::All),
            ("arn:aws:s3:::logs/AWSLogs/*", Reach::All),
            (
                "arn:aws:s3:::logs/AWSLogs/1/CloudTrail-Digest/*",
                Reach::Part,
            ),
            ("arn:aws:s3:::logs/*.gz", Reach::Part),
            ("arn:aws:s3:::logs/AWSLogs/2/*", Reach::None),
            ("arn:aws:s3:::logs", Reach::None),
            ("arn:aws:s3:::other/*", Reach::None),
        ] {
            assert_eq!(reach(entry, logs()), expected, "{entry}");
        }
        let everywhere = class("arn:aws:cloudtrail:*:1:trail/*");
        assert_eq!(
            reach("arn:aws:cloudtrail:eu-west-1:1:trail/main", everywhere),
            Reach::Part
        );
    }

    #[test]
    fn not_resource_speaks_of_all_others_of_any_service() {
        let all_but = |entry: &str, target: Target| {
            Resources::new([entry], false, true).reach(&target, &Context::new())
        };
        assert_eq!(
            all_but("arn:aws:s3:::logs/*", one("arn:aws:s3:::logs")),
            Reach::All
        );
        assert_eq!(
            all_but("arn:aws:s3:::logs/*", one("arn:aws:s3:::logs/a")),
            Reach::None
        );
        assert_eq!(
            all_but("arn:aws:s3:::logs/*", one("arn:aws:iam::1:user/a")),
            Reach::All
        );
        assert_eq!(
            all_but("arn:aws:s3:::logs/a*", class("arn:aws:s3:::logs/*")),
            Reach::Part
        );
        let two = Resources::new(
            ["arn:aws:s3:::logs/a*", "arn:aws:s3:::logs/*b"],
            false,
            true,
        );
        let logs = class("arn:aws:s3:::logs/*");
        assert_eq!(two.reach(&logs, &Context::new()), Reach::Open);
    }

    /// reference_policies_variables.html: with a variable that has no value the entry
    /// matches nothing; what a variable stands for is no wildcard.
    #[test]
    fn variables_are_filled_in_behind_the_fifth_colon() {
        let home = Resources::new(["arn:aws:s3:::home/${aws:username}/*"], true, true);
        let at = |key: &str, context: Context| home.reach(&one(key), &context);
        let carol = || Context::of(&[("aws:username", "carol")]);
        assert_eq!(at("arn:aws:s3:::home/carol/x", carol()), Reach::All);
        assert_eq!(at("arn:aws:s3:::home/dave/x", carol()), Reach::None);
        assert_eq!(at("arn:aws:s3:::home/carol/x", Context::new()), Reach::None);
        assert_eq!(
            at("arn:aws:s3:::home/carol/x", Context::open()),
            Reach::Open
        );
        let star = Context::of(&[("aws:username", "*")]);
        assert_eq!(at("arn:aws:s3:::home/carol/x", star), Reach::None);
        let account = Resources::new(["arn:aws:s3:::${a}"], true, false);
        assert_eq!(
            account.reach(&one("arn:aws:s3:::b"), &Context::open()),
            Reach::None
        );
    }

    /// reference_policies_elements_resource.html: "You can't use a variable to replace parts
    /// of the ARN before the fifth colon". What it does there nevertheless, AWS does not say.
    #[test]
    fn a_variable_before_the_fifth_colon_may_reach_or_not() {
        let entry = "arn:aws:iam::${aws:PrincipalAccount}:role/*";
        let in_account = |id: &str| {
            let context = Context::of(&[("aws:principalaccount", "111122223333")]);
            let role = one(&format!("arn:aws:iam::{id}:role/audit"));
            Resources::new([entry], true, true).reach(&role, &context)
        };
        assert_eq!(in_account("111122223333"), Reach::Open);
        assert_eq!(in_account("444455556666"), Reach::None);
        let open = Resources::new([entry], true, true);
        let role = one("arn:aws:iam::1:role/audit");
        assert_eq!(open.reach(&role, &Context::open()), Reach::Open);
    }

    #[test]
    fn what_is_no_whole_arn_may_reach_or_not() {
        assert_eq!(reach("arn:aws:s3", one("arn:aws:s3:::logs")), Reach::Part);
        assert_eq!(reach("arn:*", one("arn:aws:s3:::logs")), Reach::Part);
        assert_eq!(reach("arn:aws:sns", one("arn:aws:s3:::logs")), Reach::None);
    }

    #[test]
    fn patterns_share_a_text_if_one_matches_both() {
        for (pattern, class, both) in [
            ("a*", "*b", true),
            ("a*c", "ab*", true),
            ("a?c", "ab*", true),
            ("a?c", "b*", false),
            ("*x", "*y", false),
            ("", "*", true),
            ("ab", "a", false),
            ("a", "ab", false),
            ("*a*", "b*", true),
        ] {
            assert_eq!(share(pattern, class), both, "{pattern} {class}");
        }
        assert!(!share(&"*a".repeat(10_000), "*b"));
    }
}
