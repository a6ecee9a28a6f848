#!/usr/bin/env python3
"""Writes the seeds of a fuzz target: what the crates' own test cases hold, in the target's form.

    fuzz/seeds.py TARGET FOLDER

Needs nothing but Python. Large cases, which are kept in gzip or xz, are unpacked. Targets that read
one file of an image take the path in a first line; those that choose a reader take it in a first byte.
"""

import gzip
import hashlib
import lzma
import pathlib
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Bytes of a seed: libFuzzer cuts what is longer (-max_len in run-briefly).
SEED_BYTES_MAX = 1 << 20

# Component rules are alike, so one in so many is enough.
RULE_STEP = 12

# Folders of crates whose cases are whole inputs.
CRATES = {
    "unpack_all": ["containers", "filesystems", "flash", "archives", "disks", "codecs"],
    "containers": ["containers"],
    "filesystems": ["filesystems"],
    "flash": ["flash"],
    "archives": ["archives"],
    "disks": ["disks"],
    "streams": ["codecs"],
    "bills": ["formats"],
}

# Where a codec's magic is, the byte that chooses it in the target `codecs`.
CODECS = [
    (b"\x1f\x8b", 2),
    (b"BZh", 3),
    (b"\xfd7zXZ", 4),
    (b"]\x00\x00", 5),
    (b"LZIP", 6),
    (b"\x04\x22\x4d\x18", 8),
    (b"\x02\x21\x4c\x18", 9),
    (b"\x89LZO", 11),
    (b"\x28\xb5\x2f\xfd", 12),
    (b"\x1f\x9d", 13),
    (b"\x78", 1),
]

# Databases of packages, by the start of the file's name in the inventory's tests.
DATABASES = [
    ("rpm-ndb", "/var/lib/rpm/Packages.db"),
    ("rpm-bdb", "/var/lib/rpm/Packages"),
    ("rpm-sqlite", "/var/lib/rpm/rpmdb.sqlite"),
]

# In the order of the target `analysers`; SARIF is the one after them.
ANALYSERS = ["bandit", "cargo-audit", "cargo-clippy", "clang-tidy", "cppcheck", "flawfinder", "shellcheck"]

FORMATS = [
    "pkg:deb/debian/openssl@3.0.11-1?arch=armhf&distro=bookworm#src/x%20y",
    "cpe:2.3:a:vendor:product\\:x:1.2.3:rc1:*:*:*:linux:*:*",
    "cpe:/o:vendor:product:1.0::~~~router~~",
    "(GPL-2.0-only WITH Linux-syscall-note OR MIT) AND BSD-3-Clause+",
    "1:2.36.1-8+deb11u1\n2.36.1~rc2",
    "v2024.10-rc3_p1\n>=1.0.0, <2",
    "2026-02-28",
]


def files(folder: pathlib.Path):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def inputs(crate: str):
    """Whole inputs of a crate's cases."""
    tests = ROOT / "engines" / crate / "tests"
    for path in [*files(tests / "cases"), *files(tests / "locked")]:
        if path.name.startswith("input") or path.parent.name == "input":
            yield path.read_bytes()
    unpack = {".gz": gzip.decompress, ".xz": lzma.decompress}
    for folder in ("cases-packed", "packed"):
        for path in files(tests / folder):
            if path.name.startswith("input") and path.suffix in unpack:
                yield unpack[path.suffix](path.read_bytes())


def trees(*folders: pathlib.Path):
    """Files of root file systems, with their paths."""
    for folder in folders:
        for path in files(folder):
            yield b"/%s\n%s" % (str(path.relative_to(folder)).encode(), path.read_bytes())


def case_roots(crate: str):
    return sorted((ROOT / "engines" / crate / "tests" / "cases").glob("*/root"))


def elf_files():
    for path in files(ROOT / "engines/elf/tests/cases"):
        data = path.read_bytes()
        if data.startswith(b"\x7fELF"):
            yield data


