"""Events of Binance's private futures streams, laid on an account.

`ACCOUNT_UPDATE` carries new balances and positions, and only those that changed; `MARGIN_CALL`
the positions that are near; `ORDER_TRADE_UPDATE` one order; `ACCOUNT_CONFIG_UPDATE` a leverage or
the asset mode. All amounts are states, not changes, so the same event twice makes the same account.
Within one type events are in order of `E`; one older than the last of its type, or than the answers
the account was read from, is not applied, and `extra.notes` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from marginline.core.account.account import Account, Position, Wallet
from marginline.core.document._scalars import preview
from marginline.core.findings import Code
from marginline.core.measures import Measure as M
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO
from marginline.errors import PayloadError, Problem
from marginline.venues.binance.page.futures import USDM_POSITION
from marginline.venues.binance.payloads.futures import wallet_of
from marginline.venues.binance.payloads.kinds import MESSAGES, event_rows
from marginline.venues.binance.payloads.market import instrument_of, lay_instruments
from marginline.venues.binance.payloads.positions import margin_mode, order_of, side_of
from marginline.venues.compare.lines import reported_of_position
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.event_clock import EVENTS, EventClock, too_old, unknown_event
from marginline.venues.reader.fields import Row, read_rows

_BODY = {"ACCOUNT_UPDATE": "a", "MARGIN_CALL": "p", "ORDER_TRADE_UPDATE": "o"}
_GONE = (
    "FILLED",
    "CANCELED",
    "EXPIRED",
    "EXPIRED_IN_MATCH",
    "REJECTED",
    "NEW_ADL",
    "NEW_INSURANCE",
)


@dataclass(frozen=True, slots=True)
class Message:
    """One event: its type, its moment, its row."""

    kind: str
    at: datetime
    row: Row


def apply(account: Account, event: object) -> Account:
    """The account after an event, or several; unwrapped, or framed as `{stream, data}`.

    Raises:
        PayloadError: the event is malformed, of a type that no reader knows, or of another venue.
    """
    for message in sorted_events(event_rows(event)):
        account = apply_message(account, message)
    return account


def sorted_events(messages: Sequence[object], source: str = "") -> list[Message]:
    """Events read and put in order of their moments."""
    found = [_message(n, message, source) for n, message in enumerate(messages)]
    return sorted(found, key=lambda message: message.at)


def _message(number: int, value: object, source: str) -> Message:
    name = value.get("e") if isinstance(value, Mapping) else None
    known = MESSAGES.get(name) if isinstance(name, str) else None
    if known is None:
        raise unknown_event(f"events[{number}].e", preview(name), MESSAGES, source)
    assert isinstance(name, str)
    row = read_rows(name, known, value, many=False, source=source)[0]
    body = _BODY.get(name)
    if body is not None and not row.has(body):
        raise PayloadError(
            [Problem(f"{name}.{body}", "", "is missing", "the event says nothing")], source
        )
    at = row.moment("E")
    assert at is not None
    return Message(name, at, row)


def apply_message(account: Account, message: Message) -> Account:
    """The account after one event, unless it is older than what the account already holds."""
    if account.venue not in ("binance_usdm", "binance_coinm"):
        text = f"events of {account.venue} are not read"
        raise PayloadError([Problem("venue", account.venue, text, "read fresh answers instead")])
    draft = Draft(account.venue, {}, account)
    clock = EventClock(account)
    last = clock.last(message.kind)
    if message.at < last:
        where = f"events: {message.kind}"
        draft.notes[:] = [note for note in draft.notes if note.where != where]
        draft.note(Code.HISTORICAL, where, too_old(message.at, last))
        return draft.changed_account()
    clock.tick(message.kind, message.at)
    draft.extra[EVENTS] = clock.document()
    draft.as_of = max(account.as_of, message.at)
    draft.forget_notes((message.kind,))
    _APPLY[message.kind](draft, message.row)
    update = message.row.row("a")
    legs = () if update is None else update.rows("P")
    lay_instruments(draft, {leg.name("s"): leg.text("ma") for leg in legs}, {})
    draft.keep_unknown(dict(message.row.all_unknown()))
    return draft.changed_account()


# -- ACCOUNT_UPDATE ----------------------------------------------------------------------------


def _account_update(draft: Draft, row: Row) -> None:
    update = row.row("a")
    assert update is not None
    balances, legs = update.rows("B"), update.rows("P")
    _forget(draft, [b.name("a") for b in balances], [_key(leg) for leg in legs])
    _show_hedge(draft, legs)
    for leg in legs:
        _lay_leg(draft, leg, leg.number("ep"))
    for balance in balances:
        _lay_balance(draft, balance)
    said = {
        "B": {b.name("a"): dict(b.given) for b in balances},
        "P": {_key(leg): dict(leg.given) for leg in legs if leg.number("pa")},
    }
    draft.reported.raw["ACCOUNT_UPDATE"] = {name: part for name, part in said.items() if part}


def _show_hedge(draft: Draft, legs: Sequence[Row]) -> None:
    if any(leg.text("ps") in ("LONG", "SHORT") and leg.number("pa") for leg in legs):
        draft.hedge = True


def _key(leg: Row) -> str:
    return f"{leg.name('s')}/{side_of(leg, 'ps')}"


def _lay_balance(draft: Draft, row: Row) -> None:
    asset, whole, cross = row.name("a"), row.number("wb"), row.number("cw")
    wallet = draft.wallets.get(asset, Wallet(asset=asset))
    draft.wallets[asset] = wallet_of(draft, wallet, whole, cross)
    if cross is not None and draft.mode != "multi_assets":
        draft.reported.pools[asset] = {M.WALLET_BALANCE.value: cross}


def _lay_leg(draft: Draft, row: Row, entry: Decimal | None) -> None:
    """A leg as it now stands; one that is closed leaves its leverage and margin mode behind."""
    key, symbol, size = _key(row), row.name("s"), row.amount("pa")
    old = draft.positions.pop(key, None)
    isolated = _isolated(draft, row, old)
    mode = "isolated" if isolated else "cross"
    if not size:
        draft.tell_settings(symbol, None if old is None else old.leverage, mode)
        return
    draft.positions[key] = Position(
        instrument=symbol,
        side=side_of(row, "ps"),
        size=size,
        entry_price=entry,
        margin_mode=mode,
        leverage=_leverage(draft, symbol, old),
        isolated_margin=row.number("iw") if isolated else None,
    )
    told = reported_of_position(row, USDM_POSITION, isolated=isolated)
    draft.reported.positions[key] = told


def _isolated(draft: Draft, row: Row, old: Position | None) -> bool:
    """As the event says, else as its isolated wallet shows, else as it was."""
    if (mode := margin_mode(row, "mt")) is not None:
        return mode == "isolated"
    if (wallet := row.number("iw")) is not None:
        return bool(wallet)
    if old is None and row.number("pa"):
        text = "no event tells whether the position is cross or isolated; read position_risk"
        draft.note(Code.MISSING_DATA, f"ACCOUNT_UPDATE: {_key(row)}", text)
    return old is not None and old.margin_mode == "isolated"


def _leverage(draft: Draft, symbol: str, old: Position | None) -> Decimal | None:
    if old is not None and old.leverage is not None:
        return old.leverage
    legs = (p.leverage for p in draft.positions.values() if p.instrument == symbol)
    settings = draft.settings.get(symbol)
    return next(
        (lev for lev in legs if lev is not None), None if settings is None else settings.leverage
    )


def _forget(draft: Draft, assets: list[str], keys: list[str]) -> None:
    """Drop what the venue said before of figures that have changed, and with them its totals."""
    told = draft.reported
    told.account = {}
    touched = {*assets, *(_settle(draft, key.partition("/")[0]) for key in keys)}
    gone = {*touched, *(f"{key} isolated" for key in keys), "USD"}
    told.pools = {name: said for name, said in told.pools.items() if name not in gone}
    told.positions = {key: said for key, said in told.positions.items() if key not in keys}
    for kind, said in told.raw.items():
        for part in (said, *(p for p in said.values() if isinstance(p, dict))):
            for name in [n for n in part if n in touched or n in keys or n == "totals"]:
                del part[name]
        told.raw[kind] = {name: part for name, part in said.items() if part not in ({}, None)}
    told.raw = {kind: said for kind, said in told.raw.items() if said}


def _settle(draft: Draft, symbol: str) -> str:
    known = draft.instruments.get(symbol) or instrument_of(symbol)
    return "" if known is None or known.settle is None else known.settle


# -- MARGIN_CALL -------------------------------------------------------------------------------


def _margin_call(draft: Draft, row: Row) -> None:
    """Marks and sizes of the positions that are near, and the cross wallet where it is told."""
    legs = row.rows("p")
    _forget(draft, [], [_key(leg) for leg in legs])
    for leg in legs:
        if (mark := leg.number("mp")) is not None:
            draft.mark.later(leg.name("s"), mark)
        old = draft.positions.get(_key(leg))  # the call tells no entry price
        same = old is not None and old.size == leg.amount("pa")
        _lay_leg(draft, leg, old.entry_price if same and old is not None else None)
    _show_hedge(draft, legs)
    said: dict[str, object] = {"p": {_key(leg): dict(leg.given) for leg in legs}}
    asset = _lay_cross_wallet(draft, row, legs)
    if asset is not None:
        said["B"] = {asset: dict(row.given)}
    draft.reported.raw["MARGIN_CALL"] = said


def _lay_cross_wallet(draft: Draft, row: Row, legs: Sequence[Row]) -> str | None:
    """`cw` is of the one asset that the cross positions named settle in, if it is one."""
    cross = row.number("cw")
    near = (draft.positions.get(_key(leg)) for leg in legs)
    symbols = {p.instrument for p in near if p is not None and p.margin_mode == "cross"}
    assets = {_settle(draft, symbol) for symbol in symbols} - {""}
    if cross is None or len(assets) != 1 or draft.mode == "multi_assets":
        return None
    (asset,) = assets
    posted = [p.isolated_margin for p in draft.positions.values()
              if p.margin_mode == "isolated" and _settle(draft, p.instrument) == asset]  # fmt: skip
    whole = None if None in posted else cross + sum((p for p in posted if p is not None), ZERO)
    wallet = draft.wallets.get(asset, Wallet(asset=asset))
    draft.wallets[asset] = replace(wallet, balance=whole, isolated_included=True)
    draft.reported.pools.setdefault(asset, {})[M.WALLET_BALANCE.value] = cross
    return asset


# -- ORDER_TRADE_UPDATE, ACCOUNT_CONFIG_UPDATE -------------------------------------------------


def _order_update(draft: Draft, row: Row) -> None:
    """One order as it now rests, or its end. Fills reach the account by ACCOUNT_UPDATE."""
    told = row.row("o")
    assert told is not None
    number = told.text("i")
    draft.orders = [o for o in draft.orders if number is None or o.extra.get("orderId") != number]
    left = told.amount("q") - told.amount("z")
    resting = _as_order(told)
    order = None if told.text("X") in _GONE else order_of(draft, resting, left, "type")
    if order is not None and not told.flag("cp"):
        draft.orders.append(order)
    _forget_orders(draft, told.name("s"))


def _as_order(told: Row) -> Row:
    """The event's order in the words of `openOrders`."""
    words = {"s": "symbol", "S": "side", "ps": "positionSide", "o": "type", "p": "price",
             "sp": "stopPrice", "AP": "activatePrice", "R": "reduceOnly", "i": "orderId",
             "c": "clientOrderId"}  # fmt: skip
    values = {words[name]: value for name, value in told.values.items() if name in words}
    return replace(told, values=values)


