"""Events laid on an account: new states, once or twice, in order or late."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.core.account.account import Account
from marginline.core.account.file import from_dict, to_dict
from marginline.core.findings import Status
from marginline.errors import PayloadError
from marginline.risk.reconcile.reconcile import reconcile
from marginline.venues.assessing import assess
from marginline.venues.reader.notes import notes_of
from marginline.venues.reader.reading import apply, read
from tests.venues.binance import answers
from tests.venues.documents import Doc

LATER = answers.AS_OF + 10_000


def base() -> Account:
    return read("binance_usdm", **answers.usdm())


def update(balances: list[Doc], positions: list[Doc], at: int = LATER) -> Doc:
    return {
        "e": "ACCOUNT_UPDATE",
        "E": at,
        "T": at - 1,
        "a": {"m": "ORDER", "B": balances, "P": positions},
    }


def balance(**changes: str) -> dict[str, str]:
    return {"a": "USDT", "wb": "10100.00000000", "cw": "8600.00000000", "bc": "0"} | changes


def leg(**changes: str) -> dict[str, str]:
    return {
        "s": "BTCUSDT",
        "pa": "0.6",
        "ep": "60500.0",
        "bep": "60530.0",
        "cr": "0",
        "up": "900.00000000",
        "mt": "cross",
        "iw": "0",
        "ps": "BOTH",
    } | changes


def call(**changes: Any) -> Doc:
    near = {
        "s": "BTCUSDT",
        "ps": "BOTH",
        "pa": "0.5",
        "mt": "CROSSED",
        "iw": "0",
        "mp": "45000",
        "up": "-7500",
        "mm": "90.000000",
    }
    found: Doc = {"e": "MARGIN_CALL", "E": LATER, "cw": "8000.00000000", "p": [near]}
    return found | changes


def order(**changes: Any) -> Doc:
    told = {
        "s": "BTCUSDT", "c": "x", "S": "SELL", "o": "LIMIT", "f": "GTC", "q": "0.3", "p": "65000",
        "ap": "0", "sp": "0", "x": "NEW", "X": "NEW", "i": 77, "l": "0", "z": "0.1", "L": "0",
        "T": LATER, "t": 0, "b": "0", "a": "0", "m": False, "R": False, "wt": "CONTRACT_PRICE",
        "ot": "LIMIT", "ps": "BOTH", "cp": False, "rp": "0", "pP": False, "si": 0, "ss": 0,
        "V": "NONE", "pm": "NONE", "gtd": 0,
    }  # fmt: skip
    return {"e": "ORDER_TRADE_UPDATE", "E": LATER, "T": LATER, "o": told | changes}


EVENTS: list[Doc] = [
    update([balance()], [leg()]),
    update([balance()], []),
    update([], [leg(pa="0")]),
    update([], [leg(s="ETHUSDT", pa="-3", ep="3050", mt="isolated", iw="1600")]),
    call(),
    order(),
    order(X="CANCELED"),
    {"e": "ACCOUNT_CONFIG_UPDATE", "E": LATER, "T": LATER, "ac": {"s": "BTCUSDT", "l": 25}},
    {"e": "ACCOUNT_CONFIG_UPDATE", "E": LATER, "T": LATER, "ai": {"j": True}},
]


# -- every event -------------------------------------------------------------------------------


@pytest.mark.parametrize("event", EVENTS)
def test_the_same_event_twice_makes_the_same_account(event: Doc) -> None:
    once = apply(base(), event)
    assert apply(once, event) == once
    assert once != base()


@pytest.mark.parametrize("event", EVENTS)
def test_the_account_stands_by_itself(event: Doc) -> None:
    account = apply(base(), event)
    assert from_dict(to_dict(account)) == account


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_may_come_in_the_frame_of_its_stream(event: Doc) -> None:
    framed = {"stream": "key", "data": event}
    assert apply(base(), framed) == apply(base(), event)


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_older_than_the_answers_is_not_applied(event: Doc) -> None:
    account = apply(base(), event | {"E": answers.AS_OF - 1})
    note = notes_of(account)[-1]
    assert note.where == f"events: {event['e']}"
    assert "is older than the account's state" in note.message
    assert account.positions == base().positions
    assert account.wallets == base().wallets
    assert apply(account, event | {"E": answers.AS_OF - 1}) == account


@pytest.mark.parametrize("event", EVENTS)
def test_the_account_is_as_of_the_event(event: Doc) -> None:
    account = apply(base(), event)
    assert account.as_of > base().as_of
    assert "unknown" not in account.extra


def test_an_event_older_than_the_last_of_its_type_is_not_applied() -> None:
    newer = apply(base(), update([balance(wb="3")], [], at=LATER + 5))
    account = apply(newer, update([balance(wb="2")], [], at=LATER))
    assert account.wallets == newer.wallets


def test_events_of_two_types_have_their_own_order() -> None:
    """Between types E is no order of delivery: the later type must not swallow the earlier one."""
    first = apply(base(), order() | {"E": LATER + 5})
    account = apply(first, update([balance()], [], at=LATER))
    assert account.wallets[0].balance == D(10100)
    assert account.as_of == first.as_of


@given(st.permutations(range(len(EVENTS) - 1)))
def test_events_read_with_the_answers_are_applied_in_order(order_of: list[int]) -> None:
    timed = [event | {"E": LATER + n} for n, event in enumerate(EVENTS[:-1])]
    expected = base()
    for event in timed:
        expected = apply(expected, event)
    shuffled = [timed[n] for n in order_of]
    assert read("binance_usdm", events=shuffled, **answers.usdm()) == expected


@pytest.mark.parametrize(
    "event",
    [
        {"e": "NOT_AN_EVENT", "E": LATER},
        {"E": LATER},
        {"e": "ACCOUNT_UPDATE", "a": {}},
        {"e": "ACCOUNT_UPDATE", "E": 0, "a": {}},
        {"e": "ACCOUNT_UPDATE", "E": LATER},
        update([{"wb": "1"}], []),
        update([], [leg(pa="x")]),
        update([], [leg(ps="UP")]),
        update([], [leg(mt="half")]),
        order(S="HOLD"),
        order(z=None),
        {"e": "ACCOUNT_CONFIG_UPDATE", "E": LATER, "ac": {"s": "BTCUSDT"}},
        {"e": ["ACCOUNT_UPDATE"], "E": LATER},
        "ACCOUNT_UPDATE",
        [[1]],
    ],
)
def test_what_is_no_event_is_refused(event: object) -> None:
    with pytest.raises(PayloadError):
        apply(base(), [event])


def test_events_of_portfolio_margin_are_refused() -> None:
    account = read("binance_pm", **answers.portfolio())
    with pytest.raises(PayloadError, match="read fresh answers instead"):
        apply(account, update([balance()], []))


# -- ACCOUNT_UPDATE ----------------------------------------------------------------------------


def test_only_what_changed_changes() -> None:
    account = apply(base(), update([balance()], [leg()]))
    assert account.wallets[0].balance == D(10100)
    position = {p.key: p for p in account.positions}
    assert (position["BTCUSDT/both"].size, position["BTCUSDT/both"].entry_price) == (
        D("0.6"),
        D("60500.0"),
    )
    assert position["BTCUSDT/both"].leverage == D(10)
    assert position["ETHUSDT/both"] == {p.key: p for p in base().positions}["ETHUSDT/both"]
    assert account.orders == base().orders


def test_a_position_of_size_0_is_closed_and_leaves_its_leverage() -> None:
    account = apply(base(), update([], [leg(pa="0")]))
    assert [p.key for p in account.positions] == ["ETHUSDT/both"]
    assert account.settings["BTCUSDT"].leverage == D(10)


def test_an_isolated_wallet_is_the_margin_posted() -> None:
    account = apply(base(), update([], [leg(s="ETHUSDT", pa="-3", mt="isolated", iw="1600.5")]))
    position = {p.key: p for p in account.positions}["ETHUSDT/both"]
    assert (position.margin_mode, position.isolated_margin) == ("isolated", D("1600.5"))


def test_a_cross_balance_alone_is_without_what_is_posted() -> None:
    account = apply(base(), update([{"a": "USDT", "cw": "8600"}], []))
    assert (account.wallets[0].balance, account.wallets[0].isolated_included) == (D(8600), False)


def test_a_balance_that_is_not_told_is_unknown() -> None:
    account = apply(base(), update([{"a": "USDT"}], []))
    assert account.wallets[0].balance is None
    assert assess(account).status is Status.UNKNOWN


def test_a_leg_of_hedge_mode_shows_the_mode() -> None:
    account = apply(base(), update([], [leg(s="SOLUSDT", ps="SHORT", pa="-1")]))
    assert account.position_mode == "hedge"
    assert account.instruments["SOLUSDT"].settle == "USDT"


def test_what_the_venue_said_of_changed_figures_is_forgotten() -> None:
    account = apply(base(), update([balance()], [leg()]))
    reported = account.reported
    assert reported is not None
    assert reported.pools == {"USDT": {"wallet_balance": D(8600)}}
    assert "maintenance_margin" not in reported.positions["BTCUSDT/both"]
    assert "maintenance_margin" in reported.positions["ETHUSDT/both"]
    raw: Any = reported.raw
    assert "BTCUSDT/both" not in raw["position_risk"]
    assert "totals" not in raw["account"]


def test_what_the_event_says_agrees_with_ours() -> None:
    """0.6 * (62,000 - 60,500) = 900; the wallet less the 1,500 posted is 8,600."""
    found = reconcile(apply(base(), update([balance()], [leg()])))
    assert found.first_difference is None
    assert {"up", "wb", "cw"} <= {line.label for line in found.lines if line.outcome == "agrees"}


def test_a_position_without_its_margin_type_is_what_it_was() -> None:
    changed = {n: v for n, v in leg(s="ETHUSDT", pa="-2").items() if n not in ("mt", "iw")}
    account = apply(base(), update([], [changed]))
    position = {p.key: p for p in account.positions}["ETHUSDT/both"]
    assert (position.margin_mode, position.isolated_margin) == ("isolated", None)
    assert assess(account).status is Status.UNKNOWN


def test_a_new_position_of_unknown_margin_mode_is_unknown() -> None:
    changed = {n: v for n, v in leg(s="SOLUSDT", pa="1").items() if n not in ("mt", "iw")}
    account = apply(base(), update([], [changed]))
    assert assess(account).status is Status.UNKNOWN


# -- MARGIN_CALL -------------------------------------------------------------------------------


def test_a_margin_call_tells_marks_and_the_cross_wallet() -> None:
    account = apply(base(), call())
    assert account.market.mark["BTCUSDT"] == D(45000)
    assert account.wallets[0].balance == D(9500)  # 8,000 and the 1,500 posted
    assert account.positions[1].entry_price == D(60000)


def test_what_a_margin_call_says_agrees_with_ours() -> None:
    """0.5 * (45,000 - 60,000) = -7,500; 22,500 * 0.4 % = 90."""
    found = reconcile(apply(base(), call()))
    assert found.first_difference is None
    assert {"up", "mm", "cw"} <= {line.label for line in found.lines if line.outcome == "agrees"}


def test_a_size_that_the_call_changes_leaves_the_entry_unknown() -> None:
    near = call()["p"][0] | {"pa": "0.7"}
    account = apply(base(), call(p=[near]))
    position = {p.key: p for p in account.positions}["BTCUSDT/both"]
    assert (position.size, position.entry_price) == (D("0.7"), None)
    assert assess(account).status is Status.UNKNOWN


# -- ORDER_TRADE_UPDATE, ACCOUNT_CONFIG_UPDATE -------------------------------------------------


def test_a_new_order_rests_with_what_is_left() -> None:
    account = apply(base(), order())
    found = account.orders[-1]
    assert (found.side, found.size, found.price, found.extra["orderId"]) == (
        "sell",
        D("0.2"),
        D(65000),
        "77",
    )
    assert len(account.orders) == 2


@pytest.mark.parametrize("state", ["FILLED", "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH", "NEW_ADL"])
def test_an_order_that_is_done_leaves(state: str) -> None:
    account = apply(base(), order(i=1917641, X=state, S="BUY"))
    assert not account.orders


def test_a_partly_filled_order_keeps_its_rest() -> None:
    account = apply(base(), order(i=1917641, S="BUY", q="0.15", z="0.12", p="61000"))
    assert [o.size for o in account.orders] == [D("0.03")]


def test_figures_that_depend_on_orders_are_forgotten() -> None:
    reported = apply(base(), order()).reported
    assert reported is not None
    assert "available_balance" not in reported.pools["USDT"]
    assert "wallet_balance" in reported.pools["USDT"]
    raw: Any = reported.raw
    assert "openOrderInitialMargin" not in raw["account"]["assets"]["USDT"]


def test_a_leverage_that_was_changed() -> None:
    account = apply(base(), EVENTS[7])
    assert {p.instrument: p.leverage for p in account.positions}["BTCUSDT"] == D(25)
    assert account.settings["BTCUSDT"].leverage == D(25)


def test_the_asset_mode_that_was_changed() -> None:
    assert apply(base(), EVENTS[8]).mode == "multi_assets"


def test_coinm_has_no_asset_mode() -> None:
    account = read("binance_coinm", **answers.coinm())
    with pytest.raises(PayloadError, match="has no asset modes"):
        apply(account, EVENTS[8])


def test_events_of_coinm() -> None:
    account = read("binance_coinm", **answers.coinm())
    event = update(
        [{"a": "BTC", "wb": "1.2", "cw": "1.2", "bc": "0"}],
        [leg(s="BTCUSD_PERP", pa="50", ep="20000", up="0.05")],
    )
    found = apply(account, {**event, "i": "SgsR"})
    assert (found.wallets[0].balance, found.positions[0].size) == (D("1.2"), D(50))
    assert reconcile(found).first_difference is None


def test_unknown_fields_of_an_event_are_kept() -> None:
    account = apply(base(), update([balance()], [leg() | {"zz": "1"}]))
    unknown = account.extra["unknown"]
    assert isinstance(unknown, Mapping)
    assert dict(unknown) == {"ACCOUNT_UPDATE.a.P[0].zz": "1"}


def test_a_price_newer_than_an_event_does_not_shut_it_out() -> None:
    given = answers.usdm()
    given["premium_index"] = [{"symbol": "BTCUSDT", "markPrice": "62100", "time": LATER + 60_000}]
    account = read("binance_usdm", events=[update([balance()], [])], **given)
    assert account.wallets[0].balance == D(10100)
    assert account.as_of.timestamp() * 1000 == LATER + 60_000
