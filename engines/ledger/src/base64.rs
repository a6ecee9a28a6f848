//! Base64 as the formats here ask for it: one spelling for each byte string, so that a changed
//! character is a changed value or an error.

use base64ct::{Base64, Base64Url, Encoding as _};

/// RFC 4648, section 4, with padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// Strict: padding is there, unused bits are zero, no white space.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let bytes = Base64::decode_vec(text).ok()?;
    // The decoder tolerates none of this today; the round trip keeps it so.
    (encode(&bytes) == text).then_some(bytes)
}

/// Either alphabet of RFC 4648 (sections 4 and 5), as DSSE allows.
#[cfg_attr(not(feature = "json"), expect(dead_code, reason = "only envelopes need it"))]
pub(crate) fn decode_either(text: &str) -> Option<Vec<u8>> {
    decode(text).or_else(|| {
        let bytes = Base64Url::decode_vec(text).ok()?;
        (Base64Url::encode_string(&bytes) == text).then_some(bytes)
    })
}
