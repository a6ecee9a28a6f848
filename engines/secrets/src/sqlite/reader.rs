//! Reads the rows of tables from an SQLite 3 file ("Database File Format", sqlite.org), as text.
//!
//! Left out on purpose: indexes, tables without row ids, write-ahead logs, UTF-16 databases.

use duecare_base::Bin;
use std::cell::Cell;

/// Pages that one table may lead through.
const PAGES_MAX: usize = 4_096;

/// Rows read of one table.
const ROWS_MAX: usize = 5_000;

/// Tables and columns that are looked at.
const TABLES_MAX: usize = 500;
const COLUMNS_MAX: usize = 200;

/// Longest record that is put together from overflow pages, in bytes.
const RECORD_BYTES_MAX: usize = 64 * 1024;

/// A table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    root: u32,
}

/// A row's values; numbers as text, nothing for NULL and binary values.
pub(super) type Row = Vec<Option<String>>;

/// A database.
pub(super) struct Database<'a> {
    bin: Bin<'a>,
    page_size: usize,
    usable: usize,
    /// Something of it was not read.
    cut: Cell<bool>,
}

impl<'a> Database<'a> {
    /// The database in these bytes; `None` when it is none, or in UTF-16.
    pub(super) fn open(bytes: &'a [u8]) -> Option<Self> {
        let bin = Bin::be(bytes);
        if !bin.has(0, b"SQLite format 3\0") || bin.u32(56).ok()? > 1 {
            return None;
        }
        let page_size = match bin.u16(16).ok()? {
            1 => 65_536,
            size => usize::from(size),
        };
        let usable = page_size.checked_sub(usize::from(bin.u8(20).ok()?))?;
        let cut = Cell::new(false);
        (page_size >= 512 && usable >= 480).then_some(Self { bin, page_size, usable, cut })
    }

    /// Whether something of it was not read: at a limit, or because it is damaged.
    pub(super) fn was_cut(&self) -> bool {
        self.cut.get()
    }

    /// The tables of the schema.
    pub(super) fn tables(&self) -> Vec<Table> {
        let schema = Table { name: String::new(), columns: Vec::new(), root: 1 };
        let text = |row: &Row, at: usize| row.get(at).cloned().flatten();
        let rows = self.rows(&schema);
        let tables: Vec<Table> = rows
            .iter()
            .filter(|row| text(row, 0).as_deref() == Some("table"))
            .filter_map(|row| {
                let root = text(row, 3)?.parse().ok()?;
                Some(Table { name: text(row, 1)?, columns: columns(&text(row, 4)?), root })
            })
            .collect();
        if tables.len() > TABLES_MAX {
            self.cut.set(true);
        }
        tables.into_iter().take(TABLES_MAX).collect()
    }

