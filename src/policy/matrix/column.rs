//! One action on one target, and what the policies that bind everybody say of it: those of
//! the organization and that of the resource.

use super::asker::{Asker, Lines};
use super::pool::{Line, asks_who};
use super::subject::{Boundary, Subject};
use super::targets::Thing;
use crate::policy::document::{Effect, Statement};
use crate::policy::pattern::Target;
use crate::policy::principal::{ANYHOW, Named, Principals};
use crate::policy::services;
use crate::policy::truth::{Doubt, Truth};
use crate::policy::world::{has_policy, holder};
use crate::snapshot::arn;

/// One action on one target, of which everybody is asked.
#[derive(Debug)]
pub(super) struct Column<'t, 'w> {
    pub(super) action: usize,
    pub(super) thing: &'t Thing,
    /// The number of the target.
    pub(super) target: u32,
    /// Everything that answers go by beside the caller and its own policies, as a number.
    /// Columns of one base share their answers.
    pub(super) base: u32,
    /// Statements that name some callers and not others.
    pub(super) naming: Vec<&'w Statement>,
    /// The conditions whose outcome follows from who the caller is.
    pub(super) conditions: Vec<u32>,
    /// Whether the statements differ from caller to caller beyond that.
    pub(super) personal: bool,
    /// Whether the resource's policy may grant something to who has no policy that does.
    pub(super) grants: bool,
    /// Tells what was worked out for this column from what was for others.
    pub(super) epoch: u32,
}

impl<'w> Asker<'w> {
    /// The action at `place`, on that.
    pub(super) fn column<'t>(&mut self, place: usize, thing: &'t Thing) -> Column<'t, 'w> {
        let mut column = Column {
            action: place,
            thing,
            target: self.number_of(&thing.target),
            base: 0,
            naming: Vec::new(),
            conditions: Vec::new(),
            personal: false,
            grants: false,
            epoch: self.next_epoch(),
        };
        let mut base = self.circumstances(&mut column);
        let resource = self.of_resource(&mut column);
        let controls = self.controls.clone();
        for lines in resource.iter().chain(controls.iter()) {
            base.push(self.say(&mut column, lines));
        }
        if column.personal {
            base.push(column.target);
        }
        column.base = self.base(base);
        column
    }

    /// Whether the resource's policy, as far as it is known, grants nothing to anybody in
    /// particular, so that callers need a policy of their own; and whether not even that
    /// helps, because the resource is another account's.
    pub(super) fn is_closed(&mut self, place: usize, thing: &Thing) -> (bool, bool) {
        let action = self.vocabulary.action(place).to_owned();
        let arn = match &thing.target {
            Target::Nothing => return (true, false),
            Target::One(arn) | Target::Class(arn) => arn,
        };
        let Some((resource, lines)) = self.lines_of(holder(&action, arn)) else {
            let may_have = thing.own && self.world.may_have_policy(&action, arn);
            return (!may_have, false);
        };
        let opens = |line: &Line<'_>| {
            let admitted = &line.statement.principals;
            grants_to_all(line.statement)
                || line.statement.effect != Some(Effect::Deny) && names_some(admitted)
        };
        let closed = !resource.unread && !lines.iter().any(opens);
        let foreign = resource.owner.is(&self.world.account) == Truth::No;
        (
            closed,
            closed && foreign && !lines.iter().any(names_accounts),
        )
    }

    /// What of the action and the target answers go by.
    fn circumstances(&mut self, column: &mut Column<'_, 'w>) -> Vec<u32> {
        let action = self.vocabulary.action(column.action).to_owned();
        let arn = match &column.thing.target {
            Target::Nothing => "",
            Target::One(arn) | Target::Class(arn) => arn,
        };
        let region = arn::parse(arn).map_or("", |arn| arn.region);
        let service = action.split(':').next().unwrap_or_default();
        let owner = match self.world.resources.get(holder(&action, arn)) {
            Some(found) => format!(
                "{:?} {} {:?} {} {}",
                found.owner,
                found.unread,
                found.restricted,
                found.has_grants,
                found.acl.is_none()
            ),
            None => {
                let unread = self.world.may_have_policy(&action, arn);
                format!("{:?} {unread}", self.world.owner_of(arn))
            }
        };
        [region, service, owner.as_str()]
            .map(|text| self.number_of_text(text))
            .into_iter()
            .chain([
                u32::from(services::refused_across_accounts(&action)),
                u32::from(action == "kms:retiregrant"),
                u32::from(has_policy(&column.thing.target)),
                u32::from(column.thing.sure),
            ])
            .collect()
    }

    /// The lines of the resource's own policy; notes whether it can grant anything by itself.
    fn of_resource(&mut self, column: &mut Column<'_, 'w>) -> Option<Lines<'w>> {
        let action = self.vocabulary.action(column.action).to_owned();
        let arn = match &column.thing.target {
            Target::Nothing => return None,
            Target::One(arn) | Target::Class(arn) => arn,
        };
        let Some((resource, lines)) = self.lines_of(holder(&action, arn)) else {
            // Of what the snapshot does not hold, only what its callers hold is looked at.
            column.grants = column.thing.own && self.world.may_have_policy(&action, arn);
            return None;
        };
        let speak = |line: &&Line<'_>| line.spoken.possibly().has(column.action);
        let mut speaking = lines.iter().filter(speak);
        let retired = action == "kms:retiregrant" && resource.has_grants;
        let open = resource.unread || resource.acl.is_none() || retired;
        column.grants = open || speaking.any(|line| grants_to_all(line.statement));
        Some(lines)
    }

    /// What the lines say in the column, as a number; notes what of it depends on the caller.
    fn say(&mut self, column: &mut Column<'_, 'w>, lines: &[Line<'w>]) -> u32 {
        let target = (column.target, &column.thing.target);
        let mut said = Vec::new();
        for line in lines {
            let Some(number) = self.pool.single(line, column.action, target) else {
                continue;
            };
            said.push(number);
            let statement = line.statement;
            let asking = statement
                .conditions
                .iter()
                .filter(|condition| asks_who(condition));
            let asking: Vec<u32> = asking.map(|condition| self.pool.place(condition)).collect();
            column.conditions.extend(asking);
            column.personal |= line.variable;
            if names_some(&statement.principals) {
                column.naming.push(statement);
            }
        }
        self.base(said)
    }
}

