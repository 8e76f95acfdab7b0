//! What the role by which a trail feeds its log group can do, and who may assume it.

use jiff::Timestamp;

use crate::policy::cloudtrail;
use crate::policy::context::Context as Request;
use crate::policy::document::{Document, Effect, Statement};
use crate::policy::everywhere::{self, Everywhere};
use crate::policy::glob::UNKNOWN;
use crate::policy::pattern::{Reach, Target};
use crate::policy::principal::{Named, Principal, Principals};
use crate::policy::world::World;
use crate::rule::{Context, listed};
use crate::snapshot::{Action, Gap, GapKind, Role, Trail};

/// One trail's role.
pub(super) struct Judged<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) trail: &'a Trail,
    pub(super) role: &'a Role,
    pub(super) world: &'a World,
}

/// What is wrong, in words; nothing if all is well.
pub(super) type Faults = Result<Vec<String>, Gap>;

impl Judged<'_> {
    /// Whether CloudTrail may assume the role.
    pub(super) fn trust(&self) -> Faults {
        let ask = |request: &Request| {
            let caller = cloudtrail::caller();
            everywhere::permitted(
                self.world,
                &caller,
                "sts:assumerole",
                &self.role.arn,
                request,
            )
        };
        let mut without = Request::new();
        for key in [
            "aws:SourceArn",
            "aws:SourceAccount",
            "aws:SourceOrgID",
            "aws:SourceOrgPaths",
        ] {
            without.set(key, []);
        }
        match ask(&without) {
            Everywhere::Permitted => return Ok(Vec::new()),
            Everywhere::Open(keys) => return Err(self.open(&keys, "sts:AssumeRole")),
            Everywhere::NotAllowed | Everywhere::Denied(_) => {}
        }
        match ask(&cloudtrail::request(self.context.account, self.trail)) {
            Everywhere::Permitted => self.arriving().map(|_| Vec::new()),
            Everywhere::Open(keys) => Err(self.open(&keys, "sts:AssumeRole")),
            Everywhere::NotAllowed => Ok(vec![
                "its trust policy does not let CloudTrail assume it for this trail".to_owned(),
            ]),
            Everywhere::Denied(by) => Ok(vec![format!("{by} denies CloudTrail `sts:AssumeRole`")]),
        }
    }

    /// When events arrived lately, which shows that CloudTrail meets a condition that AWS says
    /// it does not support.
    fn arriving(&self) -> Result<Timestamp, Gap> {
        let status = self.trail.home_status()?;
        let recent = status.log_group_time.filter(|time| {
            let age = self.context.now.duration_since(*time);
            status
                .log_group_error
                .as_deref()
                .unwrap_or_default()
                .is_empty()
                && age.as_hours() < 24
        });
        recent.ok_or_else(|| {
            Gap::new(
                Action::GetTrailStatus,
                GapKind::NotFound,
                format!(
                    "the trust policy of `{}` has a condition on the source, which AWS says this \
                     role does not support, and no event that arrived in the last 24 h shows \
                     otherwise",
                    self.role.name
                ),
            )
        })
    }

    /// Who else may assume it.
    pub(super) fn trusted_others(&self) -> Faults {
        let document = self.document(&self.role.trust, "its trust policy")?;
        let mut others: Vec<String> = Vec::new();
        let assume = [
            "sts:assumerole",
            "sts:assumerolewithsaml",
            "sts:assumerolewithwebidentity",
        ];
        for statement in &document.statements {
            let any = assume
                .iter()
                .any(|action| statement.actions.contain(action).possible());
            if statement.effect == Some(Effect::Allow) && any {
                others.extend(others_in(statement));
            }
        }
        others.sort();
        others.dedup();
        Ok(match others.is_empty() {
            true => Vec::new(),
            false => vec![format!("{} may assume it, too", listed(&others))],
        })
    }

    /// Whether the role may write into every stream of the trail's.
    pub(super) fn can_write(&self, streams: &[(String, Result<(), Gap>)]) -> Faults {
        let role = self.world.caller(&Principal::Role(self.role.arn.clone()));
        let (mut faults, mut open) = (Vec::new(), None);
        for (action, name) in [
            ("logs:createlogstream", "logs:CreateLogStream"),
            ("logs:putlogevents", "logs:PutLogEvents"),
        ] {
            for (stream, certain) in streams {
                let nothing = Request::new();
                let answer = everywhere::permitted(self.world, &role, action, stream, &nothing);
                let why = match answer {
                    Everywhere::Permitted => continue,
                    Everywhere::Open(keys) => {
                        open.get_or_insert(self.open(&keys, name));
                        continue;
                    }
                    Everywhere::NotAllowed => "nothing allows it".to_owned(),
                    Everywhere::Denied(by) => format!("{by} denies it"),
                };
                // Streams of an organization that this trail may not be of prove nothing.
                if let Err(gap) = certain {
                    open.get_or_insert_with(|| gap.clone());
                    continue;
                }
                let stream = stream.rsplit(':').next().unwrap_or_default();
                faults.push(format!(
                    "it cannot `{name}` on the streams `{stream}`: {why}"
                ));
            }
        }
        match open {
            Some(gap) if faults.is_empty() => Err(gap),
            _ => Ok(faults),
        }
    }

    /// What the role may do beyond that. A boundary that allows no more leaves no more.
    pub(super) fn excess(&self, group: &str) -> Faults {
        let mut found = Vec::new();
        for policy in &self.role.inline {
            let what = format!("inline policy `{}`", policy.name);
            found.extend(self.excess_of(&policy.document, &what, group)?);
        }
        for policy in &self.role.attached {
            let what = format!("policy `{}`", policy.rsplit('/').next().unwrap_or_default());
            found.extend(self.excess_of(self.managed(policy)?, &what, group)?);
        }
        if let (Some(boundary), false) = (&self.role.boundary, found.is_empty())
            && self
                .excess_of(self.managed(boundary)?, "its boundary", group)?
                .is_empty()
        {
            found.clear();
        }
        Ok(found)
    }

    fn managed(&self, arn: &str) -> Result<&str, Gap> {
        let identities = self.context.account.identities.known()?;
        let policy = identities.policies.iter().find(|policy| policy.arn == arn);
        policy
            .map(|policy| policy.document.as_str())
            .ok_or_else(|| {
                Gap::new(
                    Action::GetAccountAuthorizationDetails,
                    GapKind::NotFound,
                    format!("AWS did not tell what the role's policy `{arn}` says"),
                )
            })
    }

    fn excess_of(&self, text: &str, what: &str, group: &str) -> Faults {
        let document = self.document(text, what)?;
        let statements = document.statements.iter();
        Ok(statements
            .filter(|statement| statement.effect == Some(Effect::Allow))
            .filter_map(|statement| {
                let excess = excess_in(statement, group)?;
                Some(format!("{} of {what} lets it {excess}", statement.name))
            })
            .collect())
    }

    fn document(&self, text: &str, what: &str) -> Result<Document, Gap> {
        let parsed = Document::parse(text).and_then(|document| match document.doubt() {
            Some(doubt) => Err(doubt),
            None => Ok(document),
        });
        parsed.map_err(|reason| {
            Gap::new(
                Action::GetAccountAuthorizationDetails,
                GapKind::Malformed,
                format!(
                    "{what} of role `{}` cannot be understood: {reason}",
                    self.role.name
                ),
            )
        })
    }

    /// The gap that leaves a permission open.
    fn open(&self, keys: &[String], action: &str) -> Gap {
        let account = self.context.account;
        let unread = [
            (
                self.world.service_controls.is_none(),
                account.service_control_policies.gap(),
            ),
            (
                self.world.resource_controls.is_none(),
                account.resource_control_policies.gap(),
            ),
        ];
        let organization = account.organization.gap();
        let unread = unread
            .into_iter()
            .find_map(|(missing, gap)| gap.filter(|_| missing));
        unread.or(organization).cloned().unwrap_or_else(|| {
            Gap::new(
                Action::GetAccountAuthorizationDetails,
                GapKind::Malformed,
                format!(
                    "whether role `{}` allows `{action}` depends on {}",
                    self.role.name,
                    listed(keys)
                ),
            )
        })
    }
}

