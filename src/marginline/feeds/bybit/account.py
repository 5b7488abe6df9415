"""One Bybit unified account: login, private socket, answers, sorted messages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from marginline.core.account.account import Account
from marginline.feeds.bybit import calls
from marginline.feeds.bybit.answers import BOOKS, SPOT, WALLET, array_of, texts_of
from marginline.feeds.bybit.calls import VENUE, cursor_of, listing, result_of
from marginline.feeds.bybit.lines import entered, ping
from marginline.feeds.bybit.market import WHOLE_LIST, BybitMarket, all_pages
from marginline.feeds.bybit.rows import coins_of, joined, names_of, rates_of, seen_of
from marginline.feeds.bybit.sorting import sorted_message
from marginline.feeds.events import AssetRate
from marginline.feeds.logs.bybit import unified
from marginline.feeds.logs.paging import LONG_MS, SOON_MS
from marginline.feeds.messages import LedgerRow, Message, Seen
from marginline.feeds.plans.rights import of_bybit
from marginline.feeds.telling import Vital
from marginline.feeds.timing import all_of, moment_of
from marginline.feeds.wire.connection import Connection
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.lines import Line
from marginline.feeds.wire.rest import Answer, Endpoint
from marginline.venues.reader.reading import apply, read

_SHARED_MS = 3_000
_TERMS_MS = 3_600_000
_PAGES = 50


class BybitAccount:
    """Speaks Bybit for one connection."""

    told_ms = LONG_MS

    def __init__(self, connection: Connection, door: Door, _: Vital, market: BybitMarket) -> None:
        self._connection = connection
        self._door = door
        self._market = market
        self._tiers_ms = _TERMS_MS
        self._limits: dict[str, list[Answer]] = {}

    def past(self) -> int:
        """A moment of the venue's clock that is over for certain."""
        return self._door.surely_before()

    async def _ask(self, endpoint: Endpoint, **params: object) -> Answer:
        return await self._door.call(endpoint, self._connection, **params)

    async def _pages(self, endpoint: Endpoint, params: Mapping[str, object]) -> list[Answer]:
        """Every page: rows that are missing are no rows of zero."""
        pages: list[Answer] = []
        cursor: str | None = None
        for _ in range(_PAGES):
            page = await self._ask(endpoint, **params, cursor=cursor)
            pages.append(page)
            cursor = cursor_of(page)
            if not cursor:
                return pages
        raise pages[-1].malformed("has no last page")

    # -- key and line ----------------------------------------------------------------------

    async def rights(self) -> str:
        """What the key may do beyond reading."""
        answer = await self._ask(calls.RIGHTS)
        told = result_of(answer)
        if not told.get("uta") and not told.get("unified"):
            raise answer.malformed("the account is no unified one")
        return of_bybit(answer).beyond

    async def open(self) -> Line:
        """A socket, logged in, with its topics acknowledged."""
        return await entered(self._door, self._connection)

    async def tend(self, line: Line) -> None:
        """Ping for as long as the line is."""
        await ping(self._door, line)

    # -- messages --------------------------------------------------------------------------

    def message(self, text: str) -> Message | None:
        """A frame of the private stream, sorted."""
        return sorted_message(text)

    def apply(self, account: Account, message: Message) -> Account:
        """The account after a message."""
        changed = apply(account, message.text)
        self._market.want(_symbols(changed))
        return changed

    # -- answers ---------------------------------------------------------------------------

    async def snapshot(self) -> Account:
        """The whole account. Without its tiers there is none: packaged ones are not the venue's."""
        as_of = moment_of(await self._door.before())
        own: dict[str, Awaitable[Any]] = {
            "info": self._ask(calls.ACCOUNT_INFO),
            "wallet": self._ask(calls.WALLET, **WALLET),
            "collateral": self._ask(calls.COLLATERAL),
            "fees": self._ask(calls.FEES, category="linear"),
            "positions": self._books(calls.POSITIONS, BOOKS),
            "orders": self._books(calls.ORDERS, (*BOOKS, SPOT)),
            "contracts": self._market.contracts(),
            "tickers": self._shared(calls.TICKERS, _SHARED_MS, category="linear"),
            "collateral_tiers": self._shared(calls.COLLATERAL_TIERS, _TERMS_MS),
            "borrow_tiers": self._shared(calls.BORROW_TIERS, _TERMS_MS),
        }
        told = await all_of(own)
        if "marginMode" not in result_of(told["info"]):
            raise told["info"].malformed("tells no margin mode")
        for kind in ("fees", "collateral"):
            listing(told[kind])
        _, coins = coins_of(told["wallet"])
        used = names_of(page for kind in ("positions", "orders") for book in told[kind]
                        for page in book)  # fmt: skip
        listed = names_of(told["contracts"])
        self._market.lists(listed)
        wanted = used | (listed if len(listed) <= WHOLE_LIST else frozenset())
        texts = texts_of(told, wanted, frozenset(coin.coin for coin in coins))
        whole = len(listed) <= WHOLE_LIST
        texts["risk_limit"] = await self._tiers(frozenset({""}) if whole else wanted & listed)
        account: Account = await asyncio.to_thread(
            read, VENUE, as_of=as_of, name=self._connection.account, **texts
        )
        self._market.want(_symbols(account))
        return account

    async def _books(
        self, endpoint: Endpoint, books: Sequence[Mapping[str, object]]
    ) -> list[list[Answer]]:
        limit = 200 if endpoint is calls.POSITIONS else 50
        return [await self._pages(endpoint, {**book, "limit": limit}) for book in books]

    async def _shared(self, endpoint: Endpoint, max_age_ms: int, **params: object) -> Answer:
        return await self._door.shared(endpoint, max_age_ms, listing, **params)

    async def _tiers(self, symbols: frozenset[str]) -> str:
        """Tiers of these contracts; of others, that may be delisted by now, none are renewed."""
        self._limits = {name: each for name, each in self._limits.items() if name in symbols}
        return array_of([joined(await self._risk_limits(symbol)) for symbol in sorted(symbols)])

    async def _risk_limits(self, symbol: str) -> list[Answer]:
        """Tiers of a contract; of all of them where the list is short ("")."""
        if symbol not in self._limits:
            params = {"category": "linear", "symbol": symbol or None}
            pages = await all_pages(self._door, calls.RISK_LIMIT, _SHARED_MS, **params)
            if not names_of(pages):
                raise pages[0].malformed("lists no tiers")
            self._limits[symbol] = pages
        return self._limits[symbol]

    async def renew_tiers(self) -> None:
        """Fetch tiers afresh; the old ones stay until the new ones are there."""
        old, self._limits = self._limits, {}
        try:
            for symbol in old:
                await self._risk_limits(symbol)
        except BaseException:
            self._limits = old
            raise

    async def probe(self) -> Seen:
        """Balances and sizes; what coins are worth is told beside."""
        wallet = await self._ask(calls.WALLET, **WALLET)
        books = await self._books(calls.POSITIONS, BOOKS)
        at, coins = coins_of(wallet)
        for asset, rate in rates_of(coins).items():
            self._door.desk.tell(AssetRate, at=at, asset=asset, rate=rate)
        return seen_of(coins, (page for book in books for page in book))

    async def ledger(self, since: int) -> Sequence[LedgerRow]:
        """Rows of the transaction log from a moment on, every one."""
        return await unified(self._ask, since, self._door.venue_now() + SOON_MS)


def _symbols(account: Account) -> frozenset[str]:
    held = {position.instrument for position in account.positions}
    return frozenset(held | {order.instrument for order in account.orders})
