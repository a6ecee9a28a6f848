//! The search for layers: magics first, then what the gaps are.

mod stretch;

use crate::gap;
use crate::layer::{Blob, BlobSource, Layer, LayerId, Problem, ProblemKind, Region, RegionKind};
use crate::{Budget, Context, Coverage, Format, Found, Node, Origin, Part, Where};
use crate::{Limits, Signature, Unpacked, entropy};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use bytes::Bytes;
use duecare_base::Digest;
use std::cell::Cell;

/// What trying one candidate counts as, in bytes of work.
const TRY_WORK_BYTES: usize = 512;

/// Files smaller than this are not searched for layers that begin inside them.
const CARVE_FILE_BYTES_MIN: usize = 4096;

/// Candidates looked at in one blob; more are a sign of an input made of magics.
const CANDIDATES_MAX: usize = 4_000_000;

/// Times that one format may refuse in one blob. By chance a two-byte magic stands 8,000 times in
/// 512 MiB; more than this is an input made to cost time.
const REFUSALS_MAX: usize = 20_000;

/// Told about every layer as it is found, for progress; gets the layer's chain.
pub type Progress<'a> = &'a dyn Fn(&str);

/// Unpacks an image.
///
/// `name` is the image's file name without its folder. Same bytes, formats and limits in, same
/// result out. Nothing is written anywhere.
#[must_use]
pub fn unpack(
    name: &str,
    image: Bytes,
    formats: &[Box<dyn Format>],
    limits: Limits,
    progress: Progress<'_>,
) -> Unpacked {
    let budget = Budget::for_image(limits, image.len());
    let mut scanner = Scanner::new(formats, &budget, progress);
    scanner.image(name, image.clone());
    let layers = scanner.layers;
    Unpacked {
        name: name.to_owned(),
        digest: Digest::of(&image),
        entropy: entropy::map(&image),
        coverage: Coverage::of(&layers),
        layers,
        memory_bytes: budget.memory_taken(),
    }
}

struct Scanner<'a> {
    formats: &'a [Box<dyn Format>],
    /// One pattern a signature; its index leads into `patterns`.
    magics: Option<AhoCorasick>,
    patterns: Vec<Pattern>,
    budget: &'a Budget,
    progress: Progress<'a>,
    layers: Vec<Layer>,
}

/// A signature of a format.
struct Pattern {
    /// Index of the format.
    format: usize,
    magic: &'static [u8],
    /// Offset of the magic from the format's start.
    at: usize,
    /// Alignment of the format's start; `None`: only at the start of a blob.
    align: Option<usize>,
}

/// A blob being searched.
struct Place<'a> {
    parent: LayerId,
    name: &'a str,
    chain: String,
    /// Offset of the blob in the image, where nothing on the way was decoded.
    image_offset: Option<u64>,
    depth: u32,
    /// Where layers may begin beside the very start; `None`: nowhere.
    carve: Option<usize>,
    /// Where the known file that stands around a layer ends, and what it is.
    leaf: Cell<(usize, &'static str)>,
}

impl<'a> Scanner<'a> {
    fn new(formats: &'a [Box<dyn Format>], budget: &'a Budget, progress: Progress<'a>) -> Self {
        let mut patterns = Vec::new();
        for (format, reader) in formats.iter().enumerate() {
            for Signature { magic, at, place } in reader.signatures().iter().copied() {
                let align = match place {
                    Where::Aligned(align) => Some(align.max(1)),
                    Where::Start => None,
                };
                patterns.push(Pattern { format, magic, at, align });
            }
        }
        let texts = patterns.iter().map(|pattern| pattern.magic);
        // A table a state costs some MiB and halves the time of the search. Building fails only past
        // two billion states; then nothing is recognised and the coverage says so.
        let magics = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(texts).ok();
        Self { formats, magics, patterns, budget, progress, layers: Vec::new() }
    }

