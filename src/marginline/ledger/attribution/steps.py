"""From the account before to the account after, one input at a time, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from typing import NamedTuple, TypeVar

from marginline.core.account.account import Account, Position, Wallet
from marginline.core.account.market import Market
from marginline.core.account.tables import Parameters
from marginline.core.numbers import ZERO
from marginline.ledger.attribution.causes import CASH, Cause
from marginline.ledger.entry import Entry, EntryKind
from marginline.ledger.exactly import SUMS, less, total

V = TypeVar("V")


class Step(NamedTuple):
    """The account after one more input is the new one; `where` is its symbol, asset or table."""

    cause: Cause
    where: str
    account: Account


class Flow(NamedTuple):
    """The flows of one kind, asset and instrument between two moments, summed."""

    kind: EntryKind
    asset: str
    instrument: str
    margin: str
    amount: Decimal


def flows_of(entries: Iterable[Entry]) -> tuple[Flow, ...]:
    """Entries folded to one flow per kind, asset, instrument and margin; exact."""
    add, sums = SUMS.add, dict[tuple[EntryKind, str, str, str], Decimal]()
    for entry in entries:
        key = (entry.kind, entry.asset, entry.instrument or "", entry.margin)
        sums[key] = add(sums.get(key, ZERO), entry.amount)
    return tuple(Flow(*key, amount) for key, amount in sorted(sums.items()))


def steps(before: Account, after: Account, flows: tuple[Flow, ...]) -> Iterator[Step]:
    """Every step; the last account is the account after."""
    now = before
    stages = (_rules, _parameters, _prices, _rates)
    for stage in stages:
        for step in stage(now, after):
            now = step.account
            yield step
    for step in _cash(now, after, flows):
        now = step.account
        yield step
    for step in _positions(now, after, flows):
        now = step.account
        yield step
    now = replace(now, orders=after.orders, settings=after.settings)
    yield Step(Cause.ORDERS, "", now)
    now = replace(now, wallets=tuple(_all_but_balance(now, after)))
    yield Step(Cause.LOANS, "", now)
    for wallet in after.wallets:
        now = replace(now, wallets=_with(now.wallets, wallet))
        yield Step(Cause.UNEXPLAINED, wallet.asset, now)
    yield Step(Cause.UNEXPLAINED, "", after)


def _rules(now: Account, after: Account) -> Iterator[Step]:
    known = dict(now.instruments) | dict(after.instruments)
    moved = replace(
        now,
        as_of=after.as_of,
        mode=after.mode,
        position_mode="hedge" if "hedge" in (now.position_mode, after.position_mode) else "one_way",
        instruments=known,
    )
    yield Step(Cause.RULES, "", moved)


def _parameters(now: Account, after: Account) -> Iterator[Step]:
    for each in fields(Parameters):
        new = getattr(after.parameters, each.name)
        if getattr(now.parameters, each.name) != new:
            now = replace(now, parameters=replace(now.parameters, **{each.name: new}))
            cause = Cause.HAIRCUTS if each.name == "collateral" else Cause.TIERS
            yield Step(cause, each.name, now)


# -- prices ---------------------------------------------------------------------------------------


def _prices(now: Account, after: Account) -> Iterator[Step]:
    """Index, then mark, symbol by symbol; a mark that the account after lacks stays as it was."""
    for symbol in sorted(set(now.market.mark) | set(after.market.mark)):
        target = after.market.mark.get(symbol)
        if target is None:
            continue
        old, new = now.market.index.get(symbol), after.market.index.get(symbol)
        mark = now.market.mark.get(symbol)
        if mark is not None and old is not None and new is not None:
            between = SUMS.add(mark, less(new, old))
            if between > 0:
                now = _priced(now, symbol, between, new)
                yield Step(Cause.MARKET, symbol, now)
                now = _priced(now, symbol, target, new)
                yield Step(Cause.BASIS, symbol, now)
                continue
        now = _priced(now, symbol, target, old if new is None else new)
        yield Step(Cause.PRICE, symbol, now)
    quotes = {f.name: getattr(after.market, f.name) for f in fields(Market) if f.name in _QUOTES}
    index = dict(now.market.index) | dict(after.market.index)
    now = replace(now, market=replace(now.market, index=index, **quotes))
    yield Step(Cause.PRICE, "quotes", now)


_QUOTES = ("last", "bid", "ask", "open_interest", "funding")


def _priced(now: Account, symbol: str, mark: Decimal, index: Decimal | None) -> Account:
    market = replace(now.market, mark=_put(now.market.mark, symbol, mark))
    if index is not None:
        market = replace(market, index=_put(market.index, symbol, index))
    return replace(now, market=market)


def _put(prices: Mapping[str, V], name: str, value: V) -> Mapping[str, V]:
    return {**prices, name: value}


def _rates(now: Account, after: Account) -> Iterator[Step]:
    for asset, rate in sorted(after.market.asset_rate.items()):
        if now.market.asset_rate.get(asset) != rate:
            rates = _put(now.market.asset_rate, asset, rate)
            now = replace(now, market=replace(now.market, asset_rate=rates))
            yield Step(Cause.COLLATERAL_PRICE, asset, now)


# -- cash -----------------------------------------------------------------------------------------


def _cash(now: Account, after: Account, flows: tuple[Flow, ...]) -> Iterator[Step]:
    """Each kind of flow, at the assets and instruments it came from."""
    order = {cause: place for place, cause in enumerate(Cause)}
    known = [flow for flow in flows if flow.kind in CASH]
    for flow in sorted(known, key=lambda flow: (order[CASH[flow.kind]], flow)):
        now = paid(now, after, flow)
        cause = CASH[flow.kind]
        if cause is Cause.BONUS:
            now = replace(now, wallets=tuple(_credited(now, after, flow.asset)))
        yield Step(cause, flow.instrument or flow.asset, now)


def outside(before: Account, after: Account, flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """Flows of assets of which neither account has a wallet: they touch none of its pools."""
    held = {wallet.asset for account in (before, after) for wallet in account.wallets}
    return tuple(flow for flow in flows if flow.asset not in held and flow.amount)


def paid(now: Account, after: Account, flow: Flow) -> Account:
    """The account after a flow into or out of the wallet of its asset."""
    wallet = next((w for w in now.wallets if w.asset == flow.asset), None)
    if wallet is None:
        later = next((w for w in after.wallets if w.asset == flow.asset), None)
        if later is None:
            return now
        wallet = Wallet(asset=flow.asset, balance=ZERO, isolated_included=later.isolated_included)
    if flow.margin == "isolated":
        now = _posted(now, flow)
        if not wallet.isolated_included:
            return now
    if wallet.balance is None:
        return now
    balance = SUMS.add(wallet.balance, flow.amount)
    return replace(now, wallets=_with(now.wallets, replace(wallet, balance=balance, parts=None)))


def _posted(now: Account, flow: Flow) -> Account:
    """A flow of an isolated position's own margin, where one row alone can be meant."""
    rows = [
        row
        for row in now.positions
        if row.instrument == flow.instrument and row.isolated_margin is not None and row.size
    ]
    if len(rows) != 1 or rows[0].isolated_margin is None:
        return now
    margin = max(ZERO, SUMS.add(rows[0].isolated_margin, flow.amount))
    row = replace(rows[0], isolated_margin=margin)
    return replace(now, positions=tuple(row if p is rows[0] else p for p in now.positions))


