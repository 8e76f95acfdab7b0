//! What stands in a caller's way: for people who ask why an answer is no.

use super::{ANYHOW, Bearing, Case, View};
use crate::policy::context::Context;
use crate::policy::document::Effect;
use crate::policy::truth::Truth;

/// One reason why requests are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// Neither a policy of the caller's nor one of the resource's allows it.
    NoGrant,
    /// The resource is another account's, and its policy does not allow it.
    NotAdmitted,
    /// The permissions boundary does not allow it.
    Boundary,
    /// No service control policy of this level, counted from the organization's root as 1,
    /// allows it.
    Level(usize),
    /// A statement denies it.
    Denied {
        /// The policy's name.
        policy: String,
        /// The statement's name.
        statement: String,
    },
}

impl Obstacle {
    /// The obstacle in a few words.
    pub fn text(&self) -> String {
        match self {
            Obstacle::NoGrant => "no policy grants it".to_owned(),
            Obstacle::NotAdmitted => {
                "the resource is another account's, whose policy does not grant it".to_owned()
            }
            Obstacle::Boundary => "the permissions boundary does not allow it".to_owned(),
            Obstacle::Level(number) => {
                format!("no service control policy at level {number} below the root allows it")
            }
            Obstacle::Denied { policy, statement } => format!("{statement} of {policy} denies it"),
        }
    }
}

impl Case<'_> {
    /// Everything that refuses some request with these keys, the broadest reasons first.
    pub fn obstacles(&self, context: &Context) -> Vec<Obstacle> {
        let mut obstacles = Vec::new();
        let refuses = |truth: Truth| truth != Truth::Yes;
        let view = View {
            context,
            lenient: None,
        };
        let boundary = refuses(self.within_boundary(view));
        if refuses(self.granted(view)) && !self.may_be_granted(context) {
            obstacles.push(match self.same_account {
                Truth::No => Obstacle::NotAdmitted,
                _ => Obstacle::NoGrant,
            });
        } else if boundary {
            obstacles.push(Obstacle::Boundary);
        }
        for (level, number) in self.service_controls.iter().zip(1..) {
            if refuses(level.allows(self, context, ANYHOW, Truth::Yes)) {
                obstacles.push(Obstacle::Level(number));
            }
        }
        let denials = self.cited(context);
        let denials = denials
            .iter()
            .filter(|bearing| bearing.statement.effect == Some(Effect::Deny));
        let sure = |bearing: &&Bearing<'_>| bearing.denies(&self.target, context) == Truth::Yes;
        let certain: Vec<Obstacle> = denials.clone().filter(sure).map(denied).collect();
        // Beside what refuses everything, what refuses something is of no interest.
        match certain.is_empty() {
            true => obstacles.extend(denials.map(denied)),
            false => obstacles.extend(certain),
        }
        obstacles
    }

    /// Whether some policy would grant it, were there no boundary.
    fn may_be_granted(&self, context: &Context) -> bool {
        let unbounded = Case {
            boundary: None,
            ..self.clone()
        };
        let view = View {
            context,
            lenient: None,
        };
        unbounded.granted(view).possible()
    }
}

fn denied(bearing: &Bearing<'_>) -> Obstacle {
    Obstacle::Denied {
        policy: bearing.policy.to_owned(),
        statement: bearing.statement.name.clone(),
    }
}
