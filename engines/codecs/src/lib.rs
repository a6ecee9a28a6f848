//! Decompression in memory, with a limit on every output.
//!
//! Two ways in: [`block`] wants a whole, undamaged block (file systems keep those), [`stream`] takes
//! a stream that may be cut off and gives back what could be decoded and what went wrong.
//! [`formats`] recognises the streams that stand alone.
//!
//! Left out on purpose: compressing.

mod block;
mod bzip;
mod deflate;
mod formats;
mod lz4;
mod lzma;
mod lzo;
mod lzw;
mod output;
mod stream;
mod window;
mod zstd;

pub use block::{block, lzma_raw};
pub use formats::formats;
pub use stream::{stream, streams};
pub use window::content_max;

/// A compression as firmware uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// DEFLATE without a frame (RFC 1951).
    Deflate,
    /// DEFLATE in a zlib frame (RFC 1950).
    Zlib,
    /// DEFLATE in a gzip member or several (RFC 1952).
    Gzip,
    /// bzip2.
    Bzip2,
    /// XZ (xz-file-format 1.2.0).
    Xz,
    /// LZMA with its 13-byte header (lzma-file-format, "LZMA alone").
    LzmaAlone,
    /// LZMA in an lzip member.
    Lzip,
    /// LZ4 block without a frame.
    Lz4Block,
    /// LZ4 frame, magic `04224d18`.
    Lz4Frame,
    /// LZ4 legacy frame as Linux kernels use it, magic `02214c18`.
    Lz4Legacy,
    /// LZO1X without a frame.
    Lzo1x,
    /// LZO in an lzop file.
    Lzop,
    /// Zstandard (RFC 8878).
    Zstd,
    /// Unix `compress`, LZW, magic `1f9d`.
    Compress,
}

impl Codec {
    /// The name that layers and facts show.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Deflate => "deflate",
            Self::Zlib => "zlib",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::LzmaAlone => "lzma",
            Self::Lzip => "lzip",
            Self::Lz4Block | Self::Lz4Frame => "lz4",
            Self::Lz4Legacy => "lz4-legacy",
            Self::Lzo1x => "lzo",
            Self::Lzop => "lzop",
            Self::Zstd => "zstd",
            Self::Compress => "compress",
        }
    }
}

/// Properties of an LZMA stream that has no header of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LzmaProps {
    /// Literal context bits, 0 to 8.
    pub lc: u32,
    /// Literal position bits, 0 to 4.
    pub lp: u32,
    /// Position bits, 0 to 4.
    pub pb: u32,
    /// Dictionary size in bytes.
    pub dict_size: u32,
}

/// What a stream gave.
#[derive(Debug)]
pub struct Decoded {
    /// Everything that could be decoded.
    pub bytes: Vec<u8>,
    /// How many bytes of the input the stream takes, its trailer included.
    pub used: usize,
    /// Why it ended early, if it did.
    pub error: Option<CodecError>,
}

/// Why bytes could not be decoded.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The input ends in the middle of the stream.
    #[error("{codec} data ends early")]
    Truncated {
        /// The compression.
        codec: &'static str,
    },
    /// The input is not what the compression allows.
    #[error("{codec} data is damaged: {detail}")]
    Damaged {
        /// The compression.
        codec: &'static str,
        /// The decoder's own words.
        detail: String,
    },
    /// The output would pass the limit that the caller set.
    #[error("{codec} data unpacks to more than {size_max} bytes")]
    TooLarge {
        /// The compression.
        codec: &'static str,
        /// The limit, in bytes.
        size_max: usize,
    },
}
