//! Images of Alpha Networks' D-Link models behind `encimg` (AES-256-CBC): with nothing before the
//! cipher text (version 1), or behind a plain WRGG header (version 2); and that header alone.
//!
//! The key is a published seed mixed with the model's signature. Seeds from the `delink` tool
//! (github.com/devttys0/delink) and unblob's handler for it.

use crate::{crypt, kit, kit::container};
use bytes::Bytes;
use duecare_base::{Bin, Endian};
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Size of the WRGG header in bytes.
const WRGG: usize = 0xa0;

/// Signature, key seed and vector seed of a model.
struct Model {
    signature: &'static [u8],
    key: &'static [u8; 32],
    iv: &'static [u8; 16],
}

const MODELS: &[Model] = &[
    Model {
        signature: b"wapac25_dlink.2015_dap1665",
        key: b"EfCHXytwsC6F0zsedwZc+9vDbCjE3ge4",
        iv: b"ggPy917jwESpnfXm",
    },
    Model {
        signature: b"wapac28_dlink.2015_dap1720",
        key: b"qBiz6o/1RVQTtJBd3FS7FDbqogE8yoBm",
        iv: b"EfDMqWWxHCOhEqgY",
    },
    Model {
        signature: b"wrgac43s_dlink.2015_dir822c1",
        key: b"KNpsEntCcsep1jdFIs3wnXySKRGNCGmf",
        iv: b"uph587JdKHrtAUlr",
    },
    Model {
        signature: b"wrgac65_dlink.2015_dir842",
        key: b"xQYoRZeD726UAbRb846kO7TeNw8eZa6u",
        iv: b"zufEbNF3kUafxFiE",
    },
    Model {
        signature: b"wrgac65_dlink.2015_dir842EU",
        key: b"xQYoRZeD726UAbRb846kO7TeNw8eZa6u",
        iv: b"zufEbNF3kUafxFiE",
    },
    Model {
        signature: b"wrgac05_dlob.hans_dir850l",
        key: b"BIuS1CVMEQG+0pUeE99jnR+vLlLd9unr",
        iv: b"f3+odwHhmJL1ceW1",
    },
    Model {
        signature: b"wrgac25_dlink.2013gui_dir850l",
        key: b"qQehHMEmEPQ5izL+cabn8bNHZXHjkp6W",
        iv: b"Mmb+IKQgnO8OuF4b",
    },
    Model {
        signature: b"wrgac37_dlink.2013gui_dir859",
        key: b"KY0H9R2PDL3eu1J4uCVd1CK7BJ7vF1kc",
        iv: b"qbStAzIRvWeQHz5U",
    },
    Model {
        signature: b"wrgac16_dlink.2013gui_dir880",
        key: b"FA83N1HdSQ9a5YcaaR1lqgkNdoEMeC1K",
        iv: b"pQkgnYasQKO8a85w",
    },
    Model {
        signature: b"wrgac42_dlink.2015_dir885l",
        key: b"B1QrUHCIiUnKDLmHe+1Z4F/GlkTtrbk4",
        iv: b"sWa+i+wqeloTIefj",
    },
];

/// Key and vector seed of the models with a WRGG header (DAP-2xxx, DIR-2610).
const WRGG_KEY: &[u8; 32] = b"oVhq0hvXHdfaGFLdubM4/QvuVHdKee7v";
const WRGG_IV: &[u8; 16] = b"0BO5nlYankuVBe4s";

/// First bytes of images that are encrypted this way with a key that was not published.
const NO_KEY: [(&[u8], &str); 5] = [
    (b"\x98\x9c\x3c\x2c\x6b\x19\x1b\x25", "DIR-865L A"),
    (b"\x3d\xe6\x02\x63\x3f\xc1\x85\xe7", "DIR-868L A"),
    (b"\xcb\xc3\xa7\x4c\x50\x0f\x42\x43", "DIR-890L A"),
    (b"\x91\x5a\xc9\xa2\x11\xff\xaa\x6d", "DIR-895L A"),
    (b"\x92\x61\x58\x58\x14\xdb\xbb\x3b", "DIR-885L A"),
];

