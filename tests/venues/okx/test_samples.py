"""Every recorded answer of OKX parses; what reconcile says of each is stated here."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from marginline.core.account.account import Account
from marginline.errors import PayloadError
from marginline.risk.reconcile.reconcile import Outcome, reconcile
from marginline.venues.okx.payloads.kinds import sniff
from marginline.venues.reader.files import read_files
from marginline.venues.reader.reading import read
from tests.venues.documents import extra
from tests.venues.okx.answers import AS_OF, VENUE

POSITION = "OKX__Endpoints__UnifiedApi__Account__GetAccountPositions.txt"
STREAM = "OKX__Subscriptions__Unified__Trading__Position.txt"
DIFFER = (POSITION, STREAM)  # markPx there is of another moment than upl


def files(shared: Path) -> list[Path]:
    found = (shared / "payloads").rglob("*")
    return sorted(path for path in found if path.name.lower().startswith("okx"))


def sample(path: Path) -> Account:
    try:
        return read_files([path])
    except PayloadError:
        return read_files([path], as_of=AS_OF)


def test_every_sample_parses_and_no_sum_of_its_own_figures_is_wrong(shared_data: Path) -> None:
    there = files(shared_data)
    assert len(there) == 32
    for path in there:
        found = sample(path)
        assert found.venue == VENUE, path.name
        assert "unknown" not in found.extra, path.name
        result = reconcile(found)
        assert bool(result.contradictions) == (path.name in DIFFER), path.name
        differs = result.count(Outcome.DIFFERS)
        assert differs == (2 if path.name in DIFFER else 0), path.name


def test_the_documents_position_agrees_at_the_mark_of_its_own_figures(shared_data: Path) -> None:
    (path,) = (path for path in files(shared_data) if path.name == POSITION)
    base = sample(path)
    (row,) = base.positions
    assert (row.key, row.size, row.isolated_margin) == (
        "ETH-USD-210430/long",
        Decimal(1),
        Decimal("0.0003896645377994"),
    )
    implied = str(1 / (1 / Decimal("2566.31") + Decimal("0.00000009932766034")))
    text = path.read_text("utf-8")
    text = text[text.index("{") :].replace('"markPx":"2353.849"', f'"markPx":"{implied[:20]}"')
    tiers = [{"instFamily": "ETH-USD", "minSz": "0", "maxSz": "1000", "mmr": "0.008"}]
    fees = {"maker": "-0.0002", "taker": "-0.0005", "level": "Lv1"}
    whole = read(VENUE, as_of=AS_OF, mode="futures", positions=text, tiers=tiers, fees=fees)
    result = reconcile(whole)
    labels = {line.label for line in result.lines if line.outcome is Outcome.AGREES}
    assert labels == {"upl", "mmr", "mgnRatio", "liqPx", "uplRatio"}
    assert result.agrees
    assert not result.contradictions


def test_a_sample_of_the_past_is_kept_and_read_as_nothing(shared_data: Path) -> None:
    (path,) = (p for p in files(shared_data) if p.name.endswith("PositionHistory.txt"))
    found = sample(path)
    assert extra(found, "position_history")[0]["instId"] == "BTC-USD-SWAP"
    assert "positions" not in str(found.extra["known"])


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"code": 0, "msg": "", "data": [{"instId": "x", "mgnMode": "cross"}]},
                     id="BingX's code is a number"),
        pytest.param({"code": "00000", "data": [{"instId": "x", "mgnMode": "cross"}]}, id="Bitget"),
        pytest.param({"code": "0", "msg": "", "data": [{"symbol": "x"}]}, id="no word of ours"),
        pytest.param([{"instId": "BTC-USDT", "pos": "1"}], id="rows alone"),
        pytest.param({"arg": {"channel": "account"}, "data": [{"marginCoin": "x"}]}, id="a stream"),
    ],
)  # fmt: skip
def test_answers_of_others_are_not_taken_for_ours(answer: object) -> None:
    assert not sniff(None, answer)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/v5/account/balance?ccy=BTC", "balance"),
        ("/api/v5/account/positions", "positions"),
        ("/api/v5/asset/bills-history", "bills"),
        ("/api/v5/market/candles", None),
    ],
)
def test_addresses(path: str, kind: str | None) -> None:
    assert sniff(path, {}) == ({} if kind is None else {VENUE: kind})
