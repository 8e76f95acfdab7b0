//! Policies: what they say, who may do what by them, and what S3 makes of a bucket's.
//! `docs/policy-evaluation.md` tells how they are evaluated, and what is not known.

mod acl;
pub mod answer;
pub mod binding;
pub mod caller;
pub mod case;
pub mod cloudtrail;
pub mod condition;
pub mod context;
pub mod deletion;
pub mod document;
pub mod everyone;
pub mod everywhere;
mod freedom;
pub mod glob;
pub mod grants;
pub mod json;
pub mod matrix;
pub mod meaning_of_public;
pub mod operator;
pub mod pattern;
pub mod principal;
pub mod public;
mod representatives;
pub mod services;
pub mod tampering;
pub mod template;
#[cfg(test)]
mod tests;
mod texts;
pub mod truth;
pub mod who;
pub mod world;
