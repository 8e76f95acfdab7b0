//! Who asks, and whether a statement's `Principal` names them.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use serde_json::Value;

use super::document::strings;
use super::truth::{Doubt, Truth};
use crate::snapshot::arn;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// An IAM user, by ARN.
    User(String),
    /// Any session of a role, by the role's ARN.
    Role(String),
    /// One session of a role.
    Session {
        /// The session's ARN, `arn:…:sts::…:assumed-role/NAME/SESSION`.
        arn: String,
        /// The ARN of the role, which holds its path, if it is known.
        role: Option<String>,
    },
    /// A federated user's session, by ARN.
    Federated(String),
    /// An account's root user, by ARN.
    Root(String),
    /// An AWS service, by name.
    Service(String),
    /// Somebody without credentials.
    Anonymous,
}

impl Principal {
    /// Reads an ARN, a service's name or `anonymous`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "anonymous" {
            return Some(Principal::Anonymous);
        }
        let Some(parts) = arn::parse(text) else {
            let service = text.contains('.') && !text.contains([':', '/', '*', ' ']);
            return service.then(|| Principal::Service(text.to_owned()));
        };
        let whole = text.to_owned();
        match (parts.service, parts.resource.split_once('/')) {
            ("iam", None) if parts.resource == "root" => Some(Principal::Root(whole)),
            ("iam", Some(("user", _))) => Some(Principal::User(whole)),
            ("iam", Some(("role", _))) => Some(Principal::Role(whole)),
            ("sts", Some(("assumed-role", _))) => Some(Principal::Session {
                arn: whole,
                role: None,
            }),
            ("sts", Some(("federated-user", _))) => Some(Principal::Federated(whole)),
            _ => None,
        }
    }

    /// The ARN, the service's name or `anonymous`.
    pub fn name(&self) -> &str {
        match self {
            Principal::User(arn)
            | Principal::Role(arn)
            | Principal::Session { arn, .. }
            | Principal::Federated(arn)
            | Principal::Root(arn) => arn,
            Principal::Service(name) => name,
            Principal::Anonymous => "anonymous",
        }
    }

    /// The account of the caller; `None` for services and the anonymous.
    pub fn account(&self) -> Option<&str> {
        arn::parse(self.name()).map(|arn| arn.account)
    }

    /// Whether it is a role that only an AWS service assumes, for itself: AWS writes its
    /// policies, and neither SCPs nor RCPs bind it.
    pub fn is_service_linked(&self) -> bool {
        match self {
            Principal::Role(role)
            | Principal::Session {
                role: Some(role), ..
            } => role.contains(":role/aws-service-role/"),
            // The path is not told; a role of such a name is taken for one of them.
            Principal::Session { arn, role: None } => {
                arn.contains(":assumed-role/AWSServiceRoleFor")
            }
            _ => false,
        }
    }
}

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Principals {
    /// Neither, as in the policies of users, groups and roles.
    Unstated,
    /// `Principal`.
    These(Vec<Named>),
    /// `NotPrincipal`.
    AllBut(Vec<Named>),
}

/// One entry of a principal list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Named {
    /// `*`, alone or among `AWS`.
    Everyone,
    /// An account, by its id or its root user's ARN: whoever the account lets.
    Account(String),
    /// A user, role, session or federated user, by ARN.
    Arn(String),
    /// An AWS service.
    Service(String),
    /// A web identity or SAML provider.
    Federated(String),
    /// An S3 canonical user id.
    Canonical(String),
    /// The unique id of a user or role that was deleted; it grants nothing to anybody, not
    /// even to a new one of the same name.
    Stale(String),
    /// Something else.
    Unclear(String),
}

/// However a caller is named.
pub const ANYHOW: &[Mention] = &[Mention::Account, Mention::Role, Mention::Direct];

/// How a statement names a caller, which decides what else is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mention {
    /// By the account: the account's own policies must allow it, too.
    Account,
    /// By the role whose session it is.
    Role,
    /// In person, or as one of everybody.
    Direct,
}

/// Whether a statement names a caller, by each [`Mention`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mentions {
    account: Truth,
    role: Truth,
    direct: Truth,
}

