//! The integration tests, as one binary: linking the AWS SDK once is slow enough.

#[cfg(test)]
mod bucket_server;
#[cfg(test)]
mod bucket_server_over_http;
#[cfg(test)]
mod cli;
#[cfg(feature = "live")]
mod live;
#[cfg(test)]
mod trail;
#[cfg(test)]
mod verify_cases;
