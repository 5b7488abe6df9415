"""Every number that Bitget's rules print, or that a payload carries and its own sums allow."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from typing import Any

import pytest

from marginline.core.measures import Measure as M
from tests.venues.bitget.accounts import NEW, OLD, basic, document, hedged, leg, position, union
from tests.venues.documents import Doc, assessed, number, pool_of, position_of

D = Decimal
API = "Bitget API, single-position"
PROGRESSIVE = "article on progressive maintenance, 2025-11-10"
TIERS_110K = [
    {"floor": "0", "cap": "200000", "rate": "0.004"},
    {"floor": "200000", "rate": "0.005"},
]
SAMPLE_TIERS = [
    {"floor": "0", "cap": "50000", "rate": "0.004"},
    {"floor": "50000", "cap": "200000", "rate": "0.005"},
]


def parameters(tiers: Any, **fields: Any) -> Doc:
    return {"tiers": {"BTCUSDT": tiers}, "fees": {"taker": "0.0006"}} | fields


def api_sample() -> Doc:
    """The isolated long of the API page, with the tiers of the API's own tier page."""
    row = leg(
        "long",
        "0.01",
        margin_mode="isolated",
        isolated_margin="9.6695050093373343",
        opened_at="2023-08-07T06:48:57.448Z",
    )
    return hedged(
        row,
        as_of="2023-08-08T00:00:00Z",
        market={"mark": {"BTCUSDT": "25100"}},
        parameters=parameters(SAMPLE_TIERS),
    )


def snapshot(balance: str) -> Doc:
    """A cross long of November 2023 as ccxt recorded it; its balance is implied by the figures."""
    row = leg("long", "0.002", entry_price="37355.5", opened_at="2023-11-17T00:00:00Z")
    return hedged(
        row,
        as_of="2023-11-17T12:00:00Z",
        wallets=[{"asset": "USDT", "balance": balance}],
        market={"mark": {"BTCUSDT": "37359"}},
        parameters=parameters(SAMPLE_TIERS),
    )


def three_coins(opened_at: str) -> Doc:
    return document(
        positions=[position("3", entry_price="110000", opened_at=opened_at)],
        wallets=[{"asset": "USDT", "balance": "100000"}],
        market={"mark": {"BTCUSDT": "110000"}},
        parameters=parameters(TIERS_110K),
    )


def live_2025_02() -> Doc:
    """A cross long of 2025-02-15, as its owner published the answer in a public repository."""
    row = position(
        "0.01",
        entry_price="96061.6",
        leverage="10",
        fees="-0.5763696",
        funding="-0.31252946",
        opened_at="2025-02-13T07:31:28.793Z",
    )
    return document(
        as_of="2025-02-15T12:07:59Z",
        positions=[row],
        wallets=[{"asset": "USDT", "balance": "100000"}],
        market={"mark": {"BTCUSDT": "97495.4"}},
        parameters=parameters(SAMPLE_TIERS),
    )


# The sample prints markPrice 118097, but uPnL and positionBalance are those of 118107.8, and
# avgPrice 108674 cut: the entry that its uPnL implies is 108674.000565.
UNIFIED_MARK = D("118107.8")
with localcontext(Context(prec=40)):
    UNIFIED_ENTRY = UNIFIED_MARK - D("1124573.04243999") / D("119.2068")


def unified_sample() -> Doc:
    row = leg(
        "long",
        "119.2068",
        entry_price=str(UNIFIED_ENTRY),
        leverage="3",
        fees="-2842.86603479",
        funding="-53076.32433032",
    )
    return basic(
        position_mode="hedge",
        as_of="2025-07-21T13:17:20Z",
        positions=[row],
        wallets=[{"asset": "USDT", "balance": "9000000"}],
        market={"mark": {"BTCUSDT": str(UNIFIED_MARK)}},
        parameters=parameters([{"floor": "0", "rate": "0.015"}]),
    )


def opened(as_of: str, mark: str) -> Doc:
    row = position("0.002", entry_price="37355.5", opened_at="2023-11-17T00:00:00Z")
    return document(
        as_of=as_of,
        positions=[row],
        market={"mark": {"BTCUSDT": mark}},
        parameters=parameters(SAMPLE_TIERS),
    )


