//! Log file integrity validation: are the delivered log files and digests untouched?
//!
//! CloudTrail signs, hour by hour, a *digest* of the log files that it delivered; each
//! digest names the one before it, its hash and its signature, so that they form a *chain*:
//! one for each account, Region and trail.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html>
//!
//! ```text
//! Store --list--> names --read--> digests --judge--> links --read--> log files --> ChainReport
//! S3 | directory                  document, signature            unpack            Verification
//! ```
//!
//! * [`object`] and [`name`]: where an object lies, and what its key says;
//! * [`store`]: where objects come from; [`keys`]: where CloudTrail's public keys do;
//! * [`unpack`], [`document`], [`signature`]: what one object holds, and who signed it;
//! * [`finding`] and [`verification`]: what came of it, for the reports.
//!
//! Nothing in here asks AWS or the clock: the store and `now` are handed in.

mod chain_report;
pub mod document;
mod events;
pub mod finding;
mod found;
pub mod keys;
mod links;
mod listing;
mod log_files;
pub mod name;
pub mod object;
mod places;
mod pool;
pub mod progress;
mod seen;
mod sequence;
pub mod signature;
mod spelled;
mod spool;
pub mod store;
mod tally;
mod timeline;
mod trust;
mod unit;
mod unnamed;
pub mod unpack;
pub mod verification;
pub mod verify;