def _with(wallets: tuple[Wallet, ...], wallet: Wallet) -> tuple[Wallet, ...]:
    if any(each.asset == wallet.asset for each in wallets):
        return tuple(wallet if each.asset == wallet.asset else each for each in wallets)
    return (*wallets, wallet)


def _credited(now: Account, after: Account, asset: str) -> Iterator[Wallet]:
    credit = {wallet.asset: wallet.credit for wallet in after.wallets}
    for wallet in now.wallets:
        told = wallet.asset == asset and asset in credit
        yield replace(wallet, credit=credit[asset]) if told else wallet


def _all_but_balance(now: Account, after: Account) -> Iterator[Wallet]:
    later = {wallet.asset: wallet for wallet in after.wallets}
    for wallet in now.wallets:
        new = later.get(wallet.asset)
        yield wallet if new is None else replace(new, balance=wallet.balance, parts=None)


# -- positions ------------------------------------------------------------------------------------


def _positions(now: Account, after: Account, flows: tuple[Flow, ...]) -> Iterator[Step]:
    """Symbol by symbol: margin that comes back, the fills with what they realized, margin posted.

    What was realized and which position it belongs to step together: a close moves P&L from the
    open position to the wallet, and only the fill's distance from the closing mark remains.
    """
    realized = [flow for flow in flows if flow.kind.fills]
    symbols = {row.instrument for account in (now, after) for row in account.positions}
    for symbol in sorted(symbols | {flow.instrument for flow in realized}):
        rows = [row for row in now.positions if row.instrument == symbol]
        kept = {row.key: row for row in after.positions if row.instrument == symbol}
        back = tuple(_unposted(row) if row.key not in kept else row for row in rows)
        if list(back) != rows:
            now = _rows(now, symbol, back)
            yield Step(Cause.MARGIN_MOVES, symbol, now)
        held = {row.key: row for row in now.positions if row.instrument == symbol}
        changed = tuple(_margin_of(row, held.get(row.key)) for row in kept.values())
        for flow in realized:
            if flow.instrument == symbol:
                now = paid(now, after, flow._replace(margin=""))
        now = _rows(now, symbol, changed)
        yield Step(Cause.POSITION_CHANGES, symbol, now)
        if changed != tuple(kept.values()):
            now = _rows(now, symbol, tuple(kept.values()))
            yield Step(Cause.MARGIN_MOVES, symbol, now)
    moved = tuple(flow for flow in flows if flow.kind is EntryKind.MARGIN_MOVE)
    for flow in moved:
        wallet = next((w for w in now.wallets if w.asset == flow.asset), None)
        if wallet is not None and not wallet.isolated_included:
            now = paid(now, after, flow._replace(margin=""))
            yield Step(Cause.MARGIN_MOVES, flow.instrument or flow.asset, now)


def _unposted(row: Position) -> Position:
    return row if row.isolated_margin is None else replace(row, isolated_margin=ZERO)


def _margin_of(row: Position, held: Position | None) -> Position:
    """The new row with the margin that was posted before; nothing was to a new one."""
    if row.isolated_margin is None:
        return row
    margin = ZERO if held is None else held.isolated_margin
    return row if margin is None else replace(row, isolated_margin=margin)


def _rows(now: Account, symbol: str, rows: tuple[Position, ...]) -> Account:
    others = tuple(row for row in now.positions if row.instrument != symbol)
    return replace(now, positions=(*others, *rows))


def realized_total(flows: Iterable[Flow], symbol: str) -> Decimal:
    """What the fills of a symbol realized, in its settle asset."""
    return total(f.amount for f in flows if f.kind.fills and f.instrument == symbol)
