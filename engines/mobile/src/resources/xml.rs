//! Compiled XML: the manifest and the files below `res/xml`.

use super::pool::Pool;
use super::{Value, chunk, chunks, proto};
use duecare_base::Bin;

const XML: u16 = 0x0003;
const POOL: u16 = 0x0001;
const RESOURCE_MAP: u16 = 0x0180;
const START_ELEMENT: u16 = 0x0102;
const END_ELEMENT: u16 = 0x0103;
const TEXT: u16 = 0x0104;

/// Elements kept; manifests of very large apps have a few thousand.
pub(super) const ELEMENTS_MAX: usize = 100_000;

/// Elements in elements.
pub(super) const DEPTH_MAX: usize = 64;

/// Attributes of one element.
const ATTRIBUTES_MAX: usize = 256;

/// An attribute: by resource number where it has one, because names may be taken away.
#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) value: Value,
}

/// An element with what is in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// An attribute by its resource number, or else by its name.
    pub(crate) fn attribute(&self, id: u32, name: &str) -> Option<&Value> {
        let by_id = self.attributes.iter().find(|one| id != 0 && one.id == id);
        let found = by_id.or_else(|| self.attributes.iter().find(|one| one.name == name));
        found.map(|one| &one.value)
    }

    /// The children of a name.
    pub(crate) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// The root element of compiled XML, or of the XML of an app bundle; `None` when it is neither.
pub(crate) fn parse(bytes: &[u8]) -> Option<Element> {
    let bin = Bin::le(bytes);
    match chunk(bin, 0) {
        Ok(outer) if outer.kind == XML => compiled(outer.bin, outer.header),
        _ => proto::parse(bytes),
    }
}

fn compiled(bin: Bin<'_>, header: usize) -> Option<Element> {
    let mut pool: Option<Pool<'_>> = None;
    let mut ids: Vec<u32> = Vec::new();
    let mut stack: Vec<Element> = Vec::new();
    let mut count = 0;
    for one in chunks(bin, header) {
        match one.kind {
            POOL if pool.is_none() => pool = Pool::read(&one).ok(),
            RESOURCE_MAP => {
                ids = (one.header..one.bin.len())
                    .step_by(4)
                    .map_while(|at| one.bin.u32(at).ok())
                    .collect();
            }
            START_ELEMENT => {
                count += 1;
                if count > ELEMENTS_MAX || stack.len() >= DEPTH_MAX {
                    break;
                }
                stack.push(start(one.bin, one.header, &pool?, &ids));
            }
            END_ELEMENT if stack.len() > 1 => {
                let done = stack.pop()?;
                stack.last_mut()?.children.push(done);
            }
            TEXT => {
                let text = one.bin.u32(one.header).ok().and_then(|index| pool?.text(index));
                if let (Some(text), Some(open)) = (text, stack.last_mut()) {
                    open.text.push_str(text.trim());
                }
            }
            _ => {}
        }
    }
    // Cut off: what is open belongs to what was opened before it.
    while stack.len() > 1 {
        let done = stack.pop()?;
        stack.last_mut()?.children.push(done);
    }
    stack.pop()
}

fn start(bin: Bin<'_>, at: usize, pool: &Pool<'_>, ids: &[u32]) -> Element {
    let text = |index: Option<u32>| index.and_then(|index| pool.text(index)).unwrap_or_default();
    let mut element = Element { name: text(bin.u32(at + 4).ok()), ..Element::default() };
    let short = |at: usize| bin.u16(at).map_or(0, usize::from);
    let (begin, size, count) = (short(at + 8), short(at + 10), short(at + 12));
    // Files of some obfuscators give 0; the platform then takes the structure's own size.
    let size = if size < 20 { 20 } else { size };
    for index in 0..count.min(ATTRIBUTES_MAX) {
        let at = at + begin + index * size;
        let Ok(name) = bin.u32(at + 4) else { break };
        let raw = bin.u32(at + 8).ok();
        let (Ok(kind), Ok(data)) = (bin.u8(at + 15), bin.u32(at + 16)) else { break };
        let id = usize::try_from(name).ok().and_then(|index| ids.get(index)).copied();
        let mut value = Value::typed(kind, data, |index| pool.text(index));
        if value == Value::Other && raw != Some(u32::MAX) {
            value = Value::Text(text(raw));
        }
        element.attributes.push(Attribute { id: id.unwrap_or(0), name: text(Some(name)), value });
    }
    element
}
