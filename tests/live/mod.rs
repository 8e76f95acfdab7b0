//! The live tests: the real binary against real servers that speak AWS's protocols.
//!
//! The servers are imperfect. Where one is wrong, the test that meets it says so, and
//! asserts what trailcheck makes of the reply that came, not that the reply is right.
//! What no server serves is answered by a [`relay`] with a reply made from AWS's
//! documentation, and the test has "documented reply" in its name.

#![cfg(test)]

mod account;
mod accounts;
mod actors;
mod bad_days;
mod bad_input;
mod broken;
mod broken_bucket;
mod bucket_policies;
mod canary;
mod cbor;
mod documented;
mod environment;
mod every_call;
mod fault;
mod gaps;
mod good;
mod hidden_faults;
mod history;
mod hostile;
mod http;
mod least_privilege;
mod matrix;
mod monitoring;
mod monitoring_links;
mod network;
mod offline;
mod outputs;
mod provisioning;
mod readings;
mod relay;
mod remedies;
mod run;
mod servers;
mod stats;
mod verify;
mod watchers;
