//! NTFS: names, contents (also compressed) and links, read from the master file table.
//!
//! Source: the documentation of the Linux-NTFS project. Every record of the table is read and the
//! tree is put together from the names' parents, so damaged folder indexes hide nothing. Not read:
//! encrypted files, alternate streams (they are counted).

mod compress;
mod record;

use crate::volume::volume;
use bytes::Bytes;
use duecare_base::Bin;
use duecare_filesystems::tree::{
    self, Attributes, Content, Extent, Listing, Tree, Trouble, push_extent,
};
use duecare_unpack::{Budget, Context, Format, Found, NodeMeta, ProblemKind, Signature};
use record::{Data, File, Run};
use std::collections::BTreeMap;

const MAGIC: &[u8] = b"NTFS    ";

/// Number of the root folder.
const ROOT: u64 = 5;

/// Numbers below this are the file system's own files.
const FIRST_USER: u64 = 24;

/// NTFS.
pub(crate) struct Ntfs;

impl Format for Ntfs {
    fn name(&self) -> &'static str {
        "ntfs"
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::anywhere(MAGIC).with_offset(3).aligned(512)] }
    }

    fn read(&self, input: &Bytes, context: &Context<'_>) -> Option<Found> {
        let boot = Boot::read(Bin::le(input))?;
        let (mut found, input) = volume(input, boot.size);
        found.fact("cluster size", boot.cluster);
        let mut image = Image {
            input: &input,
            boot,
            budget: context.budget,
            files: BTreeMap::new(),
            children: BTreeMap::new(),
        };
        if let Err(trouble) = image.load(&mut found) {
            found.problem(trouble.kind, trouble.offset, trouble.message);
        }
        tree::walk(&mut image, ROOT, &mut found, context);
        Some(found)
    }
}

/// What the boot sector says, in bytes.
#[derive(Debug, Clone, Copy)]
struct Boot {
    cluster: usize,
    table_at: usize,
    record: usize,
    size: usize,
}

impl Boot {
    fn read(bin: Bin<'_>) -> Option<Self> {
        let sector = usize::from(bin.u16(11).ok()?);
        let per_cluster = bin.u8(13).ok()?;
        // Values past 128 are negative powers of two.
        let per_cluster = if per_cluster > 128 {
            1_usize.checked_shl(256 - u32::from(per_cluster))?
        } else {
            per_cluster.into()
        };
        let sane = bin.has(3, MAGIC)
            && (256..=4096).contains(&sector)
            && sector.is_power_of_two()
            && per_cluster.is_power_of_two()
            && per_cluster <= 4096;
        if !sane {
            return None;
        }
        let cluster = sector * per_cluster;
        let record = match bin.u8(64).ok()?.cast_signed() {
            negative @ ..=-1 => 1_usize.checked_shl(u32::from(negative.unsigned_abs()))?,
            clusters => clusters.unsigned_abs() as usize * cluster,
        };
        let table_at = bin.size64(48).ok()?.checked_mul(cluster)?;
        // The boot sector's copy stands in one sector more than the volume counts.
        let size = bin.size64(40).ok()?.checked_add(1)?.checked_mul(sector)?;
        ((512..=65_536).contains(&record) && table_at > 0).then_some(Self {
            cluster,
            table_at,
            record,
            size,
        })
    }
}

struct Image<'a> {
    input: &'a Bytes,
    boot: Boot,
    budget: &'a Budget,
    files: BTreeMap<u64, File>,
    /// Names in a folder, by the folder's number.
    children: BTreeMap<u64, Vec<(String, u64)>>,
}