POSITIONS = [
    pytest.param(
        api_sample(), M.LIQUIDATION_PRICE, "24144.1124161806977798", 16,
        id=f"{API}: liquidationPrice",
    ),
    pytest.param(
        api_sample(), M.MARGIN_RATIO, "0.1082149545822005", 16, id=f"{API}: marginRatio"
    ),
    pytest.param(api_sample(), M.UNREALIZED_PNL, "1", 16, id=f"{API}: unrealizedPL"),
    pytest.param(api_sample(), M.MAINTENANCE_RATE, "0.004", 16, id=f"{API}: keepMarginRate"),
    pytest.param(
        snapshot("11.604761395166"), M.LIQUIDATION_PRICE, "31724.970702417", 9,
        id="ccxt snapshot 1, 2023: liquidationPrice with maintenance frozen at the mark",
    ),
    pytest.param(
        snapshot("11.604655595166"), M.LIQUIDATION_PRICE, "31725.023602417", 9,
        id="ccxt snapshot 2, 2023: liquidationPrice with maintenance frozen at the mark",
    ),
    pytest.param(
        snapshot("11.604761395166"), M.INITIAL_MARGIN, "3.73555", 9,
        id="ccxt snapshot 1, 2023: marginSize at the entry price",
    ),
    pytest.param(
        opened("2025-09-28T23:59:59Z", "40000"), M.INITIAL_MARGIN, "3.73555", 9,
        id="article 2025-09-29: size * entry / leverage on the day before",
    ),
    pytest.param(
        opened("2025-09-29T00:00:00Z", "40000"), M.INITIAL_MARGIN, "4", 9,
        id="article 2025-09-29: size * mark / leverage from that day",
    ),
    pytest.param(
        three_coins(OLD), M.MAINTENANCE_MARGIN, "1848", 9,
        id=f"{PROGRESSIVE}: 3 BTC at 110,000 opened before, 330,000 * (0.50 % + 0.06 %)",
    ),
    pytest.param(
        three_coins(NEW), M.MAINTENANCE_MARGIN, "1648", 9,
        id=f"{PROGRESSIVE}: opened after, 200,000 * 0.46 % + 130,000 * 0.56 %",
    ),
    pytest.param(
        live_2025_02(), M.BREAK_EVEN_PRICE, "96208.214834900941", 12,
        id="live payload of 2025-02-15: breakEvenPrice with fees, funding and the closing fee",
    ),
    pytest.param(live_2025_02(), M.UNREALIZED_PNL, "14.338", 12, id="live payload: unrealizedPL"),
    pytest.param(live_2025_02(), M.INITIAL_MARGIN, "96.0616", 12, id="live payload: marginSize"),
    pytest.param(
        unified_sample(), M.INITIAL_MARGIN, "4701531.84941582", 8,
        id="API v3 current-position: positionBalance at the mark that it implies, 118107.8",
    ),
    pytest.param(
        unified_sample(), M.UNREALIZED_PNL, "1124573.04243999", 8,
        id="API v3 current-position: unrealisedPnl",
    ),
    pytest.param(
        unified_sample(), M.RETURN_ON_MARGIN, "0.2391929010498401", 15,
        id="API v3 current-position: profitRate",
    ),
    pytest.param(
        unified_sample(), M.BREAK_EVEN_PRICE, "109208.6", 1,
        id="API v3 current-position: breakEvenPrice, rounded to the tick",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("whole", "measure", "expected", "digits"), POSITIONS)
def test_position(whole: Doc, measure: M, expected: str, digits: int) -> None:
    found = number(position_of(whole), measure)
    assert abs(found - D(expected)) <= D(10) ** -digits


def collateral(balance: str, rate: str, table: Doc, **fields: Any) -> Doc:
    return union(
        positions=[],
        wallets=[{"asset": "BTC", "balance": balance}],
        market={"asset_rate": {"BTC": rate}},
        parameters={"collateral": {"BTC": table}},
        **fields,
    )


BTC_TIERS = {
    "keyed_by": "value",
    "rows": [
        {"floor": "0", "cap": "10000", "ratio": "0.99"},
        {"floor": "10000", "cap": "100000", "ratio": "0.95"},
        {"floor": "100000", "cap": "200000", "ratio": "0.9"},
        {"floor": "200000", "ratio": "0.8"},
    ],
}


def liability(as_of: str, futures_size: str) -> Doc:
    """500 USDT owed beside 0.1 BTC, with a long of which the maintenance is 0.46 % of its value."""
    return union(
        as_of=as_of,
        wallets=[{"asset": "USDT", "balance": "-500"}, {"asset": "BTC", "balance": "0.1"}],
        positions=[position(futures_size, entry_price="20000")],
        market={"mark": {"BTCUSDT": "20000"}, "asset_rate": {"BTC": "20000"}},
    )


POOLS = [
    pytest.param(
        snapshot("11.604761395166"), M.MARGIN_RATIO, "0.029599540355", 11,
        id="ccxt snapshot 1, 2023: marginRatio of a cross position, fee in the maintenance rate",
    ),
    pytest.param(
        collateral("0.1", "20000", {"ratio": "0.975"}), M.EQUITY, "2000", 9,
        id="article on union mode: 0.1 BTC at 20,000 is an equity of 2,000",
    ),
    pytest.param(
        collateral("0.1", "20000", {"ratio": "0.975"}), M.MARGIN_BALANCE, "1950", 9,
        id="article on union mode: haircut 0.975",
    ),
    pytest.param(
        collateral("10", "30000", BTC_TIERS), M.MARGIN_BALANCE, "265400", 9,
        id="API discount-rate: 300,000 as 10k * .99 + 90k * .95 + 100k * .9 + 100k * .8",
    ),
    pytest.param(
        liability("2026-06-24T23:59:59Z", "0.1"), M.MAINTENANCE_MARGIN, "25", 9,
        id="article 2026-06-25, before: max(9.2, 500 * 5 %) is the liability's",
    ),
    pytest.param(
        liability("2026-06-24T23:59:59Z", "0.5"), M.MAINTENANCE_MARGIN, "46", 9,
        id="article 2026-06-25, before: max(46, 25) is the futures'",
    ),
    pytest.param(
        liability("2026-06-25T00:00:00Z", "0.1"), M.MAINTENANCE_MARGIN, "34.2", 9,
        id="article 2026-06-25, from then: 9.2 + 500 * 5 %",
    ),
    pytest.param(
        liability("2026-06-25T00:00:00Z", "0.5"), M.MAINTENANCE_MARGIN, "71", 9,
        id="article 2026-06-25, from then: 46 + 25",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("whole", "measure", "expected", "digits"), POOLS)
def test_pool(whole: Doc, measure: M, expected: str, digits: int) -> None:
    assert abs(number(pool_of(whole), measure) - D(expected)) <= D(10) ** -digits


def test_the_liquidation_price_of_a_client_library_is_another_one() -> None:
    """(1 - rate) * (1 - fee) in place of 1 - rate - fee gives 24144.054 on the API's sample."""
    margin, rate, fee = D("9.6695050093373343"), D("0.004"), D("0.0006")
    multiplied = (D("250") - margin) / (D("0.01") * (1 - rate) * (1 - fee))
    assert round(multiplied, 3) == D("24144.054")
    assert round(number(position_of(api_sample()), M.LIQUIDATION_PRICE), 3) == D("24144.112")


def test_a_price_below_zero_is_none() -> None:
    """API liq-price sample -5025939.48: a price <= 0 means that there is none."""
    wallet = [{"asset": "USDT", "balance": "1000000"}]
    row = position_of(snapshot("0") | {"wallets": wallet})
    assert row.measures[M.LIQUIDATION_PRICE] is None
    assert row.measures[M.LIQUIDATION_PRICE_BELOW] is None


ISOLATED = {"margin_mode": "isolated", "isolated_margin": "1500"}
G = D("0.0005")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        pytest.param("1", (D(1500) - 25000) / (G - 1), id="announcement 2024-07-24: isolated long"),
        pytest.param(
            "-1", (D(1500) + 25000) / (G + 1), id="announcement 2024-07-24: isolated short"
        ),
    ],
)
def test_worst_closing_price(size: str, expected: Decimal) -> None:
    whole = document(positions=[position(size, **ISOLATED)])
    whole["parameters"]["fees"] = {"taker": "0.0006", "liquidation": str(G)}
    assert abs(number(position_of(whole), M.BANKRUPTCY_PRICE) - expected) < D("1e-20")