    fn image(&mut self, name: &str, content: Bytes) {
        self.layers.push(Layer {
            id: LayerId(0),
            parent: None,
            format: "image",
            chain: name.to_owned(),
            offset: 0,
            image_offset: Some(0),
            content: content.clone(),
            facts: Vec::new(),
            blobs: Vec::new(),
            nodes: Vec::new(),
            problems: Vec::new(),
        });
        let place = Place {
            parent: LayerId(0),
            name,
            chain: name.to_owned(),
            image_offset: Some(0),
            depth: 0,
            carve: Some(0),
            leaf: Cell::default(),
        };
        let regions = self.regions(&content, &place);
        let source = BlobSource::Part { origin: Origin::Slice { offset: 0 }, encrypted: false };
        self.add_blob(LayerId(0), Blob { name: String::new(), source, content, regions });
    }

    fn add_blob(&mut self, id: LayerId, blob: Blob) {
        if let Some(layer) = self.layers.get_mut(id.0 as usize) {
            layer.blobs.push(blob);
        }
    }

    fn add_problem(&mut self, id: LayerId, kind: ProblemKind, offset: u64, message: String) {
        if let Some(layer) = self.layers.get_mut(id.0 as usize) {
            layer.problems.push(Problem { kind, offset: Some(offset), message });
        }
    }

    /// What a blob is made of.
    fn regions(&mut self, content: &Bytes, place: &Place<'_>) -> Vec<Region> {
        let mut regions = Vec::new();
        let mut done = 0;
        if place.depth >= self.budget.limits().depth_max {
            let message = format!("{} lies deeper than the limit of layers in layers", place.name);
            self.add_problem(place.parent, ProblemKind::Limit, 0, message);
            self.gap(content, 0, content.len(), place, &mut regions);
            return regions;
        }
        // Most blobs are one format from their first byte on; only what that leaves is searched.
        for format in self.at_start(content) {
            if let Some(size) = self.attempt(content, 0, format, place, &mut regions, 0) {
                done = size;
                break;
            }
        }
        if let Some(from) = place.carve
            && done < content.len()
        {
            done = self.carve(content, done, from, place, &mut regions);
        }
        self.gap(content, done, content.len(), place, &mut regions);
        regions
    }

    /// Searches everything behind `done` (the start itself was tried), and gives where it ended.
    fn carve(
        &mut self,
        content: &Bytes,
        mut done: usize,
        from: usize,
        place: &Place<'_>,
        regions: &mut Vec<Region>,
    ) -> usize {
        let mut refusals = vec![0_usize; self.formats.len()];
        let (candidates, unseen) = self.candidates(content, done.max(from).max(1));
        if let Some(unseen) = unseen {
            let message =
                format!("{} is not searched any further: magics stand everywhere", place.name);
            self.add_problem(place.parent, ProblemKind::Limit, unseen as u64, message);
        }
        // The lists of all blobs that this one lies in are kept as well.
        let list_bytes = candidates.capacity() * size_of::<(usize, usize)>();
        let budget = self.budget;
        let _loan = match budget.lend_memory(list_bytes) {
            Ok(loan) => loan,
            Err(limit) => {
                let message = format!("{} is not searched: {limit}", place.name);
                self.add_problem(place.parent, ProblemKind::Limit, done as u64, message);
                return done;
            }
        };
        for (start, format) in candidates {
            let refused = refusals.get(format).copied().unwrap_or_default();
            if start < done || refused > REFUSALS_MAX {
                continue;
            }
            if let Some(size) = self.attempt(content, start, format, place, regions, done) {
                done = start + size;
                continue;
            }
            if let Some(count) = refusals.get_mut(format) {
                *count += 1;
            }
            if refused == REFUSALS_MAX {
                let name = self.formats.get(format).map_or("", |format| format.name());
                let message =
                    format!("{name} is not looked for any further: its magic stands everywhere");
                self.add_problem(place.parent, ProblemKind::Limit, start as u64, message);
            }
        }
        done
    }

