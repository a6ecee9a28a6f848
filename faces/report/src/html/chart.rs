//! Pictures, as SVG text.

use duecare_review::report::{CoverageEntry, ImageEntry};
use std::fmt::Write as _;

/// Width of every picture in its own units; CSS scales it.
const WIDTH: f64 = 1000.0;

/// Height of the entropy map.
const MAP_HEIGHT: f64 = 90.0;

/// A bar that shows explained, padding, unknown and encrypted bytes.
#[must_use]
pub(super) fn coverage_bar(coverage: &CoverageEntry) -> String {
    let shares = [
        ("explained", coverage.explained_bytes),
        ("padding", coverage.padding_bytes),
        ("unknown", coverage.unknown_bytes),
        ("encrypted", coverage.encrypted_bytes),
    ];
    let total: u64 = shares.iter().map(|(_, bytes)| bytes).sum();
    let mut svg = format!(
        "<svg class=\"bar\" viewBox=\"0 0 {WIDTH} 28\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"coverage: {} of {total} bytes explained\">",
        coverage.explained_bytes
    );
    let mut x = 0.0;
    for (name, bytes) in shares {
        let width = if total == 0 { 0.0 } else { bytes as f64 * WIDTH / total as f64 };
        if width > 0.0 {
            // Writing to a String can't fail.
            let _ = write!(
                svg,
                "<rect class=\"{name}\" x=\"{x:.2}\" y=\"0\" width=\"{width:.2}\" height=\"28\">\
                 <title>{name}: {bytes} bytes</title></rect>"
            );
        }
        x += width;
    }
    svg.push_str("</svg>");
    svg
}

/// The entropy of an image along its length.
#[must_use]
pub(super) fn entropy_map(image: &ImageEntry) -> String {
    let count = image.entropy.len().max(1) as f64;
    let step = WIDTH / count;
    let window = image.size.div_ceil(count as u64);
    let mut svg = format!(
        "<svg class=\"map\" viewBox=\"0 0 {WIDTH} {MAP_HEIGHT}\" preserveAspectRatio=\"none\" \
         role=\"img\" aria-label=\"entropy along the image\">"
    );
    for (index, milli_bits) in image.entropy.iter().enumerate() {
        let height = f64::from(*milli_bits) / 8000.0 * MAP_HEIGHT;
        let class = match milli_bits {
            7900.. => "dense",
            1.. => "plain",
            0 => "flat",
        };
        // Writing to a String can't fail.
        let _ = write!(
            svg,
            "<rect class=\"{class}\" x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{height:.2}\">\
             <title>{:#x}: {}.{:03} bits per byte</title></rect>",
            index as f64 * step,
            MAP_HEIGHT - height,
            step,
            index as u64 * window,
            milli_bits / 1000,
            milli_bits % 1000,
        );
    }
    svg.push_str("</svg>");
    svg
}
