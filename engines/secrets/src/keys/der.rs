//! Just enough of DER (ITU-T X.690) to read keys and certificates.
//!
//! Why not a strict library: certificates on devices break the rules (negative serials, BER lengths,
//! odd strings), and a certificate that a strict reader refuses is one that goes unreported.

/// Tags used here.
pub(super) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
}

/// One value with its tag.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tlv<'a> {
    pub(super) tag: u8,
    pub(super) body: &'a [u8],
    /// Tag, length and body together.
    pub(super) whole: &'a [u8],
}

/// Reads values one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Der<'a>(pub(super) &'a [u8]);

impl<'a> Der<'a> {
    /// The next value.
    pub(super) fn next(&mut self) -> Option<Tlv<'a>> {
        let tag = *self.0.first()?;
        // Tags of more than one byte do not occur in keys and certificates.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let first = usize::from(*self.0.get(1)?);
        let (header, length) = if first < 0x80 {
            (2, first)
        } else {
            let digits = first & 0x7f;
            if digits == 0 || digits > 4 {
                return None;
            }
            let bytes = self.0.get(2..2 + digits)?;
            (2 + digits, bytes.iter().fold(0_usize, |all, b| (all << 8) | usize::from(*b)))
        };
        let end = header.checked_add(length)?;
        let whole = self.0.get(..end)?;
        let body = whole.get(header..)?;
        self.0 = self.0.get(end..)?;
        Some(Tlv { tag, body, whole })
    }

    /// The next value, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|tlv| tlv.tag == tag).map(|tlv| tlv.body)
    }

    /// The next value if it has this tag; otherwise nothing is consumed.
    pub(super) fn optional(&mut self, tag: u8) -> Option<&'a [u8]> {
        if self.0.first() == Some(&tag) { self.expect(tag) } else { None }
    }

    /// The values of a sequence.
    pub(super) fn sequence(&mut self) -> Option<Der<'a>> {
        self.expect(tag::SEQUENCE).map(Der)
    }

    /// An integer's digits without leading zeros.
    pub(super) fn unsigned(&mut self) -> Option<&'a [u8]> {
        let body = self.expect(tag::INTEGER)?;
        let zeros = body.iter().take_while(|b| **b == 0).count();
        body.get(zeros..)
    }
}

/// A value with tag and length written.
pub(super) fn write(tag: u8, bodies: &[&[u8]]) -> Vec<u8> {
    let length: usize = bodies.iter().map(|body| body.len()).sum();
    let mut out = vec![tag];
    match length {
        0..0x80 => out.push(length as u8),
        0x80..0x100 => out.extend([0x81, length as u8]),
        0x100..0x1_0000 => out.extend([0x82, (length >> 8) as u8, length as u8]),
        _ => out.extend([0x83, (length >> 16) as u8, (length >> 8) as u8, length as u8]),
    }
    bodies.iter().for_each(|body| out.extend_from_slice(body));
    out
}

/// A positive integer written, with the zero that keeps it positive.
pub(super) fn write_unsigned(digits: &[u8]) -> Vec<u8> {
    let zero: &[u8] = if digits.first().is_none_or(|b| *b >= 0x80) { &[0] } else { &[] };
    write(tag::INTEGER, &[zero, digits])
}