    /// Tries a format; on success adds the gap before it and its layer, and gives its size.
    fn attempt(
        &mut self,
        content: &Bytes,
        start: usize,
        format: usize,
        place: &Place<'_>,
        regions: &mut Vec<Region>,
        done: usize,
    ) -> Option<usize> {
        let format = self.formats.get(format)?;
        if let Err(limit) = self.budget.take_work(TRY_WORK_BYTES) {
            // Said once: the budget stays empty, so the last entry is the same problem.
            let message = limit.to_string();
            let said = self.layers.get(place.parent.0 as usize).is_some_and(|layer| {
                layer.problems.iter().any(|problem| problem.message == message)
            });
            if !said {
                self.add_problem(place.parent, ProblemKind::Limit, start as u64, message);
            }
            return None;
        }
        let input = content.slice(start..);
        let context = Context { budget: self.budget, name: place.name, at_start: start == 0 };
        let found = format.read(&input, &context)?;
        let size = found.size.min(input.len());
        if size == 0 {
            return None;
        }
        self.gap(content, done, start, place, regions);
        self.add_layer(format.name(), content, start, size, found, place, regions);
        Some(size)
    }

    /// Formats that may begin at the very start, in their order; those without a magic come last.
    fn at_start(&self, content: &Bytes) -> Vec<usize> {
        let fits = |pattern: &&Pattern| {
            content.get(pattern.at..).is_some_and(|rest| rest.starts_with(pattern.magic))
        };
        let mut formats: Vec<usize> =
            self.patterns.iter().filter(fits).map(|pattern| pattern.format).collect();
        formats.dedup();
        let silent = self.formats.iter().enumerate().filter(|(_, f)| f.signatures().is_empty());
        formats.extend(silent.map(|(index, _)| index));
        formats
    }

