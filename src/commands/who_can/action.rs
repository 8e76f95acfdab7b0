//! Who can do one action.

use comfy_table::Table;
use serde::{Serialize, Serializer};

use super::facts::{self, Missing};
use super::{Answered, gaps_below, words};
use crate::cli::WhoCan;
use crate::policy::answer::Answer;
use crate::policy::case::Obstacle;
use crate::policy::matrix::Held;
use crate::policy::who::{Entry, named, things, who_can};
use crate::policy::world::World;
use crate::report::text::visible;
use crate::snapshot::Account;

/// One account's answer.
#[derive(Serialize)]
pub(super) struct Answers {
    account: String,
    action: String,
    /// What was asked about.
    resources: Vec<String>,
    principals: Vec<Line>,
    /// How many cannot, and are left out.
    left_out: usize,
    pub(super) gaps: Vec<Missing>,
}

/// One principal's answer.
#[derive(Serialize)]
struct Line {
    principal: String,
    kind: &'static str,
    #[serde(flatten, serialize_with = "answered")]
    held: Held,
    resource: String,
    /// The statements that grant it.
    by: Vec<By>,
    /// What refuses it, or refuses some requests.
    blocked_by: Vec<String>,
}

#[derive(Serialize)]
struct By {
    policy: String,
    statement: String,
}

fn answered<S: Serializer>(held: &Held, serializer: S) -> Result<S::Ok, S::Error> {
    Answered::of(held).serialize(serializer)
}

impl Line {
    fn of(entry: Entry) -> Self {
        let by = entry.by.into_iter();
        Line {
            principal: entry.principal,
            kind: entry.kind,
            held: entry.held,
            resource: entry.resource,
            by: by
                .map(|(policy, statement)| By { policy, statement })
                .collect(),
            blocked_by: entry.obstacles.iter().map(Obstacle::text).collect(),
        }
    }
}

/// Asks everybody.
pub(super) fn ask(account: &Account, world: &World, action: &str, args: &WhoCan) -> Answers {
    let lower = action.to_lowercase();
    let mut gaps = facts::missing(account, Some(action));
    let things = match &args.resource {
        Some(resource) => vec![named(resource)],
        None => {
            gaps.extend(facts::unlisted(account));
            things(account, &lower)
        }
    };
    let not_held = things
        .iter()
        .filter_map(|thing| facts::not_held(world, action, thing));
    gaps.extend(not_held);
    let entries = who_can(world, &lower, &things);
    let (shown, others): (Vec<Entry>, Vec<Entry>) = entries
        .into_iter()
        .partition(|entry| args.all || entry.held.answer != Answer::Denied);
    Answers {
        account: account.id.clone(),
        action: action.to_owned(),
        resources: things.iter().map(|thing| thing.name().to_owned()).collect(),
        principals: shown.into_iter().map(Line::of).collect(),
        left_out: others.len(),
        gaps,
    }
}

/// The answer for people.
pub(super) fn table(answers: &Answers) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(comfy_table::ContentArrangement::Disabled);
    table.set_header([
        "Principal",
        "Verdict",
        "By",
        "Depends on",
        "For example",
        "Blocked by",
    ]);
    for line in &answers.principals {
        let by = line
            .by
            .iter()
            .map(|by| format!("{} of {}", by.statement, by.policy));
        table.add_row([
            visible(&line.principal),
            line.held.answer.as_str().to_owned(),
            visible(&by.collect::<Vec<_>>().join("; ")),
            visible(&line.held.depends_on().join(", ")),
            visible(&words(line.held.witness())),
            visible(&line.blocked_by.join("; ")),
        ]);
    }
    let on = answers.resources.join(", ");
    let mut text = visible(&format!(
        "{} in account {} on {on}",
        answers.action, answers.account
    ));
    text.push_str("\n\n");
    match (answers.resources.is_empty(), answers.principals.is_empty()) {
        (true, _) => text.push_str("no trail has anything that this action works on\n"),
        (_, true) => text.push_str("nobody can\n"),
        _ => text.push_str(&format!("{}\n", table.trim_fmt())),
    }
    if answers.left_out > 0 {
        text.push_str(&format!(
            "\n{} others cannot; --all shows them\n",
            answers.left_out
        ));
    }
    text + &gaps_below(&answers.gaps)
}