container!(
    /// `encimg` with nothing before the cipher text.
    EncImg,
    "dlink-encimg",
    [
        Signature::start(b"\x35\x66\x6f\x68\xef\x1a\xfe\x1f"),
        Signature::start(b"\x68\x01\xcc\xfb\xad\x6b\xa0\xba"),
        Signature::start(b"\xdf\x8c\x39\x0d\x22\xb4\xdc\x29"),
        Signature::start(b"\xf5\x2a\xa0\xb4\x92\x53\xbf\xef"),
        Signature::start(b"\x21\xdd\xda\x00\x99\xd8\x87\xa9"),
        Signature::start(b"\xe3\x13\x00\x5b\x76\xdf\x0b\xe8"),
        Signature::start(b"\x0a\x14\xe4\x24\xff\x0f\xb4\xd7"),
        Signature::start(b"\x4c\x1b\x95\xaf\x93\x72\x5f\x81"),
        Signature::start(b"\x98\x9c\x3c\x2c\x6b\x19\x1b\x25"),
        Signature::start(b"\x3d\xe6\x02\x63\x3f\xc1\x85\xe7"),
        Signature::start(b"\x8e\x69\x57\xe7\x76\x09\xd7\x94"),
        Signature::start(b"\x92\x61\x58\x58\x14\xdb\xbb\x3b"),
        Signature::start(b"\xcb\xc3\xa7\x4c\x50\x0f\x42\x43"),
        Signature::start(b"\x91\x5a\xc9\xa2\x11\xff\xaa\x6d"),
        Signature::start(b"\x36\x92\xbd\x68\xd0\x96\x60\x9b"),
    ],
    read_encimg
);

container!(
    /// The WRGG header, with or without `encimg` behind it.
    Wrgg,
    "wrgg",
    [
        Signature::anywhere(b"\x21\x03\x08\x20\x21\x03\x08\x20").with_offset(32),
        Signature::anywhere(b"\x20\x08\x03\x21\x20\x08\x03\x21").with_offset(32),
        Signature::anywhere(b"\x20\x08\x03\x21\x21\x03\x08\x20").with_offset(32),
    ],
    read_wrgg
);

/// Mixes a seed with the model's signature, as the `encimg` tool does.
fn mix<const N: usize>(signature: &[u8], seed: &[u8; N]) -> [u8; N] {
    let mut out = *seed;
    for ((index, slot), sign) in out.iter_mut().enumerate().zip(signature.iter().cycle()) {
        *slot ^= ((index + 1) % 0xfc) as u8 ^ sign;
    }
    out
}

fn read_encimg(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let mut found = Found::new(input.len());
    found.fact("cipher", "aes-256-cbc");
    let first = input.get(..16)?;
    for model in MODELS {
        let aes = crypt::Aes::new(&mix(model.signature, model.key))?;
        let iv = mix(model.signature, model.iv);
        if aes.cbc(&iv, first).starts_with(b"\x5e\xa3\xa4\x17") {
            found.fact("model", String::from_utf8_lossy(model.signature));
            found.fact("key", "published");
            let plain = aes.cbc(&iv, input);
            kit::decoded(&mut found, context, "image", plain, (0, input.len()));
            return Some(found);
        }
    }
    let (_, model) = NO_KEY.iter().find(|(magic, _)| input.starts_with(magic))?;
    found.fact("model", model);
    found.fact("key", "not published");
    let message = format!("encrypted by D-Link for the {model}; its key was not published");
    found.problem(ProblemKind::Unsupported, Some(0), message);
    found.encrypted(input, "image", 0, input.len());
    Some(found)
}

fn read_wrgg(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let signature = bin.text(0, 32).ok()?;
    if !kit::printable(&signature) || !signature.is_ascii() {
        return None;
    }
    // The byte order is that of the device; the size that fits tells it.
    let sizes = [Endian::Little, Endian::Big].map(|e| Bin::new(input, e).size32(0x68));
    let size = sizes.into_iter().filter_map(Result::ok).min()?;
    if size < 16 {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, WRGG.checked_add(size)?);
    found.fact("signature", &signature);
    for (key, at, len) in
        [("version", 40, 16), ("model", 56, 16), ("build", 88, 16), ("device", 0x70, 32)]
    {
        found.fact(key, bin.text(at, len).ok()?);
    }
    let body = input.get(WRGG..found.size).unwrap_or_default();
    let aes = crypt::Aes::new(&mix(signature.as_bytes(), WRGG_KEY))?;
    let iv = mix(signature.as_bytes(), WRGG_IV);
    let first = aes.cbc(&iv, body.get(..16).unwrap_or_default());
    let magics = [b"\x5e\xa3\xa4\x17".as_slice(), b"\xd0\x0d\xfe\xed", b"\x5d\x00\x00\x80"];
    let opens = magics.iter().any(|magic| first.starts_with(magic));
    if opens {
        found.fact("cipher", "aes-256-cbc");
        found.fact("key", "published");
        let plain = aes.cbc(&iv, body);
        kit::decoded(&mut found, context, "image", plain, (WRGG, body.len()));
    } else {
        found.slice(input, "image", WRGG.min(input.len()), body.len());
    }
    Some(found)
}
