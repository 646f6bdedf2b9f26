"""Answers kept on disk: whole or absent, found again, and without secrets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stannary.atlas.cache import AnswerCache, SourceRequest, sound_answer
from stannary.errors import AtlasError

REQUEST = SourceRequest("us-census-trade", (("I_COMMODITY", "811292"), ("time", "2026-01")))


def test_an_answer_is_found_again_whatever_the_order_of_parameters(tmp_path: Path) -> None:
    AnswerCache(tmp_path).put(REQUEST, "[1, 2]")
    turned = SourceRequest(REQUEST.source, REQUEST.parameters[::-1])
    assert AnswerCache(tmp_path).get(turned) == "[1, 2]"


def test_another_request_has_no_answer(tmp_path: Path) -> None:
    AnswerCache(tmp_path).put(REQUEST, "x")
    assert AnswerCache(tmp_path).get(SourceRequest("us-census-trade", (("time", "2026-02"),))) is None
    assert AnswerCache(tmp_path / "missing").get(REQUEST) is None


def test_an_empty_answer_is_an_answer(tmp_path: Path) -> None:
    AnswerCache(tmp_path).put(REQUEST, "")
    assert AnswerCache(tmp_path).get(REQUEST) == ""


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"null", b'{"answer": 1}', b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_answer_counts_as_absent(tmp_path: Path, damage: bytes) -> None:
    cache = AnswerCache(tmp_path)
    cache.put(REQUEST, "answer")
    cache.path(REQUEST).write_bytes(damage)
    assert cache.get(REQUEST) is None
    assert json.loads(cache.write_manifest().read_text(encoding="utf-8")) == {"answers": {}}


def test_an_edited_answer_counts_as_absent(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path)
    cache.put(REQUEST, "value 100")
    path = cache.path(REQUEST)
    path.write_bytes(path.read_bytes().replace(b"100", b"900"))
    assert cache.get(REQUEST) is None


def test_an_answer_moved_to_another_request_counts_as_absent(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path)
    other = SourceRequest("us-census-trade", (("time", "2026-02"),))
    cache.put(REQUEST, "answer")
    cache.path(REQUEST).rename(cache.path(other))
    assert cache.get(other) is None


def test_a_forgotten_answer_is_asked_for_again(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path)
    cache.put(REQUEST, "answer")
    cache.forget(REQUEST)
    cache.forget(REQUEST)
    assert cache.get(REQUEST) is None


@pytest.mark.parametrize("name", ["key", "subscription-key", "api_token", "Authorization", "PASSWORD"])
def test_a_request_that_names_a_secret_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        SourceRequest("un-comtrade", ((name, "x"),))


def test_a_secret_in_a_parameter_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="secret"):
        AnswerCache(tmp_path).put(SourceRequest("a", (("q", "s3cret"),)), "x", secrets=["s3cret"])
    assert list(tmp_path.iterdir()) == []


def test_a_secret_in_an_answer_is_struck_out(tmp_path: Path) -> None:
    kept = AnswerCache(tmp_path).put(REQUEST, "you sent s3cret", secrets=["s3cret", ""])
    assert kept == AnswerCache(tmp_path).get(REQUEST) == "you sent [struck out]"


@pytest.mark.parametrize("source", ["", "../up", "a/b", "A", "a" * 65])
def test_a_source_named_like_a_path_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="source"):
        SourceRequest(source, ())


def test_the_manifest_lists_whole_answers_by_fingerprint(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path)
    cache.put(REQUEST, "answer")
    listed = json.loads(cache.write_manifest().read_text(encoding="utf-8"))["answers"]
    assert list(listed) == [REQUEST.fingerprint]
    assert listed[REQUEST.fingerprint]["characters"] == 6
    assert listed[REQUEST.fingerprint]["request"]["source"] == "us-census-trade"


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("", encoding="utf-8")
    for act in (lambda c: c.put(REQUEST, "x"), lambda c: c.get(REQUEST), lambda c: c.write_manifest()):
        with pytest.raises(AtlasError, match="STN-ATLAS-020"):
            act(AnswerCache(place))


KILLED_WHILE_WRITING = """
import os, sys
from pathlib import Path
from stannary.atlas.cache import AnswerCache, SourceRequest
os.fsync = lambda _: os._exit(9)
AnswerCache(Path(sys.argv[1])).put(SourceRequest("a", (("q", "1"),)), "half an answer")
"""


def test_a_process_killed_while_writing_leaves_no_half_answer(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", KILLED_WHILE_WRITING, str(tmp_path)]
    assert subprocess.run(command, env=environment, timeout=60, check=False).returncode == 9
    cache = AnswerCache(tmp_path)
    request = SourceRequest("a", (("q", "1"),))
    assert cache.get(request) is None
    cache.put(request, "whole")
    assert cache.get(request) == "whole"


@given(st.text(max_size=300))
def test_any_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, answer: str) -> None:
    cache = AnswerCache(tmp_path_factory.getbasetemp() / "cache")
    cache.put(REQUEST, answer)
    assert cache.get(REQUEST) == answer


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading_of_a_file(content: bytes) -> None:
    assert sound_answer(content) is None
