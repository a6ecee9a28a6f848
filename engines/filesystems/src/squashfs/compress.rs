//! How blocks are compressed: by the superblock where it can be trusted, by trying where not.
//!
//! Versions 1 to 3 name no compression: mainline means zlib, makers patched LZMA in, with its usual
//! 13-byte header, with the 5 bytes of properties alone, or with no header at all and properties
//! fixed in the kernel. Some makers' version 4 says gzip and means LZMA. The metadata block that
//! holds the first inodes decides, and every block may still differ (`sqlzma` mixes both).

use duecare_codecs::{Codec, LzmaProps, block, lzma_raw};

/// Largest dictionary that a block can need: the largest block, in bytes.
const DICTIONARY_BYTES: u32 = 1 << 20;

/// Size of the header of an LZMA stream, in bytes: properties, dictionary, size.
const LZMA_HEADER_BYTES: usize = 13;

/// A way to read blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// One of the codecs as it is.
    Plain(Codec),
    /// LZMA behind properties and dictionary size alone (5 bytes), or behind other bytes.
    LzmaBehind {
        /// Bytes to pass over.
        skip: usize,
        /// Literal context bits, literal position bits, position bits.
        props: (u32, u32, u32),
    },
}

impl Method {
    /// The name in facts.
    pub(super) fn label(self) -> String {
        match self {
            Self::Plain(Codec::Zlib) => "gzip".to_owned(),
            Self::Plain(Codec::LzmaAlone) => "lzma".to_owned(),
            Self::Plain(Codec::Lzo1x) => "lzo".to_owned(),
            Self::Plain(codec) => codec.label().to_owned(),
            Self::LzmaBehind { skip, props: (lc, lp, pb) } => {
                format!("lzma without header (skip {skip}, lc={lc} lp={lp} pb={pb})")
            }
        }
    }

    /// The method that a version 4 superblock names.
    pub(super) fn by_number(number: u16) -> Option<Self> {
        Some(Self::Plain(match number {
            1 => Codec::Zlib,
            2 => Codec::LzmaAlone,
            3 => Codec::Lzo1x,
            4 => Codec::Xz,
            5 => Codec::Lz4Block,
            6 => Codec::Zstd,
            _ => return None,
        }))
    }

    /// Decodes a block of at most `size_max` bytes; `exact` when it must have just that size.
    fn decode(self, input: &[u8], size_max: usize, exact: bool) -> Result<Vec<u8>, String> {
        match self {
            Self::Plain(Codec::LzmaAlone) => lzma_with_header(input, size_max),
            Self::Plain(codec) => block(codec, input, size_max).map_err(|error| error.to_string()),
            Self::LzmaBehind { skip, props } => raw(input, skip, props, size_max, exact),
        }
    }
}

/// LZMA with its header. Makers leave odd sizes in it, so the size is only an upper bound.
fn lzma_with_header(input: &[u8], size_max: usize) -> Result<Vec<u8>, String> {
    let first = *input.first().ok_or("empty block")?;
    let props = properties(first).ok_or("no LZMA properties")?;
    let stored: Option<[u8; 8]> = input.get(5..LZMA_HEADER_BYTES).and_then(|b| b.try_into().ok());
    let stored = u64::from_le_bytes(stored.ok_or("no LZMA header")?);
    if stored == u64::MAX {
        return raw(input, LZMA_HEADER_BYTES, props, size_max, false);
    }
    let size = usize::try_from(stored).ok().filter(|size| *size <= size_max);
    let size = size.ok_or_else(|| format!("LZMA header wants {stored} bytes"))?;
    raw(input, LZMA_HEADER_BYTES, props, size, true)
}

fn raw(
    input: &[u8],
    skip: usize,
    (lc, lp, pb): (u32, u32, u32),
    size_max: usize,
    exact: bool,
) -> Result<Vec<u8>, String> {
    let body = input.get(skip..).unwrap_or_default();
    let props = LzmaProps { lc, lp, pb, dict_size: DICTIONARY_BYTES };
    // Every range coder begins with a zero byte.
    if body.first() != Some(&0) {
        return Err("no LZMA range coder".to_owned());
    }
    let decoded = lzma_raw(body, props, exact.then_some(size_max as u64), size_max);
    let full = decoded.bytes.len() == size_max;
    // Without an end mark or a size, the end of the input is the end of the block: the decoder
    // sees it as a cut. The range coder reads up to five bytes ahead.
    let at_end = decoded.used + 5 >= body.len();
    match decoded.error {
        None => Ok(decoded.bytes),
        Some(_) if full || (at_end && !exact && !decoded.bytes.is_empty()) => Ok(decoded.bytes),
        Some(error) => Err(error.to_string()),
    }
}

