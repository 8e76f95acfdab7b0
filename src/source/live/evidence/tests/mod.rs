//! Evidence over a real wire.

mod asking;
mod listing;
mod reading;
mod server;
