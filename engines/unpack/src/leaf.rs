//! How far a known file goes, by its own structure: a magic alone explains nothing.

use duecare_base::Bin;

/// Longest stretch of a JPEG between two markers, in bytes; no camera or flash chip holds more.
const SCAN_BYTES_MAX: usize = 32 << 20;

/// Entries looked at in a table of chunks, frames, pages or sections; a film has fewer.
const STEPS_MAX: usize = 1 << 20;

/// Boxes that stand at the top of an ISO base media file (ISO/IEC 14496-12).
const BOXES: [&[u8]; 16] = [
    b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"uuid", b"meta", b"moof", b"mfra",
    b"sidx", b"styp", b"pdin", b"udta", b"prft", b"emsg",
];

type Measure = fn(&[u8]) -> Option<usize>;

/// Magic, its offset, the short name, and what measures the file.
const MEASURES: &[(&[u8], usize, &str, Measure)] = &[
    (b"\x7fELF", 0, "elf", elf),
    (b"\x89PNG\r\n\x1a\n", 0, "png", png),
    (b"\xff\xd8\xff", 0, "jpeg", jpeg),
    (b"GIF8", 0, "gif", gif),
    (b"BM", 0, "bmp", bmp),
    (b"\x00\x00\x01\x00", 0, "ico", ico),
    (b"RIFF", 0, "riff", riff),
    (b"OggS", 0, "ogg", ogg),
    (b"ID3", 0, "mp3", mp3),
    (b"fLaC", 0, "flac", flac),
    (b"ftyp", 4, "mp4", boxes),
    (b"wOFF", 0, "woff", length_at_8),
    (b"wOF2", 0, "woff2", length_at_8),
    (b"\x00\x01\x00\x00\x00", 0, "truetype", font),
    (b"OTTO", 0, "opentype", font),
    (b"%PDF-", 0, "pdf", pdf),
    (b"SQLite format 3\0", 0, "sqlite", sqlite),
    (b"dex\n", 0, "dex", dex),
    (b"\0asm", 0, "wasm", wasm),
    (b"\xde\x12\x04\x95", 0, "gettext", gettext),
    (b"\x95\x04\x12\xde", 0, "gettext", gettext),
    (b"MZ", 0, "pe", pe),
];

/// The length and short name of the known file that `bytes` begin with; `None` when nothing says
/// where it ends, or when it should go on behind the last byte.
#[must_use]
pub(crate) fn measure(bytes: &[u8]) -> Option<(usize, &'static str)> {
    let begins =
        |magic: &[u8], at: usize| bytes.get(at..).is_some_and(|rest| rest.starts_with(magic));
    let (_, _, name, measure) = MEASURES.iter().find(|(magic, at, _, _)| begins(magic, *at))?;
    let length = measure(bytes)?;
    (length > 0 && length <= bytes.len()).then_some((length, *name))
}

/// The end of the last section, segment or table of headers.
fn elf(bytes: &[u8]) -> Option<usize> {
    let wide = match bytes.get(4)? {
        1 => false,
        2 => true,
        _ => return None,
    };
    let bin = match bytes.get(5)? {
        1 => Bin::le(bytes),
        2 => Bin::be(bytes),
        _ => return None,
    };
    let word = |narrow_at: usize, wide_at: usize| {
        if wide { bin.size64(wide_at).ok() } else { bin.size32(narrow_at).ok() }
    };
    let half = |narrow_at: usize, wide_at: usize| {
        bin.u16(if wide { wide_at } else { narrow_at }).ok().map(usize::from)
    };
    let (segments, sections) = (word(28, 32)?, word(32, 40)?);
    let (segment_size, segment_count) = (half(42, 54)?, half(44, 56)?);
    let (section_size, mut section_count) = (half(46, 58)?, half(48, 60)?);
    let (segment_min, section_min) = if wide { (56, 64) } else { (32, 40) };
    let mut end = half(40, 52)?;
    if segments > 0 && segment_count > 0 {
        if segment_size < segment_min {
            return None;
        }
        end = end.max(segments.checked_add(segment_size.checked_mul(segment_count)?)?);
        for index in 0..segment_count {
            let at = segments.checked_add(index * segment_size)?;
            let offset = word(at.checked_add(4)?, at.checked_add(8)?)?;
            let size = word(at.checked_add(16)?, at.checked_add(32)?)?;
            end = end.max(offset.checked_add(size)?);
        }
    }
    if sections > 0 {
        if section_size < section_min {
            return None;
        }
        if section_count == 0 {
            // More sections than the field holds: the first section's size says how many.
            section_count = word(sections.checked_add(20)?, sections.checked_add(32)?)?;
        }
        if section_count > STEPS_MAX {
            return None;
        }
        end = end.max(sections.checked_add(section_size.checked_mul(section_count)?)?);
        for index in 0..section_count {
            let at = sections.checked_add(index * section_size)?;
            let kind = bin.u32(at.checked_add(4)?).ok()?;
            // SHT_NULL and SHT_NOBITS take no bytes.
            if matches!(kind, 0 | 8) {
                continue;
            }
            let offset = word(at.checked_add(16)?, at.checked_add(24)?)?;
            let size = word(at.checked_add(20)?, at.checked_add(32)?)?;
            end = end.max(offset.checked_add(size)?);
        }
    }
    (segment_count + section_count > 0 && end >= segment_min).then_some(end)
}