/// Literal context, literal position and position bits from an LZMA properties byte.
fn properties(byte: u8) -> Option<(u32, u32, u32)> {
    let byte = u32::from(byte);
    (byte < 9 * 5 * 5).then_some((byte % 9, byte / 9 % 5, byte / 45))
}

/// Decodes blocks and remembers what worked.
#[derive(Debug)]
pub(super) struct Decoder {
    method: Method,
    others: Vec<Method>,
}

impl Decoder {
    /// The decoder that makes sense of `first`, a compressed metadata block; `is_right` judges what
    /// came out. `named` is what the superblock says.
    pub(super) fn find(
        named: Option<Method>,
        first: Option<&[u8]>,
        size_max: usize,
        is_right: impl Fn(&[u8]) -> bool,
    ) -> Result<Self, String> {
        let plain = [Codec::Zlib, Codec::LzmaAlone, Codec::Xz, Codec::Zstd].map(Method::Plain);
        let Some(first) = first else {
            // Nothing is compressed in the metadata; the data's blocks show what they are.
            let method = named.unwrap_or(Method::Plain(Codec::Zlib));
            return Ok(Self { method, others: plain.into() });
        };
        let works = |method: &Method| {
            method.decode(first, size_max, false).is_ok_and(|block| is_right(&block))
        };
        let mut candidates: Vec<Method> = named.into_iter().collect();
        candidates.extend(plain);
        candidates.extend(headerless(first));
        let last = [Codec::Lzo1x, Codec::Lz4Block].map(Method::Plain);
        candidates.extend(last);
        match candidates.iter().find(|method| works(method)) {
            Some(method) => {
                let others = candidates.iter().copied().filter(|other| {
                    other != method
                        && matches!(other, Method::Plain(Codec::Zlib | Codec::LzmaAlone))
                });
                Ok(Self { method: *method, others: others.collect() })
            }
            None => {
                let bytes: String = first.iter().take(8).map(|b| format!("{b:02x}")).collect();
                Err(format!("the metadata is compressed in an unknown way, it begins {bytes}"))
            }
        }
    }

    /// What is used.
    pub(super) fn method(&self) -> Method {
        self.method
    }

    /// Decodes a block.
    pub(super) fn decode(
        &mut self,
        input: &[u8],
        size_max: usize,
        exact: bool,
    ) -> Result<Vec<u8>, String> {
        let error = match self.method.decode(input, size_max, exact) {
            Ok(block) => return Ok(block),
            Err(error) => error,
        };
        let fits = |block: &Vec<u8>| !exact || block.len() == size_max;
        let other = self.others.iter().find_map(|other| {
            other.decode(input, size_max, exact).ok().filter(|block| fits(block))
        });
        other.ok_or(error)
    }
}

/// Ways to read LZMA whose header was left out, the usual ones first.
fn headerless(first: &[u8]) -> Vec<Method> {
    let mut methods = Vec::new();
    // Properties and dictionary size, no size.
    if let Some(props) = first.first().and_then(|byte| properties(*byte)) {
        methods.push(Method::LzmaBehind { skip: 5, props });
    }
    // The compressor's defaults, then the other settings.
    let mut settings = vec![(3, 0, 2), (0, 2, 2), (0, 0, 2), (2, 2, 2), (1, 2, 2)];
    for pb in 0..=4 {
        for lp in 0..=4 {
            settings.extend((0..=8).map(|lc| (lc, lp, pb)).filter(|(lc, lp, _)| lc + lp <= 8));
        }
    }
    for skip in [0, 4, 5, 9, 8, 12, 13] {
        if first.get(skip) == Some(&0) {
            methods.extend(settings.iter().map(|props| Method::LzmaBehind { skip, props: *props }));
        }
    }
    methods
}