impl Default for Mentions {
    fn default() -> Self {
        Mentions {
            account: Truth::No,
            role: Truth::No,
            direct: Truth::No,
        }
    }
}

impl Mentions {
    /// Named in person, as far as `truth` goes, and in no other way.
    pub fn direct(truth: Truth) -> Self {
        Mentions {
            direct: truth,
            ..Mentions::default()
        }
    }

    fn of(&mut self, mention: Mention) -> &mut Truth {
        match mention {
            Mention::Account => &mut self.account,
            Mention::Role => &mut self.role,
            Mention::Direct => &mut self.direct,
        }
    }

    /// Whether the caller is named in one of these ways.
    pub fn as_one_of(&self, mentions: &[Mention]) -> Truth {
        Truth::any(mentions.iter().map(|mention| match mention {
            Mention::Account => self.account,
            Mention::Role => self.role,
            Mention::Direct => self.direct,
        }))
    }

    /// The same, but only as far as `truth` goes.
    #[must_use]
    pub fn and(self, truth: Truth) -> Self {
        Mentions {
            account: self.account.and(truth),
            role: self.role.and(truth),
            direct: self.direct.and(truth),
        }
    }
}

impl Principals {
    /// Reads the element's value.
    ///
    /// # Errors
    /// What about it is not understood.
    pub(super) fn parse(value: &Value, listed: bool) -> Result<Self, String> {
        let entries = match value {
            Value::String(all) if all == "*" => vec![Named::Everyone],
            Value::Object(kinds) => {
                let mut entries = Vec::new();
                for (kind, values) in kinds {
                    for text in strings(values, "Principal")? {
                        entries.push(named(kind, text)?);
                    }
                }
                entries
            }
            _ => return Err("has a `Principal` that is neither `*` nor an object".to_owned()),
        };
        Ok(match listed {
            true => Principals::These(entries),
            false => Principals::AllBut(entries),
        })
    }

    /// Whether the statement speaks of everybody.
    pub fn everyone(&self) -> bool {
        matches!(self, Principals::These(entries) if entries.contains(&Named::Everyone))
    }

    /// How an Allow names `caller`, and how certainly; `Unstated` is about whoever the
    /// policy is attached to. Of several ways, the one that grants most for certain.
    pub fn mention(&self, caller: &Principal) -> Option<(Mention, Truth)> {
        let mentions = self.mentions(caller);
        let found = [Mention::Direct, Mention::Role, Mention::Account];
        let found = found.map(|mention| (mention, mentions.as_one_of(&[mention])));
        let certain = found.iter().find(|(_, truth)| *truth == Truth::Yes);
        let possible = found.iter().find(|(_, truth)| truth.possible());
        certain.or(possible).copied()
    }

    /// Every way in which an Allow names `caller`: one statement may list the account, the
    /// role and perhaps the session.
    pub fn mentions(&self, caller: &Principal) -> Mentions {
        let mut mentions = Mentions::default();
        match self {
            Principals::Unstated => mentions.direct = Truth::Yes,
            Principals::These(entries) => {
                for (mention, truth) in entries.iter().filter_map(|entry| entry.mention(caller)) {
                    let found = mentions.of(mention);
                    *found = found.or(truth);
                }
            }
            // AWS supports NotPrincipal with Deny only. In the policies that still have it,
            // an Allow admits everybody who is not listed.
            Principals::AllBut(entries) => mentions.direct = exempt(entries, caller).not(),
        }
        mentions
    }

    /// Whether a Deny hits `caller`. A permissions boundary makes `NotPrincipal` hit its
    /// bearer in any case.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
    pub fn hit(&self, caller: &Principal, bounded: bool) -> Truth {
        match self {
            Principals::AllBut(_) if bounded => Truth::Yes,
            Principals::AllBut(entries) => exempt(entries, caller).not(),
            _ => self.mentions(caller).as_one_of(ANYHOW),
        }
    }
}