_ORDER_FIGURES = (
    M.ORDER_INITIAL_MARGIN,
    M.INITIAL_MARGIN,
    M.AVAILABLE_BALANCE,
    M.WITHDRAWABLE_BALANCE,
)
_ORDER_LABELS = (
    "initialMargin",
    "openOrderInitialMargin",
    "availableBalance",
    "maxWithdrawAmount",
    "withdrawAvailable",
    "totalInitialMargin",
    "totalOpenOrderInitialMargin",
)


def _forget_orders(draft: Draft, symbol: str) -> None:
    """Drop what the venue said before of figures that depend on the symbol's orders."""
    asset = _settle(draft, symbol)
    told = draft.reported
    for said in (told.account, told.pools.get(asset, {}), told.pools.get("USD", {})):
        for measure in _ORDER_FIGURES:
            said.pop(measure.value, None)
    _drop_labels(told.raw)


def _drop_labels(raw: object) -> None:
    if isinstance(raw, dict):
        for label in _ORDER_LABELS:
            raw.pop(label, None)
        for part in raw.values():
            _drop_labels(part)


def _config_update(draft: Draft, row: Row) -> None:
    leverage, multi = row.row("ac"), row.row("ai")
    if leverage is not None:
        symbol, number = leverage.name("s"), leverage.amount("l")
        for key, position in draft.positions.items():
            if position.instrument == symbol:
                draft.positions[key] = replace(position, leverage=number)
        draft.tell_settings(symbol, number, None)
    if multi is not None and (switched := multi.flag("j")) is not None:
        if draft.venue != "binance_usdm":
            raise multi.wrong("j", f"{draft.venue} has no asset modes")
        draft.mode = "multi_assets" if switched else "single_asset"


_APPLY: Mapping[str, Callable[[Draft, Row], None]] = MappingProxyType(
    {
        "ACCOUNT_UPDATE": _account_update,
        "MARGIN_CALL": _margin_call,
        "ORDER_TRADE_UPDATE": _order_update,
        "ACCOUNT_CONFIG_UPDATE": _config_update,
    }
)
