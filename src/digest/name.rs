//! What an object's key says: whose it is, what it is, and when it was delivered.
