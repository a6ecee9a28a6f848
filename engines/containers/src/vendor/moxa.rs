//! Moxa's `*FRM` images: a program and a file system of web pages, some of them in gzip.

use crate::kit::{self, container};
use bytes::Bytes;
use duecare_base::Bin;
use duecare_codecs::Codec;
use duecare_unpack::{Context, Found, ProblemKind, Signature};

/// Sections in one image, files in one section.
const SECTIONS_MAX: usize = 64;
const FILES_MAX: usize = 8192;

container!(
    /// Moxa NPort, MGate, MiiNePort.
    Frm,
    "moxa-frm",
    [Signature::anywhere(b"*FRM")],
    read
);

fn read(input: &Bytes, context: &Context<'_>) -> Option<Found> {
    let bin = Bin::le(input);
    let total = bin.size32(8).ok()?;
    let (header, count) = (usize::from(bin.u16(12).ok()?), usize::from(bin.u16(14).ok()?));
    if !(16..=4096).contains(&header) || count == 0 || count > SECTIONS_MAX || total < header {
        return None;
    }
    let mut found = Found::new(0);
    kit::declared(&mut found, input, total);
    for index in 0..count {
        // The table lies inside the header, behind sixteen fixed bytes.
        let at = if bin.u32(16).ok() == Some(0) { header } else { 16 } + 16 * index;
        let kind = bin.u32(at).ok()?;
        let Ok((offset, size)) = bin.size32(at + 4).and_then(|o| Ok((o, bin.size32(at + 8)?)))
        else {
            break;
        };
        match kind {
            1 => found.slice(input, "firmware", offset, size),
            2 => files(input, offset, size, context, &mut found),
            _ => found.slice(input, &format!("section{index}"), offset, size),
        }
    }
    Some(found)
}

fn files(input: &Bytes, at: usize, size: usize, context: &Context<'_>, found: &mut Found) {
    let bin = Bin::le(input);
    let read = || -> Option<(usize, usize, usize)> {
        let table = at.checked_add(bin.size32(at.checked_add(48)?).ok()?)?;
        let step = usize::from(bin.u16(at + 56).ok()?);
        let count = bin.u16(at + 58).ok()?;
        let count = if count == 0 { bin.u16(at + 66).ok()? } else { count };
        Some((table, step, usize::from(count).min(FILES_MAX)))
    };
    let Some((table, step, count)) = read().filter(|(_, step, _)| *step >= 64) else {
        found.problem(ProblemKind::Damaged, Some(at.min(input.len())), "no table of files");
        return found.slice(input, "files", at, size);
    };
    if let Ok(device) = bin.text(at, 32) {
        found.fact("device", device);
    }
    let end = at.saturating_add(size).min(input.len());
    for index in 0..count {
        let entry = table.saturating_add(step * index);
        let place = bin.size32(entry + 56).and_then(|s| Ok((s, bin.size32(entry + 60)?)));
        let (Ok(name), Ok((length, data))) = (bin.text(entry, 48), place) else {
            found.problem(ProblemKind::Truncated, Some(input.len()), "the table is cut off");
            return;
        };
        let begin = at.saturating_add(data);
        if name.is_empty() || begin >= end {
            continue;
        }
        if let Err(limit) = context.budget.take_node() {
            return found.problem(ProblemKind::Limit, Some(entry), limit);
        }
        let stored = input.slice(begin..begin.saturating_add(length).min(end));
        found.nodes.push(kit::file(&name, plain(stored, context)));
    }
}

fn plain(stored: Bytes, context: &Context<'_>) -> Bytes {
    if !stored.starts_with(b"\x1f\x8b") {
        return stored;
    }
    let out = duecare_codecs::stream(Codec::Gzip, &stored, context.budget.memory_left());
    if out.error.is_some() || context.budget.take_memory(out.bytes.len()).is_err() {
        // As it stands: the search opens files of gzip too, and says what is wrong.
        return stored;
    }
    out.bytes.into()
}