    /// Where formats may begin at `from` or behind it, in order; at one place in the order of the
    /// formats.
    /// With it where the search stopped, if there are too many.
    fn candidates(&self, content: &Bytes, from: usize) -> (Vec<(usize, usize)>, Option<usize>) {
        let mut candidates = Vec::new();
        let mut unseen = None;
        let (Some(magics), Some(area)) = (&self.magics, content.get(from..)) else {
            return (candidates, unseen);
        };
        for hit in magics.find_overlapping_iter(area) {
            let Some(pattern) = self.patterns.get(hit.pattern().as_usize()) else { continue };
            let Some(start) = (from + hit.start()).checked_sub(pattern.at) else { continue };
            if start >= from && pattern.align.is_some_and(|align| start % align == 0) {
                candidates.push((start, pattern.format));
            }
            if candidates.len() >= CANDIDATES_MAX {
                unseen = Some(start);
                break;
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates.shrink_to_fit();
        (candidates, unseen)
    }

    #[expect(clippy::too_many_arguments, reason = "one call; a struct would only rename them")]
    fn add_layer(
        &mut self,
        format: &'static str,
        content: &Bytes,
        start: usize,
        size: usize,
        found: Found,
        place: &Place<'_>,
        regions: &mut Vec<Region>,
    ) {
        if let Err(limit) = self.budget.take_layer() {
            self.add_problem(place.parent, ProblemKind::Limit, start as u64, limit.to_string());
            let kind = RegionKind::Unknown;
            regions.push(Region { offset: start as u64, size: size as u64, kind, entropy: 0 });
            return;
        }
        let id = LayerId(self.layers.len() as u32);
        let chain = format!("{}/{format}@{start:#x}", place.chain);
        let image_offset = place.image_offset.map(|base| base + start as u64);
        (self.progress)(&chain);
        let mut problems = found.problems;
        problems.extend(overlaps(&found.parts));
        problems.extend(unsafe_names(&found.nodes));
        self.layers.push(Layer {
            id,
            parent: Some(place.parent),
            format,
            chain: chain.clone(),
            offset: start as u64,
            image_offset,
            content: content.slice(start..start + size),
            facts: found.facts,
            blobs: Vec::new(),
            nodes: found.nodes,
            problems,
        });
        let kind = RegionKind::Layer(id);
        regions.push(Region { offset: start as u64, size: size as u64, kind, entropy: 0 });
        for part in found.parts {
            self.part(id, &chain, image_offset, part, place.depth);
        }
        self.files(id, &chain, place.depth);
    }

    fn part(&mut self, id: LayerId, chain: &str, base: Option<u64>, part: Part, depth: u32) {
        let Part { name, content, origin, encrypted } = part;
        let regions = if encrypted {
            let entropy = entropy::milli_bits(&content);
            let size = content.len() as u64;
            vec![Region { offset: 0, size, kind: RegionKind::Encrypted, entropy }]
        } else {
            let image_offset = match origin {
                Origin::Slice { offset } => base.map(|base| base + offset as u64),
                Origin::Decoded { .. } => None,
            };
            let chain = format!("{chain}/{name}");
            let depth = depth + 1;
            let (carve, leaf) = (Some(0), Cell::default());
            let place = Place { parent: id, name: &name, chain, image_offset, depth, carve, leaf };
            self.regions(&content, &place)
        };
        let source = BlobSource::Part { origin, encrypted };
        self.add_blob(id, Blob { name, source, content, regions });
    }

    /// Opens the layer's files that hold layers themselves.
    fn files(&mut self, id: LayerId, chain: &str, depth: u32) {
        let files: Vec<(usize, String, Bytes)> = self
            .layers
            .get(id.0 as usize)
            .map(|layer| layer.nodes.as_slice())
            .unwrap_or_default()
            .iter()
            .enumerate()
            .filter_map(|(index, node)| {
                Some((index, node.path.clone(), node.content().filter(|c| !c.is_empty())?.clone()))
            })
            .collect();
        for (index, path, content) in files {
            let before = self.layers.len();
            let own = gap::own_length(&content);
            let carve = (content.len() - own >= CARVE_FILE_BYTES_MIN).then_some(own);
            let name = path.rsplit('/').next().unwrap_or_default();
            let chain = format!("{chain}{path}");
            let depth = depth + 1;
            let leaf = Cell::default();
            let place = Place { parent: id, name, chain, image_offset: None, depth, carve, leaf };
            let regions = self.regions(&content, &place);
            if self.layers.len() > before {
                let source = BlobSource::File(index);
                self.add_blob(id, Blob { name: path, source, content, regions });
            }
        }
    }
}

fn overlaps(parts: &[Part]) -> Vec<Problem> {
    let mut slices: Vec<(usize, usize, &str)> = parts
        .iter()
        .filter_map(|part| match part.origin {
            Origin::Slice { offset } if !part.content.is_empty() => {
                Some((offset, offset + part.content.len(), part.name.as_str()))
            }
            _ => None,
        })
        .collect();
    slices.sort_unstable();
    let pairs = slices.iter().zip(slices.iter().skip(1));
    pairs
        .filter(|((_, end, _), (begin, _, _))| begin < end)
        .map(|((_, _, first), (begin, _, second))| Problem {
            kind: ProblemKind::Overlap,
            offset: Some(*begin as u64),
            message: format!("{first} and {second} lie over one another"),
        })
        .collect()
}

fn unsafe_names(nodes: &[Node]) -> Vec<Problem> {
    let count = nodes.iter().filter(|node| node.unsafe_name).count();
    let Some(first) = nodes.iter().find(|node| node.unsafe_name) else { return Vec::new() };
    let message =
        format!("{count} names try to leave their folder, the first is now {}", first.path);
    vec![Problem { kind: ProblemKind::UnsafeName, offset: None, message }]
}
