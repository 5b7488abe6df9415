"""Recordings on disk: whole up to a cut, damage found at its place, bounded by size and days."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from marginline.errors import StoreError
from marginline.store.recordings.files import DAY_MS, Bounds, Parts, lines_of, parts_in

START = 1_795_000_000_000
LINES = [[f'{{"n":{group},"i":{i}}}'.encode() for i in range(40)] for group in range(6)]
FLAT = [line for group in LINES for line in group]


@pytest.fixture
def part(tmp_path: Path) -> Path:
    parts = Parts(tmp_path)
    parts.begin(START)
    for group in LINES:
        parts.write(group)
    parts.close()
    assert parts.path is not None
    return parts.path


def read(path: Path) -> tuple[list[bytes], str]:
    """The lines that can be had, and how it ended."""
    found: list[bytes] = []
    try:
        for line in lines_of(path):
            found.append(line)  # noqa: PERF402 - what came before the error counts
    except StoreError as problem:
        return found, problem.reason
    return found, ""


def test_what_was_written_is_read_and_zcat_reads_it_too(part: Path) -> None:
    assert read(part) == (FLAT, "")
    assert gzip.decompress(part.read_bytes()).splitlines() == FLAT
    assert part.stat().st_mode & 0o777 == 0o600


def test_a_cut_at_any_byte_leaves_whole_writes_and_names_its_place(part: Path) -> None:
    content = part.read_bytes()
    whole = {sum(len(g) for g in LINES[:n]) for n in range(len(LINES) + 1)}
    for length in range(0, len(content), 7):
        part.write_bytes(content[:length])
        found, reason = read(part)
        assert found == FLAT[: len(found)]
        assert len(found) in whole
        assert reason == "" or "cut at byte" in reason
        at_an_end = reason == ""
        assert at_an_end == (gzip_ends_at(content, length))


def gzip_ends_at(content: bytes, length: int) -> bool:
    """Whether a member ends just there."""
    try:
        gzip.decompress(content[:length])
    except EOFError:
        return False
    return True


def test_no_changed_byte_is_ever_given_out(part: Path) -> None:
    content = part.read_bytes()
    for place in range(0, len(content), 11):
        part.write_bytes(content[:place] + bytes([content[place] ^ 0x41]) + content[place + 1 :])
        found, reason = read(part)
        assert found == FLAT[: len(found)]
        harmless = found == FLAT and not reason  # a byte of a member's head that says nothing
        assert harmless or ("byte" in reason and ("damaged" in reason or "cut" in reason))


def test_parts_end_with_the_day_and_when_they_are_full(tmp_path: Path) -> None:
    parts = Parts(tmp_path, Bounds(part_bytes=2_000, most_bytes=100_000))
    assert parts.over(START)
    parts.begin(START)
    assert not parts.over(START + 1_000)
    assert parts.over(START + DAY_MS)
    while not parts.over(START + 1_000):
        parts.write([f"{START}{n}".encode() * 3 for n in range(400)])
    parts.begin(START + 1_000)
    parts.close()
    assert len(parts_in(tmp_path)) == 2


def test_the_oldest_parts_go_first_and_other_files_stay(tmp_path: Path) -> None:
    mine = tmp_path / "notes.txt"
    mine.write_text("mine")
    parts = Parts(tmp_path, Bounds(part_bytes=1_000, most_bytes=4_000, keep_days=3))
    for day in range(8):
        parts.begin(START + day * DAY_MS)
        parts.write([b"x"])
    parts.close()
    names = [each.name[:10] for each in parts_in(tmp_path)]
    assert names == ["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25"]
    assert parts.deleted == 4
    import random

    big = Parts(tmp_path, Bounds(part_bytes=1_000, most_bytes=4_000, keep_days=0))
    draw = random.Random(1)
    for minute in range(12):
        big.begin(START + 9 * DAY_MS + minute * 60_000)
        big.write([draw.randbytes(900).hex().encode()])
    big.close()
    assert sum(each.stat().st_size for each in parts_in(tmp_path)) <= 4_000 + 1_000  # one write
    assert mine.read_text() == "mine"


def test_what_cannot_be_read_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file"):
        list(lines_of(tmp_path / "none.jsonl.gz"))
    text = tmp_path / "text.jsonl.gz"
    text.write_text("no recording at all")
    with pytest.raises(StoreError, match=r"damaged .* at byte 0"):
        list(lines_of(text))
