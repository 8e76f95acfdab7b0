//! What `trailcheck verify` found, in three formats. Which one is asked for changes what is
//! printed, never what is found or how the run ends.

pub mod json;
pub mod page;
pub mod sarif;
mod summary;
pub mod table;
#[cfg(test)]
pub(in crate::report) mod tests;

use std::io;

use crate::digest::verification::Verification;

/// A way to render a verification. One file per format.
pub trait Render {
    /// Writes the whole report to `out`.
    ///
    /// # Errors
    /// Whatever `out` says.
    fn render(&self, verification: &Verification, out: &mut dyn io::Write) -> io::Result<()>;

    /// What those that the format is made for would drop or refuse: one sentence each.
    fn warnings(&self, _: &Verification) -> Vec<String> {
        Vec::new()
    }
}
