//! Perl words.