fn png(bytes: &[u8]) -> Option<usize> {
    let bin = Bin::be(bytes);
    let mut at = 8_usize;
    if bytes.get(12..16)? != b"IHDR" {
        return None;
    }
    for _ in 0..STEPS_MAX {
        let size = bin.size32(at).ok()?;
        let name = bytes.get(at + 4..at + 8)?;
        if !name.iter().all(u8::is_ascii_alphabetic) {
            return None;
        }
        at = at.checked_add(12)?.checked_add(size)?;
        if name == b"IEND" {
            return Some(at);
        }
    }
    None
}

fn jpeg(bytes: &[u8]) -> Option<usize> {
    let bin = Bin::be(bytes);
    let mut at = 2_usize;
    for _ in 0..STEPS_MAX {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        match *bytes.get(at + 1)? {
            0xff => at += 1,
            0xd9 => return Some(at + 2),
            1 | 0xd0..=0xd8 => at += 2,
            0 => return None,
            marker => {
                let size = usize::from(bin.u16(at + 2).ok()?);
                if size < 2 {
                    return None;
                }
                at += 2 + size;
                if marker == 0xda {
                    at += scan_data(bytes.get(at..)?)?;
                }
            }
        }
    }
    None
}

/// Bytes of entropy-coded data before the next marker.
fn scan_data(bytes: &[u8]) -> Option<usize> {
    let bytes = bytes.get(..SCAN_BYTES_MAX).unwrap_or(bytes);
    bytes.windows(2).position(
        |pair| matches!(pair, [0xff, marker] if !matches!(marker, 0 | 0xd0..=0xd7 | 0xff)),
    )
}

fn gif(bytes: &[u8]) -> Option<usize> {
    let colours = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << (usize::from(flags & 7) + 1) };
    let mut at = 13 + colours(*bytes.get(10)?);
    for _ in 0..STEPS_MAX {
        at = match *bytes.get(at)? {
            0x3b => return Some(at + 1),
            0x21 => sub_blocks(bytes, at + 2)?,
            0x2c => sub_blocks(bytes, at + 11 + colours(*bytes.get(at + 9)?))?,
            _ => return None,
        };
    }
    None
}

/// Where a run of GIF's counted blocks ends.
fn sub_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    for _ in 0..STEPS_MAX {
        let size = usize::from(*bytes.get(at)?);
        at += 1 + size;
        if size == 0 {
            return Some(at);
        }
    }
    None
}

fn bmp(bytes: &[u8]) -> Option<usize> {
    let bin = Bin::le(bytes);
    let size = bin.size32(2).ok()?;
    let header = bin.u32(14).ok()?;
    let known = matches!(header, 12 | 40 | 52 | 56 | 64 | 108 | 124);
    (known && bin.u32(6).ok()? == 0 && bin.size32(10).ok()? < size).then_some(size)
}

fn ico(bytes: &[u8]) -> Option<usize> {
    let bin = Bin::le(bytes);
    let count = usize::from(bin.u16(4).ok()?);
    let mut end = 6 + 16 * count;
    for index in 0..count {
        let at = 6 + 16 * index;
        let offset = bin.size32(at + 12).ok()?;
        if offset < 6 + 16 * count {
            return None;
        }
        end = end.max(offset.checked_add(bin.size32(at + 8).ok()?)?);
    }
    (count > 0).then_some(end)
}

