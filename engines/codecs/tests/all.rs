//! All integration tests of the codecs, in one binary.

mod blocks;
mod cases;
