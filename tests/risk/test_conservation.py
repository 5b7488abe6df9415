"""Nothing is made and nothing is lost: books before and after any changes, drawn at random."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from marginline import formulas
from marginline.core.account import file as account_file
from marginline.core.account.account import Account
from marginline.core.numbers import exact
from marginline.risk.what_if import orders as ml
from marginline.risk.what_if.applying import apply
from marginline.risk.what_if.orders import Change, Transfer
from marginline.risk.what_if.trial import Trial
from marginline.risk.what_if.what_if import WhatIf, what_if
from marginline.venues.assessing import assess
from tests.risk.books import any_book, cross_book, decimals, equity

TAKER = D("0.0005")
TINY = D("1e-20")


def then(account: Account, change: Change) -> Account:
    """The account after one change, not assessed."""
    trial = Trial(account)
    with exact():
        apply(change, trial)
    return trial.account


def asset_of(account: Account) -> str:
    return account.wallets[0].asset


def money(account: Account) -> D:
    """The wallet with what is posted outside it."""
    wallet = account.wallets[0]
    assert wallet.balance is not None
    posted = sum((p.isolated_margin or D(0) for p in account.positions if p.size), D(0))
    return wallet.balance + (D(0) if wallet.isolated_included else posted)


def notional(account: Account, symbol: str, size: D) -> D:
    instrument, mark = account.instruments[symbol], account.market.mark[symbol]
    inverse = instrument.payoff == "inverse"
    value = formulas.notional_inverse if inverse else formulas.notional_linear
    return value(size, instrument.contract_size, mark)


@st.composite
def trades(draw: st.DrawFn, account: Account) -> Change:
    """An order or a close at the mark, for one of the account's instruments."""
    symbol = draw(st.sampled_from(sorted(set(account.market.mark) & set(account.instruments))))
    held = sum((p.size for p in account.positions if p.instrument == symbol), D(0))
    if held and draw(st.booleans()):
        return ml.close(symbol, draw(st.sampled_from(["1", "0.5", "0.3333"])))
    most = "900" if account.instruments[symbol].payoff == "inverse" else "4"
    size = draw(decimals("-" + most, most, 1).filter(bool))
    return ml.order(symbol, size, leverage=draw(st.sampled_from([None, "7"])))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Account, list[Change]]:
    """An account, and changes made of trades at the mark, transfers and moves of margin."""
    account = draw(any_book)
    changes: list[Change] = []
    now = account
    for _ in range(draw(st.integers(1, 5))):
        change = draw(st.one_of(trades(now), moves(now)))
        changes.append(change)
        now = then(now, change)
    return account, changes


@st.composite
def moves(draw: st.DrawFn, account: Account) -> Change:
    """A change that trades nothing."""
    symbol = draw(st.sampled_from(sorted(account.market.mark)))
    amount = draw(decimals("0.1", "3", 1))
    held = [p for p in account.positions if p.size and p.margin_mode == "isolated"]
    kinds: list[Change] = [
        ml.deposit(asset_of(account), amount),
        ml.withdraw(asset_of(account), amount),
        ml.set_leverage(symbol, "9"),
        ml.set_margin_mode(symbol, draw(st.sampled_from(["cross", "isolated"]))),
        *(ml.add_margin(p.key, amount) for p in held),
    ]
    return draw(st.sampled_from(kinds))


def traded(before: Account, after: Account) -> dict[str, D]:
    """Net size traded by symbol between two accounts."""
    sizes: dict[str, D] = {}
    for account, sign in ((before, -1), (after, 1)):
        for position in account.positions:
            sizes[position.instrument] = sizes.get(position.instrument, D(0)) + sign * position.size
    return sizes


def flows(answer: WhatIf, name: str) -> D:
    parts = answer.account_after.wallets[0].parts
    assert parts is not None
    return getattr(parts, name) or D(0)


@given(cases())
def test_wallets_change_by_fees_realized_pnl_and_transfers_alone(
    case: tuple[Account, list[Change]],
) -> None:
    account, changes = case
    answer = what_if(account, changes)
    booked = flows(answer, "fees") + flows(answer, "realized_pnl")
    paid = sum((c.amount for c in changes if isinstance(c, Transfer)), D(0))
    assert abs(money(answer.account_after) - money(account) - booked - paid) < TINY


@given(cases())
def test_equity_changes_by_fees_and_transfers_alone_when_fills_are_at_the_mark(
    case: tuple[Account, list[Change]],
) -> None:
    account, changes = case
    answer = what_if(account, changes)
    fees, now = D(0), account
    for change in changes:
        after = then(now, change)
        volume = sum((notional(now, s, size) for s, size in traded(now, after).items()), D(0))
        fees, now = fees + TAKER * volume, after
    paid = sum((c.amount for c in changes if isinstance(c, Transfer)), D(0))
    assert abs(equity(answer.after) - equity(answer.before) + fees - paid) < TINY
    assert abs(flows(answer, "fees") + fees) < TINY


@given(cases())
def test_one_list_of_changes_equals_the_same_changes_one_by_one(
    case: tuple[Account, list[Change]],
) -> None:
    account, changes = case
    now = account
    for change in changes:
        now = then(now, change)
    assert what_if(account, changes).account_after == now


@given(cases())
def test_the_account_after_is_an_account_file(case: tuple[Account, list[Change]]) -> None:
    account, changes = case
    done = account
    for change in changes:
        done = then(done, change)
    assert account_file.from_dict(account_file.to_dict(done)) == done


@given(cross_book, decimals("0.1", "50", 1))
def test_a_deposit_never_lowers_health(account: Account, amount: D) -> None:
    answer = what_if(account, ml.deposit(asset_of(account), amount))
    for pool in answer.after.pools:
        before = answer.before.pool(pool.id)
        assert before.status is not None
        assert pool.status is not None
        assert pool.status.rank <= before.status.rank
        assert pool.buffer is not None
        assert before.buffer is not None
        assert pool.buffer >= before.buffer
        if pool.margin_ratio is not None and before.margin_ratio is not None:
            assert pool.margin_ratio <= before.margin_ratio


@given(any_book, st.randoms())
def test_the_order_of_positions_is_irrelevant(account: Account, random: Any) -> None:
    rows = list(account.positions)
    random.shuffle(rows)
    document = account_file.to_dict(account)
    written = document.get("positions", [])
    assert isinstance(written, list)
    document["positions"] = [written[account.positions.index(row)] for row in rows]
    shuffled = account_file.from_dict(document)
    for pool in assess(account).pools:
        other = assess(shuffled).pool(pool.id)
        for measure, figure in pool.measures.items():
            same = other.measures[measure]
            if figure is None or same is None:
                assert figure is same
            else:
                assert abs(figure - same) <= TINY * max(abs(figure), D(1))