fn riff(bytes: &[u8]) -> Option<usize> {
    let size = Bin::le(bytes).size32(4).ok()?;
    bytes.get(8..12)?.iter().all(u8::is_ascii_graphic).then_some(())?;
    let end = size.checked_add(8)?;
    // The last chunk's padding byte is often left out.
    Some(if end.is_multiple_of(2) || end == bytes.len() { end } else { end + 1 })
}

fn ogg(bytes: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    for _ in 0..STEPS_MAX {
        let Some(page) = bytes.get(at..).filter(|page| page.starts_with(b"OggS\0")) else { break };
        let segments = usize::from(*page.get(26)?);
        let table = page.get(27..27 + segments)?;
        at += 27 + segments + table.iter().map(|size| usize::from(*size)).sum::<usize>();
    }
    Some(at)
}

fn mp3(bytes: &[u8]) -> Option<usize> {
    let size = bytes
        .get(6..10)?
        .iter()
        .try_fold(0_usize, |size, byte| (*byte < 0x80).then_some(size << 7 | usize::from(*byte)))?;
    let mut at = 10 + size;
    for _ in 0..STEPS_MAX {
        match bytes.get(at..).and_then(audio_frame) {
            Some(size) => at += size,
            None => break,
        }
    }
    // The older tag stands at the end.
    let tag = bytes.get(at..).is_some_and(|rest| rest.starts_with(b"TAG"));
    Some(if tag { at + 128 } else { at })
}

/// The size of an MPEG audio frame of layer III, by its header.
fn audio_frame(bytes: &[u8]) -> Option<usize> {
    const RATES: [[usize; 16]; 2] = [
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
    ];
    let (first, second) = (*bytes.get(1)?, *bytes.get(2)?);
    if *bytes.first()? != 0xff || first & 0xe6 != 0xe2 {
        return None;
    }
    let version = first >> 3 & 3;
    let rates = if version == 3 { RATES.first()? } else { RATES.get(1)? };
    let rate = *rates.get(usize::from(second >> 4))?;
    let base = *[44_100_usize, 48_000, 32_000].get(usize::from(second >> 2 & 3))?;
    let (hertz, factor) = match version {
        3 => (base, 144_000),
        2 => (base / 2, 72_000),
        0 => (base / 4, 72_000),
        _ => return None,
    };
    (rate > 0).then(|| factor * rate / hertz + usize::from(second >> 1 & 1))
}

fn flac(bytes: &[u8]) -> Option<usize> {
    let bin = Bin::be(bytes);
    // STREAMINFO comes first; its frame sizes bound how far apart frames stand.
    let frame_max = (bin.u32(14).ok()? & 0x00ff_ffff) as usize;
    let frame_max = if frame_max == 0 { 1 << 16 } else { frame_max };
    let mut at = 4_usize;
    for _ in 0..STEPS_MAX {
        let header = bin.u32(at).ok()?;
        at = at.checked_add(4)?.checked_add((header & 0x00ff_ffff) as usize)?;
        if header >> 31 == 1 {
            break;
        }
    }
    let mut last = None;
    for _ in 0..STEPS_MAX {
        let window = bytes.get(at..)?;
        let window = window.get(..frame_max.saturating_add(4)).unwrap_or(window);
        let sync = |pair: &[u8]| matches!(pair, [0xff, 0xf8 | 0xf9]);
        let Some(found) = window.windows(2).position(sync) else { break };
        at += found + 2;
        last = Some(at);
    }
    // Nothing says how long the last frame is.
    last.map(|last| last.saturating_add(frame_max).min(bytes.len()))
}

fn boxes(bytes: &[u8]) -> Option<usize> {
    let bin = Bin::be(bytes);
    let mut at = 0_usize;
    for _ in 0..STEPS_MAX {
        let Some(name) = bytes.get(at.checked_add(4)?..at.checked_add(8)?) else { break };
        if !BOXES.contains(&name) {
            break;
        }
        let size = match bin.size32(at).ok()? {
            1 => bin.size64(at + 8).ok()?,
            size => size,
        };
        // Size 0 is "to the end", which says nothing.
        if size < 8 {
            return None;
        }
        at = at.checked_add(size)?;
    }
    Some(at)
}

fn length_at_8(bytes: &[u8]) -> Option<usize> {
    Bin::be(bytes).size32(8).ok()
}

