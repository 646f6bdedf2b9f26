"""Signed notes: a short text, and under it lines by which named keys stand for it.

The formats are those of C2SP, so that others' tools read them: signed-note (text, blank line, signatures),
tlog-checkpoint (origin, size and root of a log), tlog-cosignature (a witness's, with the hour it was given).
Keys are Ed25519 (RFC 8032). A key that others may have is a *vkey*, ``name+keyid+base64``; the one to keep
is a file with ``PRIVATE+KEY+name+keyid+base64``, as the Go tools write it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from stannary.errors import LedgerError, Place, Problem

__all__ = [
    "Body",
    "Note",
    "Signature",
    "SigningKey",
    "Vkey",
    "cosign_note",
    "generate_key",
    "parse_body",
    "parse_note",
    "parse_vkey",
    "read_key",
    "sign_note",
    "signers_of",
]

LOG = 0x01
"""The type of a key that signs notes as they are: that of a log."""

WITNESS = 0x04
"""The type of a key that cosigns checkpoints with an hour: that of a witness."""

LARGEST_NOTE = 65_536
MOST_SIGNATURES = 64
LATEST = 2**63 - 1

NAME = re.compile(r"[^\s+\x00-\x20\x7f]{1,120}")
SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Vkey:
    """The public half of a key, with the name it signs under; `kind` says what it signs."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Give the four bytes that tell this key from others of its name."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_base64(bytes([self.kind]) + self.public)}"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs. Its secret is in no text made of it."""

    name: str
    kind: int
    seed: bytes = field(repr=False)

    @property
    def vkey(self) -> Vkey:
        """Give the public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return Vkey(self.name, self.kind, public.public_bytes_raw())


@dataclass(frozen=True, slots=True)
class Signature:
    """One line under a note: by whom, by which key, and the bytes."""

    name: str
    key_id: bytes
    signed: bytes

    def __str__(self) -> str:
        return f"— {self.name} {_base64(self.key_id + self.signed)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signatures under it, none of them verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"


@dataclass(frozen=True, slots=True)
class Body:
    """What a checkpoint says: whose log it is, how many leaves it has, and the root of its tree."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


def sign_note(text: str, key: SigningKey) -> Note:
    """Sign a text as a log does."""
    _must_be(key.kind == LOG, f"The key {key.name} is a witness's, not a log's.")
    signed = Ed25519PrivateKey.from_private_bytes(key.seed).sign(text.encode())
    return parse_note(str(Note(text, (Signature(key.name, key.vkey.key_id, signed),))))


def cosign_note(note: Note, key: SigningKey, at: int) -> Note:
    """Add a witness's signature to a checkpoint; `at` is the hour, in seconds since 1970 (UTC)."""
    _must_be(key.kind == WITNESS, f"The key {key.name} is a log's, not a witness's.")
    _must_be(0 < at <= LATEST, f"{at} is not an hour.")
    signed = Ed25519PrivateKey.from_private_bytes(key.seed).sign(_cosigned(note.text, at))
    mine = Signature(key.name, key.vkey.key_id, struct.pack(">Q", at) + signed)
    others = [each for each in note.signatures if (each.name, each.key_id) != (mine.name, mine.key_id)]
    return replace(note, signatures=(*others, mine))


def _cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def signers_of(note: Note, vkeys: Iterable[Vkey]) -> tuple[Vkey, ...]:
    """Give those of the keys that signed a note.

    Lines of other keys are passed over. Raises `LedgerError` (STN-LEDGER-021) where a line claims to be of
    one of the keys and is not: such a note is worth nothing.
    """
    known = {(each.name, each.key_id): each for each in vkeys}
    signers: dict[Vkey, None] = {}
    for line in note.signatures:
        vkey = known.get((line.name, line.key_id))
        if vkey is None:
            continue
        if not _holds(note.text, line.signed, vkey):
            _fail("STN-LEDGER-021", f"The signature of {vkey.name} is not its own.", "Ask for the note anew.")
        signers[vkey] = None
    return tuple(signers)