impl Image<'_> {
    /// Reads the whole table.
    fn load(&mut self, found: &mut Found) -> Result<(), Trouble> {
        let first = tree::slice(self.input, self.boot.table_at, self.boot.record);
        let mut first = first.bytes.to_vec();
        let table = record::read(&mut first)
            .and_then(|record| record.file.data)
            .ok_or_else(|| Trouble::damaged(self.boot.table_at, "the file table has no start"))?;
        let content = self.data(&table);
        if let Some(trouble) = content.trouble {
            found.problem(trouble.kind, trouble.offset, trouble.message);
        }
        let (mut damaged, mut streams) = (0_usize, 0_usize);
        for (number, raw) in content.bytes.chunks_exact(self.boot.record).enumerate() {
            self.budget.take_work(raw.len())?;
            if !raw.starts_with(b"FILE") {
                continue;
            }
            let mut raw = raw.to_vec();
            match record::read(&mut raw) {
                Some(record) if record.in_use => {
                    streams += record.file.streams;
                    let number = record.base.unwrap_or(number as u64);
                    self.files.entry(number).or_default().merge(record.file);
                }
                Some(_) => {}
                None => damaged += 1,
            }
        }
        if damaged > 0 {
            let message = format!("{damaged} records of the file table are damaged");
            found.problem(ProblemKind::Damaged, Some(self.boot.table_at), message);
        }
        if streams > 0 {
            found.fact("alternate streams", streams);
        }
        for (number, file) in &self.files {
            for (parent, name) in &file.names {
                let own = *number < FIRST_USER && (*parent == ROOT || *number < 16);
                if !own {
                    self.children.entry(*parent).or_default().push((name.clone(), *number));
                }
            }
        }
        Ok(())
    }

    fn extents(&self, runs: &[Run]) -> Vec<Extent> {
        let mut extents = Vec::new();
        for run in runs {
            let len = usize::try_from(run.clusters).unwrap_or(usize::MAX);
            let len = len.saturating_mul(self.boot.cluster);
            let at = run.start.map(|start| {
                usize::try_from(start).unwrap_or(usize::MAX).saturating_mul(self.boot.cluster)
            });
            push_extent(&mut extents, Extent { offset: at, len });
        }
        extents
    }

    fn data(&self, data: &Data) -> Content {
        match data {
            Data::Resident(bytes) => bytes.clone().into(),
            Data::Runs { encrypted: true, .. } => Trouble::unsupported("is encrypted").into(),
            Data::Runs { runs, size, valid, unit: 0, .. } => {
                let Ok(size) = usize::try_from(*size) else {
                    return Trouble::unsupported("the file is larger than memory can be").into();
                };
                let valid = usize::try_from(*valid).unwrap_or(usize::MAX).min(size);
                let mut content = tree::gather(self.input, &self.extents(runs), size, self.budget);
                if valid < size && content.bytes.len() > valid {
                    // What was never written reads as zeros.
                    let mut bytes = content.bytes.slice(..valid).to_vec();
                    bytes.resize(size, 0);
                    content.bytes = bytes.into();
                }
                content
            }
            Data::Runs { runs, size, unit, .. } => {
                let clusters = 1_usize << (*unit).min(8);
                let unit = clusters.saturating_mul(self.boot.cluster);
                compress::read(self.input, &self.extents(runs), unit, *size, self.budget)
            }
        }
    }
}

impl Tree for Image<'_> {
    type Inode = u64;

    fn attributes(&mut self, number: u64) -> Result<Attributes, Trouble> {
        let file = self.files.get(&number);
        let file =
            file.ok_or_else(|| Trouble::damaged(self.boot.table_at, "its record is missing"))?;
        let st_mode = match (&file.link, file.folder) {
            (Some(_), _) => 0o120_777,
            (None, true) => 0o040_755,
            (None, false) => 0o100_755,
        };
        let meta = NodeMeta { mtime: file.modified, ..NodeMeta::default() };
        Ok(Attributes { st_mode, meta, ..Attributes::default() })
    }

    fn entries(&mut self, number: u64) -> Listing<u64> {
        let mut listing = Listing::default();
        for (name, child) in self.children.get(&number).into_iter().flatten() {
            listing.add(name.as_bytes(), *child);
        }
        listing
    }

    fn content(&mut self, number: u64) -> Content {
        let Some(file) = self.files.get(&number) else { return Content::default() };
        match (&file.link, &file.data) {
            (Some(link), _) => Bytes::from(link.clone().into_bytes()).into(),
            (None, Some(data)) => self.data(data),
            (None, None) => Content::default(),
        }
    }
}
