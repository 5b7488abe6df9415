"""Untrusted answers: fields left out one by one, values of other types, answers at random.

Two promises. Whatever comes in, the only exceptions are the package's own. And an account that is
not wholly told never reads as a healthy one: where a field is missing and the status is healthy
all the same, what decides the status is what it was with the field.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Code, Status
from marginline.core.measures import Measure
from marginline.errors import InputError, PayloadError, Problem
from marginline.risk.reconcile.reconcile import reconcile
from marginline.venues.assessing import assess
from marginline.venues.reader.files import read_files
from marginline.venues.reader.reading import apply, kinds, read
from tests.fuzz.mutating import placed, without
from tests.venues.binance import answers
from tests.venues.binance.test_events import EVENTS, base
from tests.venues.binance.test_payloads_portfolio import with_loan_rates
from tests.venues.documents import Doc
from tests.venues.spoiling import judged

Path = tuple[str | int, ...]
Given = Doc

ODD: list[Any] = [
    *(None, True, False, 0, -1, 10**50, 10**5000, 1.5, float("nan"), b"1", object()),
    *("", "x", "NaN", "-Infinity", "-1", "0", "1e400", "1e39", "9" * 60, "9" * 3000, " 1"),
    *("1,000.5", "\x00", "\ud800", "|`<script>", Decimal("NaN"), Decimal("1E+50")),
    *([], {}, [[]], [None], {"a": {}}, {1: 2}),
]


def _v2() -> Given:
    given = {**answers.usdm(), "position_risk": answers.usdm_risk_v2()}
    del given["symbol_config"]
    return given


def _by_balance() -> Given:
    given = answers.usdm()
    del given["account"]
    given["balance"] = [
        {
            "asset": "USDT",
            "balance": "10000",
            "crossWalletBalance": "8500",
            "updateTime": answers.AS_OF,
        }
    ]
    return given


ACCOUNTS: dict[str, tuple[str, Callable[[], Given]]] = {
    "usdm version 3": ("binance_usdm", answers.usdm),
    "usdm version 2": ("binance_usdm", _v2),
    "usdm by balance": ("binance_usdm", _by_balance),
    "multi-assets": ("binance_usdm", answers.multi),
    "coinm": ("binance_coinm", answers.coinm),
    "portfolio": ("binance_pm", answers.portfolio),
}


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in a value: members and items, inner ones too."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for step, member in members:
        yield (*path, step)
        if isinstance(member, (dict, list)):
            yield from places(member, (*path, step))


def read_all(venue: str, given: Given) -> Account:
    account = read(venue, **given)
    return with_loan_rates(account) if venue == "binance_pm" else account


SUPPORT = Measure.MARGIN_BALANCE
Decisive = dict[str, tuple[Decimal | None, Decimal | None]]


BY_THE_VENUE: Decisive = {"by the venue's own figures, as a finding says": (None, None)}


def decisive(account: Account) -> tuple[Status, Decisive]:
    """The status, and what decides it: support and requirement of every pool that has one."""
    found = assess(account)
    pools = {pool.id: (pool.margin_balance, pool.maintenance_margin) for pool in found.pools}
    if any(f.code is Code.REPORTED for f in found.all_findings()):
        return found.status, BY_THE_VENUE
    return found.status, {name: told for name, told in pools.items() if any(told)}


@cache
def whole(name: str) -> tuple[Status, Decisive]:
    venue, make = ACCOUNTS[name]
    return decisive(read_all(venue, make()))


def _dropped() -> Iterator[Any]:
    """Every field, dropped; many also as null or as empty text, which mean the same."""
    for name, (_, make) in ACCOUNTS.items():
        paths = [path for path in places(make()) if isinstance(path[-1], str)]
        for number, path in enumerate(paths):
            for how in ("dropped", "null", "empty")[: 1 if number % 3 == 0 else 3 : 1 + number % 2]:
                if how != "empty" or len(path) > 1:  # "" is the path of no file
                    words = f"{name}: {'.'.join(map(str, path))} {how}"
                    yield pytest.param(name, path, how, id=words)


@pytest.mark.parametrize("name", ACCOUNTS)
def test_the_whole_account_is_healthy(name: str) -> None:
    status, pools = whole(name)
    assert status is Status.HEALTHY
    assert all(support is not None and needed is not None for support, needed in pools.values())


@pytest.mark.parametrize(("name", "path", "how"), list(_dropped()))
def test_a_field_left_out_never_reads_as_safe(name: str, path: Path, how: str) -> None:
    venue, make = ACCOUNTS[name]
    if how == "dropped":
        given = without(make(), path)
    else:
        given = placed(make(), path, None if how == "null" else "")
    try:
        status, pools = decisive(read_all(venue, given))
    except InputError:
        return
    assert status in (Status.UNKNOWN, Status.HEALTHY)
    if status is Status.HEALTHY and pools not in (whole(name)[1], BY_THE_VENUE):
        bounded(assess(read_all(venue, given)), whole(name)[1])


def bounded(found: Assessment, before: Decisive) -> None:
    """What is null lies, by its findings, between ends whose worse one is healthy, too."""
    for pool in found.pools:
        support, needed = before[pool.id]
        if pool.margin_balance is None:
            ends = [f for f in pool.findings if (f.where, f.measure) == (pool.id, SUPPORT)]
            assert ends
            assert ends[0].at_least is not None
            assert support is not None
            assert needed is not None
            assert needed < ends[0].at_least <= support
        assert pool.margin_balance in (None, support)
        assert pool.maintenance_margin == needed


def survives(look: Callable[[Given], object], odd: Given) -> None:
    """Nothing but the package's own errors, and those short."""
    problems: tuple[Problem, ...] = ()
    try:
        look(odd)
    except InputError as refused:
        problems = refused.problems
    assert all(len(str(problem)) < 1000 for problem in problems)


