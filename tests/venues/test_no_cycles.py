"""What is judged is gone as soon as nobody holds it, without a search for garbage.

A monitor searches what lives long but a few times an hour: whatever holds itself would wait for it.
"""

from __future__ import annotations

import gc
import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

import marginline as ml
from marginline.core.findings import Code
from marginline.errors import MarginlineError
from marginline.venues.reader.account_draft import Draft
from tests.equality.drawn import GROUPS, accounts
from tests.venues.documents import Doc

SAMPLES = Path(__file__).parent / "samples"


def left(work: Callable[[], object]) -> Counter[str]:
    """Our objects, by kind, that only a search for garbage found after some work was dropped."""
    work()  # what is made once and stays is there from now on
    gc.collect()
    gc.disable()
    try:
        work()
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        kinds = [type(each) for each in gc.garbage]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    return Counter(kind.__qualname__ for kind in kinds if kind.__module__.startswith("marginline"))


def lived(document: Doc) -> None:
    """Read, judged, moved by a tick, judged again."""
    try:
        account = ml.load(document)
        ml.assess(account).to_dict()
        live = ml.Live(account)
        live.tick({symbol: mark * 2 for symbol, mark in account.market.mark.items()})
        live.assessment().to_dict()
    except MarginlineError:
        return


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_a_judged_sample_is_gone_at_once(path: Path) -> None:
    for mode, document in json.loads(path.read_text(encoding="utf-8")).items():
        assert not left(partial(lived, document)), mode


@pytest.mark.parametrize("group", GROUPS)
def test_a_judged_account_is_gone_at_once(group: str) -> None:
    for document in accounts(group, 6, seed=11):
        assert not left(partial(lived, document)), document


def test_a_draft_is_gone_at_once() -> None:
    account = ml.load(json.loads((SAMPLES / "binance_usdm.json").read_text())["single_asset"])

    def drafted() -> None:
        draft = Draft("binance_usdm", {}, account)
        draft.note(Code.MISSING_DATA, "", "something")
        draft.forget_notes(["tiers"])
        draft.changed_account()

    assert not left(drafted)


def test_a_second_mark_far_from_the_first_is_noted_in_the_drafts_notes() -> None:
    draft = Draft("binance_usdm", {})
    draft.forget_notes(["balance"])
    draft.mark["BTCUSDT"] = Decimal(100)
    draft.mark["BTCUSDT"] = Decimal(200)
    assert [note.code for note in draft.notes] == [Code.CONTRADICTION]
