//! One page for auditors: to read, filter and print in any browser. Everything is in the one
//! file, and its policy lets it load nothing.

mod findings;
mod overview;
mod policy;
#[cfg(test)]
mod tests;

use std::io;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::text::visible;
use super::{Render, Report, words};

/// Renders the report as a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Html;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

impl Render for Html {
    fn render(&self, report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(page(report).into_string().as_bytes())
    }
}

fn page(report: &Report<'_>) -> Markup {
    let accounts: Vec<String> = (report.snapshot.accounts.iter())
        .map(words::account)
        .collect();
    let of = visible(&accounts.join(", "));
    let taken = words::taken(report.snapshot);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy::of(STYLE, SCRIPT));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="generator" content=(overview::TOOL);
                title { "CloudTrail audit: " (of) ", " (taken) }
                // Neither holds `</`, which a test makes sure of.
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#findings" { "Skip to the findings" }
                (overview::of(report))
                main {
                    (findings::filters(report))
                    (findings::of(report))
                    (overview::gaps(report))
                }
                footer {
                    (overview::TOOL) ". It only reads. A finding keeps its fingerprint from run \
                    to run, whatever the verdict. What is unknown is neither good nor bad: nobody \
                    could look."
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// Text that somebody else may have written: nothing invisible in it, and apart from what
/// stands beside it whichever way it is read.
fn foreign(text: &str) -> Markup {
    html! { bdi { (visible(text)) } }
}

/// The same in the typeface of code.
fn code(text: &str) -> Markup {
    html! { code dir="auto" { (visible(text)) } }
}
