//! Prints the listing of an image read with this crate's formats alone.

#![expect(clippy::print_stdout, reason = "that is what it is for")]

use duecare_unpack::{Bytes, Limits, listing::listing, unpack};

fn main() -> std::io::Result<()> {
    for path in std::env::args().skip(1) {
        let image = Bytes::from(std::fs::read(&path)?);
        let name = path.rsplit('/').next().unwrap_or_default();
        let unpacked =
            unpack(name, image, &duecare_containers::formats(), Limits::default(), &|_| {});
        println!("{}{:?}", listing(&unpacked), unpacked.coverage);
    }
    Ok(())
}
