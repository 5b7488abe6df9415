"""Answers that lie in `../shared/data`, as they were captured: payloads one by one, cases whole."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

from marginline.errors import InputError
from marginline.venues.assessing import assess
from marginline.venues.reader.files import read_files
from marginline.venues.reader.reading import Request
from tests.fuzz.told import Told
from tests.venues.cases.test_cases import CASES

_MODES = {"binance_usdm": "single_asset", "bybit_unified": "cross", "bitget_futures": "single",
          "bitget_unified": "advanced", "bingx_perpetual": "single_asset"}  # fmt: skip
_LATER = "2025-11-03T00:00:00Z"


def captured(data: Path) -> list[Told]:
    """Every answer that makes an account, with what it leaves out and a caller would know."""
    files = sorted(path for path in (data / "payloads").glob("*/*") if path.is_file())
    payloads = (told_of(path.name, [path]) for path in files)
    whole = (
        told_of(case.id, case.paths(data), case.mode, case.as_of)
        for case in CASES
        if not case.refused and case.venue is None
    )
    return [told for told in (*payloads, *whole) if told is not None]


def told_of(
    name: str, paths: list[Path], mode: str | None = None, as_of: str | None = None
) -> Told | None:
    """Files as the answers they hold; None where they are no account's."""
    try:
        asked = request(paths)
    except InputError:
        return None
    answers = {kind: answer.value for kind, answer in asked.answers.items()}
    for way in (mode, _MODES.get(asked.venue)):
        for moment in (as_of, _LATER):
            told = Told(name, asked.venue, answers, way, moment)
            try:
                assess(told.read(answers))
            except InputError:
                continue
            return told
    return None


def request(paths: list[Path]) -> Request:
    """What files ask of a venue's reader.

    Raises:
        InputError: a file is not recognised, or they are of several venues.
    """
    asked: list[Request] = []

    def keep(given: Request) -> None:
        asked.append(given)

    with patch("marginline.venues.reader.files.read_request", keep):
        read_files(paths)
    return asked[0]
