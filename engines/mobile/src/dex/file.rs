//! The tables of a DEX file.

use super::leb::uleb;
use duecare_base::{Bin, Short};
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

/// Size of the header, in bytes.
const HEADER: usize = 0x70;

/// Longest text that is decoded, in bytes.
const TEXT_BYTES_MAX: usize = 16 << 10;

/// Fields and methods of one class.
const MEMBERS_MAX: usize = 65_536;

/// Types in a list: a method has at most 255 argument registers, a class implements fewer.
const LIST_MAX: usize = 255;

/// Methods that an instruction can name.
const METHODS_MAX: usize = 65_536;

/// Text that is decoded, with the signatures that are put together from it, in multiples of the
/// file's size: texts may lie over one another, and signatures repeat the names of types.
const TEXT_SHARE_MAX: usize = 16;

/// Code that is read, in multiples of the file's size: methods may share their code.
const CODE_SHARE_MAX: usize = 4;

/// A DEX file. Texts are decoded when asked for, once each.
pub(crate) struct Dex<'a> {
    bin: Bin<'a>,
    strings: Table,
    types: Table,
    protos: Table,
    fields: Table,
    methods: Table,
    classes: Table,
    texts: Vec<OnceCell<Rc<str>>>,
    references: Vec<OnceCell<Option<Rc<MethodRef>>>>,
    /// Bytes that may still be decoded.
    text_left: Cell<usize>,
    code_left: Cell<usize>,
    /// Members of classes that may still be read.
    members_left: Cell<usize>,
    /// A limit was reached.
    cut: Cell<bool>,
}

#[derive(Debug, Clone, Copy)]
struct Table {
    count: usize,
    offset: usize,
}

/// A method that is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MethodRef {
    /// Descriptor of its class: `Landroid/util/Log;`.
    pub(crate) class: Rc<str>,
    /// Name.
    pub(crate) name: Rc<str>,
    /// Descriptors of its parameters, without `this`.
    pub(crate) parameters: Vec<Rc<str>>,
    /// Descriptor of its result.
    pub(crate) result: Rc<str>,
    /// Class, name and signature, which tell it from all others of the app.
    pub(crate) id: Rc<str>,
}

/// A class that is defined.
#[derive(Debug)]
pub(crate) struct Class {
    /// Descriptor.
    pub(crate) name: Rc<str>,
    /// Descriptor of what it extends.
    pub(crate) parent: Rc<str>,
    /// Descriptors of what it implements.
    pub(crate) interfaces: Vec<Rc<str>>,
    /// Its methods.
    pub(crate) methods: Vec<Method>,
    /// Static fields that have a text from the start: name and text.
    pub(crate) constants: Vec<(Rc<str>, Rc<str>)>,
}

/// A method that is defined.
#[derive(Debug)]
pub(crate) struct Method {
    /// Its name and signature.
    pub(crate) reference: Rc<MethodRef>,
    /// Offset of its code; 0 when it has none.
    code: usize,
}

/// The code of a method.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Code<'a> {
    /// Registers that it uses.
    pub(crate) registers: u16,
    /// How many of them, at the end, hold its arguments.
    pub(crate) arguments: u16,
    /// Instructions, in 16-bit units.
    pub(crate) units: Bin<'a>,
}

