"""The account's nouns: keys, defaults, what is unknown, and that nothing can be changed."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from marginline.core.account.account import (
    DEFAULT_MODES,
    MODES,
    VENUES,
    Account,
    Instrument,
    Position,
    Wallet,
    WalletParts,
)
from marginline.core.account.file import from_dict
from tests.core.account_samples import full, minimal

D = Decimal
MOMENT = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("position", "key"),
    [
        pytest.param(Position(instrument="BTCUSDT", size=D(1)), "BTCUSDT/both", id="one-way"),
        pytest.param(
            Position(instrument="BTCUSDT", side="short", size=D(-1)), "BTCUSDT/short", id="hedge"
        ),
        pytest.param(
            Position(instrument="BTC/USDT:USDT", side="long", size=D(1), id="7"),
            "BTC/USDT:USDT/long#7",
            id="with an id",
        ),
    ],
)
def test_a_position_is_keyed_by_instrument_side_and_id(position: Position, key: str) -> None:
    assert position.key == key


def test_a_wallet_has_the_defaults_of_the_contract_and_an_unknown_balance() -> None:
    wallet = from_dict(minimal(wallets=[{"asset": "USDT"}])).wallets[0]
    assert wallet == Wallet(
        asset="USDT",
        balance=None,
        isolated_included=True,
        credit=D(0),
        borrowed=D(0),
        interest=D(0),
        locked=D(0),
        collateral=True,
        unsettled=D(0),
        options_value=None,
        parts=None,
    )


def test_a_position_is_cross_and_both_sided_unless_it_says_otherwise() -> None:
    position = from_dict(minimal(positions=[{"instrument": "X", "size": "0"}])).positions[0]
    assert (position.side, position.margin_mode) == ("both", "cross")
    unknown = ("id", "entry_price", "leverage", "isolated_margin", "extra_margin", "margin_asset")
    assert [getattr(position, name) for name in unknown] == [None] * len(unknown)


def test_an_instrument_nets_with_its_base_unless_it_names_an_underlying() -> None:
    assert Instrument(symbol="X", payoff="linear", base="BTC").underlying == "BTC"
    named = Instrument(symbol="X", payoff="linear", base="BTC", underlying="XBT")
    assert named.underlying == "XBT"


def test_an_instrument_knows_the_symbol_it_stands_under() -> None:
    account = from_dict(minimal(instruments={"BTCUSDT": {"payoff": "linear"}}))
    assert account.instruments["BTCUSDT"].symbol == "BTCUSDT"
    assert account.instruments["BTCUSDT"].contract_size == 1


def test_a_bare_asset_rate_is_the_index() -> None:
    market = from_dict(minimal(market={"asset_rate": {"BTC": "60000"}})).market
    assert market.asset_rate["BTC"].index == 60000
    assert market.asset_rate["BTC"].bid is None


def test_a_bare_list_of_rows_is_a_tier_table_keyed_as_the_rulebook_does() -> None:
    rows = [{"floor": "0", "cap": "10", "rate": "0.01"}, {"floor": "10", "rate": "0.02"}]
    table = from_dict(minimal(parameters={"tiers": {"X": rows}})).parameters.tiers["X"]
    assert (table.keyed_by, table.kind) == (None, None)
    assert [(row.floor, row.cap, row.rate) for row in table.rows] == [
        (D(0), D(10), D("0.01")),
        (D(10), None, D("0.02")),
    ]


def test_what_reads_as_a_number_under_venue_parameters_is_one() -> None:
    given = {"a": "0.50", "b": [1, "x"], "c": {"d": "-1e2"}, "on": True, "none": None}
    read = from_dict(minimal(parameters={"venue": given})).parameters.venue
    assert read == {"a": D("0.5"), "b": (D(1), "x"), "c": {"d": D(-100)}, "on": True, "none": None}


def test_extra_and_raw_are_kept_as_text() -> None:
    account = from_dict(minimal(extra={"a": "0.50", "b": 1}, reported={"raw": {"c": "1.0"}}))
    assert account.extra == {"a": "0.50", "b": "1"}
    assert account.reported is not None
    assert account.reported.raw == {"c": "1.0"}


def test_the_moment_is_read_to_utc() -> None:
    assert from_dict(full()).as_of == datetime(2026, 9, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize("venue", [*DEFAULT_MODES])
def test_a_venue_with_a_default_mode_gives_it_to_an_account_that_names_none(venue: str) -> None:
    assert from_dict(minimal(venue=venue)).mode == DEFAULT_MODES[venue]
    assert Account(venue=venue, as_of=MOMENT).mode == DEFAULT_MODES[venue]


@pytest.mark.parametrize("venue", VENUES)
def test_every_mode_of_a_venue_is_accepted(venue: str) -> None:
    for mode in MODES.get(venue, ()):
        assert from_dict(minimal(venue=venue, mode=mode)).mode == mode
    if venue not in MODES:
        assert from_dict(minimal(venue=venue)).mode is None


def test_only_venues_have_modes() -> None:
    assert MODES.keys() <= set(VENUES)
    assert all(mode in MODES[venue] for venue, mode in DEFAULT_MODES.items())


def test_parts_are_summed_exactly() -> None:
    parts = WalletParts(deposits=D("1e30"), fees=D("-1e-30"))
    assert parts.total() == D("999999999999999999999999999999." + "9" * 30)


def test_an_account_cannot_be_changed() -> None:
    account = from_dict(full())
    with pytest.raises(dataclasses.FrozenInstanceError):
        account.venue = "okx"  # type: ignore[misc]
    with pytest.raises(TypeError):
        account.market.mark["BTCUSDT"] = D(1)  # type: ignore[index]
    with pytest.raises(TypeError):
        account.extra["list"][2]["b"] = 1  # type: ignore[index]


def test_an_account_made_in_code_is_frozen_too() -> None:
    extra: dict[str, object] = {"a": [1, {"b": 2}]}
    account = Account(venue="textbook", as_of=MOMENT, extra=extra)
    extra["a"] = "changed"
    assert account.extra == {"a": (1, {"b": 2})}