fn font(bytes: &[u8]) -> Option<usize> {
    let bin = Bin::be(bytes);
    let count = usize::from(bin.u16(4).ok()?);
    let mut end = 12 + 16 * count;
    for index in 0..count {
        let at = 12 + 16 * index;
        if !bytes.get(at..at + 4)?.iter().all(|byte| matches!(byte, 0x20..0x7f)) {
            return None;
        }
        end = end.max(bin.size32(at + 8).ok()?.checked_add(bin.size32(at + 12).ok()?)?);
    }
    // Tables are padded to four bytes, the last one not always.
    (count > 0).then(|| end.next_multiple_of(4).min(end.max(bytes.len())))
}

/// The last end mark whose cross-reference table is where it says.
fn pdf(bytes: &[u8]) -> Option<usize> {
    let mark = rfind(bytes, b"%%EOF")?;
    let before = bytes.get(mark.saturating_sub(64)..mark)?;
    let start = rfind(before, b"startxref")?;
    let digits = std::str::from_utf8(before.get(start + 9..)?).ok()?.trim();
    let table = bytes.get(digits.parse::<usize>().ok()?..)?;
    let object = table.get(..32).unwrap_or(table).windows(3).any(|word| word == b"obj");
    if !table.starts_with(b"xref") && !object {
        return None;
    }
    let end = mark + 5;
    let breaks = bytes.get(end..)?.iter().take(2).take_while(|b| matches!(b, b'\r' | b'\n'));
    Some(end + breaks.count())
}

fn rfind(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).rposition(|window| window == needle)
}

fn sqlite(bytes: &[u8]) -> Option<usize> {
    let bin = Bin::be(bytes);
    let page = match usize::from(bin.u16(16).ok()?) {
        1 => 65_536,
        page => page,
    };
    if page < 512 || !page.is_power_of_two() {
        return None;
    }
    bin.size32(28).ok()?.checked_mul(page)
}

fn dex(bytes: &[u8]) -> Option<usize> {
    Bin::le(bytes).size32(32).ok().filter(|size| *size >= 112)
}

fn wasm(bytes: &[u8]) -> Option<usize> {
    let mut at = 8_usize;
    for _ in 0..STEPS_MAX {
        let Some(id) = bytes.get(at) else { break };
        if *id > 13 {
            break;
        }
        let mut size = 0_usize;
        let mut cursor = at + 1;
        for shift in (0..35).step_by(7) {
            let byte = *bytes.get(cursor)?;
            cursor += 1;
            size |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        let end = cursor.checked_add(size)?;
        if size == 0 || end > bytes.len() {
            break;
        }
        at = end;
    }
    (at > 8).then_some(at)
}

fn gettext(bytes: &[u8]) -> Option<usize> {
    let little = bytes.first() == Some(&0xde);
    let bin = if little { Bin::le(bytes) } else { Bin::be(bytes) };
    let count = bin.size32(8).ok()?;
    if count > STEPS_MAX {
        return None;
    }
    let mut end = 28_usize;
    for table in [bin.size32(12).ok()?, bin.size32(16).ok()?] {
        end = end.max(table.checked_add(8 * count)?);
        for index in 0..count {
            let at = table.checked_add(8 * index)?;
            let (size, offset) = (bin.size32(at).ok()?, bin.size32(at.checked_add(4)?).ok()?);
            end = end.max(offset.checked_add(size)?.checked_add(1)?);
        }
    }
    Some(end)
}

fn pe(bytes: &[u8]) -> Option<usize> {
    let bin = Bin::le(bytes);
    let header = bin.size32(0x3c).ok()?;
    if bytes.get(header..header.checked_add(4)?)? != b"PE\0\0" {
        return None;
    }
    let count = usize::from(bin.u16(header + 6).ok()?);
    let optional = usize::from(bin.u16(header + 20).ok()?);
    let sections = header + 24 + optional;
    let mut end = sections + 40 * count;
    for index in 0..count {
        let at = sections + 40 * index;
        end = end.max(bin.size32(at + 20).ok()?.checked_add(bin.size32(at + 16).ok()?)?);
    }
    // The signature is the one directory that is given by its place in the file.
    let directories = if bin.u16(header + 24).ok()? == 0x20b { 112 } else { 96 };
    if optional >= directories + 40 {
        let at = header + 24 + directories + 32;
        end = end.max(bin.size32(at).ok()?.checked_add(bin.size32(at + 4).ok()?)?);
    }
    Some(end)
}
