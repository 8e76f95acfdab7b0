//! Everybody against every action that tampers with trails.

use std::collections::BTreeMap;

use comfy_table::Table;
use serde::Serialize;

use super::facts::{self, Missing};
use super::{Answered, gaps_below};
use crate::cli::WhoCan;
use crate::policy::answer::Answer;
use crate::policy::matrix::{Matrix, Power, Step};
use crate::policy::principal::Principal;
use crate::policy::tampering::{Effect, TAMPERING};
use crate::policy::truth::Truth;
use crate::policy::world::World;
use crate::report::text::visible;
use crate::snapshot::Account;

/// One account, asked.
pub(super) struct Asked<'a> {
    account: &'a Account,
    matrix: Matrix<'a>,
    steps: Vec<Option<Step>>,
}

/// Its answer.
#[derive(Serialize)]
pub(super) struct Answers<'m> {
    account: &'m str,
    /// How many actions were asked about.
    actions: usize,
    principals: Vec<Line<'m>>,
    /// How many can do none of them, and are left out.
    left_out: usize,
    pub(super) gaps: Vec<Missing>,
}

/// One principal.
#[derive(Serialize)]
struct Line<'m> {
    principal: &'m str,
    kind: &'static str,
    /// Whether it can tamper with a trail of the account's by itself: `yes`, `no` or `maybe`.
    direct: &'static str,
    /// The step by which it could come to.
    indirect: Option<Indirect<'m>>,
    can: Vec<Cell<'m>>,
}

#[derive(Serialize)]
struct Indirect<'m> {
    action: &'static str,
    on: &'m str,
    certain: bool,
    text: String,
}

#[derive(Serialize)]
struct Cell<'m> {
    action: &'static str,
    effect: &'static str,
    resource: &'m str,
    /// Whether the resource is a trail's, so that this alone is tampering with it.
    counts: bool,
    #[serde(flatten)]
    answered: Answered<'m>,
}

impl<'a> Asked<'a> {
    /// Asks everybody everything.
    pub(super) fn of(account: &'a Account, world: &'a World) -> Self {
        let mut matrix = Matrix::of(world, account);
        let steps = matrix.indirect(account);
        Asked {
            account,
            matrix,
            steps,
        }
    }

    pub(super) fn answers(&self, args: &WhoCan) -> Answers<'_> {
        let mut gaps = facts::missing(self.account, None);
        gaps.extend(facts::unlisted(self.account));
        let mut left_out = 0;
        let mut principals = Vec::new();
        for (subject, step) in self.steps.iter().enumerate() {
            let line = line(&self.matrix, subject, step.as_ref());
            match args.all || !line.can.is_empty() || line.indirect.is_some() {
                true => principals.push(line),
                false => left_out += 1,
            }
        }
        Answers {
            account: &self.account.id,
            actions: TAMPERING.len(),
            principals,
            left_out,
            gaps,
        }
    }
}

fn line<'m>(matrix: &'m Matrix<'_>, subject: usize, step: Option<&'m Step>) -> Line<'m> {
    let caller = matrix.caller(subject);
    Line {
        principal: caller.map_or("", |caller| caller.principal.name()),
        kind: match caller.map(|caller| &caller.principal) {
            Some(Principal::User(_)) => "user",
            Some(Principal::Root(_)) => "root",
            Some(role) if role.is_service_linked() => "service-linked-role",
            _ => "role",
        },
        direct: match matrix.direct(subject) {
            Truth::Yes => "yes",
            Truth::Maybe(_) => "maybe",
            Truth::No => "no",
        },
        indirect: step.map(|step| Indirect {
            action: step.entry.action,
            on: &step.on,
            certain: step.can == Truth::Yes,
            text: step.text(),
        }),
        can: matrix.powers(subject).map(cell).collect(),
    }
}

fn cell(power: Power<'_>) -> Cell<'_> {
    Cell {
        action: power.entry.action,
        effect: power.entry.effect.as_str(),
        resource: power.thing.name(),
        counts: power.counts.possible(),
        answered: Answered::of(power.held),
    }
}

/// The answer for people: how many actions of each sort, and how surely.
pub(super) fn table(answers: &Answers<'_>) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(comfy_table::ContentArrangement::Disabled);
    let effects = Effect::ALL.map(Effect::as_str);
    let header = ["Principal", "Direct"].into_iter().chain(effects);
    table.set_header(header.chain(["Indirect"]));
    for line in &answers.principals {
        let mut row = vec![visible(line.principal), line.direct.to_owned()];
        row.extend(effects.map(|effect| mark(line, effect)));
        let step = line
            .indirect
            .as_ref()
            .map(|step| format!("can {}", step.text));
        row.push(visible(&step.unwrap_or_default()));
        table.add_row(row);
    }
    let mut text = visible(&format!(
        "{} ways to tamper with the trails of account {}: how many of each sort, without a \
         condition, if one is met, and maybe, as far as is known",
        answers.actions, answers.account
    ));
    text.push_str("\n\n");
    match answers.principals.is_empty() {
        true => text.push_str("nobody can\n"),
        false => text.push_str(&format!("{}\n", table.trim_fmt())),
    }
    if answers.left_out > 0 {
        text.push_str(&format!(
            "\n{} others can do none; --all shows them\n",
            answers.left_out
        ));
    }
    text + &gaps_below(&answers.gaps)
}

/// `12`, `3 if`, `2 maybe`, or a dash.
fn mark(line: &Line<'_>, effect: &str) -> String {
    let mut counts: BTreeMap<u8, (usize, &str)> = BTreeMap::new();
    for cell in line.can.iter().filter(|cell| cell.effect == effect) {
        let (place, word) = match (cell.answered.verdict, cell.answered.certain) {
            (verdict, true) if verdict == Answer::Allowed.as_str() => (0, ""),
            (_, true) => (1, " if"),
            (_, false) => (2, " maybe"),
        };
        counts.entry(place).or_insert((0, word)).0 += 1;
    }
    let marks = counts
        .values()
        .map(|(count, word)| format!("{count}{word}"));
    match counts.is_empty() {
        true => "-".to_owned(),
        false => marks.collect::<Vec<_>>().join(", "),
    }
}