/// Whether `NotPrincipal` leaves the caller out. The caller's account must be listed beside
/// a user or role: "otherwise, the policy might deny access to the entire account", depending
/// on the service. Whether the account alone exempts its users AWS does not say, either.
fn exempt(entries: &[Named], caller: &Principal) -> Truth {
    if entries.contains(&Named::Everyone) {
        return Truth::Yes;
    }
    let unclear = |entry: &Named| matches!(entry, Named::Unclear(_) | Named::Canonical(_));
    if entries.is_empty() || entries.iter().any(unclear) {
        return Truth::maybe(Doubt::Unclear);
    }
    let found: Vec<(Mention, Truth)> = entries
        .iter()
        .filter_map(|entry| entry.mention(caller))
        .collect();
    let lists = |mention: Mention| found.contains(&(mention, Truth::Yes));
    let certain = match caller {
        Principal::Service(_) | Principal::Root(_) => lists(Mention::Direct),
        Principal::Anonymous => false,
        Principal::User(_) | Principal::Federated(_) => {
            lists(Mention::Direct) && lists(Mention::Account)
        }
        // Sessions must be listed by name as well, and only some may be.
        Principal::Role(_) => false,
        Principal::Session { .. } => [Mention::Direct, Mention::Role, Mention::Account]
            .into_iter()
            .all(lists),
    };
    match (certain, found.is_empty()) {
        (true, _) => Truth::Yes,
        (false, true) => Truth::No,
        (false, false) => Truth::maybe(Doubt::Unclear),
    }
}

fn named(kind: &str, text: String) -> Result<Named, String> {
    Ok(match kind {
        "AWS" => aws(text),
        "Service" if text == "*" => Named::Unclear(text),
        "Service" => Named::Service(text),
        "Federated" => Named::Federated(text),
        "CanonicalUser" => Named::Canonical(text),
        _ => return Err(format!("has a `Principal` of an unknown kind `{kind}`")),
    })
}

fn aws(text: String) -> Named {
    if text == "*" {
        return Named::Everyone;
    }
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Named::Account(text);
    }
    if text.starts_with("AIDA") || text.starts_with("AROA") {
        return Named::Stale(text);
    }
    match arn::parse(&text) {
        // An ARN takes no wildcard here.
        _ if text.contains(['*', '?']) => Named::Unclear(text),
        Some(arn) if arn.service == "iam" && arn.resource == "root" => {
            Named::Account(arn.account.to_owned())
        }
        Some(arn) if ["iam", "sts"].contains(&arn.service) => Named::Arn(text),
        _ => Named::Unclear(text),
    }
}

impl Named {
    fn mention(&self, caller: &Principal) -> Option<(Mention, Truth)> {
        let certain = |mention| Some((mention, Truth::Yes));
        match (self, caller) {
            (Named::Everyone, _) => certain(Mention::Direct),
            (Named::Account(id), Principal::Root(arn)) => {
                // Naming an account is naming its root user.
                let own = arn::parse(arn).is_some_and(|arn| arn.account == id);
                if own { certain(Mention::Direct) } else { None }
            }
            (Named::Account(id), caller) if caller.account() == Some(id.as_str()) => {
                certain(Mention::Account)
            }
            (Named::Arn(arn), Principal::Session { arn: own, role }) => {
                if arn == own {
                    certain(Mention::Direct)
                } else if role.as_ref() == Some(arn) {
                    certain(Mention::Role)
                } else if role.is_none() && is_session_of(own, arn) {
                    // The session's ARN does not tell the role's path.
                    Some((Mention::Role, Truth::maybe(Doubt::Unclear)))
                } else {
                    None
                }
            }
            (Named::Arn(arn), Principal::Role(own)) if arn == own => certain(Mention::Role),
            // A policy that names one session admits the role's sessions of that name.
            (Named::Arn(arn), Principal::Role(own)) if is_session_of(arn, own) => {
                Some((Mention::Direct, Truth::maybe(Doubt::Session)))
            }
            (Named::Arn(arn), Principal::User(own) | Principal::Federated(own)) if arn == own => {
                certain(Mention::Direct)
            }
            (Named::Service(name), Principal::Service(own)) if name.eq_ignore_ascii_case(own) => {
                certain(Mention::Direct)
            }
            // Whose canonical id it is, no fact tells.
            (
                Named::Canonical(_),
                Principal::User(_)
                | Principal::Role(_)
                | Principal::Session { .. }
                | Principal::Federated(_)
                | Principal::Root(_),
            ) => Some((Mention::Account, Truth::maybe(Doubt::Unclear))),
            (Named::Unclear(text), caller) if may_mean(text, caller) => {
                Some((Mention::Direct, Truth::maybe(Doubt::Unclear)))
            }
            _ => None,
        }
    }
}