@pytest.mark.parametrize("side", [1, -1])
def test_isolated_liquidation_price_in_a_higher_tier(side: int) -> None:
    """Rules file 2.3, derived: (qE - margin - offset) / (q (1 - r - f)), short with plus signs."""
    row = position(str(4 * side), **(ISOLATED | {"isolated_margin": "9000"}))
    found = number(position_of(document(positions=[row])), M.LIQUIDATION_PRICE)
    rate, fee, offset = D("0.005"), D("0.0006"), D(50000) * D("0.001")
    expected = (4 * 25000 - side * (9000 + offset)) / (4 * (1 - side * (rate + fee)))
    assert abs(found - expected) < D("1e-20")


TABLE_2025_06 = [
    ("150000", "0.004", "125"), ("900000", "0.005", "100"), ("12000000", "0.01", "50"),
    ("38000000", "0.015", "25"), ("50000000", "0.03", "20"), ("100000000", "0.05", "10"),
    ("150000000", "0.12", "5"), ("200000000", "0.15", "4"), ("250000000", "0.2", "3"),
    ("400000000", "0.3", "2"), ("1200000000", "0.6", "1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("tier", "cap", "rate"),
    [
        pytest.param(n, cap, rate, id=f"article 2025-06-25, BTCUSDT tier {n}: to {cap} at {rate}")
        for n, (cap, rate, _) in enumerate(TABLE_2025_06, start=1)
    ],
)
def test_packaged_tiers(tier: int, cap: str, rate: str) -> None:
    mark = "100000"
    whole = document(
        as_of="2025-08-01T00:00:00Z",
        positions=[position(str(D(cap) / D(mark)), entry_price=mark)],
        market={"mark": {"BTCUSDT": mark}},
        parameters={"fees": {"taker": "0.0006"}},
    )
    found = assessed(whole)
    row = found.pools[0].positions[0]
    assert (number(row, M.TIER), number(row, M.MAINTENANCE_RATE)) == (D(tier), D(rate))
    assert any(f.code.name == "PACKAGED_PARAMETER" for f in found.findings)
