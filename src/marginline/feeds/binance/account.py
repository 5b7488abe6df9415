"""One Binance USDS-M account: listen key, private socket, answers, sorted messages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from marginline.core.account.account import Account
from marginline.feeds.binance import calls
from marginline.feeds.binance.answers import OWN, WHOLE_LIST, judge, texts_of
from marginline.feeds.binance.calls import VENUE
from marginline.feeds.binance.rows import AccountLook, symbols_of
from marginline.feeds.binance.sorting import sorted_message
from marginline.feeds.logs.binance import usdm
from marginline.feeds.logs.paging import KEPT_MS, SOON_MS
from marginline.feeds.messages import LedgerRow, Message, Seen, typed
from marginline.feeds.plans.rights import of_binance
from marginline.feeds.telling import Vital
from marginline.feeds.timing import Backoff, all_of, moment_of
from marginline.feeds.wire.connection import Connection
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.lines import Line, LineClosed
from marginline.feeds.wire.rest import Answer, CallFailed, Endpoint
from marginline.venues.reader.reading import apply, read

EVENTS = (
    "ORDER_TRADE_UPDATE", "ACCOUNT_UPDATE", "MARGIN_CALL", "TRADE_LITE", "ACCOUNT_CONFIG_UPDATE",
    "STRATEGY_UPDATE", "GRID_UPDATE", "CONDITIONAL_ORDER_TRIGGER_REJECT", "ALGO_ORDER_UPDATE",
    "ALGO_UPDATE", "listenKeyExpired",
)  # fmt: skip
"""Asked for by name: whether leaving the list out means all or none is not the same everywhere."""

_SHARED_MS = 3_000
_TERMS_MS = 3_600_000
_PUBLIC = {
    "premium_index": (calls.PREMIUM_INDEX, _SHARED_MS, Answer.listed),
    "asset_index": (calls.ASSET_INDEX, _SHARED_MS, Answer.listed),
    "funding_info": (calls.FUNDING_INFO, _TERMS_MS, Answer.listed),
    "exchange_info": (calls.EXCHANGE_INFO, _TERMS_MS, lambda a: a.keyed("symbols")),
}
_COMMISSIONS = 5
_ALGOS_MS = 600_000
"""No look at balances and sizes finds a message of conditional orders that was lost."""


class BinanceAccount:
    """Speaks Binance for one connection. `fees`: answers by symbol, of before; more are put in."""

    told_ms = KEPT_MS

    def __init__(
        self,
        connection: Connection,
        door: Door,
        key_life: Vital,
        events: Sequence[str] = EVENTS,
        fees: dict[str, str] | None = None,
    ) -> None:
        self._connection = connection
        self._door = door
        self._key_life = key_life
        self._events = "/".join(events)
        self._brackets: Answer | None = None
        self._fees: dict[str, str] = {} if fees is None else fees
        self._algos: Answer | None = None
        self._algos_changed = True

    def past(self) -> int:
        """A moment of the venue's clock that is over for certain."""
        return self._door.surely_before()

    async def _ask(self, endpoint: Endpoint, **params: object) -> Answer:
        return await self._door.call(endpoint, self._connection, **params)

    # -- key and line ----------------------------------------------------------------------

    async def rights(self) -> str:
        """What the key may do beyond reading; every right that is new to us counts as more."""
        answer = await self._ask(calls.RIGHTS)
        return of_binance(answer).beyond

    async def open(self) -> Line:
        """A listen key and a socket on it; being open is all the acknowledgement there is."""
        answer = await self._ask(calls.NEW_KEY)
        key = answer.keyed().get("listenKey")
        if not isinstance(key, str) or not key.isalnum():
            raise answer.malformed("tells no listen key")
        self._door.desk.redact.hide(key)
        self._algos_changed = True  # what was told while no line was open is not known
        line = await self._door.line(f"/private/ws?listenKey={key}&events={self._events}")
        self._key_life.confirm("a listen key is in force")
        return line

    async def tend(self, line: Line) -> None:  # noqa: ARG002 - the key is renewed by REST
        """Renew the listen key; end the line when the venue does not know it any more."""
        cadence, timer = self._door.cadence, self._door.timer
        while True:
            await timer.sleep(cadence.renew_listen_key)
            await self._renew_key(Backoff(cadence.backoff, cadence.backoff_most))

    async def _renew_key(self, backoff: Backoff) -> None:
        while True:
            try:
                await self._ask(calls.KEEP_KEY)
            except CallFailed as failed:
                if failed.code == calls.UNKNOWN_KEY:
                    raise LineClosed("the venue does not know the listen key any more") from None
                self._key_life.retry += 1
                self._door.desk.refuse(self._connection.account, f"listen key: {failed.path}",
                                       failed.status or "", failed.message)  # fmt: skip
                if (self._key_life.age_ms or 0) > self._key_life.limit_ms:
                    raise LineClosed("the listen key could not be renewed in time") from None
                await self._door.timer.sleep(backoff.next(failed.wait_ms))
            else:
                self._key_life.confirm("the listen key is renewed")
                return

    # -- messages --------------------------------------------------------------------------

    def message(self, text: str) -> Message | None:
        """A frame of the private stream, sorted."""
        message = sorted_message(text)
        if message is not None and message.look:
            self._algos_changed = True
        return message

    def apply(self, account: Account, message: Message) -> Account:
        """The account after a message."""
        return apply(account, message.text)

    # -- answers ---------------------------------------------------------------------------

    async def snapshot(self) -> Account:
        """The whole account. Without its tiers there is none: packaged ones are not the venue's."""
        as_of = moment_of(await self._door.before())
        asked = {kind: self._ask(endpoint) for kind, endpoint in OWN.items()}
        shared = {
            kind: self._door.shared(endpoint, age, check)
            for kind, (endpoint, age, check) in _PUBLIC.items()
        }
        told = await all_of(asked | shared)
        own, public = ({kind: told[kind] for kind in kinds} for kinds in (OWN, _PUBLIC))
        judge(own)
        own["open_algo_orders"] = await self._algo_orders()
        brackets = await self._all_brackets()
        wanted = symbols_of(own)
        every = symbols_of({"brackets": brackets})
        if len(every) <= WHOLE_LIST:
            wanted |= every
        self._allow(public["exchange_info"])
        texts = texts_of(own, public, brackets, wanted)
        if fees := await self._commissions(own):
            texts["commission_rate"] = f"[{','.join(fees)}]"
        return await asyncio.to_thread(
            read, VENUE, as_of=as_of, name=self._connection.account, **texts
        )

    async def _algo_orders(self) -> Answer:
        """Conditional orders are in no other list; their messages say when to look again."""
        known, now = self._algos, self._door.timer.now()
        if known is None or self._algos_changed or now - known.began > _ALGOS_MS:
            self._algos_changed = False
            try:
                known = self._algos = await self._ask(calls.OPEN_ALGO_ORDERS)
            except CallFailed:
                self._algos_changed = True
                raise
        known.listed()
        return known

    async def _all_brackets(self) -> Answer:
        if self._brackets is None:
            await self.renew_tiers()
        assert self._brackets is not None
        return self._brackets

    async def renew_tiers(self) -> None:
        """Fetch the tiers of this account (they may be its own)."""
        answer = await self._ask(calls.BRACKETS)
        if not answer.listed():
            raise answer.malformed("lists no tiers")
        self._brackets = answer

    async def _commissions(self, own: Mapping[str, Answer]) -> Sequence[str]:
        """Fees of the symbols in use, a few at a time: each costs as much as four accounts."""
        free = self._door.allowance.used < self._door.allowance.of // 2
        missing = sorted(symbols_of({"position_risk": own["position_risk"]}) - self._fees.keys())
        for symbol in missing[:_COMMISSIONS] if free else ():
            answer = await self._ask(calls.COMMISSION, symbol=symbol)
            answer.keyed()
            self._fees[symbol] = answer.text
        return tuple(self._fees.values())

    def _allow(self, info: Answer) -> None:
        """The venue states its own limit of weight a minute."""
        for row in info.keyed().get("rateLimits") or ():
            if isinstance(row, dict) and row.get("rateLimitType") == "REQUEST_WEIGHT":
                if row.get("interval") == "MINUTE" and row.get("intervalNum") == 1:
                    limit = row.get("limit")
                    if isinstance(limit, int):
                        self._door.allowance.allow(limit)

    async def probe(self) -> Seen:
        """Balances and sizes by one light answer."""
        answer = await self._ask(calls.ACCOUNT)
        answer.keyed("assets", "positions")
        return typed("account", answer.text, AccountLook).seen()

    async def ledger(self, since: int) -> Sequence[LedgerRow]:
        """Income rows from a moment on, every one."""
        return await usdm(self._ask, since, self._door.venue_now() + SOON_MS)
