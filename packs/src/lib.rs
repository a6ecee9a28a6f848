//! Knowledge as data, embedded: component signatures, check descriptions, policies, known secrets.
//!
//! Each table holds `(path, text)` pairs, sorted by path. The engines parse them; a user's own
//! files, given at run time, replace those with the same id.

include!(concat!(env!("OUT_DIR"), "/tables.rs"));
