//! What the command line looks like; nothing else.