/// Whether `session` is the ARN of a session of `role`: it holds the role's name, and not
/// its path.
fn is_session_of(session: &str, role: &str) -> bool {
    let name = |arn: &str| arn::parse(arn).map(|arn| arn.resource.to_owned());
    let (Some(session_name), Some(role_name)) = (name(session), name(role)) else {
        return false;
    };
    let account = |text| arn::parse(text).map(|arn| arn.account);
    let mut parts = session_name.split('/');
    parts.next() == Some("assumed-role")
        && parts.next() == role_name.rsplit('/').next()
        && account(session) == account(role)
}

/// Whether an entry that AWS would refuse might mean the caller, were it a pattern.
fn may_mean(text: &str, caller: &Principal) -> bool {
    use super::glob::glob;
    let role = match caller {
        Principal::Session { role, .. } => role.as_deref(),
        _ => None,
    };
    // The ARN of a session's role may not be known, and a root user is an account.
    let names = [Some(caller.name()), role, caller.account()];
    let unknown = matches!(caller, Principal::Session { role: None, .. });
    unknown || names.into_iter().flatten().any(|name| glob(text, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "arn:aws:iam::111122223333:user/team/carol";
    const ROLE: &str = "arn:aws:iam::111122223333:role/team/audit";
    const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/audit/dave";
    const ROOT: &str = "arn:aws:iam::111122223333:root";

    fn principal(text: &str) -> Principal {
        match Principal::parse(text).unwrap() {
            Principal::Session { arn, .. } => Principal::Session {
                arn,
                role: Some(ROLE.to_owned()),
            },
            other => other,
        }
    }

    fn principals(json: &str, listed: bool) -> Principals {
        Principals::parse(&serde_json::from_str(json).unwrap(), listed).unwrap()
    }

    fn mention(json: &str, caller: &str) -> Option<Mention> {
        let (mention, truth) = principals(json, true).mention(&principal(caller))?;
        (truth == Truth::Yes).then_some(mention)
    }

    #[test]
    fn everybody_is_a_star_alone_or_among_aws_principals() {
        for everyone in [r#""*""#, r#"{"AWS": "*"}"#, r#"{"AWS": ["1", "*"]}"#] {
            for caller in [USER, SESSION, ROOT, "anonymous", "cloudtrail.amazonaws.com"] {
                assert_eq!(
                    mention(everyone, caller),
                    Some(Mention::Direct),
                    "{everyone} {caller}"
                );
            }
        }
    }

    #[test]
    fn an_account_is_named_by_its_id_or_its_root() {
        for account in [
            r#"{"AWS": "111122223333"}"#,
            &format!("{{\"AWS\": \"{ROOT}\"}}"),
        ] {
            assert_eq!(mention(account, USER), Some(Mention::Account));
            assert_eq!(mention(account, ROLE), Some(Mention::Account));
            assert_eq!(mention(account, ROOT), Some(Mention::Direct));
            assert_eq!(mention(account, "cloudtrail.amazonaws.com"), None);
        }
        assert_eq!(mention(r#"{"AWS": "999999999999"}"#, USER), None);
    }

    #[test]
    fn a_role_is_not_its_session() {
        let role = format!("{{\"AWS\": \"{ROLE}\"}}");
        assert_eq!(mention(&role, ROLE), Some(Mention::Role));
        assert_eq!(mention(&role, SESSION), Some(Mention::Role));
        let session = format!("{{\"AWS\": \"{SESSION}\"}}");
        assert_eq!(mention(&session, SESSION), Some(Mention::Direct));
        let some = principals(&session, true).mention(&principal(ROLE));
        assert_eq!(some, Some((Mention::Direct, Truth::maybe(Doubt::Session))));
    }

    /// reference_policies_elements_principal.html: the id of a deleted user or role stays in
    /// the policy, and a new one of the same name is not meant.
    #[test]
    fn a_deleted_principal_is_nobody() {
        assert_eq!(mention(r#"{"AWS": "AIDAEXAMPLEID"}"#, USER), None);
        assert_eq!(mention(r#"{"AWS": "AROAEXAMPLEID"}"#, ROLE), None);
    }

    /// reference_policies_elements_notprincipal.html.
    #[test]
    fn not_principal_exempts_who_is_listed_with_their_account() {
        let hit = |json: &str, caller: &str| principals(json, false).hit(&principal(caller), false);
        let both = format!("{{\"AWS\": [\"{USER}\", \"{ROOT}\"]}}");
        assert_eq!(hit(&both, USER), Truth::No);
        assert_eq!(hit(&both, ROOT), Truth::No);
        // "Otherwise, the policy might deny access to the entire account."
        let alone = format!("{{\"AWS\": \"{USER}\"}}");
        assert_eq!(hit(&alone, USER), Truth::maybe(Doubt::Unclear));
        assert_eq!(hit("{}", USER), Truth::maybe(Doubt::Unclear));
        let account = format!("{{\"AWS\": \"{ROOT}\"}}");
        assert_eq!(hit(&account, USER), Truth::maybe(Doubt::Unclear));
        let all = format!("{{\"AWS\": [\"{SESSION}\", \"{ROLE}\", \"{ROOT}\"]}}");
        assert_eq!(hit(&all, SESSION), Truth::No);
        assert_eq!(hit(&both, "cloudtrail.amazonaws.com"), Truth::Yes);
        assert_eq!(hit(&both, "anonymous"), Truth::Yes);
        let service = r#"{"Service": "cloudtrail.amazonaws.com"}"#;
        assert_eq!(hit(service, "cloudtrail.amazonaws.com"), Truth::No);
        let bounded = principals(&both, false).hit(&principal(USER), true);
        assert_eq!(bounded, Truth::Yes);
    }

    #[test]
    fn an_allow_with_not_principal_admits_everybody_else() {
        let all_but = principals(&format!("{{\"AWS\": \"{USER}\"}}"), false);
        assert!(all_but.mention(&Principal::Anonymous).is_some());
        let listed = all_but.mention(&principal(USER));
        assert_eq!(
            listed,
            Some((Mention::Direct, Truth::maybe(Doubt::Unclear)))
        );
        let all_but = principals(&format!("{{\"AWS\": [\"{USER}\", \"{ROOT}\"]}}"), false);
        assert_eq!(all_but.mention(&principal(USER)), None);
    }

    #[test]
    fn a_statement_may_name_a_caller_in_several_ways() {
        let all = format!("{{\"AWS\": [\"{SESSION}\", \"111122223333\"]}}");
        let mentions = principals(&all, true).mentions(&principal(ROLE));
        assert_eq!(mentions.as_one_of(&[Mention::Account]), Truth::Yes);
        assert_eq!(mentions.as_one_of(&[Mention::Role]), Truth::No);
        let session = mentions.as_one_of(&[Mention::Direct]);
        assert_eq!(session, Truth::maybe(Doubt::Session));
    }

    #[test]
    fn a_session_of_an_unknown_role_may_be_of_any_role_of_that_name() {
        let session = Principal::parse(SESSION).unwrap();
        let named = |arn: &str| {
            let mention = principals(&format!("{{\"AWS\": \"{arn}\"}}"), true).mention(&session);
            mention.map(|(mention, _)| mention)
        };
        assert_eq!(named(ROLE), Some(Mention::Role));
        assert_eq!(named("arn:aws:iam::111122223333:role/other"), None);
        assert_eq!(named("arn:aws:iam::444455556666:role/audit"), None);
    }

    #[test]
    fn what_is_no_principal_is_refused() {
        for text in [
            "",
            "carol",
            "arn:aws:s3:::logs",
            "arn:aws:iam::1:group/x",
            "*",
        ] {
            assert_eq!(Principal::parse(text), None, "{text}");
        }
    }
}
