//! Resource policies, block public access and ACLs: who can reach a bucket.

pub mod public;
