"""Every number that BingX's rules print, or that its published samples carry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from marginline.core.findings import Gap, Status
from marginline.core.measures import Measure as M
from marginline.venues.bingx.copy_trading import (
    accrued_profit_share,
    fixed_margin_size,
    margin_taken,
    ratio_margin,
    ratio_size,
)
from marginline.venues.bingx.trial_fund import CHANGE, Absorbed, absorb
from marginline.venues.resolve.schedules import derived_deductions
from tests.venues.bingx.accounts import (
    LINEAR,
    TIERS,
    coin,
    coin_margined,
    document,
    isolated,
    multi,
    position,
    standard,
)
from tests.venues.documents import assessed, number, pool_of, position_of, prints_as

D = Decimal
LTC = "LTC sample, ccxt"
BNB = "BNB sample, GET swap/v2/user/positions"
API = "BingX-API/api-ai-skills at d40bcc6ab6e9"
ACCOUNT = "support.bingx.com 360046487393"
RISK = "bingx.com 11263299509391"
MULTI = "bingx.com 12140157478927"
STANDARD = "Standard futures, margin rate and liquidation"
TRIAL = "Trial fund, 2026-06-25"
COPY = "Copy trading, margin of a copied order"


# -- accounting of perpetuals ------------------------------------------------------------------


def ltc() -> dict[str, object]:
    row = position("0.1", instrument="LTC-USDT", entry_price="83.53", leverage="6")
    return document(
        positions=[row],
        instruments={"LTC-USDT": LINEAR | {"base": "LTC"}},
        market={"mark": {"LTC-USDT": "73.137"}},
        parameters={"tiers": {"LTC-USDT": TIERS}, "fees": {"taker": "0.0005"}},
    )


@pytest.mark.parametrize(
    ("measure", "printed"),
    [
        pytest.param(M.INITIAL_MARGIN, "1.3922", id=f"{LTC}: initialMargin 1.3922"),
        pytest.param(M.UNREALIZED_PNL, "-1.0393", id=f"{LTC}: margin 0.3528 = 1.3922 + P&L"),
        pytest.param(M.RETURN_ON_MARGIN, "-0.7465", id=f"{LTC}: pnlRatio = P&L / initialMargin"),
    ],
)
def test_a_cross_position(measure: M, printed: str) -> None:
    assert prints_as(number(position_of(ltc()), measure), printed)


def bnb(rate: str, fee: str) -> dict[str, object]:
    row = isolated(
        "-0.20",
        instrument="BNB-USDT",
        entry_price="246.43",
        leverage="5",
        isolated_margin="9.8567",
        side="short",
    )
    return document(
        position_mode="hedge",
        positions=[row],
        instruments={"BNB-USDT": LINEAR | {"base": "BNB"}},
        market={"mark": {"BNB-USDT": "246.7565"}},
        parameters={"tiers": {"BNB-USDT": [{"floor": "0", "rate": rate}]}, "fees": {"taker": fee}},
    )


@pytest.mark.parametrize(
    ("rate", "fee"),
    [
        pytest.param("0.00475", "0.0005", id=f"{BNB}: 0.475 % + 0.05 %"),
        pytest.param("0.005", "0.00025", id=f"{BNB}: 0.5 % + 0.025 %, not decidable"),
    ],
)
def test_an_isolated_short(rate: str, fee: str) -> None:
    """9.7914 = 49.286 / 5 - 0.0653 - funding: margin with P&L. Price 294.16914617776246.

    The margin is cut at 4 decimals, so the price is off by up to 0.0001 / (0.2 * 1.00525).
    """
    found = position_of(bnb(rate, fee))
    assert number(found, M.MARGIN_BALANCE) == D("9.7914")
    assert number(found, M.INITIAL_MARGIN) - D("9.8567") == D("0.0005")  # funding paid
    off = abs(number(found, M.LIQUIDATION_PRICE) - D("294.16914617776246"))
    assert off <= D("0.0001") / (D("0.2") * D("1.00525"))


@pytest.mark.parametrize(
    ("size", "margin", "deduction_row"),
    [
        pytest.param("1", "2500", 0, id=f"{RISK}: long (qE - margin - A) / (q (1 - r - f))"),
        pytest.param("-1", "2500", 0, id=f"{RISK}: short (qE + margin + A) / (q (1 + r + f))"),
        pytest.param("4", "10000", 1, id=f"{RISK}: long in the second tier, A = 30"),
    ],
)
def test_isolated_liquidation_price(size: str, margin: str, deduction_row: int) -> None:
    row = isolated(size, isolated_margin=margin)
    found = number(position_of(document(positions=[row])), M.LIQUIDATION_PRICE)
    tier, q, side = TIERS[deduction_row], abs(D(size)), 1 if D(size) > 0 else -1
    cut = D(str(tier["deduction"]))
    charge = D(str(tier["rate"])) + D("0.0005")
    expected = (q * 50000 - side * (D(margin) + cut)) / (q * (1 - side * charge))
    assert abs(found - expected) < D("1e-20")


def test_balance_sample() -> None:
    """balance 194.8212, P&L 1.9219, used 1.0602: available 193.7609, profit not in it."""
    row = position("0.001", entry_price="21204", leverage="20")  # initial margin 1.0602
    found = pool_of(
        document(
            wallets=[{"asset": "USDT", "balance": "194.8212"}],
            positions=[row],
            market={"mark": {"BTC-USDT": "23125.9"}},
        )
    )
    assert number(found, M.POSITION_INITIAL_MARGIN) == D("1.0602")
    assert number(found, M.UNREALIZED_PNL) == D("1.9219")
    assert number(found, M.EQUITY) == D("196.7431")
    assert number(found, M.AVAILABLE_BALANCE) == D("193.7610")  # printed 193.7609: cut parts


def test_coin_margined_available_is_equity_less_used() -> None:
    """coin-M sample: available = equity - used, profit in it; 10 USD a SOL contract."""
    found = pool_of(coin_margined(market={"mark": {"SOL-USD": "125"}}))
    assert number(found, M.UNREALIZED_PNL) == 2  # 1000 * (1/100 - 1/125)
    assert number(found, M.POSITION_INITIAL_MARGIN) == D("0.5")  # 100 * 10 / 100 / 20
    assert number(found, M.AVAILABLE_BALANCE) == D("11.5")


def test_funding_leaves_isolated_margin() -> None:
    """fixed margin = initial margin + manual adjustments - funding paid."""
    posted = D(2500) + 100 - D("7.5")
    row = isolated(isolated_margin=str(posted), extra_margin="100", funding="-7.5")
    found = assessed(document(positions=[row])).pool("BTC-USDT/both isolated")
    assert number(found, M.WALLET_BALANCE) == D("2592.5")


# -- tiers -------------------------------------------------------------------------------------


def test_tier_sample() -> None:
    """BTC 0-150k 0.38 % 0; 150-900k 0.40 % 30: 30 = 150,000 * 0.02 %."""
    found = derived_deductions((D(0), D(150_000)), (D("0.0038"), D("0.004")))
    assert [*found] == [D(0), D(30)]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        pytest.param("3", "645", id=f"{API}: 150,000 * 0.38 % + 75 fee, the last of tier 1"),
        pytest.param("4", "870", id=f"{API}: 200,000 * 0.40 % - 30 + 100 fee"),
    ],
)
def test_maintenance_margin(size: str, expected: str) -> None:
    found = position_of(document(positions=[position(size)]))
    assert number(found, M.MAINTENANCE_MARGIN) == D(expected)


def test_eth_first_tier() -> None:
    """ETH tier 1 to 900k 0.33 % (2026-01)."""
    tiers = {"ETH-USDT": [{"floor": "0", "cap": "900000", "rate": "0.0033"}]}
    row = position("100", instrument="ETH-USDT", entry_price="2000")
    whole = document(positions=[row], parameters={"tiers": tiers, "fees": {"taker": "0"}})
    assert number(position_of(whole), M.MAINTENANCE_MARGIN) == 660


# -- multi-assets mode -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asset", "worth"),
    [
        pytest.param("USDC", "99.99", id=f"{API}: USDC 99.99%"),
        pytest.param("BTC", "95", id=f"{API}: BTC 95.00%"),
        pytest.param("ETH", "95", id=f"{API}: ETH 95.00%"),
        pytest.param("BNB", "95", id=f"{API}: BNB 95.00%"),
        pytest.param("DOGE", "95", id=f"{API}: DOGE 95.00%"),
        pytest.param("DOT", "95", id=f"{API}: DOT 95.00%"),
        pytest.param("TRX", "95", id=f"{API}: TRX 95.00%, its LTV 85 % is another ratio"),
    ],
)
def test_collateral_ratios(asset: str, worth: str) -> None:
    whole = multi(
        wallets=[{"asset": asset, "balance": "10"}],
        positions=[],
        market={"asset_rate": {asset: "10"}},
    )
    assert number(pool_of(whole), M.COLLATERAL_VALUE) == D(worth)


def test_usdt_counts_99_99_percent() -> None:
    whole = multi(wallets=[{"asset": "USDT", "balance": "10000"}], positions=[])
    assert number(pool_of(whole), M.COLLATERAL_VALUE) == 9999


@pytest.mark.parametrize(
    ("debt", "ratio", "converts"),
    [
        pytest.param("-47262.4", "0.99499789", False, id=f"{MULTI}: below 0.995"),
        pytest.param("-47262.5", "0.995", True, id=f"{MULTI}: at 0.995"),
    ],
)
def test_loan_to_value(debt: str, ratio: str, converts: bool) -> None:
    """|sum of debts| / sum(balance * index * ratio): 1 BTC at 50,000 * 95 % = 47,500."""
    wallets = [{"asset": "USDT", "balance": debt}, {"asset": "BTC", "balance": "1"}]
    found = assessed(multi(wallets=wallets, positions=[]))
    assert abs(number(found.pools[0], M.VENUE_RATIO) - D(ratio)) < D("1e-8")
    assert any(f.code.name == "AUTO_EXCHANGE" for f in found.all_findings()) is converts


# -- standard futures --------------------------------------------------------------------------


def test_standard_margin_rate() -> None:
    """150 / 15 - 0.1 = 990 %."""
    assert number(pool_of(standard()), M.VENUE_RATIO) == D("9.9")


@pytest.mark.parametrize(
    ("nav", "status"),
    [
        pytest.param("1.5", Status.LIQUIDATION, id=f"{STANDARD}: NAV 1.5 on 15"),
        pytest.param("1.500001", Status.WATCH, id=f"{STANDARD}: a touch above"),
    ],
)
def test_standard_liquidation(nav: str, status: Status) -> None:
    assert assessed(standard(wallets=[{"asset": "USDT", "balance": nav}])).status is status


@pytest.mark.parametrize("size", ["0.003", "-0.003"])
def test_standard_isolated_price(size: str) -> None:
    """open + open * [fees + funding - (1 - adj) * margin] / (volume * dir), costs paid > 0."""
    row = isolated(size, leverage="10", isolated_margin="15", fees="-0.3", funding="-0.2")
    found = number(position_of(standard(positions=[row])), M.LIQUIDATION_PRICE)
    direction = 1 if D(size) > 0 else -1
    expected = 50000 + 50000 * (D("0.5") - D("0.9") * 15) / (150 * direction)
    assert abs(found - expected) < D("1e-20")


@pytest.mark.parametrize("size", ["100", "-100"])
def test_standard_coin_price(size: str) -> None:
    """dir * volume * open / [(1 - adj) * margin + dir * volume - fees - funding], in coins."""
    margin = {"leverage": "10", "isolated_margin": "1", "margin_mode": "isolated"}
    terms = {"payoff": "inverse", "base": "SOL", "quote": "USD", "settle": "SOL"}
    whole = standard(
        positions=[coin(size, fees="-0.02", funding="-0.01") | margin],
        wallets=[{"asset": "SOL", "balance": "1"}],
        instruments={"SOL-USD": terms | {"contract_size": "10"}},
    )
    found = number(position_of(whole), M.LIQUIDATION_PRICE)
    direction, volume = (1 if D(size) > 0 else -1), D(10)
    expected = direction * volume * 100 / (D("0.9") + direction * volume - D("0.03"))
    assert abs(found - expected) < D("1e-20")


# -- trial funds -------------------------------------------------------------------------------

FUNDS = {"offset_ratio": D("0.5"), "trial_left": D(40), "own_funds": D(160)}


@pytest.mark.parametrize(
    ("kind", "amount", "realized", "expected"),
    [
        pytest.param("loss", 30, 0, (0, 15, 15), id=f"{TRIAL}: shared by the offset ratio"),
        pytest.param("loss", 30, 10, (10, 10, 10), id=f"{TRIAL}: realized profit goes first"),
        pytest.param("loss", 30, 50, (30, 0, 0), id=f"{TRIAL}: profit takes it all"),
        pytest.param("loss", 200, 0, (0, 40, 160), id=f"{TRIAL}: no more than what is left"),
        pytest.param("loss", 30, -9, (0, 15, 15), id=f"{TRIAL}: a realized loss absorbs nothing"),
        pytest.param("funding", 30, 10, (10, 10, 10), id=f"{TRIAL}: funding as a loss"),
        pytest.param("fee", 30, 50, (0, 0, 30), id=f"{TRIAL}: fees from own funds alone"),
    ],
)
def test_trial_funds_since(
    kind: str, amount: int, realized: int, expected: tuple[int, int, int]
) -> None:
    found = absorb(kind, D(amount), CHANGE, realized_profit=D(realized), **FUNDS)
    assert found == Absorbed(*map(D, expected))


def test_trial_funds_before() -> None:
    """Old rule: fees in proportion to trial and own funds; losses are not public."""
    before = CHANGE - timedelta(microseconds=1)
    assert datetime(2026, 6, 25, tzinfo=UTC) == CHANGE
    assert absorb("fee", D(30), before, **FUNDS) == Absorbed(D(0), D(6), D(24))
    assert isinstance(absorb("loss", D(30), before, **FUNDS), Gap)


def test_trial_fund_supports_and_is_shown_apart() -> None:
    """Usable as margin and for losses, not withdrawable."""
    found = pool_of(document(wallets=[{"asset": "USDT", "balance": "1000", "credit": "200"}]))
    assert number(found, M.MARGIN_BALANCE) == 1000
    assert number(found, M.CREDIT) == 200
    assert number(found, M.CREDIT_SHARE) == D("0.2")


# -- copy trading ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "slip", "size"),
    [
        pytest.param("long", "0", "0.0199", id=f"{COPY}: m (1 - f L) L / fill"),
        pytest.param("long", "0.01", None, id=f"{COPY}: long at fill (1 + slip)"),
        pytest.param("short", "0.01", "-0.0199", id=f"{COPY}: short at max(fill (1 - slip), fill)"),
    ],
)
def test_fixed_margin(side: str, slip: str, size: str | None) -> None:
    terms = (D(100), D(10), D("0.0005"), D(50000))
    found = fixed_margin_size(*terms, side=side, slippage=D(slip))
    expected = D(995) / 50500 if size is None else D(size)
    assert abs(found - expected) < D("1e-20")
    assert margin_taken(found, D(50000), D(10)) < 100  # slightly below what is set aside


def test_ratio_margin() -> None:
    """1,000 net, 300 used at 5x; copier 100 -> 30, same leverage."""
    margin = ratio_margin(D(100), D(300), D(1000))
    assert margin == 30
    assert ratio_size(margin, D(5), D(50000), side="short") == D("-0.003")
    assert margin_taken(D("-0.003"), D(50000), D(5)) == 30


@pytest.mark.parametrize(("profit", "share"), [("200", "20"), ("0", "0"), ("-50", "0")])
def test_profit_share_accrues_on_closed_profit(profit: str, share: str) -> None:
    assert accrued_profit_share(D(profit), D("0.1")) == D(share)


def test_accrued_share_is_said_and_not_deducted() -> None:
    """Not deducted from live equity until settlement, Monday 00:00-00:15 UTC+8."""
    parameters = document()["parameters"] | {"venue": {"accrued_profit_share": {"USDT": "20"}}}
    found = assessed(document(parameters=parameters))
    assert number(found.pools[0], M.EQUITY) == 10000
    said = [f for f in found.all_findings() if f.code.name == "OVERSTATED"]
    assert [f.where for f in said] == ["wallets.USDT"]
    assert said[0].message.startswith("20 USDT of profit share")


def test_direction_of_the_ratio() -> None:
    """Ratio direction: riskRate is requirement over equity, liquidated at 100 %."""
    whole = document(wallets=[{"asset": "USDT", "balance": "215"}])  # 50,000 * (0.38 + 0.05) %
    found = assessed(whole)
    assert number(found.pools[0], M.VENUE_RATIO) == 1
    assert found.status is Status.LIQUIDATION
