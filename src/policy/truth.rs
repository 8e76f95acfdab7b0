//! Three-valued truth: what policies say, as far as it can be told.

/// Whether something holds (Kleene's strong logic). `Maybe` carries what it hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Truth {
    /// It does not hold.
    No,
    /// It hangs on something that is not known.
    Maybe(Doubts),
    /// It holds.
    Yes,
}

/// What an answer hangs on beside condition keys: a set of [`Doubt`]s.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Doubts(u16);

/// One thing that keeps a question open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// Some of the resources that were asked about are spoken of, others are not.
    Resource,
    /// Whether the caller's account administers the resource for its organization.
    Administrator,
    /// Grants of the key that are not known.
    Grants,
    /// The policies in the caller's own account, which is not the resource's, are not known.
    OtherAccount,
    /// A policy that binds the caller or the resource could not be read.
    Unread,
    /// A policy holds something that is not understood, or whose meaning AWS leaves open.
    Unclear,
    /// What the session of a role is called, which whoever assumes it chooses.
    Session,
    /// A condition key whose value was left open.
    Key,
}

impl Doubt {
    /// Every doubt, in the order in which answers name them.
    pub const ALL: [Doubt; 8] = [
        Doubt::Resource,
        Doubt::Administrator,
        Doubt::Grants,
        Doubt::OtherAccount,
        Doubt::Unread,
        Doubt::Unclear,
        Doubt::Session,
        Doubt::Key,
    ];

    /// The doubt, as `depends_on` lists it beside condition keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Doubt::Resource => "resource",
            Doubt::Administrator => "delegated administrator of the organization",
            Doubt::Grants => "grants of the key",
            Doubt::OtherAccount => "policies of the caller's account",
            Doubt::Unread => "policy that could not be read",
            Doubt::Unclear => "policy that is not understood",
            Doubt::Session => "role session name",
            Doubt::Key => "values of condition keys",
        }
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl Doubts {
    /// Whether `doubt` is among them.
    pub fn has(self, doubt: Doubt) -> bool {
        self.0 & doubt.bit() != 0
    }

    /// Those of both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Doubts(self.0 | other.0)
    }
}

impl Truth {
    /// [`Truth::Maybe`] because of one doubt.
    pub fn maybe(doubt: Doubt) -> Self {
        Truth::Maybe(Doubts(doubt.bit()))
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Maybe(a), Truth::Maybe(b)) => Truth::Maybe(a.with(b)),
            (Truth::Maybe(a), Truth::Yes) | (Truth::Yes, Truth::Maybe(a)) => Truth::Maybe(a),
            (Truth::Yes, Truth::Yes) => Truth::Yes,
        }
    }

    /// At least one holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    /// It does not hold.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "reads along with `and` and `or`"
    )]
    pub fn not(self) -> Self {
        match self {
            Truth::No => Truth::Yes,
            Truth::Maybe(doubts) => Truth::Maybe(doubts),
            Truth::Yes => Truth::No,
        }
    }

    /// At least one of them holds; with none of them, nothing does.
    pub fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Truth::No;
        for truth in truths {
            result = result.or(truth);
            if result == Truth::Yes {
                break;
            }
        }
        result
    }

    /// All of them hold; with none of them, everything does.
    pub fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Truth::Yes;
        for truth in truths {
            result = result.and(truth);
            if result == Truth::No {
                break;
            }
        }
        result
    }

    /// Whether it can hold.
    pub fn possible(self) -> bool {
        self != Truth::No
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Truth::Yes } else { Truth::No }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_certain_decides_whatever_is_not() {
        let maybe = Truth::maybe(Doubt::Resource);
        assert_eq!(Truth::No.and(maybe), Truth::No);
        assert_eq!(Truth::Yes.or(maybe), Truth::Yes);
        assert_eq!(Truth::Yes.and(maybe), maybe);
        assert_eq!(Truth::No.or(maybe), maybe);
        assert_eq!(maybe.not(), maybe);
    }

    #[test]
    fn doubts_add_up() {
        let both = Truth::maybe(Doubt::Resource).and(Truth::maybe(Doubt::Key));
        let Truth::Maybe(doubts) = both else {
            panic!("{both:?}")
        };
        let named: Vec<Doubt> = Doubt::ALL
            .into_iter()
            .filter(|doubt| doubts.has(*doubt))
            .collect();
        assert_eq!(named, [Doubt::Resource, Doubt::Key]);
    }
}
