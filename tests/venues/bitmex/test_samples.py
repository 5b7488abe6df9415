"""Every recorded answer of BitMEX parses; what reconcile says of each is stated here.

The two position samples are hand-made (README of the venue folder): their own sums do not hold.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from marginline.risk.reconcile.reconcile import Outcome, reconcile
from marginline.venues.reader.files import read_files

AT = "2025-01-10T08:00:00Z"
DOCUMENTED = "documented/BitMEX__Endpoints__Exchange__"
POSSIBLE = [
    ("adapter-samples/bitmex__http_get_wallet.json", 1, 0),
    ("adapter-samples/bitmex__ws_wallet.json", 1, 0),
    ("adapter-samples/bitmex__ws_margin.json", 2, 6),
    ("adapter-samples/bitmex__ws_funding_rate.json", 0, 0),
    ("adapter-samples/bitmex__ws_liquidation.json", 0, 0),
    (DOCUMENTED + "Account__GetAccountInfo.txt", 0, 0),
    (DOCUMENTED + "Account__GetBalances.txt", 0, 0),
    (DOCUMENTED + "ExchangeData__GetFundingHistory.txt", 0, 0),
    (DOCUMENTED + "ExchangeData__GetLiquidations.txt", 0, 0),
    (DOCUMENTED + "Trading__GetPositions.txt", 0, 0),
]
IMPOSSIBLE = [
    (
        "adapter-samples/bitmex__http_get_positions.json",
        {
            "posCost is the value of currentQty at avgEntryPrice",
            "maintMargin = posMargin + unrealisedPnl",
            "posInit is |posCost| / leverage",
            "unrealisedRoePcnt is unrealisedPnl / posInit",
        },
    ),
    (
        "adapter-samples/bitmex__ws_position.json",
        {
            "posCost is the value of currentQty at avgEntryPrice",
            "posMargin = posInit + posComm + posCross - posLoss",
            "maintMargin = posMargin + unrealisedPnl",
            "unrealisedRoePcnt is unrealisedPnl / posInit",
        },
    ),
]


@pytest.mark.parametrize(("name", "agree", "untold"), POSSIBLE)
def test_possible_samples_agree_as_far_as_they_tell(
    shared_data: Path, name: str, agree: int, untold: int
) -> None:
    found = reconcile(read_files([shared_data / "payloads" / name], as_of=AT))
    assert not found.contradictions
    assert found.count(Outcome.DIFFERS) == 0
    assert found.count(Outcome.AGREES) == agree
    assert found.count(Outcome.NOT_COMPUTABLE) == untold


@pytest.mark.parametrize(("name", "broken"), IMPOSSIBLE)
def test_impossible_samples_are_called_so(shared_data: Path, name: str, broken: set[str]) -> None:
    found = reconcile(read_files([shared_data / "payloads" / name], as_of=AT))
    texts = {text.partition(": ")[2].partition(", but")[0] for text in found.contradictions}
    assert texts == broken
    assert found.first_difference is not None


def test_every_sample_of_the_venue_is_listed(shared_data: Path) -> None:
    folder = shared_data / "payloads"
    there = {
        f"{path.parent.name}/{path.name}"
        for path in folder.rglob("*")
        if path.name.lower().startswith("bitmex")
    }
    assert there == {name for name, *_ in (*POSSIBLE, *IMPOSSIBLE)}
