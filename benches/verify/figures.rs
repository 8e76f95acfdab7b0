//! The table.

use std::io::Write as _;
use std::process::ExitCode;

/// What a figure has to be.
enum Target {
    AtLeast(f64),
    AtMost(f64),
    /// It explains the others.
    None,
}

struct Figure {
    what: String,
    found: f64,
    target: Target,
    unit: &'static str,
}

/// The lines of the table so far.
#[derive(Default)]
pub(crate) struct Figures(Vec<Figure>);

impl Figures {
    pub(crate) fn at_least(&mut self, what: &str, found: f64, least: f64, unit: &'static str) {
        self.add(what, found, Target::AtLeast(least), unit);
    }

    pub(crate) fn at_most(&mut self, what: &str, found: f64, most: f64, unit: &'static str) {
        self.add(what, found, Target::AtMost(most), unit);
    }

    pub(crate) fn beside(&mut self, what: &str, found: f64, unit: &'static str) {
        self.add(what, found, Target::None, unit);
    }

    fn add(&mut self, what: &str, found: f64, target: Target, unit: &'static str) {
        self.0.push(Figure {
            what: what.to_owned(),
            found,
            target,
            unit,
        });
    }

    /// Prints the table, and tells whether every target was met.
    pub(crate) fn print(&self) -> ExitCode {
        let mut table = format!("{:52}  {:>9}  {:>14}\n", "", "measured", "target");
        for figure in &self.0 {
            let (target, met) = match figure.target {
                Target::AtLeast(least) => (format!("at least {least}"), figure.found >= least),
                Target::AtMost(most) => (format!("at most {most}"), figure.found <= most),
                Target::None => (String::new(), true),
            };
            let Figure {
                what, found, unit, ..
            } = figure;
            let mark = if met { "" } else { "  MISSED" };
            table.push_str(&format!(
                "{what:52}  {found:9.2}  {target:>14}  {unit}{mark}\n"
            ));
        }
        let mut out = std::io::stdout().lock();
        out.write_all(table.as_bytes()).expect("standard output");
        match table.contains("  MISSED\n") {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        }
    }
}
