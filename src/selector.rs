//! Event selectors, evaluated: what a trail records.
