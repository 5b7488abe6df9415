"""Frames of Binance's public streams, made for those that somebody listens to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from marginline.core.numbers import exact
from marginline.market.events import Event, Fill, OrderChanged, TiersChanged
from marginline.market.views import Quote
from marginline.sandbox.binance.market import PERPETUAL_UNTIL, asset_row, book_row, number
from marginline.sandbox.floor import BINANCE, Floor
from marginline.sandbox.wire.texts import money, plain

Message = dict[str, object]
_SLOW_MS = 3_000
_FORCED = ("liquidation", "takeover", "adl")


class Prices:
    """The messages of one frame, each made once however many listen."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._symbols = {symbol.lower(): symbol for symbol in floor.world.instruments(BINANCE)}
        self._slow = -1
        self._of_symbol: dict[str, Callable[[str], Message]] = {
            "markPrice": self._mark,
            "miniTicker": self._mini,
            "ticker": self._ticker,
            "bookTicker": self._best,
            "assetIndex": self._asset,
        }

    def messages(self, topics: Sequence[str]) -> list[tuple[str, object]]:
        """Each topic with what it says now; topics with nothing to say are left out."""
        slow = self._floor.world.now // _SLOW_MS
        due, self._slow = slow != self._slow, slow
        with exact():
            told = ((topic, self._told(topic, due=due)) for topic in topics)
            return [(topic, message) for topic, message in told if message is not None]

    def _told(self, topic: str, *, due: bool) -> object:
        name, _, rest = topic.partition("@")
        kind, _, pace = rest.partition("@")
        if kind == "markPrice" and pace != "1s" and not due:
            return None
        if name == "!markPrice":
            if not topic.endswith("@1s") and not due:
                return None
            return [self._mark(symbol) for symbol in self._symbols.values()]
        if name in ("!miniTicker", "!ticker"):
            made = self._of_symbol[name[1:]]
            return [made(symbol) for symbol in self._symbols.values()]
        if name == "!bookTicker":
            return self._best(next(iter(self._symbols.values())))
        if name == "!assetIndex":
            return [self._asset(f"{asset}USD") for asset in self._floor.rates(BINANCE)]
        if kind.startswith("depth"):
            return self._depth(name, kind)
        if kind == "assetIndex":
            return self._asset(name.upper()) if self._has_rate(name) else None
        symbol, of_symbol = self._symbols.get(name), self._of_symbol.get(kind)
        return None if symbol is None or of_symbol is None else of_symbol(symbol)

    def _has_rate(self, name: str) -> bool:
        return name.upper().removesuffix("USD") in self._floor.rates(BINANCE)

    def _quote(self, symbol: str) -> tuple[Quote, int]:
        quote = self._floor.world.quote(BINANCE, symbol)
        return quote, self._floor.clock.stamp(quote.at)

    def _mark(self, symbol: str) -> Message:
        quote, stamp = self._quote(symbol)
        return {
            "e": "markPriceUpdate",
            "E": stamp,
            "s": symbol,
            "p": money(quote.mark),
            "ap": money(quote.mark),
            "P": money(quote.index),
            "i": money(quote.index),
            "r": money(quote.funding_rate),
            "T": self._floor.clock.stamp(quote.next_funding_at),
        }

    def _mini(self, symbol: str) -> Message:
        quote, stamp = self._quote(symbol)
        day = self._floor.tapes[BINANCE].saw(quote)
        return {
            "e": "24hrMiniTicker",
            "E": stamp,
            "s": symbol,
            "c": plain(quote.last),
            "o": plain(day.first),
            "h": plain(day.high),
            "l": plain(day.low),
            "v": plain(day.volume),
            "q": money(day.turnover),
        }

    def _ticker(self, symbol: str) -> Message:
        quote, stamp = self._quote(symbol)
        day = self._floor.tapes[BINANCE].saw(quote)
        change = quote.last - day.first
        return self._mini(symbol) | {
            "e": "24hrTicker",
            "p": plain(change),
            "P": format(change / day.first * 100, ".3f"),
            "w": money(day.turnover / day.volume if day.volume else quote.last),
            "Q": "0",
            "O": self._floor.clock.stamp(day.began),
            "C": stamp,
            "F": 0,
            "L": day.trades,
            "n": day.trades,
        }

    def _best(self, symbol: str) -> Message:
        row = book_row(self._floor, symbol)
        return {
            "e": "bookTicker",
            "u": row["lastUpdateId"],
            "E": row["time"],
            "T": row["time"],
            "s": symbol,
            "b": row["bidPrice"],
            "B": row["bidQty"],
            "a": row["askPrice"],
            "A": row["askQty"],
        }

    def _depth(self, name: str, kind: str) -> object:
        symbol, levels = self._symbols.get(name), kind.removeprefix("depth")
        if symbol is None:
            return None
        count = int(levels) if levels in ("5", "10", "20") else 20
        bids, asks = self._floor.world.book(BINANCE, symbol, count)
        quote, stamp = self._quote(symbol)
        return {
            "e": "depthUpdate",
            "E": stamp,
            "T": stamp,
            "s": symbol,
            "U": quote.at,
            "u": quote.at,
            "pu": quote.at - 1,
            "b": [[plain(price), plain(size)] for price, size in bids],
            "a": [[plain(price), plain(size)] for price, size in asks],
        }

    def _asset(self, pair: str) -> Message:
        row = asset_row(self._floor, pair.removesuffix("USD"))
        words = {"i": "index", "b": "bidBuffer", "a": "askBuffer", "B": "bidRate", "A": "askRate",
                 "q": "autoExchangeBidBuffer", "g": "autoExchangeAskBuffer",
                 "Q": "autoExchangeBidRate", "G": "autoExchangeAskRate"}  # fmt: skip
        return {"e": "assetIndexUpdate", "E": row["time"], "s": pair} | {
            short: row[word] for short, word in words.items()
        }

    # -- what is pushed when it happens ----------------------------------------------------

    def happened(self, events: Sequence[Event]) -> list[tuple[str, Message]]:
        """Trades, forced orders and new tiers, with the topics they go to."""
        told: list[tuple[str, Message]] = []
        with exact():
            for event in events:
                fill = event if isinstance(event, Fill) and not event.order_id else None
                if isinstance(event, OrderChanged):
                    fill = event.fill
                if fill is not None and fill.venue == BINANCE:
                    told += self._traded(fill)
                elif isinstance(event, TiersChanged) and event.venue == BINANCE:
                    told += [("!contractInfo", self._contract(s, event)) for s in event.symbols]
        return told

    def _traded(self, fill: Fill) -> list[tuple[str, Message]]:
        stamp, symbol = self._floor.clock.stamp(fill.at), fill.symbol
        trade: Message = {
            "e": "aggTrade",
            "E": stamp,
            "T": stamp,
            "s": symbol,
            "a": fill.trade_id,
            "f": fill.trade_id,
            "l": fill.trade_id,
            "p": plain(fill.price),
            "q": plain(fill.size),
            "m": fill.side == "sell",
        }
        told: list[tuple[str, Message]] = [(f"{symbol.lower()}@aggTrade", trade)]
        if fill.reason in _FORCED:
            order = {
                "s": symbol,
                "S": fill.side.upper(),
                "o": "LIMIT",
                "f": "IOC",
                "q": plain(fill.size),
                "p": plain(fill.price),
                "ap": plain(fill.price),
                "X": "FILLED",
                "l": plain(fill.size),
                "z": plain(fill.size),
                "T": stamp,
            }
            forced: Message = {"e": "forceOrder", "E": stamp, "o": order}
            told += [(f"{symbol.lower()}@forceOrder", forced), ("!forceOrder@arr", forced)]
        return told

    def _contract(self, symbol: str, event: TiersChanged) -> Message:
        rows = self._floor.world.tiers(BINANCE, symbol).rows
        return {
            "e": "contractInfo",
            "E": self._floor.clock.stamp(event.at),
            "s": symbol,
            "ps": symbol,
            "ct": "PERPETUAL",
            "dt": PERPETUAL_UNTIL,
            "ot": 1_569_398_400_000,
            "cs": "TRADING",
            "bks": [
                {
                    "bs": index + 1,
                    "bnf": number(row.floor),
                    "bnc": 9_223_372_036_854_775_807 if row.cap is None else number(row.cap),
                    "mmr": None if row.rate is None else number(row.rate),
                    "cf": None if row.deduction is None else number(row.deduction),
                    "mi": 1,
                    "ma": None if row.max_leverage is None else number(row.max_leverage),
                }
                for index, row in enumerate(rows)
            ],
        }
