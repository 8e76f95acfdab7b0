//! What somebody may have meant who wrote a name that does not exist.

/// How alike two names must be, from 0 to 1, for one to be a slip of the other.
const ALIKE: f64 = 0.8;

/// The one of the `known` names that `name` is most likely a slip of, if any.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

/// Says that there is no rule `id`, and which of the rules `known` may be meant.
pub fn no_such_rule<'a>(id: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(id, known) {
        Some(nearest) => format!("there is no rule `{id}`; did you mean `{nearest}`?"),
        None => format!("there is no rule `{id}`; `trailcheck rules` lists them"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_a_rule_id_is_met_with_the_right_id() {
        let known = ["log-retention", "log-file-validation", "key-usable"];
        let message = no_such_rule("log_file_validaton", known);
        assert!(message.ends_with("did you mean `log-file-validation`?"));
        assert!(no_such_rule("xyzzy", known).ends_with("`trailcheck rules` lists them"));
    }
}