impl<'a> Dex<'a> {
    /// A DEX file; `None` when the bytes are something else or the tables lie outside.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let bin = Bin::le(bytes);
        if !bin.has(0, b"dex\n0") || bin.len() < HEADER {
            return None;
        }
        let table = |at: usize, width: usize| {
            let (count, offset) = (bin.size32(at).ok()?, bin.size32(at + 4).ok()?);
            bin.slice(offset, count.checked_mul(width)?).ok()?;
            Some(Table { count, offset })
        };
        let strings = table(56, 4)?;
        let methods = table(88, 8).filter(|methods| methods.count <= METHODS_MAX)?;
        Some(Self {
            bin,
            strings,
            types: table(64, 4)?,
            protos: table(72, 12)?,
            fields: table(80, 8)?,
            methods,
            classes: table(96, 32)?,
            texts: vec![OnceCell::new(); strings.count],
            references: vec![OnceCell::new(); methods.count],
            text_left: Cell::new(bytes.len().saturating_mul(TEXT_SHARE_MAX)),
            members_left: Cell::new(bytes.len()),
            code_left: Cell::new(bytes.len().saturating_mul(CODE_SHARE_MAX)),
            cut: Cell::new(false),
        })
    }

    /// Whether something was not read because a limit was reached.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut.get()
    }

    fn row(&self, table: Table, index: usize, width: usize) -> Option<usize> {
        (index < table.count).then(|| table.offset + index * width)
    }

    /// A text by its number; empty when there is none.
    pub(crate) fn text(&self, index: u32) -> Rc<str> {
        let index = index as usize;
        let Some(cell) = self.texts.get(index) else { return Rc::from("") };
        cell.get_or_init(|| self.decode(index).unwrap_or_else(|| Rc::from(""))).clone()
    }

    /// How many texts there are.
    pub(crate) fn text_count(&self) -> u32 {
        u32::try_from(self.strings.count).unwrap_or(u32::MAX)
    }

    fn decode(&self, index: usize) -> Option<Rc<str>> {
        let at = self.bin.size32(self.row(self.strings, index, 4)?).ok()?;
        let (_, at) = uleb(self.bin, at).ok()?;
        let window = self.bin.tail(at);
        let window = window.get(..window.len().min(TEXT_BYTES_MAX)).unwrap_or_default();
        let end = window.iter().position(|byte| *byte == 0).unwrap_or(window.len());
        let Some(left) = self.text_left.get().checked_sub(end) else {
            self.cut.set(true);
            return None;
        };
        self.text_left.set(left);
        Some(Rc::from(modified_utf8(window.get(..end)?)))
    }

    /// A type's descriptor by its number.
    pub(crate) fn type_name(&self, index: u32) -> Rc<str> {
        let row = self.row(self.types, index as usize, 4);
        row.and_then(|at| self.bin.u32(at).ok()).map_or_else(|| Rc::from(""), |n| self.text(n))
    }

    /// A field by its number: class, type, name.
    pub(crate) fn field(&self, index: u32) -> Option<(Rc<str>, Rc<str>, Rc<str>)> {
        let at = self.row(self.fields, index as usize, 8)?;
        let class = self.type_name(u32::from(self.bin.u16(at).ok()?));
        let kind = self.type_name(u32::from(self.bin.u16(at + 2).ok()?));
        Some((class, kind, self.text(self.bin.u32(at + 4).ok()?)))
    }

    /// A method by its number.
    pub(crate) fn method(&self, index: u32) -> Option<Rc<MethodRef>> {
        let cell = self.references.get(index as usize)?;
        cell.get_or_init(|| self.method_at(index).map(Rc::new)).clone()
    }

    fn method_at(&self, index: u32) -> Option<MethodRef> {
        let at = self.row(self.methods, index as usize, 8)?;
        let class = self.type_name(u32::from(self.bin.u16(at).ok()?));
        let proto = self.row(self.protos, usize::from(self.bin.u16(at + 2).ok()?), 12)?;
        let name = self.text(self.bin.u32(at + 4).ok()?);
        let result = self.type_name(self.bin.u32(proto + 4).ok()?);
        let parameters = self.type_list(self.bin.size32(proto + 8).ok()?);
        let size = class.len() + name.len() + result.len() + 16;
        let size = parameters.iter().fold(size, |sum, one| sum + one.len() + size_of::<Rc<str>>());
        let Some(left) = self.text_left.get().checked_sub(size) else {
            self.cut.set(true);
            return None;
        };
        self.text_left.set(left);
        let id = Rc::from(format!("{class}->{name}({}){result}", parameters.concat()));
        Some(MethodRef { class, name, parameters, result, id })
    }

    fn type_list(&self, at: usize) -> Vec<Rc<str>> {
        if at == 0 {
            return Vec::new();
        }
        let count = self.bin.size32(at).unwrap_or(0).min(LIST_MAX);
        (0..count)
            .map_while(|index| self.bin.u16(at + 4 + index * 2).ok())
            .map(|number| self.type_name(u32::from(number)))
            .collect()
    }

    /// Makes the code readable once more, for another pass.
    pub(crate) fn rewind(&self) {
        self.code_left.set(self.bin.len().saturating_mul(CODE_SHARE_MAX));
        self.members_left.set(self.bin.len());
    }

    /// How many classes are defined.
    pub(crate) fn class_count(&self) -> usize {
        self.classes.count
    }

    /// A class that is defined, by its place in the table; `None` when it is broken.
    pub(crate) fn class(&self, index: usize) -> Option<Class> {
        let at = self.row(self.classes, index, 32)?;
        let word = |offset: usize| self.bin.u32(at + offset).ok();
        let data = word(24)? as usize;
        let mut class = Class {
            name: self.type_name(word(0)?),
            parent: self.type_name(word(8)?),
            interfaces: self.type_list(word(12)? as usize),
            methods: Vec::new(),
            constants: Vec::new(),
        };
        if data != 0 {
            let values = word(28)? as usize;
            if self.members(&mut class, data, values).is_err() {
                self.cut.set(true);
            }
        }
        Some(class)
    }

    fn members(&self, class: &mut Class, data: usize, values: usize) -> Result<(), Short> {
        let mut counts = [0_usize; 4];
        let mut at = data;
        for count in &mut counts {
            let (number, next) = uleb(self.bin, at)?;
            (*count, at) = ((number as usize).min(MEMBERS_MAX), next);
        }
        let [statics, instances, direct, virtuals] = counts;
        // Each member takes two bytes at least, unless classes share them.
        let total = statics + instances + direct + virtuals;
        let left = self.members_left.get().checked_sub(total).ok_or(Short { at, len: total })?;
        self.members_left.set(left);
        let mut names = Vec::new();
        for (count, is_static) in [(statics, true), (instances, false)] {
            let mut number = 0_u32;
            for _ in 0..count {
                let (step, next) = uleb(self.bin, at)?;
                let (_, next) = uleb(self.bin, next)?;
                number = number.wrapping_add(step);
                at = next;
                if is_static {
                    names.push(number);
                }
            }
        }
        for count in [direct, virtuals] {
            let mut number = 0_u32;
            for _ in 0..count {
                let (step, next) = uleb(self.bin, at)?;
                let (_, next) = uleb(self.bin, next)?;
                let (code, next) = uleb(self.bin, next)?;
                number = number.wrapping_add(step);
                at = next;
                if let Some(reference) = self.method(number) {
                    class.methods.push(Method { reference, code: code as usize });
                }
            }
        }
        if values != 0 {
            self.constants(class, &names, values)?;
        }
        Ok(())
    }

    /// `encoded_array_item`: the first values of the static fields, in their order.
    fn constants(&self, class: &mut Class, names: &[u32], at: usize) -> Result<(), Short> {
        let (count, mut at) = uleb(self.bin, at)?;
        for field in names.iter().take(count as usize) {
            let head = self.bin.u8(at)?;
            let (kind, size) = (head & 0x1f, usize::from(head >> 5) + 1);
            at += 1;
            match kind {
                // Null and truth values have no bytes of their own.
                0x1e | 0x1f => continue,
                // Arrays and annotations are not first values of fields that hold text; their
                // size is not known without reading them.
                0x1c | 0x1d => return Ok(()),
                0x17 => {
                    let bytes = self.bin.slice(at, size.min(4))?;
                    let number =
                        bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
                    if let Some((_, _, name)) = self.field(*field) {
                        class.constants.push((name, self.text(number)));
                    }
                }
                _ => {}
            }
            at += size;
        }
        Ok(())
    }

    /// The code of a method; `None` when it has none or it lies outside.
    pub(crate) fn code(&self, method: &Method) -> Option<Code<'a>> {
        let at = method.code;
        if at == 0 {
            return None;
        }
        let size = self.bin.size32(at.checked_add(12)?).ok()?.checked_mul(2)?;
        let bytes = self.bin.slice(at + 16, size).ok();
        let left = self.code_left.get().checked_sub(size);
        let (Some(bytes), Some(left)) = (bytes, left) else {
            self.cut.set(true);
            return None;
        };
        self.code_left.set(left);
        Some(Code {
            registers: self.bin.u16(at).ok()?,
            arguments: self.bin.u16(at + 2).ok()?,
            units: Bin::le(bytes),
        })
    }
}

/// Text as DEX has it: UTF-8, but NUL in two bytes and characters beyond the first plane as two
/// surrogates of three bytes each.
fn modified_utf8(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let mut units: Vec<u16> = Vec::new();
    let mut rest = bytes;
    loop {
        rest = match rest {
            [] => break,
            [a, after @ ..] if *a < 0x80 => {
                units.push(u16::from(*a));
                after
            }
            [a, b, after @ ..] if a & 0xe0 == 0xc0 => {
                units.push(u16::from(a & 0x1f) << 6 | u16::from(b & 0x3f));
                after
            }
            [a, b, c, after @ ..] if a & 0xf0 == 0xe0 => {
                let high = u16::from(a & 0x0f) << 12 | u16::from(b & 0x3f) << 6;
                units.push(high | u16::from(c & 0x3f));
                after
            }
            [_, after @ ..] => {
                units.push(0xfffd);
                after
            }
        };
    }
    String::from_utf16_lossy(&units)
}
