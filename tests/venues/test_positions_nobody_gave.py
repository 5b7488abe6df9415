"""Answers to positions and balances that are cut, null, empty or of the wrong type, venue by venue.

An answer that lists nothing beside figures of something is not whole: the totals refute it, and
nothing reads as safe. Every kind of account of every venue is walked over.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Code, Status
from marginline.core.measures import Measure as M
from marginline.errors import InputError
from marginline.venues.assessing import assess
from tests.fuzz.told import Told, told

ABSENT = object()
ACCOUNTS = {each.name: each for each in told()}
OF_POSITIONS = ("position_risk", "um_position_risk", "cm_position_risk", "positions",
                "coin_positions")  # fmt: skip
OF_BALANCES = ("account", "wallet_balance", "accounts", "assets", "balance", "coin_balance",
               "margin")  # fmt: skip
SHAPES: dict[str, Any] = {
    "left out": ABSENT,
    "null": None,
    "an empty object": {},
    "an empty list": [],
    "text": "x",
    "a list of null": [None],
    "a list of empty rows": [{}],
}
INNER = {**SHAPES, "list: null": {"list": None}, "list: text": {"list": "x"}}
CHANGED_BY_POSITIONS = (
    M.UNREALIZED_PNL, M.MAINTENANCE_MARGIN, M.INITIAL_MARGIN, M.MARGIN_RATIO, M.BUFFER,
    M.AVAILABLE_BALANCE, M.WITHDRAWABLE_BALANCE, M.GROSS_NOTIONAL, M.NET_NOTIONAL,
)  # fmt: skip
UNREFUTED = {
    ("bingx standard", "positions"): "its balance tells no margin and here no P&L; that is said",
    ("binance portfolio margin with a debt", "cm_position_risk"): (
        "their P&L is 0, and what the debt requires of the total is not told; the total is judged"
    ),
}
"""Accounts of which an empty list of positions cannot be told from the truth, and why."""


TOLD_ELSEWHERE = {
    ("binance_usdm", "position_risk"): "the account lists the positions, too",
    ("binance_coinm", "position_risk"): "the account lists the positions, too",
    ("binance_pm", "account"): "it prints totals; balance lists the wallets",
    ("binance_pm_pro", "account"): "it prints totals; balance lists the wallets",
}


def cells(kinds: tuple[str, ...]) -> list[Any]:
    """Each account with each of its answers of these kinds."""
    return [
        pytest.param(name, kind, id=f"{name}: {kind}")
        for name, base in ACCOUNTS.items()
        for kind in kinds
        if kind in base.answers and (base.venue, kind) not in TOLD_ELSEWHERE
    ]


def found_of(base: Told, answers: Mapping[str, Any]) -> Assessment | None:
    """The assessment; None where the answers are refused."""
    try:
        return assess(base.read(answers))
    except InputError:
        return None


def unsafe(base: Told, kind: str, value: object, inner: str | None) -> bool:
    """Whether an account with such an answer is refused, or reads as unknown or worse."""
    answers = copy.deepcopy(base.answers)
    place: Any = answers if inner is None else answers[kind]
    name = kind if inner is None else inner
    if value is ABSENT:
        del place[name]
    else:
        place[name] = value
    found = found_of(base, answers)
    return found is None or found.status not in (Status.HEALTHY, Status.WATCH) or _refuted(found)


def _refuted(found: Assessment) -> bool:
    """Whether one book of two is empty beside a total of both: the worse is judged, and said."""
    return found.venue.startswith("binance_pm") and any(
        finding.code is Code.CONTRADICTION for finding in found.findings
    )


def inner_of(base: Told, kind: str) -> str | None:
    """The field of the venue's envelope that holds what it tells."""
    answer = base.answers[kind]
    if not isinstance(answer, dict):
        return None
    return next((name for name in ("result", "data") if name in answer), None)


def test_every_venue_that_reads_answers_stands_in_the_table() -> None:
    venues = {base.venue for base in ACCOUNTS.values()}
    assert venues == {
        "binance_usdm", "binance_coinm", "binance_pm", "binance_pm_pro", "bybit_unified",
        "bybit_inverse", "bitget_futures", "bitget_unified", "bingx_perpetual", "bingx_standard",
        "okx", "bitmex",
    }  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("name", "kind"), cells(OF_POSITIONS))