/// Whether the principals are some of the account's users and roles and not others.
pub(super) fn names_some(principals: &Principals) -> bool {
    let same_for_all = |named: &Named| {
        matches!(
            named,
            Named::Everyone
                | Named::Account(_)
                | Named::Service(_)
                | Named::Federated(_)
                | Named::Stale(_)
        )
    };
    match principals {
        Principals::Unstated => false,
        Principals::These(entries) => !entries.iter().all(same_for_all),
        Principals::AllBut(_) => true,
    }
}

/// Whether a statement names an account, whose callers then go by their own policies.
fn names_accounts(line: &Line<'_>) -> bool {
    match &line.statement.principals {
        Principals::These(entries) => entries
            .iter()
            .any(|entry| matches!(entry, Named::Account(_))),
        Principals::Unstated | Principals::AllBut(_) => true,
    }
}

/// Whether an Allow of a resource's policy admits callers that hold no policy themselves. To
/// name an account is to leave it to the account's own policies.
pub(super) fn grants_to_all(statement: &Statement) -> bool {
    statement.effect != Some(Effect::Deny)
        && (statement.principals == Principals::Unstated || statement.principals.everyone())
}

/// How the statement names the subject, as a number, and whether that may grant something.
pub(super) fn naming(statement: &Statement, subject: &Subject) -> (u32, bool) {
    let caller = &subject.caller.principal;
    if statement.effect == Some(Effect::Deny) {
        let bounded = subject.boundary != Boundary::None;
        return (code(statement.principals.hit(caller, bounded)), false);
    }
    // A statement may name a caller in several ways, and each counts.
    let mentions = statement.principals.mentions(caller);
    let named = ANYHOW.iter().map(|mention| mentions.as_one_of(&[*mention]));
    let number = named.clone().fold(0, |all, truth| all << 10 | code(truth));
    (number, named.into_iter().any(Truth::possible))
}

pub(super) fn code(truth: Truth) -> u32 {
    match truth {
        Truth::No => 0,
        Truth::Yes => 1,
        Truth::Maybe(doubts) => Doubt::ALL
            .into_iter()
            .filter(|doubt| doubts.has(*doubt))
            .fold(2, |code, doubt| code | 4 << doubt as u32),
    }
}
