//! `trailcheck pattern`.

mod events;

use comfy_table::Table;
use serde::Serialize;

use super::output;
use crate::cli::{ListFormat, Pattern as Arguments};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::pattern::control::{Control, Sample, Verdict, table as controls};
use crate::pattern::{Answer, Mistake, event, filter};
use crate::report::text::visible;
use crate::spelling::nearest;
use events::Event;

/// Judges a pattern, or prints one that covers a rule.
pub(super) fn run(args: &Arguments) -> Result<Outcome, Error> {
    if let Some(rule) = &args.covering {
        let control = control(rule)?;
        let pattern = if args.event_pattern {
            control.event_pattern()
        } else {
            control.filter_pattern()
        };
        output::stdout(format!("{pattern}\n").as_bytes())?;
        return Ok(Outcome::Clean);
    }
    let text = args.pattern.as_deref().unwrap_or_default();
    let pattern = Pattern::parse(text, args.event_pattern)
        .map_err(|mistake| Error::Usage(format!("cannot read the pattern: {mistake}")))?;
    let answers = Answers {
        canonical: pattern.canonical(),
        controls: judged(&pattern),
        events: match &args.events {
            Some(path) => Some(events::matched(path, &pattern)?),
            None => None,
        },
    };
    match args.format {
        ListFormat::Json => output::json(&answers)?,
        ListFormat::Table => {
            output::stdout(table(&answers, pattern.is_text()).as_bytes())?;
        }
    }
    Ok(Outcome::Clean)
}

fn control(rule: &str) -> Result<&'static Control, Error> {
    controls().control(rule).ok_or_else(|| {
        let known = controls().controls().iter().map(|control| control.rule);
        let help = match nearest(rule, known.clone()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => {
                let known: Vec<String> = known.map(|rule| format!("`{rule}`")).collect();
                format!("there are {}", known.join(", "))
            }
        };
        Error::Usage(format!("no rule `{rule}` asks for a pattern; {help}"))
    })
}

/// A pattern of either language.
enum Pattern {
    Filter(filter::Pattern),
    Event(event::Pattern),
}

impl Pattern {
    fn parse(text: &str, event: bool) -> Result<Self, Mistake> {
        if event {
            event::Pattern::parse(text).map(Pattern::Event)
        } else {
            filter::Pattern::parse(text).map(Pattern::Filter)
        }
    }

    fn canonical(&self) -> String {
        match self {
            Pattern::Filter(pattern) => pattern.to_string(),
            Pattern::Event(pattern) => pattern.to_string(),
        }
    }

    fn is_text(&self) -> bool {
        matches!(self, Pattern::Filter(pattern) if pattern.is_text())
    }

    /// Whether it matches an event; one of EventBridge, in the Region that recorded it. The
    /// state of a rule is no part of its pattern, so that reads are shown to it, too.
    fn matches(&self, sample: &Sample) -> Answer {
        match self {
            Pattern::Filter(pattern) => pattern.matches(&sample.record),
            Pattern::Event(pattern) => pattern.matches(&sample.envelope(sample.region())),
        }
    }
}

#[derive(Serialize)]
struct Answers {
    canonical: String,
    controls: Vec<Judged>,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<Event>>,
}

/// What the pattern does for one control.
#[derive(Serialize)]
struct Judged {
    rule: &'static str,
    verdict: &'static str,
    missing: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

fn judged(pattern: &Pattern) -> Vec<Judged> {
    let caught = controls().catch(&|sample| pattern.matches(sample));
    let controls = controls().controls().iter();
    controls
        .map(|control| {
            let (verdict, missing, reason) = match control.judge(&caught) {
                Verdict::Covers => ("covers", Vec::new(), None),
                Verdict::Misses(missing) => ("misses", missing, None),
                Verdict::Unrelated => ("unrelated", Vec::new(), None),
                Verdict::OverBroad => ("over-broad", Vec::new(), None),
                Verdict::NeverFires => ("never-fires", Vec::new(), None),
                Verdict::Unknown(why) => ("unknown", Vec::new(), Some(why)),
            };
            Judged {
                rule: control.rule,
                verdict,
                missing,
                reason,
            }
        })
        .collect()
}

fn table(answers: &Answers, is_text: bool) -> String {
    let mut text = format!("{}\n\n", visible(&answers.canonical));
    let rows = answers.controls.iter().map(|control| {
        let why = match (&control.reason, control.missing.as_slice()) {
            (Some(reason), _) => visible(reason),
            (None, []) => String::new(),
            (None, missing) => format!("misses {}", visible(&missing.join(", "))),
        };
        vec![control.rule.to_owned(), control.verdict.to_owned(), why]
    });
    text += &grid(&["Rule", "Verdict", "Why"], rows);
    if is_text {
        text += "\nA pattern of words also matches where they mean something else: in a user \
                 agent, or in a name.\n";
    }
    if let Some(events) = &answers.events {
        text.push('\n');
        let header = ["#", "Time", "Event", "Id", "Matches", "Why"];
        text += &grid(&header, events.iter().map(Event::cells));
    }
    text
}

fn grid(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(comfy_table::ContentArrangement::Disabled);
    table.set_header(header);
    for row in rows {
        table.add_row(row);
    }
    format!("{}\n", table.trim_fmt())
}