def _holds(text: str, signed: bytes, vkey: Vkey) -> bool:
    message = text.encode()
    if vkey.kind == WITNESS:
        if len(signed) != 72:
            return False
        (at,) = struct.unpack(">Q", signed[:8])
        if at > LATEST:
            return False
        message, signed = _cosigned(text, at), signed[8:]
    try:
        Ed25519PublicKey.from_public_bytes(vkey.public).verify(signed, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def parse_note(text: str | bytes) -> Note:
    """Read a signed note, strictly. Raises `LedgerError` (STN-LEDGER-022) where it is not one."""
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError:
            _fail("STN-LEDGER-022", "The note is not UTF-8 text.", "Send the file as it was published.")
    _must_be(len(text) <= LARGEST_NOTE, "The note is too long to be one.")
    _must_be(text.isascii() or _is_utf8(text), "The note holds half a character.")
    _must_be(not any(sign < " " and sign != "\n" for sign in text), "The note holds a control character.")
    cut = text.rfind("\n\n")
    _must_be(cut > 0 and text.endswith("\n"), "The note has no blank line before its signatures.")
    body, lines = text[: cut + 1], text[cut + 2 : -1].split("\n")
    _must_be(lines != [""], "The note is not signed.")
    _must_be(len(lines) <= MOST_SIGNATURES, f"The note has more than {MOST_SIGNATURES} signatures.")
    return Note(body, tuple(map(_parse_signature, lines)))


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def _parse_signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, signed = rest.partition(" ")
    _must_be(dash == "—" and NAME.fullmatch(name) is not None, f"{line[:60]!r} is not a signature.")
    data = _bytes_of(signed)
    _must_be(len(data) > 4, f"The signature of {name} is too short.")
    return Signature(name, data[:4], data[4:])


def parse_body(text: str) -> Body:
    """Read what a checkpoint says. Raises `LedgerError` (STN-LEDGER-022) where it is none.

    Lines after the third are refused: this log writes none, and nobody could vouch for them.
    """
    lines = text.split("\n")
    _must_be(len(lines) == 4 and lines[3] == "", "A checkpoint has three lines: origin, size and root.")
    origin, size, root = lines[:3]
    _must_be(NAME.fullmatch(origin) is not None, f"{origin[:60]!r} is not the name of a log.")
    _must_be(SIZE.fullmatch(size) is not None, f"{size[:30]!r} is not a number of leaves.")
    data = _bytes_of(root)
    _must_be(len(data) == 32, "The root is not a SHA-256 hash.")
    return Body(origin, int(size), data)


def parse_vkey(text: str) -> Vkey:
    """Read a vkey, as a log or a witness hands it out. Raises `LedgerError` (STN-LEDGER-022) for others."""
    name, kind, public = _parse_key(text.strip())
    vkey = Vkey(name, kind, public)
    _must_be(str(vkey) == text.strip(), f"The key of {name} was copied wrongly: its parts do not agree.")
    return vkey


def _parse_key(text: str) -> tuple[str, int, bytes]:
    parts = text.split("+", 2)
    _must_be(len(text) < 400 and len(parts) == 3, "A key is a name, a plus, an id, a plus, and base64.")
    name, _, encoded = parts
    _must_be(NAME.fullmatch(name) is not None, f"{name[:60]!r} is not the name of a key.")
    data = _bytes_of(encoded)
    _must_be(len(data) == 33 and data[0] in (LOG, WITNESS), f"{name} is a key of a kind not used here.")
    return name, data[0], data[1:]


def generate_key(path: Path, name: str, seed: bytes | None = None, *, is_witness: bool = False) -> SigningKey:
    """Make a key and keep it in a new file that only its owner may read.

    `name` is best the address of who signs, such as ``zone.example/books``. `seed` is 32 random bytes; left
    out, the key is a fresh one. Raises `LedgerError` (STN-LEDGER-022) where a file stands already or none
    can be made.
    """
    _must_be(NAME.fullmatch(name) is not None, f"{name[:60]!r} is not the name of a key: no spaces, no plus.")
    seed = Ed25519PrivateKey.generate().private_bytes_raw() if seed is None else seed
    _must_be(len(seed) == 32, "A key is made of 32 random bytes.")
    key = SigningKey(name, WITNESS if is_witness else LOG, seed)
    text = f"PRIVATE+KEY+{name}+{key.vkey.key_id.hex()}+{_base64(bytes([key.kind]) + key.seed)}\n"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        _fail(
            "STN-LEDGER-022",
            f"The key cannot be written: {error.strerror}.",
            "Choose a new file.",
            Place(str(path)),
        )
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return key


def read_key(path: Path) -> SigningKey:
    """Read a key to sign with. Raises `LedgerError` (STN-LEDGER-022) if it is missing or open to others."""
    place = Place(str(path))
    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            remedy = f"Take it back: chmod 600 {path}. If others could read it, make a new one."
            _fail("STN-LEDGER-022", "The key may be read by others than its owner.", remedy, place)
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        _fail("STN-LEDGER-022", f"The key cannot be read: {error.strerror}.", "Check its place.", place)
    except UnicodeDecodeError:
        _fail("STN-LEDGER-022", "This is not a file with a key.", "Check its place.", place)
    prefix = "PRIVATE+KEY+"
    if not text.startswith(prefix):
        _fail("STN-LEDGER-022", "This is not a file with a key.", "Check its place.", place)
    name, kind, seed = _parse_key(text.strip()[len(prefix) :])
    key = SigningKey(name, kind, seed)
    if text.strip().split("+")[3] != key.vkey.key_id.hex():
        _fail("STN-LEDGER-022", f"The key of {name} is damaged.", "Take it from your copy.", place)
    return key


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes_of(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    # several texts stand for the same bytes if the last bits are let pass; one is written, one is read
    _must_be(data != b"" and _base64(data) == text, f"{text[:60]!r} is not base64.")
    return data


def _must_be(claim: bool, message: str) -> None:
    if not claim:
        _fail("STN-LEDGER-022", message, "Send what was published, unchanged.")


def _fail(code: str, message: str, remedy: str, place: Place | None = None) -> NoReturn:
    raise LedgerError([Problem(code, message, remedy, place or Place())])
