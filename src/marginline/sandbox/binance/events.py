"""What happens to accounts, in the words of Binance's private stream.

Of a fill the order's NEW comes first, then `ACCOUNT_UPDATE`, then the order's TRADE. A cross
funding payment carries the balance alone; resting and cancelled orders push no `ACCOUNT_UPDATE`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO, exact
from marginline.core.pool.exposure import need
from marginline.market.events import (
    Event,
    Fill,
    FundingPaid,
    LiquidationStage,
    OfAccount,
    OrderChanged,
    PositionChanged,
    SettingChanged,
    WalletChanged,
)
from marginline.market.views import PositionView
from marginline.sandbox.floor import BINANCE, Floor, forced_order
from marginline.sandbox.wire.texts import money, plain, price

Message = dict[str, object]
_SIDES = {"both": "BOTH", "long": "LONG", "short": "SHORT"}
_REASONS = {
    "fill": "ORDER",
    "fee": "ORDER",
    "funding": "FUNDING_FEE",
    "liquidation_fee": "INSURANCE_CLEAR",
    "insurance": "INSURANCE_CLEAR",
    "conversion": "AUTO_EXCHANGE",
}
_FORCED = {"liquidation": "autoclose-", "takeover": "autoclose-", "adl": "adl_autoclose-"}


@dataclass(slots=True)
class _Update:
    """One `ACCOUNT_UPDATE` in the making."""

    reason: str = "ORDER"
    balances: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    positions: dict[str, PositionView] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.balances or self.positions)


@dataclass(slots=True)
class _Shadow:
    """What the stream has told of an account so far: balances, positions, leverages."""

    balances: dict[str, Decimal]
    positions: dict[str, PositionView]
    leverages: dict[str, Decimal]


class Narrator:
    """Turns events of the world into messages, account by account."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._shadows: dict[str, _Shadow] = {}
        for name in floor.world.accounts(BINANCE):
            view = floor.world.account(name)
            self._shadows[name] = _Shadow(
                {wallet.asset: wallet.balance for wallet in view.wallets},
                {f"{p.symbol}/{p.position_side}": p for p in view.positions},
                {s.symbol: s.leverage for s in view.settings},
            )

    def messages(self, events: Sequence[Event]) -> Iterator[tuple[str, Message]]:
        """Messages with the account they are for, in order."""
        own = [e for e in events if isinstance(e, OfAccount) and e.venue == BINANCE]
        with exact():
            for bundle in _bundles(own):
                for message in self._told(bundle):
                    yield bundle[0].account, message

    def _told(self, bundle: Sequence[OfAccount]) -> Iterator[Message]:
        """Events of one account at one moment."""
        name, at = bundle[0].account, bundle[0].at
        update, trade = _Update(), None
        for event in bundle:
            if isinstance(event, OrderChanged):
                yield from self._flushed(name, at, update, trade)
                update, trade = _Update(), None
                if event.fill is None:
                    yield self._order(event)
                else:
                    trade = event
            elif isinstance(event, Fill) and not event.order_id:
                yield from self._flushed(name, at, update, trade)
                update, trade = _Update(), forced_order(event)
            elif isinstance(event, PositionChanged):
                self._moved(name, update, event.position)
            elif isinstance(event, WalletChanged):
                self._booked(name, update, event)
            elif isinstance(event, FundingPaid):
                update.reason = "FUNDING_FEE"
            elif isinstance(event, SettingChanged):
                yield from self._setting(event)
            elif isinstance(event, LiquidationStage) and event.stage == "triggered":
                yield from self._margin_call(event)
        yield from self._flushed(name, at, update, trade)

    def _moved(self, name: str, update: _Update, position: PositionView) -> None:
        key = f"{position.symbol}/{position.position_side}"
        self._shadows[name].positions[key] = position
        update.positions[key] = position

    def _booked(self, name: str, update: _Update, event: WalletChanged) -> None:
        self._shadows[name].balances[event.asset] = event.balance
        change = ZERO if event.reason in ("fill", "fee") else event.change
        before = update.balances.get(event.asset, (ZERO, ZERO))[1]
        update.balances[event.asset] = (event.balance, before + change)
        usual = "DEPOSIT" if event.change > 0 else "WITHDRAW"
        if event.reason not in ("fill", "fee") or update.reason == "ORDER":
            update.reason = _REASONS.get(event.reason, usual)

    def _flushed(
        self, name: str, at: int, update: _Update, trade: OrderChanged | None
    ) -> Iterator[Message]:
        if update:
            yield self._account_update(name, at, update)
        if trade is not None:
            yield self._order(trade)

    # -- ACCOUNT_UPDATE --------------------------------------------------------------------

    def _account_update(self, name: str, at: int, update: _Update) -> Message:
        shadow, stamp = self._shadows[name], self._floor.clock.stamp(at)
        moved = list(update.positions.values())
        if update.reason == "FUNDING_FEE":
            moved = [p for p in moved if p.margin_mode == "isolated"]
        balances = dict(update.balances)
        if "USDT" not in balances and any(p.margin_mode == "isolated" for p in moved):
            balances["USDT"] = (shadow.balances.get("USDT", ZERO), ZERO)
        return {
            "e": "ACCOUNT_UPDATE",
            "T": stamp,
            "E": stamp,
            "a": {
                "B": [
                    {
                        "a": asset,
                        "wb": plain(balance),
                        "cw": plain(balance - self._posted(shadow, asset)),
                        "bc": plain(change),
                    }
                    for asset, (balance, change) in balances.items()
                ],
                "P": [self._leg(position) for position in moved],
                "m": update.reason,
            },
        }

    def _posted(self, shadow: _Shadow, asset: str) -> Decimal:
        """What is posted to isolated positions, all of which settle in USDT here."""
        if asset != "USDT":
            return ZERO
        return sum(
            (p.isolated_margin for p in shadow.positions.values() if p.isolated_margin), ZERO
        )

    def _leg(self, position: PositionView) -> Message:
        mark = self._floor.world.quote(BINANCE, position.symbol).mark
        pnl = (mark - position.entry_price) * position.size
        isolated = position.margin_mode == "isolated"
        margin = position.isolated_margin if isolated else ZERO
        return {
            "s": position.symbol,
            "pa": plain(position.size),
            "ep": price(position.entry_price),
            "cr": plain(position.realized_pnl),
            "up": money(pnl),
            "mt": "isolated" if isolated else "cross",
            "iw": plain(margin or ZERO),
            "ps": _SIDES[position.position_side],
            "ma": "USDT",
            "bep": price(position.break_even_price),
        }

    # -- orders, settings, calls -----------------------------------------------------------

    def _order(self, event: OrderChanged) -> Message:
        order, fill, stamp = event.order, event.fill, self._floor.clock.stamp(event.at)
        kind = order.kind.upper()
        average = ZERO if order.average_price is None else order.average_price
        forced = None if fill is None else _FORCED.get(fill.reason)
        body: Message = {
            "s": order.symbol,
            "c": order.client_id if forced is None else f"{forced}{stamp}",
            "S": order.side.upper(),
            "o": kind if forced is None else "LIQUIDATION",
            "f": order.time_in_force,
            "q": plain(order.size),
            "p": "0" if order.price is None else plain(order.price),
            "ap": money(average),
            "sp": "0",
            "x": event.execution.upper(),
            "X": order.status.upper(),
            "i": order.order_id,
            "l": "0" if fill is None else plain(fill.size),
            "z": plain(order.filled),
            "L": "0" if fill is None else plain(fill.price),
            "T": stamp,
            "t": 0 if fill is None else fill.trade_id,
            "b": "0",
            "a": "0",
            "m": fill is not None and fill.maker,
            "R": order.reduce_only,
            "wt": "CONTRACT_PRICE",
            "ot": kind,
            "ps": _SIDES[order.position_side],
            "cp": False,
            "rp": "0" if fill is None else plain(fill.realized_pnl),
            "pP": False,
            "si": 0,
            "ss": 0,
            "V": "EXPIRE_MAKER",
            "pm": "NONE",
            "gtd": 0,
        }
        if fill is not None:
            body |= {"N": fill.fee_asset, "n": plain(fill.fee)}
        return {"e": "ORDER_TRADE_UPDATE", "T": stamp, "E": stamp, "o": body}

    def _setting(self, event: SettingChanged) -> Iterator[Message]:
        known = self._shadows[event.account].leverages
        if known.get(event.symbol) != event.leverage:
            known[event.symbol] = event.leverage
            stamp = self._floor.clock.stamp(event.at)
            told = {"s": event.symbol, "l": int(event.leverage)}
            yield {"e": "ACCOUNT_CONFIG_UPDATE", "T": stamp, "E": stamp, "ac": told}

    def _margin_call(self, event: LiquidationStage) -> Iterator[Message]:
        """The positions of the pool as they are; the world stopped at this moment."""
        judged = self._floor.judged(event.account)
        pool = next((p for p in judged.pools if p.id == event.pool), None)
        if pool is None:
            return
        legs = []
        for figures in pool.figures.positions:
            view = judged.positions[figures.name]
            isolated = figures.isolated
            legs.append(
                {
                    "s": view.symbol,
                    "ps": _SIDES[view.position_side],
                    "pa": plain(view.size),
                    "mt": "ISOLATED" if isolated else "CROSSED",
                    "iw": plain(view.isolated_margin or ZERO),
                    "mp": money(figures.exposure.mark),
                    "up": money(figures.figure(M.UNREALIZED_PNL)),
                    "mm": money(figures.figure(M.MAINTENANCE_MARGIN)),
                }
            )
        message: Message = {
            "e": "MARGIN_CALL",
            "E": self._floor.clock.stamp(event.at),
            "p": legs,
        }
        if pool.kind == "cross":
            message["cw"] = money(need(pool.figures.figure(M.WALLET_BALANCE)))
        yield message


def _bundles(events: Sequence[OfAccount]) -> Iterator[list[OfAccount]]:
    """Neighbours of one account and one moment."""
    bundle: list[OfAccount] = []
    for event in events:
        if bundle and (event.account, event.at) != (bundle[0].account, bundle[0].at):
            yield bundle
            bundle = []
        bundle.append(event)
    if bundle:
        yield bundle