    /// The rows of a table, as far as the limits allow.
    pub(super) fn rows(&self, table: &Table) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut todo = vec![table.root];
        let mut pages = 0;
        while let Some(page) = todo.pop() {
            pages += 1;
            if pages > PAGES_MAX || rows.len() >= ROWS_MAX {
                self.cut.set(true);
                break;
            }
            // A damaged page loses its own rows, not those of the others.
            if self.page(page, &mut todo, &mut rows).is_none() {
                self.cut.set(true);
            }
        }
        rows
    }

    fn page(&self, number: u32, todo: &mut Vec<u32>, rows: &mut Vec<Row>) -> Option<()> {
        let start = (number as usize).checked_sub(1)?.checked_mul(self.page_size)?;
        let header = if number == 1 { start + 100 } else { start };
        let kind = self.bin.u8(header).ok()?;
        let cells = usize::from(self.bin.u16(header + 3).ok()?);
        let pointers = header + if kind == 5 { 12 } else { 8 };
        let mut children = Vec::new();
        for index in 0..cells.min(self.page_size / 2) {
            let cell = start + usize::from(self.bin.u16(pointers + 2 * index).ok()?);
            match kind {
                5 => children.push(self.bin.u32(cell).ok()?),
                13 if rows.len() < ROWS_MAX => match self.cell(cell) {
                    Some(row) => rows.push(row),
                    None => self.cut.set(true),
                },
                _ => return None,
            }
        }
        if kind == 5 {
            children.push(self.bin.u32(header + 8).ok()?);
        }
        if todo.len() + children.len() > PAGES_MAX {
            return None;
        }
        todo.extend(children.into_iter().rev());
        Some(())
    }

    fn varint(&self, at: &mut usize) -> Option<u64> {
        varint(self.bin.bytes(), at)
    }

    /// The record of a cell on a leaf page.
    fn cell(&self, mut at: usize) -> Option<Row> {
        let size = usize::try_from(self.varint(&mut at)?).ok()?;
        self.varint(&mut at)?;
        if size > RECORD_BYTES_MAX {
            return None;
        }
        let max = self.usable.checked_sub(35)?;
        if size <= max {
            return record(self.bin.slice(at, size).ok()?);
        }
        let min = (self.usable - 12) * 32 / 255 - 23;
        let fitting = min + (size - min) % (self.usable - 4);
        let local = if fitting <= max { fitting } else { min };
        let mut body = self.bin.slice(at, local).ok()?.to_vec();
        let mut next = self.bin.u32(at + local).ok()?;
        while body.len() < size && next != 0 {
            let page = (next as usize).checked_sub(1)?.checked_mul(self.page_size)?;
            next = self.bin.u32(page).ok()?;
            let part = (size - body.len()).min(self.usable - 4);
            body.extend_from_slice(self.bin.slice(page + 4, part).ok()?);
        }
        record(&body)
    }
}

/// SQLite's big-endian number of one to nine bytes.
fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0_u64;
    for index in 0..9 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if index == 8 {
            return Some((value << 8) | u64::from(byte));
        }
        value = (value << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn record(body: &[u8]) -> Option<Row> {
    let mut at = 0;
    let header = usize::try_from(varint(body, &mut at)?).ok()?;
    let mut kinds = Vec::new();
    while at < header && kinds.len() < COLUMNS_MAX {
        kinds.push(varint(body, &mut at)?);
    }
    let mut at = header;
    let mut row = Row::new();
    for kind in kinds {
        let size = match kind {
            0 | 8..=11 => 0,
            1..=4 => kind as usize,
            5 => 6,
            6 | 7 => 8,
            _ => usize::try_from((kind - 12) / 2).ok()?,
        };
        let field = body.get(at..at.checked_add(size)?)?;
        at += size;
        row.push(match kind {
            1..=6 => Some(number(field).to_string()),
            8 => Some("0".to_owned()),
            9 => Some("1".to_owned()),
            13.. if kind % 2 == 1 => Some(String::from_utf8_lossy(field).into_owned()),
            _ => None,
        });
    }
    Some(row)
}

/// A big-endian two's complement number of up to eight bytes.
fn number(field: &[u8]) -> i64 {
    let negative = field.first().is_some_and(|b| *b >= 0x80);
    let start = if negative { -1 } else { 0 };
    field.iter().fold(start, |all, b| (all << 8) | i64::from(*b))
}

/// The column names of a `CREATE TABLE` statement.
fn columns(sql: &str) -> Vec<String> {
    let Some(open) = sql.find('(') else { return Vec::new() };
    let mut depth = 0;
    let mut parts = vec![String::new()];
    for c in sql.get(open..).unwrap_or_default().chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 1 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if let Some(last) = parts.last_mut().filter(|_| !(depth == 1 && c == '(')) {
            last.push(c);
        }
    }
    const CONSTRAINTS: [&str; 5] = ["PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "CONSTRAINT"];
    parts
        .iter()
        .filter_map(|part| part.split_whitespace().next())
        .filter(|word| !CONSTRAINTS.contains(&word.to_ascii_uppercase().as_str()))
        .map(|word| word.trim_matches(['"', '\'', '`', '[', ']']).to_owned())
        .take(COLUMNS_MAX)
        .collect()
}
