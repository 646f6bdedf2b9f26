"""Files that are not what they claim to be, for every importer alike."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from stannary.errors import AtlasError


def zipped(content: bytes) -> bytes:
    """Put bytes into a zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("table.csv", content)
    return stream.getvalue()


HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "only a byte order mark": b"\xef\xbb\xbf",
    "blank lines": b"\n\n\n",
    "nul bytes": b"\0" * 4096,
    "zip in disguise": zipped(b"a,b\n1,2\n"),
    "truncated zip": zipped(b"a,b\n1,2\n")[:30],
    "7z archive": b"7z\xbc\xaf\x27\x1c" + b"\1" * 100,
    "gzip": gzip.compress(b"a,b\n1,2\n"),
    "truncated gzip": gzip.compress(b"a,b\n1,2\n" * 100)[:-20],
    "gzip of nothing": gzip.compress(b""),
    "damaged gzip": b"\x1f\x8b" + b"\xff" * 60,
    "parquet": b"PAR1" + b"\0" * 50,
    "pdf": b"%PDF-1.7\n",
    "web page": b"<!DOCTYPE html><html><body>404</body></html>",
    "utf-16": "a,b\n1,2\n".encode("utf-16"),
    "one endless line": b"x" * (1 << 18),
    "open quote": b'a,"b\n1,2\n',
    "semicolons": b"a;b;c\n1;2;3\n",
    "another table": b"name,age\nAda,36\n",
    "header twice": b"a,a\n1,2\n",
    "not utf-8": b"a,b\n\xff\xfe\x81,2\n",
}


@pytest.fixture
def refuses_every_hostile_file(tmp_path: Path) -> Callable[[Callable[[Path], object]], None]:
    """Give a check: a reader refuses every hostile file, a folder and a missing file with `AtlasError`."""

    def check(read: Callable[[Path], object]) -> None:
        for name, content in HOSTILE.items():
            path = tmp_path / "hostile.csv"
            path.write_bytes(content)
            with pytest.raises(AtlasError) as caught:
                read(path)
            assert all(problem.place.file for problem in caught.value.problems), name
            assert len(caught.value.problems) <= 101, name
        for path in (tmp_path, tmp_path / "missing.csv", Path("/dev/null")):
            with pytest.raises(AtlasError):
                read(path)

    return check
