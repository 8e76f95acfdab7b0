//! Whether the verifier finds what was done to a trail, and nothing else.

mod alone;
mod bits;
mod edges;
mod evasion;
mod events;
mod hostile;
mod inquiry;
mod less;
mod memory;
mod pairs;
mod reach;
mod truth;
