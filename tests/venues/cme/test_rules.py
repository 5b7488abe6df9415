"""CME: call, settlement, what does not exist there, what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.core.account.file import from_dict
from marginline.core.assessment.explanation import explain
from marginline.core.findings import Code, Status
from marginline.core.measures import Measure as M
from marginline.errors import DocumentError, RulebookError
from marginline.venues.assessing import assess
from marginline.venues.cme.settlement import call_deadline, call_of, settle
from tests.venues.cme.accounts import RATES, document, position
from tests.venues.documents import Doc, assessed, number, pool_of, position_of
from tests.venues.missing import unexplained, without

D = Decimal
prices = st.decimals("1000", "200000", places=2)
lots = st.integers(1, 50)


# -- the call ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("balance", "status", "call"),
    [
        pytest.param("82000", Status.WATCH, "0", id="equity at maintenance: no call"),
        pytest.param("81999.99", Status.MARGIN_CALL, "8200.01", id="a cent below: back to initial"),
        pytest.param("-5", Status.MARGIN_CALL, "90205", id="a debit"),
        pytest.param("200000", Status.HEALTHY, "0", id="plenty"),
    ],
)
def test_a_call_comes_below_maintenance(balance: str, status: Status, call: str) -> None:
    found = pool_of(document(wallets=[{"asset": "USD", "balance": balance}]))
    assert found.status is status
    assert number(found, M.CALL_AMOUNT) == D(call)


def test_the_pool_is_one_account_in_usd() -> None:
    found = pool_of(document())
    assert (found.id, found.kind, found.asset) == ("USD", "account", "USD")
    assert number(found, M.COLLATERAL_VALUE) == 100000


def test_there_is_no_liquidation_price() -> None:
    found = assessed(document())
    row = found.pools[0].positions[0]
    gaps = {(f.where, f.measure): f.code for f in found.all_findings()}
    for measure in (M.LIQUIDATION_PRICE, M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE,
                    M.TIER, M.MAINTENANCE_RATE, M.FUNDING_NEXT):  # fmt: skip
        assert row.measures[measure] is None
        assert gaps[row.key, measure] is Code.NOT_APPLICABLE


def test_two_instruments_have_a_call_price_each_and_the_pool_none() -> None:
    rows = [position(), position("3", instrument="MBT")]
    found = assessed(document(positions=rows))
    assert found.pools[0].measures[M.CALL_PRICE] is None
    assert all(row.measures[M.CALL_PRICE] for row in found.pools[0].positions)


def test_a_given_initial_is_used_as_it_is() -> None:
    rates = {"BTC": {"maintenance": "82000", "initial": "120000"}}
    found = pool_of(document(parameters={"per_contract": rates}))
    assert number(found, M.INITIAL_MARGIN) == 120000
    assert number(found, M.AVAILABLE_BALANCE) == -20000
    assert number(found, M.WITHDRAWABLE_BALANCE) == 0


def test_free_funds_are_equity_above_initial() -> None:
    found = pool_of(document(market={"mark": {"BTC": "81000"}}))
    assert number(found, M.WITHDRAWABLE_BALANCE) == 105000 - 90200


def test_spreads_are_charged_in_full_and_said_so() -> None:
    found = assessed(document(positions=[position(), position("-50", instrument="MBT")]))
    assert number(found.pools[0], M.MAINTENANCE_MARGIN) == 2 * 82000
    assert any("SPAN" in f.message for f in found.findings)


def test_orders_take_nothing_and_it_is_said() -> None:
    order = {"instrument": "BTC", "side": "buy", "size": "1", "price": "70000"}
    found = assessed(document(orders=[order]))
    assert number(found.pools[0], M.ORDER_INITIAL_MARGIN) == 0
    assert any(f.measure is M.ORDER_INITIAL_MARGIN for f in found.findings)


def test_other_collateral_needs_its_ratio_and_rate() -> None:
    wallets = [{"asset": "USD", "balance": "50000"}, {"asset": "EUR", "balance": "50000"}]
    bare = document(wallets=wallets)
    assert assessed(bare).status is Status.UNKNOWN
    bare["market"]["asset_rate"] = {"EUR": "1.1"}
    bare["parameters"]["collateral"] = {"EUR": {"ratio": "0.9"}}
    assert number(pool_of(bare), M.MARGIN_BALANCE) == 50000 + 49500


def test_explanation_shows_contracts_and_amounts() -> None:
    found = assessed(document(positions=[position("2")]))
    assert "maintenance per contract" in str(explain(found, "BTC/both", "maintenance_margin"))
    assert "equity at call_price" in str(explain(found, "BTC/both", "call_price"))


# -- properties --------------------------------------------------------------------------------


@given(size=lots, short=st.booleans(), mark=prices, balance=st.integers(0, 10_000_000))
def test_at_the_call_price_equity_meets_maintenance(
    size: int, short: bool, mark: Decimal, balance: int
) -> None:
    row = position(str(-size if short else size))
    whole = document(
        positions=[row],
        wallets=[{"asset": "USD", "balance": str(balance)}],
        market={"mark": {"BTC": str(mark)}},
    )
    price = position_of(whole).measures[M.CALL_PRICE]
    if price is not None:
        there = whole | {"market": {"mark": {"BTC": str(price)}}}
        assert abs(number(pool_of(there), M.BUFFER)) < D("1e-20")


@given(size=lots, mark=prices, more=st.integers(1, 1_000_000))
def test_a_deposit_never_lowers_health(size: int, mark: Decimal, more: int) -> None:
    def buffer(balance: int) -> Decimal:
        wallets = [{"asset": "USD", "balance": str(balance)}]
        market = {"mark": {"BTC": str(mark)}}
        return number(
            pool_of(document(positions=[position(str(size))], wallets=wallets, market=market)),
            M.BUFFER,
        )

    assert buffer(100_000 + more) == buffer(100_000) + more


@given(size=lots, mark=prices)
def test_long_and_short_are_alike(size: int, mark: Decimal) -> None:
    found = [
        pool_of(document(positions=[position(str(s))], market={"mark": {"BTC": str(mark)}}))
        for s in (size, -size)
    ]
    for measure in (M.INITIAL_MARGIN, M.MAINTENANCE_MARGIN, M.GROSS_NOTIONAL):
        assert found[0].measures[measure] == found[1].measures[measure]


@given(size=lots, other=st.integers(-500, 500).filter(bool), mark=prices)
def test_the_order_of_positions_does_not_matter(size: int, other: int, mark: Decimal) -> None:
    rows = [position(str(size)), position(str(other), instrument="MBT")]
    market = {"mark": {"BTC": str(mark), "MBT": str(mark)}}
    found = [pool_of(document(positions=p, market=market)) for p in (rows, rows[::-1])]
    assert found[0].measures == found[1].measures


@given(size=lots, other=st.integers(-500, 500), price=prices)
def test_settlement_moves_cash_and_leaves_equity(size: int, other: int, price: Decimal) -> None:
    rows = [position(str(size)), position(str(other), instrument="MBT")]
    marked = {"BTC": str(price), "MBT": str(price)}
    account = from_dict(document(positions=rows, market={"mark": marked}))
    settled = settle(account, {"BTC": price, "MBT": price})
    before, after = assess(account), assess(settled.account)
    assert after.measures[M.EQUITY] == before.measures[M.EQUITY]
    assert after.measures[M.UNREALIZED_PNL] == 0
    assert after.measures[M.WALLET_BALANCE] == 100000 + settled.total
    assert settle(settled.account, {"BTC": price, "MBT": price}).total == 0


# -- settlement --------------------------------------------------------------------------------


def test_settlement_of_a_loss_leads_to_a_call() -> None:
    account = from_dict(document())
    at = datetime(2026, 11, 10, 21, tzinfo=UTC)
    settled = settle(account, {"BTC": D(76000)}, as_of=at)
    assert settled.variation == {"BTC/both": D(-20000)}
    assert settled.account.positions[0].entry_price == 76000
    assert settled.account.market.mark["BTC"] == 76000
    assert settled.account.wallets[0].balance == 80000
    call = call_of(assess(settled.account))
    assert call is not None
    assert (call.amount, call.called_on) == (D(10200), date(2026, 11, 10))


def test_parts_of_the_balance_stay_whole() -> None:
    parts = {"deposits": "100000"}
    whole = document(wallets=[{"asset": "USD", "balance": "100000", "parts": parts}])
    whole["positions"][0]["realized_pnl"] = "7"
    settled = settle(from_dict(whole), {"BTC": D(81000)}).account
    assert settled.wallets[0].parts is not None
    assert settled.wallets[0].parts.total() == settled.wallets[0].balance == 105000
    assert settled.positions[0].realized_pnl == 5007


@pytest.mark.parametrize(
    ("whole", "settlement", "message"),
    [
        (document(), {}, "no settlement price of BTC"),
        (document(), {"BTC": D(0)}, "no settlement price of BTC"),
        (document(wallets=[]), {"BTC": D(1)}, "the balance of USD is not given"),
        (document(venue="textbook", mode=None), {"BTC": D(1)}, "not settled daily by CME"),
        (
            document(positions=[{"instrument": "BTC", "size": "1"}]),
            {"BTC": D(1)},
            "the entry price is not given",
        ),
    ],
)
def test_settlement_refuses_what_it_cannot_settle(
    whole: Doc, settlement: dict[str, Decimal], message: str
) -> None:
    whole = {name: value for name, value in whole.items() if value is not None}
    with pytest.raises(DocumentError, match=message):
        settle(from_dict(whole), settlement)


@pytest.mark.parametrize(
    ("called", "customer", "holidays", "deadline"),
    [
        pytest.param("2026-11-10", True, (), "2026-11-17", id="Tuesday: five business days on"),
        pytest.param("2026-11-10", False, (), "2026-11-16", id="no customer: four"),
        pytest.param("2026-11-20", True, ("2026-11-26",), "2026-11-30", id="over Thanksgiving"),
    ],
)
def test_how_long_a_call_may_stand(
    called: str, customer: bool, holidays: tuple[str, ...], deadline: str
) -> None:
    days = {date.fromisoformat(day) for day in holidays}
    found = call_deadline(date.fromisoformat(called), customer=customer, holidays=days)
    assert found == date.fromisoformat(deadline)


def test_no_call_without_a_shortfall() -> None:
    assert call_of(assessed(document())) is None


# -- missing and bad input ---------------------------------------------------------------------


NEEDED = [
    "wallets.0.balance",
    "wallets",
    "positions.0.entry_price",
    "market.mark.BTC",
    "parameters.per_contract.BTC",
    "parameters.per_contract.BTC.maintenance",
    "parameters",
]


@pytest.mark.parametrize("path", NEEDED)
def test_without_it_the_status_is_unknown(path: str) -> None:
    found = assessed(without(document(), path))
    assert found.status is Status.UNKNOWN
    assert unexplained(found) == []


def test_isolated_positions_are_refused() -> None:
    with pytest.raises(DocumentError, match=r"positions\[0\]\.margin_mode: CME knows no isolated"):
        assessed(document(positions=[position(margin_mode="isolated")]))


def test_contracts_in_other_currencies_are_refused() -> None:
    terms = {"payoff": "linear", "base": "BTC", "quote": "EUR", "settle": "EUR"}
    with pytest.raises(DocumentError, match="CME contracts settle in USD"):
        assessed(document(positions=[position(instrument="BTE")], instruments={"BTE": terms}))


def test_before_bitcoin_futures_there_is_no_rulebook() -> None:
    with pytest.raises(RulebookError, match="from 2017-12-01"):
        assessed(document(as_of="2017-11-30T23:59:59Z"))
    assert assessed(document(as_of="2017-12-01T00:00:00Z")).rulebook.code == "CMEF-SPEC-2017-12"


def test_single_months_are_described_in_the_file() -> None:
    month = {"payoff": "linear", "base": "BTC", "quote": "USD", "settle": "USD",
             "contract_size": "5", "expires_at": "2026-12-24T16:00:00Z"}  # fmt: skip
    whole = document(
        positions=[position(instrument="BTCZ6")],
        instruments={"BTCZ6": month},
        market={"mark": {"BTCZ6": "80000"}},
        parameters={"per_contract": {"BTCZ6": RATES["BTC"]}},
    )
    assert number(pool_of(whole), M.MAINTENANCE_MARGIN) == 82000