EVERY = bool(os.environ.get("FUZZ_INPUTS"))
"""Whether every odd value is tried at every place (`make fuzz`), or a share of them."""


def odd_values(given: Given, share: int) -> Iterator[Given]:
    """The answers with one place given an odd value: every `share`-th of them, in turn.

    Each place has its own, each value other places: no pair is left out for good by a pattern.
    """
    share = 1 if EVERY else share
    for number, path in enumerate(places(given)):
        for odd in ODD[number * 5 % share :: share]:
            if len(path) > 1 or not isinstance(odd, (str, bytes)):
                yield placed(given, path, odd)


@pytest.mark.parametrize("name", ACCOUNTS)
def test_values_of_any_type_raise_nothing_of_their_own(name: str) -> None:
    """Read, judged, reconciled, and a table made of it."""
    venue, make = ACCOUNTS[name]
    for odd in odd_values(make(), 17):
        survives(lambda given: reconcile(read_all(venue, given)).markdown(), odd)


@pytest.mark.parametrize("event", EVENTS)
def test_events_of_any_type_raise_nothing_of_their_own(event: Given) -> None:
    account = base()
    for odd in odd_values(event, 3):
        survives(lambda given: assess(apply(account, given)), odd)


@pytest.mark.parametrize("event", EVENTS)
def test_events_with_a_field_left_out_raise_nothing_of_their_own(event: Given) -> None:
    account = base()
    for path in places(event):
        survives(lambda given: assess(apply(account, given)), without(event, path))


WORDS = [
    *(
        "symbol",
        "asset",
        "positionAmt",
        "balance",
        "brackets",
        "assets",
        "positions",
        "code",
        "msg",
    ),
    *("e", "E", "a", "o", "s", "pa", "stream", "data", "adlQuantile", "collateralInfo"),
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["BTCUSDT", "USDT", "LONG", "1.5", "isolated", "", "ACCOUNT_UPDATE"])
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(WORDS) | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.sampled_from(sorted({v for v, _ in ACCOUNTS.values()})), st.data())
def test_any_json_is_an_account_or_refused(venue: str, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(kinds(venue))))
    answer = data.draw(st.lists(JSON, max_size=3) | st.dictionaries(st.text(max_size=5), JSON))
    mode = "single_asset" if venue == "binance_usdm" else None
    call: Any = {"mode": mode, "as_of": "2025-07-01T00:00:00Z", kind: answer}
    try:
        account = read(venue, **call)
    except PayloadError:
        return
    assert assess(account).status is not Status.HEALTHY or account.wallets


@given(JSON)
def test_any_json_is_an_event_or_refused(event: object) -> None:
    if not isinstance(event, (dict, list)):
        return
    found = judged(lambda: apply(base(), event))
    assert found is None or found.venue == base().venue


@given(content=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_an_account_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(content)
    moment = "2025-07-01T00:00:00Z"
    account = judged(lambda: read_files([path], mode="single_asset", as_of=moment))
    assert account is None or assess(account).status is not Status.HEALTHY or account.wallets
