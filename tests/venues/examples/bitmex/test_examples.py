"""Every number that BitMEX's rules print, or that its one live payload carries."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marginline import formulas
from marginline.core.account.file import from_dict
from marginline.core.measures import Measure as M
from marginline.venues import at
from marginline.venues.bitmex.pools.contracts import RiskLimit
from tests.venues.bitmex.accounts import LIMIT, document, isolated, multi, position, sample, usdt
from tests.venues.documents import assessed, number, pool_of, position_of

D = Decimal
PAYLOAD = "position of 2022-05-21, ccxt 4.4.90 bitmex.py"
GUIDE = "BitMEX contract guides"
RISK = "bitmex.com/app/riskLimitsExamples, last revision"
MODES = "support.bitmex.com 24290829184029"
ADL = "support.bitmex.com 18589621443357"
BLOG = "blog.bitmex.com updates-to-multi-asset-margining"


# -- the live payload --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        pytest.param(M.NOTIONAL, "39.2839", id=f"{PAYLOAD}: markValue 39283900"),
        pytest.param(M.UNREALIZED_PNL, "0.0239", id=f"{PAYLOAD}: unrealisedPnl 23900"),
        pytest.param(M.INITIAL_MARGIN, "13.086667", id=f"{PAYLOAD}: posInit 13086667"),
        pytest.param(M.MAINTENANCE_MARGIN, "0.435787", id=f"{PAYLOAD}: posMaint 435787"),
        pytest.param(M.MAINTENANCE_RATE, "0.01", id=f"{PAYLOAD}: maintMarginReq 0.01"),
        pytest.param(M.MARGIN_BALANCE, "13.149828", id=f"{PAYLOAD}: maintMargin 13149828"),
        pytest.param(M.BANKRUPTCY_PRICE, "1308.7", id=f"{PAYLOAD}: bankruptPrice 1308.7"),
        pytest.param(M.LIQUIDATION_PRICE, "1328.5", id=f"{PAYLOAD}: liquidationPrice 1328.5"),
        pytest.param(M.LIQUIDATION_PRICE_BELOW, "1328.5", id=f"{PAYLOAD}: the lower end"),
        pytest.param(M.BREAK_EVEN_PRICE, "1964.35", id=f"{PAYLOAD}: breakEvenPrice 1964.35"),
    ],
)
def test_payload(measure: M, expected: str) -> None:
    assert number(position_of(sample()), measure) == D(expected)


def test_payload_parts() -> None:
    """posCost 39260000, posComm 39261, posMargin 13125928, unrealisedRoePcnt 0.0018."""
    found = assessed(sample()).pool("ETHUSDT/both isolated")
    exposure = found.figures.pool.exposures[0]
    assert exposure.notional_at(D(1963)) == D("39.26")
    assert exposure.own["posComm"] == D("0.039261")
    assert number(found, M.WALLET_BALANCE) == D("13.086667") + D("0.039261")
    assert round(number(position_of(sample()), M.RETURN_ON_MARGIN), 4) == D("0.0018")


# -- contracts ---------------------------------------------------------------------------------


def test_linear_guide_example() -> None:
    """1e6 USDT at 5,000 of 0.000001: 200,000,000 contracts; at 50x the margin is 20,000."""
    row = position("200000000", instrument="XBTUSDT", entry_price="5000", leverage="50")
    market = {"mark": {"XBTUSDT": "5000"}, "funding": {"XBTUSDT": {"rate": "0"}}}
    found = position_of(usdt(positions=[row], market=market))
    assert number(found, M.NOTIONAL) == 1_000_000
    assert number(found, M.INITIAL_MARGIN) == 20_000


@pytest.mark.parametrize(
    ("symbol", "size", "mark", "value"),
    [
        pytest.param("XBTUSD", "50000", "50000", "1", id=f"{GUIDE}: inverse, 1 contract is 1 USD"),
        pytest.param("ETHUSD", "1000", "3000", "3", id=f"{GUIDE}: quanto, 0.000001 XBT per USD"),
        pytest.param("ETHUSDT", "2000", "1963", "39.26", id=f"{PAYLOAD}: 10 USDt per USD"),
    ],
)
def test_contract_values(symbol: str, size: str, mark: str, value: str) -> None:
    whole = document(
        positions=[position(size, instrument=symbol, entry_price=mark)],
        instruments={},
        market={"mark": {symbol: mark}},
    )
    assert number(position_of(whole), M.NOTIONAL) == D(value)


def test_altcoin_settled_in_xbt() -> None:
    """XBT-settled linear futures: value = qty * price * 1."""
    terms = {"payoff": "linear", "base": "ADA", "quote": "XBT", "settle": "XBT"}
    whole = document(
        positions=[position("1000", instrument="ADAZ22", entry_price="0.00001")],
        instruments={"ADAZ22": terms},
        market={"mark": {"ADAZ22": "0.000011"}},
    )
    assert number(position_of(whole), M.UNREALIZED_PNL) == D("0.001")


def test_inverse_pnl() -> None:
    """PnL_XBT = qty * (1/entry - 1/exit)."""
    whole = document(market={"mark": {"XBTUSD": "62500"}})
    assert number(position_of(whole), M.UNREALIZED_PNL) == D("0.2")


# -- risk limits -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "maintenance", "initial"),
    [
        pytest.param("199", "0.005", "0.01", id=f"{RISK}: below 200 XBT"),
        pytest.param("200", "0.005", "0.01", id=f"{RISK}: at 200 XBT no step yet"),
        pytest.param("349", "0.010", "0.015", id=f"{RISK}: below 350 XBT"),
        pytest.param("350", "0.010", "0.015", id=f"{RISK}: at 350 XBT"),
        pytest.param("499", "0.015", "0.020", id=f"{RISK}: below 500 XBT"),
        pytest.param("649", "0.020", "0.025", id=f"{RISK}: below 650 XBT"),
        pytest.param("650.01", "0.025", "0.030", id=f"{RISK}: beyond 650 XBT"),
    ],
)
def test_risk_steps_of_xbtusd(value: str, maintenance: str, initial: str) -> None:
    size = str(D(value) * 50000)
    whole = document(
        positions=[position(size)], wallets=[{"asset": "XBT", "balance": "50"}], parameters={}
    )
    found = position_of(whole)
    assert number(found, M.MAINTENANCE_RATE) == D(maintenance)
    assert number(found, M.INITIAL_MARGIN) == D(value) * D(initial)


def test_older_revision_of_the_risk_limit() -> None:
    """Base 100 XBT, step 50 XBT, base initial 2 %: two steps at 180 XBT."""
    limit = LIMIT | {"base": "100", "step": "50", "initial_rate": "0.02"}
    parameters = {"venue": {"risk_limits": {"XBTUSD": limit}}}
    found = position_of(document(positions=[position("9000000")], parameters=parameters))
    assert number(found, M.MAINTENANCE_RATE) == D("0.015")
    assert number(found, M.INITIAL_MARGIN) == 180 * D("0.03")


def test_steps_formula() -> None:
    """MM = base * (1 + steps), IM = base + steps * base MM."""
    limit = RiskLimit(D(200), D(150), D("0.01"), D("0.005"))
    assert [limit.rates(steps) for steps in range(3)] == [
        (D("0.010"), D("0.005")),
        (D("0.015"), D("0.010")),
        (D("0.020"), D("0.015")),
    ]


# -- balances ----------------------------------------------------------------------------------


def test_balances_of_the_margin_terms() -> None:
    """marginBalance = wallet + unrealised; available, excess; profit is never withdrawable."""
    whole = document(market={"mark": {"XBTUSD": "62500"}, "funding": {"XBTUSD": {"rate": "0"}}})
    found = pool_of(whole)
    assert number(found, M.MARGIN_BALANCE) == D("0.4")
    assert number(found, M.INITIAL_MARGIN) == D("0.01")  # entry value * the least initial rate
    assert number(found, M.AVAILABLE_BALANCE) == D("0.39")
    assert number(found, M.WITHDRAWABLE_BALANCE) == D("0.19")
    excess = number(found, M.MARGIN_BALANCE) - number(found, M.MAINTENANCE_MARGIN)
    assert abs(number(found, M.EXCESS_BALANCE) - excess) < D("1e-25")


# -- multi-asset -------------------------------------------------------------------------------


def share(asset: str, settle: str, as_of: str) -> Decimal:
    """What 1,000 USD of an asset count for contracts settled in another, as a fraction."""
    rates = {"XBT": "50000", "USDT": "1", "USDC": "1", "ETH": "2500"}
    wallets = [{"asset": settle, "balance": "0"}]
    worth = D(1000) / D(rates[settle])
    if asset == settle:
        wallets = [{"asset": asset, "balance": str(worth)}]
    else:
        wallets.append({"asset": asset, "balance": str(D(1000) / D(rates[asset]))})
    whole = multi(as_of=as_of, wallets=wallets, positions=[], market={"asset_rate": rates})
    return number(pool_of(whole, settle), M.COLLATERAL_VALUE) / worth


@pytest.mark.parametrize(
    ("asset", "settle", "haircut"),
    [
        pytest.param(asset, settle, haircut, id=f"{MODES}: {asset} for {settle}")
        for settle, row in (
            ("XBT", {"XBT": "0", "ETH": "0.05", "USDC": "0.05", "USDT": "0.05"}),
            ("USDT", {"XBT": "0.05", "ETH": "0.05", "USDC": "0.02", "USDT": "0"}),
        )
        for asset, haircut in row.items()
    ],
)
def test_haircut_pairs(asset: str, settle: str, haircut: str) -> None:
    assert share(asset, settle, "2025-02-24T23:59:59Z") == 1 - D(haircut)


@pytest.mark.parametrize(
    ("asset", "settle"),
    [
        pytest.param(asset, settle, id=f"{BLOG}: {asset} for {settle}")
        for asset, settle in (("USDT", "XBT"), ("USDC", "XBT"), ("XBT", "USDT"), ("USDC", "USDT"))
    ],
)
def test_haircuts_of_2025(asset: str, settle: str) -> None:
    assert share(asset, settle, "2025-02-25T00:00:00Z") == D("0.98")


# -- mark, funding, orders, deleveraging -------------------------------------------------------


def test_fair_price() -> None:
    """Index * (1 + funding rate * time to funding / interval), funding every 8 h."""
    assert formulas.price_one(D(50000), D("0.0001"), D(4), D(8)) == D("50002.5")


def test_funding_is_paid_on_the_mark_value() -> None:
    assert number(position_of(sample()), M.FUNDING_NEXT) == D("-0.00392839")


@pytest.mark.parametrize(
    ("premium", "interest", "rate"),
    [
        pytest.param("0.0003", "0.0001", "0.0001", id="F = P + clamp(I - P, +-0.05 %): inside"),
        pytest.param("0.001", "0.0001", "0.0005", id="F = P + clamp(I - P, +-0.05 %): above"),
    ],
)
def test_funding_rate(premium: str, interest: str, rate: str) -> None:
    assert formulas.funding_rate(D(premium), D(interest), D("0.0005"), D(1)) == D(rate)


def test_orders_of_the_exchange_guide() -> None:
    """Bids 20 at 100, offers 15 at 150: charged on 5 net bids and on 15 offers."""
    orders = [
        {"instrument": "TEST", "side": "buy", "size": "20", "price": "100"},
        {"instrument": "TEST", "side": "sell", "size": "15", "price": "150"},
    ]
    terms = {"payoff": "linear", "base": "TST", "quote": "USDT", "settle": "USDT"}
    whole = usdt(
        positions=[],
        orders=orders,
        instruments={"TEST": terms},
        settings={"TEST": {"leverage": "10"}},
        market={"mark": {"TEST": "125"}},
        parameters={"fees": {"taker": "0"}},
    )
    charged = 5 * D(100) + 15 * D(150)
    assert number(pool_of(whole), M.ORDER_INITIAL_MARGIN) == charged / 10


@pytest.mark.parametrize(
    ("mark", "score"),
    [
        # isolated 10x, 1 XBT at 50,000, margin 0.1 XBT: entry value -1, bankrupt value -1.1
        pytest.param("62500", D("0.2") * D("0.8") / D("0.3"), id=f"{ADL}: a profit"),
        pytest.param(
            "48000", -(D(50) / 48 - 1) * (D("1.1") - D(50) / 48) / (D(50) / 48), id=f"{ADL}: a loss"
        ),
    ],
)
def test_adl_score(mark: str, score: Decimal) -> None:
    terms = {"payoff": "inverse", "base": "XBT", "quote": "USD", "settle": "XBT"}
    whole = document(
        positions=[isolated()], instruments={"XBTUSD": terms}, market={"mark": {"XBTUSD": mark}}
    )
    assert abs(number(position_of(whole), M.ADL_SCORE) - score) < D("1e-20")


# -- dates -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["single_asset", "multi_asset"])
def test_closed_on_2026_09_23(mode: str) -> None:
    books = [at("bitmex", mode, from_dict(document(as_of=d, mode=mode)).as_of) for d in DAYS]
    assert all(book.historical for book in books)
    assert {str(book.effective_until) for book in books} <= {
        "2024-01-01",
        "2025-02-25",
        "2026-09-23",
    }


DAYS = ["2022-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "2026-09-22T23:59:59Z"]
