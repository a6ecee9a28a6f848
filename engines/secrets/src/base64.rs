//! Base64 (RFC 4648), read as leniently as the tools that use these files do.

/// Longest text that is decoded, in bytes: a few certificates' worth.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// The bytes; blanks and line breaks are skipped, both alphabets are read. `None` at any other
/// character, for text that is too long, and when the last group is cut.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    let mut ended = false;
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                ended = true;
                continue;
            }
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => return None,
        };
        if ended {
            return None;
        }
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    // Six bits left over are half a byte: the text was cut.
    (count < 6).then_some(out)
}

/// Longest run of Base64 that is taken out of other bytes, in bytes: a key with its chain.
const RUN_BYTES_MAX: usize = 64 * 1024;

/// What the Base64 that the bytes begin with stands for, and how long it is there. Line breaks,
/// also as strings of programs write them, are part of it; padding ends it.
pub(crate) fn run(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut digits = String::new();
    let mut at = 0;
    while at < RUN_BYTES_MAX {
        let Some(byte) = bytes.get(at) else { break };
        match byte {
            b'\r' | b'\n' => {}
            b'\\' if matches!(bytes.get(at + 1), Some(b'n' | b'r')) => at += 1,
            // JSON may write a slash so; the slash itself comes next.
            b'\\' if bytes.get(at + 1) == Some(&b'/') => {}
            byte if byte.is_ascii_alphanumeric() || b"+/-_".contains(byte) => {
                digits.push(char::from(*byte));
            }
            _ => break,
        }
        at += 1;
    }
    // What follows in the next line may be digits, too: half a group is cut off.
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    decode(&digits).map(|content| (content, at))
}

#[cfg(test)]
mod tests {
    use super::{decode, run};

    #[test]
    fn runs_end_where_the_alphabet_does() {
        let text = b"YWRtaW46\nYWRtaW4=\nnext=1";
        assert_eq!(run(text).unwrap(), (b"admin:admin".to_vec(), 16));
        assert_eq!(run(br#"YWRtaW46\nYWRtaW4=","b""#).unwrap().0, b"admin:admin");
        assert_eq!(run(b"YWRtaW46Y").unwrap().0, b"admin:");
        assert_eq!(run(b"!").unwrap().0, b"");
    }

    #[test]
    fn padded_or_not() {
        assert_eq!(decode("YWRtaW46YWRtaW4=").unwrap(), b"admin:admin");
        assert_eq!(decode("YW\r\nI").unwrap(), b"ab");
        assert!(decode("YWJ!").is_none());
        assert!(decode("Y").is_none());
    }
}
