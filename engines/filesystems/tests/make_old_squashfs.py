"""Writes SquashFS images of versions 1 to 3 and of makers' variants, which no tool of today writes.

Used once to make the cases `squashfs-v*`; the tests themselves need no Python. The layouts are
those of squashfs-tools 1.x to 3.x; the tree is small and fixed.
"""
import lzma, struct, sys, zlib

FILES = [(b"banner", b"synthetic sample\n" * 300), (b"empty", b""), (b"tail", b"only a fragment\n")]
NESTED = [(b"deep", b"deep\n" * 5000)]
BLOCK = 16384


def compressor(kind):
    def raw(lc, lp, pb):
        filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": lc, "lp": lp, "pb": pb}]
        return lambda data: lzma.compress(data, lzma.FORMAT_RAW, filters=filters)
    def alone(data):
        filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}]
        body = lzma.compress(data, lzma.FORMAT_RAW, filters=filters)
        return struct.pack("<BIQ", 0x5D, 1 << 16, len(data)) + body
    return {"zlib": zlib.compress, "lzma": alone, "raw": raw(3, 0, 2), "wrt": raw(0, 2, 2)}[kind]


class Image:
    def __init__(self, version, big, kind, magic):
        self.v, self.big, self.pack, self.magic = version, big, compressor(kind), magic
        self.e = ">" if big else "<"
        self.out = bytearray(119 if version == 3 else 63 if version == 2 else 51)
        self.inodes, self.dirs, self.frags, self.frag, self.count = b"", b"", [], b"", 0

    def p(self, form, *values):
        return struct.pack(self.e + form, *values)

    def bits(self, size, *fields):
        """Bit fields of `size` bytes: low bits first in little-endian, high first in big."""
        value, done = 0, 0
        for width, field in fields:
            value |= field << (size * 8 - done - width if self.big else done)
            done += width
        return value.to_bytes(size, "big" if self.big else "little")

    def data(self, chunk):
        packed = self.pack(chunk)
        if len(packed) < len(chunk):
            self.out += packed
            return len(packed)
        self.out += chunk
        return len(chunk) | (0x8000 if self.v == 1 else 1 << 24)

    def base(self, kind, mode):
        if self.v == 1:
            return self.bits(2, (4, kind), (12, mode)) + self.bits(1, (4, 0), (4, 15))
        head = self.bits(2, (4, kind), (12, mode)) + bytes([0, 255])
        self.count += 1
        return head + self.p("II", 1600000000, self.count) if self.v == 3 else head

    def place(self, body):
        at = len(self.inodes)
        assert at + len(body) < 8192
        self.inodes += body
        return at

    def file(self, content):
        start, sizes, rest = len(self.out), [], content
        while len(rest) >= BLOCK or (self.v == 1 and rest):
            sizes.append(self.data(rest[:BLOCK]))
            rest = rest[BLOCK:]
        fragment, offset = 0xFFFFFFFF, 0
        if rest:
            fragment, offset = 0, len(self.frag)
            self.frag += rest
        head, n, t = self.base(2, 0o644), len(content), 1600000000
        if self.v == 1:
            return self.place(head + self.p("III", t, start, n) + b"".join(self.p("H", s) for s in sizes))
        body = self.p("QIII", start, fragment, offset, n) if self.v == 3 else self.p("IIIII", t, start, fragment, offset, n)
        return self.place(head + body + b"".join(self.p("I", s) for s in sizes))

    def folder(self, entries):
        number = self.count + 1
        offset, listing = len(self.dirs), b""
        if self.v == 3:
            listing += self.p("BII", len(entries) - 1, 0, number)
        else:
            listing += self.bits(4, (8, len(entries) - 1), (24, 0))
        for name, at, kind in sorted(entries):
            listing += self.bits(2, (13, at), (3, kind)) + bytes([len(name) - 1])
            listing += (self.p("h", 0) if self.v == 3 else b"") + name
        self.dirs += listing
        size = len(listing) + (3 if self.v == 3 else 0)
        head, t = self.base(1, 0o755), 1600000000
        where = self.bits(4, (19, size), (13, offset))
        if self.v == 3:
            return self.place(head + self.p("I", 2) + where + self.p("II", 0, 1))
        return self.place(head + where + self.p("I", t) + self.bits(3, (24, 0)))

    def metadata(self, block):
        packed = self.pack(block)
        at = len(self.out)
        self.out += self.p("H", len(packed)) + packed
        return at

    def write(self, path):
        short = 3 if self.v == 1 else 0
        inner = [(n, self.file(c), 2) for n, c in NESTED]
        entries = [(n, self.file(c), 2) for n, c in FILES]
        link = {1: self.p("H", 6), 2: self.p("H", 6), 3: self.p("IH", 1, 6)}[self.v] + b"banner"
        entries.append((b"link", self.place(self.base(3, 0o777) + link), 3))
        device = {1: b"", 2: b"", 3: self.p("I", 1)}[self.v] + self.p("H", 0x0501)
        entries.append((b"console", self.place(self.base(5, 0o600) + device), 5))
        pipe = self.bits(1, (4, 1), (4, 0)) if self.v == 1 else {2: b"", 3: self.p("I", 1)}.get(self.v)
        entries.append((b"pipe", self.place(self.base(0 if self.v == 1 else 6, 0o600) + pipe), 6))
        entries.append((b"etc", self.folder(inner), 1))
        root = self.folder(entries)
        fragments = []
        if self.frag:
            start = len(self.out)
            fragments.append((start, self.data(self.frag)))
        inode_table = self.metadata(self.inodes)
        dir_table = self.metadata(self.dirs)
        index = 0
        if fragments:
            form = "QII" if self.v == 3 else "II"
            rows = b"".join(self.p(form, *(f + (0,) if self.v == 3 else f)) for f in fragments)
            at = self.metadata(rows)
            index = len(self.out)
            self.out += self.p("Q" if self.v == 3 else "I", at)
        uids = len(self.out)
        self.out += self.p("I", 500)
        used, guids = len(self.out), len(self.out)
        v3 = self.v == 3
        low = lambda n: 0xFFFFFFFF if v3 else n
        head = self.magic + self.p("IIIIIIHHHHBBBIQ", max(self.count, 9), low(used), low(uids), low(guids),
            low(inode_table), low(dir_table), self.v, 1 if v3 else 0, BLOCK if BLOCK < 65536 else 0, 14,
            0, 1, 0, 1600000000, root)
        if self.v > 1:
            head += self.p("III", BLOCK, len(fragments), low(index))
        if v3:
            head += self.p("QQQQQQQ", used, uids, guids, inode_table, dir_table, index, 2**64 - 1)
        self.out[: len(head)] = head
        self.out += bytes(-len(self.out) % 4096)
        open(path, "wb").write(self.out)


if __name__ == "__main__":
    version, order, kind, magic, path = sys.argv[1:]
    Image(int(version), order == "be", kind, magic.encode()).write(path)
