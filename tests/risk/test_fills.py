"""What a fill does: average entry, realized P&L, fee, and the margin of isolated positions."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from marginline.core.account.account import Account, Position
from marginline.errors import InputError
from marginline.risk.what_if.orders import Change, close, funding, order, set_margin_mode
from marginline.risk.what_if.what_if import what_if
from tests.risk.books import INVERSE, Document, book, codes, hedged, isolated, one

NO_FEE: Document = {"parameters": None}


def after(account: Account, *changes: Change) -> Account:
    return what_if(account, changes).account_after


def row(account: Account, key: str = "BTCUSDT/both") -> Position:
    return next(position for position in account.positions if position.key == key)


def balance(account: Account) -> D:
    found = account.wallets[0].balance
    assert found is not None
    return found


# Fees are 0.05 % of the fill's notional; the wallet holds 10,000 before.
@pytest.mark.parametrize(
    ("held", "fill", "price", "size", "entry", "cash"),
    [
        pytest.param("0", "1", "60000", "1", "60000", "-30", id="opened from flat"),
        pytest.param("0", "-1", "61000", "-1", "61000", "-30.5", id="opened short"),
        pytest.param("1", "1", "62000", "2", "61000", "-31", id="added to: average by size"),
        pytest.param("1", "3", "62000", "4", "61500", "-93", id="added to, unevenly"),
        pytest.param("1", "-0.5", "62000", "0.5", "60000", "984.5", id="reduced: entry stays"),
        pytest.param("1", "-1", "58000", "0", None, "-2029", id="closed at a loss"),
        pytest.param("1", "-3", "61000", "-2", "61000", "908.5", id="turned: entry is the fill's"),
        pytest.param("-2", "1", "59000", "-1", "60000", "970.5", id="short reduced"),
    ],
)
def test_linear_fill(
    held: str, fill: str, price: str, size: str, entry: str | None, cash: str
) -> None:
    done = after(one(held), order("BTCUSDT", fill, price=price))
    assert row(done).size == D(size)
    assert row(done).entry_price == (None if entry is None else D(entry))
    assert balance(done) == 10000 + D(cash)


def test_inverse_fill_averages_the_reciprocal() -> None:
    account = book(INVERSE, parameters={"tiers": INVERSE["parameters"]["tiers"]})
    added = row(after(account, order("BTCUSD_PERP", "500", price="40000")), "BTCUSD_PERP/both")
    assert added.entry_price is not None
    assert added.size == 1000
    assert abs(added.entry_price - 48000) < D("1e-28")
    # 200 contracts of 100 USD: 20000 * (1/60000 - 1/80000) = 1/12 BTC
    reduced = after(account, order("BTCUSD_PERP", "-200", price="80000"))
    assert abs(balance(reduced) - 1 - D(1) / 12) < D("1e-30")


def test_default_price_is_the_mark() -> None:
    assert row(after(one("0"), order("BTCUSDT", "1"))).entry_price == 60000


def test_without_a_fee_rate_no_fee_is_taken_and_a_finding_says_so() -> None:
    tiers = {"tiers": {"BTCUSDT": [{"floor": "0", "rate": "0.01"}]}}
    answer = what_if(book(parameters=tiers), order("BTCUSDT", "1"))
    assert balance(answer.account_after) == 10000
    assert "no fee is taken off" in " ".join(f.message for f in answer.findings)


def test_a_symbol_has_its_own_fee() -> None:
    fees = {"taker": "0.0005", "by_instrument": {"BTCUSDT": {"taker": "0.001"}}}
    done = after(book(parameters={"fees": fees}), order("BTCUSDT", "1"))
    assert balance(done) == 9940


QUANTO: Document = {
    "payoff": "quanto",
    "base": "ETH",
    "quote": "USD",
    "settle": "BTC",
    "multiplier": "0.000001",
}


def quanto(**instrument: Any) -> Account:
    return book(
        venue="textbook",
        mode=None,
        wallets=[{"asset": "BTC", "balance": "1"}],
        positions=[{"instrument": "ETHUSD", "size": "100", "entry_price": "3000", "leverage": "5"}],
        instruments={"ETHUSD": {k: v for k, v in (QUANTO | instrument).items() if v is not None}},
        market={"mark": {"ETHUSD": "3000"}},
        parameters={"fees": {"taker": "0.001"}},
    )


def test_quanto_fill_pays_by_its_multiplier() -> None:
    # 100 * 0.000001 * 100 of profit, 0.1 % of 100 * 0.000001 * 3100 of fee
    done = after(quanto(), close("ETHUSD", price="3100"))
    assert balance(done) == 1 + D("0.01") - D("0.00031")


def test_a_quanto_without_a_multiplier_is_refused() -> None:
    with pytest.raises(InputError, match="multiplier: the quanto multiplier is not given; add it"):
        what_if(quanto(multiplier=None), close("ETHUSD"))


# -- isolated --------------------------------------------------------------------------------------


def test_a_new_isolated_position_posts_its_initial_margin() -> None:
    opened = after(one("0"), order("BTCUSDT", "2", price="61000", margin_mode="isolated"))
    assert row(opened).isolated_margin == 12200  # 122,000 at 10x
    assert balance(opened) == 10000 - 61  # posted margin stays in a balance that includes it


def test_posted_margin_leaves_a_balance_that_does_not_include_it() -> None:
    account = one("0", wallet={"isolated_included": False})
    opened = after(account, order("BTCUSDT", "1", margin_mode="isolated"))
    assert row(opened).isolated_margin == 6000
    assert balance(opened) == 10000 - 30 - 6000
    closed = after(opened, close("BTCUSDT", price="61000"))
    assert balance(closed) == 10000 - 30 + 1000 - D("30.5")


@pytest.mark.parametrize(
    ("fill", "price", "margin", "cash"),
    [
        pytest.param("1", "60000", "12000", "-30", id="added to: posts more"),
        pytest.param("-0.25", "62000", "4500", "492.25", id="part closed: its share is released"),
        pytest.param(
            "-0.25", "58000", "4500", "-507.25", id="a loss comes out of what is released"
        ),
        pytest.param("-1", "62000", None, "1969", id="closed: all of it"),
        pytest.param("-3", "62000", "12400", "1907", id="turned: posted anew"),
    ],
)
def test_isolated_fill(fill: str, price: str, margin: str | None, cash: str) -> None:
    done = after(isolated(), order("BTCUSDT", fill, price=price))
    assert row(done).isolated_margin == (None if margin is None else D(margin))
    assert balance(done) == 10000 + D(cash)


def test_what_stays_open_keeps_its_liquidation_price() -> None:
    answer = what_if(isolated(), close("BTCUSDT", "0.25"))
    before = answer.before.pool("BTCUSDT/both isolated").position("BTCUSDT/both")
    left = answer.after.pool("BTCUSDT/both isolated").position("BTCUSDT/both")
    # tiers: 60,000 is in the second row, 45,000 in the first; the entry and margin per coin stand
    assert left.bankruptcy_price == before.bankruptcy_price == 54000
    assert answer.difference.positions["BTCUSDT/both"]


def test_a_loss_beyond_the_released_margin_is_taken_from_the_rest() -> None:
    # 0.5 closed at 50,000 loses 5,000 and 12.5 of fee; 3,000 are released with it.
    done = after(isolated(), order("BTCUSDT", "-0.5", price="50000"))
    assert row(done).isolated_margin == 6000 - 5000 - D("12.5")
    pools = what_if(done, []).before
    assert pools.pool("USDT").wallet_balance == 4000  # the cross wallet has lost nothing


def test_closing_beyond_bankruptcy_charges_the_wallet_and_says_so() -> None:
    answer = what_if(isolated(), close("BTCUSDT", price="50000"))
    assert balance(answer.account_after) == 10000 - 10000 - 25
    assert "liquidated it before" in " ".join(f.message for f in answer.findings)


def test_extra_margin_and_history_shrink_with_the_position() -> None:
    account = isolated(extra_margin="100", fees="-30", funding="-4", realized_pnl="0")
    left = row(after(account, order("BTCUSDT", "-0.5", price="61000")))
    assert [left.extra_margin, left.fees] == [D(50), D(-15)]
    assert [left.funding, left.realized_pnl] == [D(-4), D(500)]
    flat = row(after(account, close("BTCUSDT")))
    assert (flat.extra_margin, flat.fees, flat.funding, flat.realized_pnl) == (None,) * 4
    assert flat.leverage == 10


def test_unknown_leverage_leaves_the_posted_margin_unknown() -> None:
    account = book(positions=[], settings=None)
    answer = what_if(account, order("BTCUSDT", "1", margin_mode="isolated"))
    assert row(answer.account_after).isolated_margin is None
    assert answer.after.status == "unknown"
    assert "MISSING_DATA" in codes(answer.findings)


def test_unknown_entry_price_makes_the_balance_unknown() -> None:
    answer = what_if(one(entry_price=None), close("BTCUSDT", "0.5"))
    assert answer.account_after.wallets[0].balance is None
    assert answer.after.status == "unknown"


def test_an_opened_position_begins_at_the_account_s_moment() -> None:
    done = after(one("0"), order("BTCUSDT", "1"))
    assert row(done).opened_at == done.as_of


# -- venues of another kind ------------------------------------------------------------------------


def standard(**row: Any) -> Account:
    """A BingX standard account: fees and funding settle when a position closes."""
    held = {"instrument": "BTCUSDT", "size": "1", "entry_price": "60000", "leverage": "10"}
    return book(
        venue="bingx_standard",
        mode=None,
        positions=[held | {"fees": "-30", "funding": "-4"} | row],
        parameters={"fees": {"taker": "0.0005"}, "venue": {"adjustment_factor": "0.1"}},
    )


def test_where_costs_settle_at_close_they_are_booked_with_the_part_closed() -> None:
    done = after(standard(), close("BTCUSDT", "0.5", price="61000"))
    assert balance(done) == 10000 + 500 - D("15.25") - 15 - 2
    assert [row(done).fees, row(done).funding] == [D(-15), D(-2)]


def test_where_costs_settle_at_close_an_opening_fee_waits() -> None:
    done = after(standard(), order("BTCUSDT", "1"), funding("BTCUSDT", "0.0001"))
    assert balance(done) == 10000
    assert [row(done).fees, row(done).funding] == [D(-60), D(-16)]
    assert row(after(done, close("BTCUSDT"))).size == 0
    assert balance(after(done, close("BTCUSDT"))) == 10000 - 60 - 60 - 16


def test_costs_that_settle_and_are_not_known_make_the_balance_unknown() -> None:
    answer = what_if(standard(funding=None), close("BTCUSDT"))
    assert answer.account_after.wallets[0].balance is None
    assert "lacks funding" in " ".join(f.message for f in answer.findings)


def test_an_account_in_isolated_mode_has_isolated_positions_alone() -> None:
    held = {"instrument": "BTCUSDT", "size": "1", "entry_price": "60000", "leverage": "10"}
    account = book(
        venue="bybit_unified",
        mode="isolated",
        positions=[held | {"isolated_margin": "6030"}],
        settings={"ETHUSDT": {"leverage": "10"}},
    )
    reduced = after(account, close("BTCUSDT", "0.5"))
    assert row(reduced).isolated_margin == 3015
    opened = row(after(account, order("ETHUSDT", "1")), "ETHUSDT/both")
    assert opened.margin_mode == "isolated"
    assert opened.isolated_margin is not None
    # Bybit posts the fee of closing at the bankruptcy price with the initial margin
    assert opened.isolated_margin == 300 + 3000 * D("0.9") * D("0.0005")
    with pytest.raises(InputError, match="the account's mode is isolated"):
        what_if(account, set_margin_mode("BTCUSDT", "cross"))


# -- legs and rows ---------------------------------------------------------------------------------


def test_legs_of_hedge_mode_are_filled_apart() -> None:
    done = after(
        hedged(),
        order("BTCUSDT", "1", position_side="long"),
        order("BTCUSDT", "-1", position_side="short"),
        close("BTCUSDT", "0.5", position_side="long"),
    )
    assert row(done, "BTCUSDT/long").size == 1
    assert row(done, "BTCUSDT/short").size == D("-1.5")


def test_a_named_side_follows_the_sign_in_one_way_mode() -> None:
    done = after(one(side="long"), order("BTCUSDT", "-3"))
    assert row(done, "BTCUSDT/short").size == -2


def test_rows_told_apart_by_id_are_named_by_their_key() -> None:
    rows = [
        {"instrument": "BTCUSDT", "id": i, "size": "1", "entry_price": "60000", "leverage": "10"}
        for i in ("a", "b")
    ]
    account = book(positions=rows)
    with pytest.raises(InputError, match="name one: BTCUSDT/both#a, BTCUSDT/both#b"):
        what_if(account, close("BTCUSDT"))
    with pytest.raises(InputError, match="name one"):
        what_if(account, order("BTCUSDT", "1"))
    done = after(account, close("BTCUSDT/both#b"), order("BTCUSDT/both#a", "1"))
    assert row(done, "BTCUSDT/both#a").size == 2
    assert row(done, "BTCUSDT/both#b").size == 0


REFUSED: list[tuple[str, Account, Change, str]] = [
    ("unknown symbol", one(), order("NOPE", "1"), "describe it under instruments.NOPE"),
    ("no mark", book(market={"mark": {}}), order("BTCUSDT", "1"), "give market.mark.BTCUSDT"),
    ("flat", one(), close("ETHUSDT"), "open are: BTCUSDT/both"),
    (
        "other leg",
        hedged(short="0"),
        close("BTCUSDT", position_side="short"),
        "open are: BTCUSDT/l",
    ),
    ("no leg named", hedged(), order("BTCUSDT", "1"), 'say position_side="long" or "short"'),
    ("both legs", hedged(), close("BTCUSDT"), "name one: BTCUSDT/long, BTCUSDT/short"),
    (
        "leg in one-way",
        one(),
        order("BTCUSDT", "1", position_side="long"),
        "leave position_side out",
    ),
    (
        "reduce more than there is",
        one(),
        order("BTCUSDT", "-2", reduce_only=True),
        "holds only 1 .found -2.; write at most -1",
    ),
    (
        "reduce the wrong way",
        one(),
        order("BTCUSDT", "1", reduce_only=True),
        "nothing of BTCUSDT/b",
    ),
    ("reduce nothing", one("0"), order("BTCUSDT", "1", reduce_only=True), "its size is 0"),
    (
        "a leg beyond closing",
        hedged(),
        order("BTCUSDT", "-2", position_side="long"),
        "BTCUSDT/long holds only 1",
    ),
    (
        "the other margin mode",
        one(),
        order("BTCUSDT", "1", margin_mode="isolated"),
        "set_margin_mode first",
    ),
]


@pytest.mark.parametrize(
    ("account", "change", "words"),
    [pytest.param(account, change, words, id=name) for name, account, change, words in REFUSED],
)
def test_refused_naming_what_there_is(account: Account, change: Change, words: str) -> None:
    with pytest.raises(InputError, match=words):
        what_if(account, change)


def test_a_fill_at_a_price_without_a_mark_is_unknown_not_refused() -> None:
    answer = what_if(book(market={"mark": {}}), order("BTCUSDT", "1", price="60000"))
    assert answer.after.status == "unknown"


def test_a_flat_row_takes_the_margin_mode_of_the_order() -> None:
    account = book(positions=[{"instrument": "BTCUSDT", "size": "0", "leverage": "20"}])
    done = after(account, order("BTCUSDT", "1", margin_mode="isolated"))
    assert row(done).margin_mode == "isolated"
    assert row(done).isolated_margin == 3000
