"""Verifies a sample log with pymerkle (the tree), securesystemslib (envelopes) and rfc8785 (JSON).

    python ledger.py FOLDER     FOLDER: what the example `sample_log` of duecare-ledger wrote
"""

import base64
import copy
import hashlib
import json
import pathlib
import struct
import sys

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

PREFIX = b"duecare.dev/ledger/leaf/v1\n"


def number_path(number):
    path = f"{number % 1000:03}"
    while number >= 1000:
        number //= 1000
        path = f"x{number % 1000:03}/{path}"
    return path


def entries(log, size):
    found = []
    while len(found) < size:
        index = len(found) // 256
        width = min(256, size - index * 256)
        path = f"tile/entries/{number_path(index)}" + (f".p/{width}" if width < 256 else "")
        data = (log / path).read_bytes()
        while data:
            (length,) = struct.unpack(">H", data[:2])
            found.append(data[2 : 2 + length])
            data = data[2 + length :]
    return found


def main(folder):
    log = folder / "log"
    proofs = json.loads((folder / "proofs.json").read_text())
    list_of_entries = entries(log, proofs["size"])
    assert len(list_of_entries) == proofs["size"]

    # pymerkle hashes as RFC 9162 does; its leaves count from 1.
    tree = InmemoryTree(algorithm="sha256")
    for entry in list_of_entries:
        tree.append_entry(entry)
    for size in proofs["sizes"]:
        lines = (log / "checkpoints" / number_path(size)).read_text().split("\n")
        assert lines[0] == proofs["origin"] and lines[1] == str(size)
        assert tree.get_root(size) == base64.b64decode(lines[2]), f"root of {size}"
    for one in proofs["inclusion"]:
        index, size = one["index"], one["size"]
        proof = tree.prove_inclusion(index + 1, size)
        verify_inclusion(tree.get_leaf(index + 1), base64.b64decode(one["root"]), proof)
        # Its path begins with the leaf; then come the same siblings in the same order.
        ours = [base64.b64decode(text) for text in [one["leaf"], *one["proof"]]]
        assert proof.path == ours, f"inclusion of {index} in {size}"
    for one in proofs["consistency"]:
        old, new = one["old"], one["new"]
        proof = tree.prove_consistency(old, new)
        roots = (base64.b64decode(one["old_root"]), base64.b64decode(one["new_root"]))
        verify_consistency(*roots, proof)
        assert (tree.get_root(old), tree.get_root(new)) == roots
        # RFC 6962 sends what pymerkle's path holds, save what the verifier can compute.
        path = [node.hex() for node in proof.path]
        missing = [text for text in one["proof"] if base64.b64decode(text).hex() not in path]
        assert len(missing) <= 1, f"consistency of {old} with {new}"

    # The witness's cosignature, by the words of C2SP tlog-cosignature alone.
    name, _, key = proofs["witness_key"].split("+", 2)
    key = base64.b64decode(key)
    text, signatures = (log / "checkpoint").read_text().split("\n\n")
    line = next(line for line in signatures.split("\n") if line.startswith(f"— {name} "))
    blob = base64.b64decode(line.split(" ")[2])
    identity = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    assert key[0] == 4 and blob[:4] == identity
    (time,) = struct.unpack(">Q", blob[4:12])
    assert time == proofs["witness_time"]
    message = f"cosignature/v1\ntime {time}\n{text}\n".encode()
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(blob[12:], message)

    # Envelopes.
    public = proofs["author_public"]
    spki = bytes.fromhex("302a300506032b6570032100" + public)
    keyid = hashlib.sha256(spki).hexdigest()
    author = SSlibKey(keyid, "ed25519", "ed25519", {"public": public})
    contents = opened = 0
    for index in range(proofs["size"]):
        path = log / "content" / f"{number_path(index)}.json"
        if not path.exists():
            continue
        raw = path.read_bytes()
        content = json.loads(raw)
        assert rfc8785.dumps(content) == raw, f"{path} is canonical"
        salt, text = base64.b64decode(content["salt"]), content["envelope"].encode()
        digest = hashlib.sha256(PREFIX + salt + text).digest()
        assert list_of_entries[index] == b"DCL\x01" + digest, f"leaf {index}"
        contents += 1
        if index % 50 == 0:
            check_envelope(json.loads(text), author)
            opened += 1
    for path in sorted(folder.glob("bundle-*.json")):
        bundle = json.loads(path.read_text())
        assert rfc8785.dumps(bundle) == path.read_bytes(), f"{path} is canonical"
        if "envelope" in bundle:
            check_envelope(json.loads(bundle["envelope"]), author)
            opened += 1
    print(
        f"pymerkle: {len(proofs['sizes'])} roots, {len(proofs['inclusion'])} inclusion and "
        f"{len(proofs['consistency'])} consistency proofs hold"
    )
    print(f"cryptography: the cosignature holds; hashlib: {contents} contents are what leaves commit to")
    print(f"securesystemslib: {opened} envelopes hold; rfc8785: contents and bundles are canonical")


def check_envelope(value, author):
    assert rfc8785.dumps(value).decode() == json.dumps(value, separators=(",", ":"), sort_keys=True)
    envelope = Envelope.from_dict(copy.deepcopy(value))
    envelope.verify([author], 1)
    statement = json.loads(envelope.payload)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert rfc8785.dumps(statement) == envelope.payload, "the statement is canonical"
    envelope.payload += b" "
    try:
        envelope.verify([author], 1)
    except VerificationError:
        return
    raise AssertionError("a changed payload verifies")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
