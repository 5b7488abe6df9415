"""Account files for the tests: a minimal one, one that uses every field, and drawn accounts."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import hypothesis
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from marginline.core.account.account import (
    DEFAULT_MODES,
    MODES,
    VENUES,
    Account,
    Instrument,
    Order,
    Position,
    Reported,
    Settings,
    Wallet,
    WalletParts,
)
from marginline.core.account.market import AssetRate, Funding, Market
from marginline.core.account.tables import (
    BorrowRow,
    BorrowTable,
    CollateralRatio,
    CollateralRow,
    CollateralTable,
    FeeRates,
    Fees,
    Parameters,
    PerContract,
    TierRow,
    TierTable,
)

Document = dict[str, Any]  # Any: of whatever depth, and spoiled on purpose
# Drawing a whole account takes a while; a busy machine is no failure.
patiently = hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.too_slow])
EXTRA = {"note": "kept", "list": ["a", True, {"b": "0.10"}]}

_MINIMAL: Document = {
    "schema": "marginline/account/1",
    "venue": "textbook",
    "as_of": "2026-09-01T00:00:00Z",
    "wallets": [],
    "positions": [],
}

_FULL: Document = {
    "schema": "marginline/account/1",
    "venue": "binance_usdm",
    "mode": "multi_assets",
    "as_of": "2026-09-01T10:00:00+02:00",
    "name": "desk 1",
    "position_mode": "hedge",
    "wallets": [
        {
            "asset": "USDT",
            "balance": "1000.5",
            "isolated_included": False,
            "credit": "10",
            "borrowed": "1",
            "interest": "0.1",
            "locked": "5",
            "collateral": False,
            "unsettled": "-2.5",
            "options_value": "7",
            "parts": {
                "deposits": "2000",
                "withdrawals": "-1000",
                "realized_pnl": "3",
                "funding": "-1",
                "fees": "-2",
                "other": "0.5",
                "extra": EXTRA,
            },
            "extra": EXTRA,
        },
        {"asset": "BTC", "balance": "-0.01"},
    ],
    "positions": [
        {
            "id": "7",
            "instrument": "BTCUSDT",
            "side": "short",
            "size": "-0.5",
            "entry_price": "60000",
            "margin_mode": "isolated",
            "leverage": "10",
            "isolated_margin": "3000",
            "extra_margin": "100",
            "margin_asset": "USDT",
            "opened_at": "2026-08-01T00:00:00.5Z",
            "realized_pnl": "1",
            "funding": "-0.2",
            "fees": "-0.3",
            "extra": EXTRA,
        },
        {"instrument": "ETHUSDT", "side": "long", "size": "0", "entry_price": "0"},
    ],
    "orders": [
        {
            "instrument": "BTCUSDT",
            "side": "sell",
            "position_side": "short",
            "size": "0.1",
            "price": "65000",
            "kind": "take_profit",
            "reduce_only": True,
            "margin_mode": "isolated",
            "extra": EXTRA,
        }
    ],
    "settings": {
        "ETHUSDT": {"leverage": "20", "margin_mode": "cross", "extra": EXTRA},
        "BTC": {"spot_leverage": "3"},
    },
    "instruments": {
        "BTCUSDT": {
            "payoff": "linear",
            "base": "BTC",
            "quote": "USDT",
            "settle": "USDT",
            "contract_size": "0.001",
            "multiplier": "2",
            "underlying": "XBT",
            "expires_at": "2026-12-25T08:00:00Z",
            "tick_size": "0.1",
            "size_step": "0.001",
            "settle_step": "0.00000001",
            "extra": EXTRA,
        }
    },
    "market": {
        "mark": {"BTCUSDT": "61000"},
        "index": {"BTCUSDT": "61001"},
        "last": {"BTCUSDT": "61002"},
        "bid": {"BTCUSDT": "60999"},
        "ask": {"BTCUSDT": "61001"},
        "open_interest": {"BTCUSDT": "100000"},
        "funding": {
            "BTCUSDT": {
                "rate": "-0.0001",
                "next_at": "2026-09-01T16:00:00Z",
                "interval_hours": "8",
                "extra": EXTRA,
            }
        },
        "asset_rate": {
            "BTC": {"index": "61000", "bid": "60990", "ask": "61010", "extra": EXTRA},
            "USDT": "1",
        },
        "extra": EXTRA,
    },
    "parameters": {
        "tiers": {
            "BTCUSDT": {
                "keyed_by": "notional",
                "kind": "marginal",
                "rows": [
                    {
                        "floor": "0",
                        "cap": "50000",
                        "rate": "0.004",
                        "deduction": "0",
                        "initial_rate": "0.008",
                        "max_leverage": "125",
                        "extra": EXTRA,
                    },
                    {"floor": "50000", "rate": "0.005"},
                ],
                "extra": EXTRA,
            },
            "ETHUSDT": [{"floor": "0", "max_leverage": "50"}],
        },
        "collateral": {
            "BTC": {
                "keyed_by": "quantity",
                "kind": "whole",
                "rows": [
                    {"floor": "0", "cap": "10", "ratio": "0.95", "extra": EXTRA},
                    {"floor": "10", "cap": None, "ratio": "0.9"},
                ],
                "extra": EXTRA,
            },
            "ETH": {"ratio": "0.9", "by_settle": {"XBT": {"ratio": "0.8", "extra": EXTRA}}},
        },
        "borrow": {
            "BTC": {
                "keyed_by": "value",
                "kind": "whole",
                "rows": [
                    {
                        "floor": "0",
                        "cap": "10",
                        "initial_rate": "0.1",
                        "maintenance_rate": "0.05",
                        "extra": EXTRA,
                    }
                ],
                "extra": EXTRA,
            }
        },
        "fees": {
            "maker": "-0.0001",
            "taker": "0.0005",
            "liquidation": "0.01",
            "by_instrument": {
                "BTCUSDT": {
                    "maker": "0",
                    "taker": "0.0004",
                    "liquidation": "0.005",
                    "extra": EXTRA,
                }
            },
            "extra": EXTRA,
        },
        "per_contract": {"BTC1!": {"maintenance": "1000", "initial": "1100", "extra": EXTRA}},
        "venue": {"auto_exchange": {"on": True, "assets": ["BTC", "0.5", 2]}},
        "extra": EXTRA,
    },
    "reported": {
        "account": {"equity": "1000", "venue_ratio": None},
        "pools": {"USDT": {"margin_balance": "900"}},
        "positions": {"BTCUSDT/short#7": {"unrealized_pnl": "-500"}},
        "raw": {"totalMarginBalance": "900.00000000"},
        "extra": EXTRA,
    },
    "extra": EXTRA,
}


def minimal(**changes: object) -> Document:
    """The smallest account file, with changes."""
    return copy.deepcopy(_MINIMAL) | changes


def full(**changes: object) -> Document:
    """An account file that uses every field of the contract, with changes."""
    return copy.deepcopy(_FULL) | changes


# --- drawn accounts ------------------------------------------------------------------------

symbols = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=12
)
signed = st.builds(
    lambda digits, places: Decimal(digits).scaleb(places),
    st.integers(-(10**16), 10**16),
    st.integers(-12, 8),
)
unsigned = signed.map(abs)
positive = unsigned.filter(bool)
ratios = st.integers(0, 10_000).map(lambda count: Decimal(count) / 10_000)
moments = st.integers(0, 2**42).map(
    lambda milliseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)
free_texts = st.text(st.characters(codec="utf-8"), max_size=20)
free = st.dictionaries(
    free_texts,
    st.recursive(
        st.one_of(free_texts, st.booleans()),
        lambda inner: (
            st.lists(inner, max_size=3).map(tuple) | st.dictionaries(free_texts, inner, max_size=3)
        ),
        max_leaves=6,
    ),
    max_size=3,
)
flag = st.booleans()
margin_modes = st.sampled_from(["cross", "isolated"])
kinds = st.sampled_from(["marginal", "whole"])
tier_keys = st.sampled_from(["notional", "size"])
coin_keys = st.sampled_from(["quantity", "value"])
sides = st.sampled_from(["both", "long", "short"])
payoffs = st.sampled_from(["linear", "inverse", "quanto"])
venues = st.sampled_from(VENUES)
microseconds = st.integers(0, 999_999)


# A strategy is asked what it is, once, when it is first drawn from: each is made once and kept.
@cache
def maybe(values: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.none() | values


@cache
def by_symbol(values: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.dictionaries(symbols, values, max_size=2)


steps_up = st.lists(positive, min_size=1, max_size=4)
symbol_sets = st.sets(symbols, max_size=3)


@cache
def as_many(values: SearchStrategy[Any], count: int) -> SearchStrategy[Any]:
    return st.lists(values, min_size=count, max_size=count)


@st.composite
def ladders(draw: st.DrawFn) -> list[tuple[Decimal, Decimal | None]]:
    """Floors and caps that start at 0 and touch; the last may have no cap."""
    steps = draw(steps_up)
    edges = [Decimal(0)]
    for step in steps:
        edges.append(edges[-1] + step.quantize(Decimal("0.01")) + 1)
    caps: list[Decimal | None] = [*edges[1:]]
    if draw(flag):
        caps[-1] = None
    return list(zip(edges, caps, strict=False))


LADDERS = ladders()
by_settle_ratio = by_symbol(st.builds(CollateralRatio, ratio=ratios))


@st.composite
def tier_tables(draw: st.DrawFn) -> TierTable:
    edges = draw(LADDERS)
    rates = sorted(draw(as_many(unsigned, len(edges))))
    leverages = draw(as_many(positive, len(edges)))
    leverages.sort(reverse=True)
    with_rate = draw(flag)
    return TierTable(
        keyed_by=draw(maybe(tier_keys)),
        kind=draw(maybe(kinds)),
        rows=tuple(
            TierRow(
                floor=floor,
                cap=cap,
                rate=rate if with_rate else None,
                deduction=draw(maybe(signed)),
                initial_rate=rate * 2 if with_rate else None,
                max_leverage=leverage,
            )
            for (floor, cap), rate, leverage in zip(edges, rates, leverages, strict=True)
        ),
    )


@st.composite
def collateral_tables(draw: st.DrawFn) -> CollateralTable:
    by_settle = draw(by_settle_ratio)
    if draw(flag):
        return CollateralTable(ratio=draw(ratios), by_settle=by_settle)
    edges = draw(LADDERS)
    falling = sorted(draw(as_many(ratios, len(edges))))[::-1]
    return CollateralTable(
        keyed_by=draw(maybe(coin_keys)),
        kind=draw(kinds),
        rows=tuple(
            CollateralRow(floor=floor, cap=cap, ratio=ratio)
            for (floor, cap), ratio in zip(edges, falling, strict=True)
        ),
        by_settle=by_settle,
    )


@st.composite
def borrow_tables(draw: st.DrawFn) -> BorrowTable:
    edges = draw(LADDERS)
    rates = sorted(draw(as_many(unsigned, len(edges))))
    return BorrowTable(
        keyed_by=draw(maybe(coin_keys)),
        kind=draw(maybe(kinds)),
        rows=tuple(
            BorrowRow(floor=floor, cap=cap, initial_rate=rate, maintenance_rate=rate)
            for (floor, cap), rate in zip(edges, rates, strict=True)
        ),
    )


@st.composite
def wallets(draw: st.DrawFn) -> Wallet:
    balance = draw(maybe(signed))
    deposits = draw(signed)
    parts = WalletParts(deposits=deposits)
    if balance is not None:
        parts = WalletParts(other=balance)
    return Wallet(
        asset=draw(symbols),
        balance=balance,
        isolated_included=draw(flag),
        credit=draw(unsigned),
        borrowed=draw(unsigned),
        interest=draw(unsigned),
        locked=draw(unsigned),
        collateral=draw(flag),
        unsettled=draw(signed),
        options_value=draw(maybe(signed)),
        parts=parts if draw(flag) else None,
        extra=draw(free),
    )


@st.composite
def positions(draw: st.DrawFn) -> Position:
    side = draw(sides)
    size = draw(signed)
    return Position(
        id=draw(maybe(symbols)),
        instrument=draw(symbols),
        side=side,
        size={"both": size, "long": abs(size), "short": -abs(size)}[side],
        entry_price=draw(maybe(positive)),
        margin_mode=draw(margin_modes),
        leverage=draw(maybe(positive)),
        isolated_margin=draw(maybe(signed)),
        extra_margin=draw(maybe(signed)),
        margin_asset=draw(maybe(symbols)),
        opened_at=draw(maybe(moments)),
        realized_pnl=draw(maybe(signed)),
        funding=draw(maybe(signed)),
        fees=draw(maybe(signed)),
        extra=draw(free),
    )


orders = st.builds(
    Order,
    instrument=symbols,
    side=st.sampled_from(["buy", "sell"]),
    position_side=st.sampled_from(["both", "long", "short"]),
    size=positive,
    price=maybe(positive),
    kind=st.sampled_from(["limit", "market", "stop", "take_profit"]),
    reduce_only=st.booleans(),
    margin_mode=maybe(margin_modes),
)
settings = st.builds(
    Settings,
    leverage=maybe(positive),
    margin_mode=maybe(margin_modes),
    spot_leverage=maybe(positive),
)


@st.composite
def instruments(draw: st.DrawFn) -> dict[str, Instrument]:
    found = {}
    for symbol in draw(symbol_sets):
        payoff = draw(payoffs)
        found[symbol] = Instrument(
            symbol=symbol,
            payoff=payoff,
            base=draw(maybe(symbols)),
            quote=draw(maybe(symbols)),
            settle=draw(maybe(symbols)),
            contract_size=Decimal(1) if payoff == "quanto" else draw(positive),
            multiplier=draw(maybe(positive)),
            underlying=draw(maybe(symbols)),
            expires_at=draw(maybe(moments)),
            tick_size=draw(maybe(positive)),
        )
    return found


def spread(low: Decimal, width: Decimal) -> AssetRate:
    return AssetRate(index=low, bid=low, ask=low + width)


markets = st.builds(
    Market,
    mark=by_symbol(positive),
    index=by_symbol(positive),
    last=by_symbol(positive),
    ask=by_symbol(positive),
    open_interest=by_symbol(unsigned),
    funding=by_symbol(
        st.builds(
            Funding, rate=maybe(signed), next_at=maybe(moments), interval_hours=maybe(positive)
        )
    ),
    asset_rate=by_symbol(
        st.builds(AssetRate, index=maybe(positive))
        | st.builds(spread, st.integers(1, 10**6).map(Decimal), ratios)
    ),
    extra=free,
)
fee_rates = {"maker": maybe(signed), "taker": maybe(signed), "liquidation": maybe(signed)}
parameters = st.builds(
    Parameters,
    tiers=by_symbol(tier_tables()),
    collateral=by_symbol(collateral_tables()),
    borrow=by_symbol(borrow_tables()),
    fees=st.builds(Fees, **fee_rates, by_instrument=by_symbol(st.builds(FeeRates, **fee_rates))),
    per_contract=by_symbol(
        st.builds(PerContract, maintenance=maybe(unsigned), initial=maybe(unsigned))
    ),
    venue=st.dictionaries(
        st.sampled_from(["haircut_loss", "risk_units"]),
        signed | st.booleans() | st.dictionaries(symbols, signed, max_size=2),
    ),
)
measures = by_symbol(signed)
reported = st.builds(
    Reported,
    account=measures,
    pools=by_symbol(measures),
    positions=by_symbol(measures),
    raw=free,
    extra=free,
)


some_wallets = st.lists(wallets(), max_size=3, unique_by=lambda row: row.asset)
some_positions = st.lists(positions(), max_size=3, unique_by=lambda row: (row.instrument, row.side))
some_orders = st.lists(orders, max_size=2)
listed = instruments()


@cache
def modes_of(venue: str) -> SearchStrategy[str | None]:
    modes = [*MODES.get(venue, ()), *([] if venue in MODES else [None])]
    return st.sampled_from(modes + ([None] if venue in DEFAULT_MODES else []))


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """Accounts that a file may state."""
    venue = draw(venues)
    mode = draw(modes_of(venue))
    return Account(
        venue=venue,
        mode=mode,
        as_of=draw(moments) + timedelta(microseconds=draw(microseconds)),
        name=draw(maybe(symbols)),
        position_mode="hedge",
        wallets=tuple(draw(some_wallets)),
        positions=tuple(draw(some_positions)),
        orders=tuple(draw(some_orders)),
        settings=draw(by_symbol(settings)),
        instruments=draw(listed),
        market=draw(markets),
        parameters=draw(parameters),
        reported=draw(maybe(reported)),
        extra=draw(free),
    )
