//! The command line: parse, dispatch, print an error chain, exit.

fn main() {}