def test_positions_that_nobody_gave_are_never_safe(name: str, kind: str, shape: str) -> None:
    if shape == "an empty list" and (name, kind) in UNREFUTED:
        pytest.skip(UNREFUTED[name, kind])
    assert unsafe(ACCOUNTS[name], kind, SHAPES[shape], None)


@pytest.mark.parametrize("shape", INNER)
@pytest.mark.parametrize(("name", "kind"), cells(OF_POSITIONS))
def test_an_envelope_without_positions_is_never_safe(name: str, kind: str, shape: str) -> None:
    base = ACCOUNTS[name]
    if (inner := inner_of(base, kind)) is None:
        pytest.skip("the venue's answer has no envelope")
    if shape == "an empty list" and (name, kind) in UNREFUTED:
        pytest.skip(UNREFUTED[name, kind])
    assert unsafe(base, kind, INNER[shape], inner)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("name", "kind"), cells(OF_BALANCES))
def test_balances_that_nobody_gave_are_never_safe(name: str, kind: str, shape: str) -> None:
    base = ACCOUNTS[name]
    assert unsafe(base, kind, SHAPES[shape], None)
    if (inner := inner_of(base, kind)) is not None:
        assert unsafe(base, kind, SHAPES[shape], inner)


@pytest.mark.parametrize("name", ACCOUNTS)
def test_what_positions_would_change_is_null_where_nobody_gave_them(name: str) -> None:
    base = ACCOUNTS[name]
    gone = (*OF_POSITIONS, "account") if name.startswith("binance ") else OF_POSITIONS
    answers = {kind: answer for kind, answer in base.answers.items() if kind not in gone}
    found = found_of(base, answers)
    if found is None:
        return
    assert found.status.rank >= Status.UNKNOWN.rank
    for pool in found.pools:
        if pool.kind in ("isolated", "risk_unit"):
            continue
        shown = {m: pool.measures.get(m) for m in CHANGED_BY_POSITIONS}
        assert not any(value is not None for value in shown.values()), shown


@pytest.mark.parametrize(
    "name",
    ["bitget single", "bitget union", "bingx single, terms and an order", "okx futures",
     "okx multi-currency", "bitmex isolated"],
)  # fmt: skip
def test_pnl_and_margin_of_no_position_are_said_to_refute_an_empty_list(name: str) -> None:
    base = ACCOUNTS[name]
    answers = copy.deepcopy(base.answers)
    if inner_of(base, "positions") is None:
        answers["positions"] = []
    else:
        answers["positions"]["data"] = []
    found = found_of(base, answers)
    assert found is not None
    assert found.status is Status.UNKNOWN
    contradictions = [f.message for f in found.findings if f.code.name == "CONTRADICTION"]
    assert any(
        "the answers list no position that it could be of" in text for text in contradictions
    )


NO_TOTALS = {("bingx_perpetual", "balance"): "multi-assets: BingX prints no total of its assets"}
_AMOUNTS = ("walletBalance", "totalWalletBalance", "equity", "eq", "balance", "accountEquity")


def coin_rows(place: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where the rows of coins that hold something stand in an answer."""
    if not isinstance(place, (dict, list)):
        return []
    found = []
    for name, member in place.items() if isinstance(place, dict) else enumerate(place):
        holds = isinstance(member, dict) and any(float(member.get(n) or 0) for n in _AMOUNTS)
        found += [(*path, name)] if holds and isinstance(place, list) else []
        found += coin_rows(member, (*path, name))
    return found


@pytest.mark.parametrize(("name", "kind"), cells(OF_BALANCES))
def test_an_answer_that_lists_part_of_the_coins_is_never_safe(name: str, kind: str) -> None:
    """As with `coin=`, or in a stream: the totals beside the rows, or a position, refute it."""
    base = ACCOUNTS[name]
    if (base.venue, kind) in NO_TOTALS and "multi" in name:
        pytest.skip(NO_TOTALS[base.venue, kind])
    for *path, last in coin_rows(base.answers[kind]):
        answers = copy.deepcopy(base.answers)
        place: Any = answers[kind]
        for step in path:
            place = place[step]
        if "symbol" in place[last]:
            continue
        del place[last]
        found = found_of(base, answers)
        assert found is None or found.status not in (Status.HEALTHY, Status.WATCH), (path, last)
