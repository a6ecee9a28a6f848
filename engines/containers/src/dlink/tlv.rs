//! D-Link's `d\x80\x19@` header (DWL access points, DAP, DIR-8xx): model, board and MD5, then the
//! image, plain or as `openssl enc` wrote it with a password made of the header itself.
//! Also `DKBS`, whose header is as short.

use crate::{crypt, kit, kit::container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Size of the header in bytes.
const HEADER: usize = 0x74;

/// Size of the DKBS header in bytes.
const DKBS: usize = 0xa0;

container!(
    /// D-Link header of a length-typed image.
    Tlv,
    "dlink-tlv",
    [Signature::anywhere(b"\x64\x80\x19\x40")],
    read_tlv
);

container!(
    /// D-Link DKBS.
    Dkbs,
    "dkbs",
    [Signature::anywhere(b"_dkbs_").with_offset(7)],
    read_dkbs
);

fn read_tlv(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let (model, board) = (bin.text(4, 32).ok()?, bin.text(0x24, 32).ok()?);
    if !kit::printable(&model) || !kit::printable(&board) {
        return None;
    }
    let typed = bin.u32(0x6c).ok()? == 1;
    let size = if typed { bin.size32(0x70).ok()? } else { input.len().checked_sub(HEADER)? };
    let mut found = Found::new(0);
    kit::declared(&mut found, input, HEADER.checked_add(size)?);
    found.fact("model", &model);
    found.fact("board", &board);
    let sum = bin.text(0x4c, 32).ok()?;
    let body = input.get(HEADER..found.size).unwrap_or_default();
    if sum.len() == 32 && found.problems.is_empty() {
        kit::content_check(&mut found, "md5", kit::hex(&crypt::md5(body)) == sum, 0x4c);
    }
    if !body.starts_with(b"Salted__") {
        found.slice(input, "image", HEADER, body.len());
        return Some(found);
    }
    match open(body, &model, &board) {
        Some((mode, plain)) => {
            found.fact("cipher", mode);
            found.fact("key", "made of the header, as OpenWrt's wiki on D-Link DWL says");
            kit::decoded(&mut found, context, "image", plain, (HEADER, body.len()));
        }
        None => {
            let message = "encrypted by D-Link, and the password made of the header does not fit";
            found.problem(ProblemKind::Unsupported, Some(HEADER), message);
            found.encrypted(input, "image", HEADER, body.len());
        }
    }
    Some(found)
}

/// The password is the HMAC-SHA1 of the model keyed with the board, in hexadecimal digits. Models
/// whose number begins with 8 use ECB.
fn open(body: &[u8], model: &str, board: &str) -> Option<(&'static str, Vec<u8>)> {
    let word = kit::hex(&crypt::hmac_sha1(board.as_bytes(), model.as_bytes()));
    let digits = model.find(|c: char| c.is_ascii_digit()).and_then(|at| model.get(at..));
    if digits.is_some_and(|digits| digits.starts_with('8')) {
        let salt = body.get(8..16)?;
        let key = crypt::evp_bytes(crypt::Derive::Md5, word.as_bytes(), salt, 32);
        let plain = crypt::Aes::new(&key)?.ecb(body.get(16..)?);
        return Some(("aes-256-ecb", crypt::unpad(plain)?));
    }
    let plain = crypt::openssl_cbc(body, crypt::Derive::Md5, word.as_bytes(), 32, None)?;
    Some(("aes-256-cbc", plain))
}

fn read_dkbs(input: &Bytes, _: &Context<'_>) -> Option<Found> {
    let bin = Bin::be(input);
    let (board, version) = (bin.text(0, 32).ok()?, bin.text(0x28, 32).ok()?);
    if !kit::printable(&board) || !kit::printable(&version) {
        return None;
    }
    let big = bin.size32(0x68).ok()?;
    let size = if big >> 24 == 0 { big } else { Bin::le(input).size32(0x68).ok()? };
    let mut found = Found::new(0);
    kit::declared(&mut found, input, DKBS.checked_add(size)?);
    found.fact("board", board);
    found.fact("version", version);
    found.fact("device", bin.text(0x70, 32).ok()?);
    found.slice(input, "image", DKBS.min(found.size), size.min(found.size.saturating_sub(DKBS)));
    Some(found)
}
