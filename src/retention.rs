//! Lifecycle rules, evaluated: how long a bucket keeps the objects under a prefix.
