//! The shell; commands that read or run are in [`crate::engine`]'s own shell part.

use super::{EMPTY, Words};
use crate::engine::value::SourceKind::Request;

/// What names mean in the shell.
pub(super) const WORDS: Words = Words {
    names: &[
        ("QUERY_STRING", Request),
        ("REQUEST_URI", Request),
        ("PATH_INFO", Request),
        ("HTTP_USER_AGENT", Request),
        ("HTTP_COOKIE", Request),
        ("HTTP_REFERER", Request),
        ("HTTP_HOST", Request),
        ("HTTP_AUTHORIZATION", Request),
        ("HTTP_SOAPACTION", Request),
        ("HTTP_X_*", Request),
        ("HTTP_ACCEPT*", Request),
        ("FORM_*", Request),
        ("GET_*", Request),
        ("POST_*", Request),
        ("COOKIE_*", Request),
    ],
    calls: &[
        ("nvram", crate::engine::value::SourceKind::Setting, super::Keys::Any),
        ("uci", crate::engine::value::SourceKind::Setting, super::Keys::Any),
        ("nvram_get", crate::engine::value::SourceKind::Setting, super::Keys::Any),
        ("read", Request, super::Keys::Cgi),
        ("cat", Request, super::Keys::Cgi),
        ("dd", Request, super::Keys::Cgi),
        ("head", Request, super::Keys::Cgi),
    ],
    ..EMPTY
};
