//! Resource policies, block public access and ACLs: who can reach a bucket.

pub mod deletion;
pub mod document;
pub mod glob;
pub mod public;
pub mod services;
pub mod tampering;