def codecs():
    for data in inputs("codecs"):
        for magic, choice in CODECS:
            at = data.find(magic)
            if 0 <= at < 4096:
                yield bytes([choice]) + data[at:]
                break
        yield b"\x00" + data[10:]


def taint():
    for path in files(ROOT / "engines/taint/tests/cases"):
        if path.name.startswith("input"):
            yield b"/%s\n%s" % (path.name.encode(), path.read_bytes())


def inventory():
    for path in files(ROOT / "engines/inventory/tests/data"):
        for start, place in DATABASES:
            if path.name.startswith(start):
                yield place.encode() + b"\n" + path.read_bytes()
    yield from trees(*case_roots("secrets"), *(ROOT / "demo/camera").glob("*"))
    for data in elf_files():
        yield b"/usr/sbin/pumpd\n" + data


def mobile():
    for data in inputs("mobile"):
        yield data
    for path in files(ROOT / "engines/mobile/tests/cases"):
        if not zipfile.is_zipfile(path):
            continue
        with zipfile.ZipFile(path) as app:
            for name in app.namelist():
                if not name.endswith("/"):
                    yield b"/%s\n%s" % (name.encode(), app.read(name))


def packs():
    rules = files(ROOT / "packs/components")
    yield from (b"\x00" + path.read_bytes() for path in rules[::RULE_STEP])
    for choice, folder in ((1, "checks"), (2, "secrets"), (3, "policies")):
        for path in files(ROOT / "packs" / folder):
            if path.suffix == ".toml":
                yield bytes([choice]) + path.read_bytes()
    yield b'\x04{"schema":"duecare-report/1","findings":[{"fingerprint":"00ff"}]}'


def analysers():
    for path in files(ROOT / "program/analysers/tests/cases"):
        if path.name != "output.txt":
            continue
        data = path.read_bytes()
        for choice, name in enumerate(ANALYSERS):
            if path.parent.name.startswith(name):
                yield bytes([choice]) + data
        if b'"runs"' in data:
            yield bytes([len(ANALYSERS)]) + data


def ledger(choices: bool):
    """Files of the log that is kept; for the target of damaged logs with a byte that chooses one."""
    for choice, path in enumerate(files(ROOT / "engines/ledger/tests/golden")):
        yield (bytes([choice % 256]) if choices else b"") + path.read_bytes()


def ledger(target: str):
    golden = ROOT / "engines/ledger/tests/golden"
    for path in files(golden):
        place = str(path.relative_to(golden))
        if target == "ledger_tile" and "/tile/" in place:
            data = path.read_bytes()
            yield from (data, *(bytes([choice]) + data for choice in range(8)))
        elif target == "ledger_bundle" and path.suffix == ".json":
            yield path.read_bytes()
        elif target == "ledger_note" and "/tile/" not in place and path.suffix != ".json":
            yield path.read_bytes()


def seeds(target: str):
    match target:
        case "codecs":
            return codecs()
        case "elf":
            return elf_files()
        case "formats":
            return (text.encode() for text in FORMATS)
        case "taint":
            return taint()
        case "checks" | "secrets":
            return trees(*case_roots("checks"), *case_roots("secrets"), *(ROOT / "demo/camera").glob("*"))
        case "inventory":
            return inventory()
        case "mobile":
            return mobile()
        case "packs":
            return packs()
        case "analysers":
            return analysers()
        case "ledger_note" | "ledger_bundle" | "ledger_tile":
            return ledger(target)
        case "ledger_note" | "ledger_bundle":
            return ledger(choices=False)
        case "ledger_tile":
            return ledger(choices=True)
    return (data for crate in CRATES[target] for data in inputs(crate))


def main() -> int:
    target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for data in seeds(target):
        data = data[:SEED_BYTES_MAX]
        (folder / hashlib.sha256(data).hexdigest()[:20]).write_bytes(data)
        count += 1
    print(f"{target}: {count} seeds")
    # A target that starts from nothing finds nothing: its cases have moved.
    return 0 if count else 1


if __name__ == "__main__":
    sys.exit(main())
