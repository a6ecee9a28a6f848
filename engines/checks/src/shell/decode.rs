//! Texts that a script hides in a constant: Base64, hexadecimal digits, escapes of `printf`.

/// Longest text that is decoded, in bytes: commands on devices are far shorter.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// How a program that decodes writes what it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Base64,
    Hexadecimal,
}

/// What a command line decodes: `base64 -d`, `openssl base64 -d`, `xxd -r -p`.
pub(super) fn coding(words: &[&str]) -> Option<Coding> {
    let (name, rest) = words.split_first()?;
    let has = |wanted: &[&str]| rest.iter().any(|word| wanted.contains(word));
    match name.rsplit('/').next()? {
        "base64" if has(&["-d", "-D", "-di", "--decode"]) => Some(Coding::Base64),
        "openssl" if has(&["-d"]) && has(&["base64", "-base64", "-a"]) => {
            // With a cipher beside it what comes out is not known here.
            let plain = ["base64", "enc", "-base64", "-a", "-A", "-d", "-in"];
            rest.iter()
                .all(|word| plain.contains(word) || !word.starts_with('-'))
                .then_some(Coding::Base64)
        }
        "xxd" if has(&["-rp", "-pr"]) || (has(&["-r"]) && has(&["-p", "-ps", "-plain"])) => {
            Some(Coding::Hexadecimal)
        }
        _ => None,
    }
}

/// The decoded text; `None` when it is none of the coding.
pub(super) fn decode(coding: Coding, text: &str) -> Option<String> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let bits = match coding {
        Coding::Base64 => 6,
        Coding::Hexadecimal => 4,
    };
    let mut out = Vec::new();
    let (mut held, mut count) = (0_u32, 0_u32);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match (coding, byte) {
            (Coding::Hexadecimal, _) => char::from(byte).to_digit(16)?,
            (_, b'A'..=b'Z') => u32::from(byte - b'A'),
            (_, b'a'..=b'z') => u32::from(byte - b'a') + 26,
            (_, b'0'..=b'9') => u32::from(byte - b'0') + 52,
            (_, b'+') => 62,
            (_, b'/') => 63,
            _ => return None,
        };
        held = (held << bits) | value;
        count += bits;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(held >> count).ok()?);
            held &= (1 << count) - 1;
        }
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

/// A text with the escapes of `printf` and `echo -e` read (POSIX.1-2017, `printf`; `\x` is common).
pub(super) fn unescape(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let (b'\\', Some((kind, behind))) = (*first, tail.split_first()) else {
            out.push(*first);
            continue;
        };
        rest = behind;
        match kind {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'x' => rest = number(behind, 16, 2, &mut out),
            // `\0ooo` of `echo -e` and `%b`, `\ooo` of a format.
            b'0' => rest = number(behind, 8, 3, &mut out),
            b'1'..=b'7' => rest = number(tail, 8, 3, &mut out),
            b'\\' | b'"' | b'\'' => out.push(*kind),
            other => out.extend([b'\\', *other]),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Reads up to some digits as one byte and gives what follows them.
fn number<'t>(text: &'t [u8], radix: u32, digits_max: usize, out: &mut Vec<u8>) -> &'t [u8] {
    let digits: Vec<u32> =
        text.iter().take(digits_max).map_while(|b| char::from(*b).to_digit(radix)).collect();
    let value = digits.iter().fold(0_u32, |all, digit| all * radix + digit);
    out.push(u8::try_from(value & 0xff).unwrap_or_default());
    text.get(digits.len()..).unwrap_or_default()
}

/// What `printf` writes; `None` for a format that is not followed here.
pub(super) fn printf(format: &str, arguments: &[&str]) -> Option<String> {
    let mut out = String::new();
    let mut arguments = arguments.iter();
    let mut pieces = format.split('%');
    out.push_str(&unescape(pieces.next()?));
    while let Some(piece) = pieces.next() {
        let argument = |arguments: &mut std::slice::Iter<'_, &str>| {
            arguments.next().map_or("", |text| *text).to_owned()
        };
        if let Some(tail) = piece.strip_prefix('s') {
            out.push_str(&argument(&mut arguments));
            out.push_str(&unescape(tail));
        } else if let Some(tail) = piece.strip_prefix('b') {
            out.push_str(&unescape(&argument(&mut arguments)));
            out.push_str(&unescape(tail));
        } else if piece.is_empty() {
            // `%%`, a per cent sign, splits into an empty piece and the text behind it.
            out.push('%');
            out.push_str(&unescape(pieces.next().unwrap_or_default()));
        } else {
            return None;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_texts() {
        let check = |words: &[&str], text: &str| {
            coding(words).and_then(|coding| decode(coding, text)).unwrap_or_default()
        };
        assert_eq!(
            check(&["base64", "-d"], "dGVsbmV0ZCAtbCAvYmluL3NoCg=="),
            "telnetd -l /bin/sh\n"
        );
        assert_eq!(check(&["openssl", "enc", "-base64", "-d", "-A"], "c2g="), "sh");
        assert_eq!(check(&["openssl", "enc", "-aes-128-cbc", "-a", "-d"], "c2g="), "");
        assert_eq!(check(&["/usr/bin/xxd", "-r", "-p"], "73 68"), "sh");
        assert_eq!(check(&["base64"], "c2g="), "");
        assert_eq!(check(&["base64", "-d"], "?"), "");
    }

    #[test]
    fn escapes() {
        assert_eq!(unescape(r"\x73\150\0040\n\q\"), "sh \n\\q\\");
        assert_eq!(
            printf(r"%s -l \x2fbin\57sh%%", &["telnetd"]),
            Some("telnetd -l /bin/sh%".into())
        );
        assert_eq!(printf("%d", &["1"]), None);
    }
}