/// Whom a statement of the trust policy names beside CloudTrail. A deleted principal is
/// nobody.
fn others_in(statement: &Statement) -> Vec<String> {
    let entries = match &statement.principals {
        Principals::These(entries) => entries,
        Principals::AllBut(_) | Principals::Unstated => return vec!["everybody".to_owned()],
    };
    let named = entries.iter().filter_map(|entry| match entry {
        Named::Service(name) if name.eq_ignore_ascii_case(cloudtrail::SERVICE) => None,
        Named::Stale(_) => None,
        Named::Everyone => Some("everybody".to_owned()),
        Named::Account(name)
        | Named::Arn(name)
        | Named::Service(name)
        | Named::Federated(name)
        | Named::Canonical(name)
        | Named::Unclear(name) => Some(format!("`{name}`")),
    });
    named.collect()
}

/// What an Allow lets the role do beyond writing into the group; `None` if nothing.
fn excess_in(statement: &Statement, group: &str) -> Option<String> {
    if !statement.actions.listed() {
        return Some("do all that `NotAction` does not list".to_owned());
    }
    let actions = statement.actions.spelled();
    let needed = |action: &&String| {
        ["logs:createlogstream", "logs:putlogevents"].contains(&action.as_str())
            || action.starts_with("logs:describe")
    };
    let more: Vec<String> = actions
        .iter()
        .filter(|action| !needed(action))
        .map(|action| format!("`{action}`"))
        .collect();
    if !more.is_empty() {
        return Some(format!("do {}", listed(&more)));
    }
    let writes = actions
        .iter()
        .any(|action| !action.starts_with("logs:describe"));
    (writes && every_group(statement, group)).then(|| "write into every log group".to_owned())
}

/// Whether the statement speaks of all groups of the group's account and Region.
fn every_group(statement: &Statement, group: &str) -> bool {
    let Some((place, _)) = group.split_once(":log-group:") else {
        return false;
    };
    let any = format!("{place}:log-group:{UNKNOWN}:log-stream:{UNKNOWN}");
    statement
        .resources
        .reach(&Target::One(any), &Request::open())
        == Reach::All
}
