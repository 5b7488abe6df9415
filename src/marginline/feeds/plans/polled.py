"""An account watched by asking again and again: for venues whose private stream is not spoken here.

Every few seconds the venue's plan is carried out; each visit is a whole snapshot, and its marks are
the marks. What happens between two visits is not seen: fills, causes and orders that come and go.
The streams say "polled", and so does a note on the account.
"""

from __future__ import annotations

import asyncio

from marginline.core.account.account import Account
from marginline.core.findings import Code, Finding
from marginline.errors import InputError, Problem
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.events import AccountSnapshot, AssetRate, Funding, Life, MarkPrice, Stream
from marginline.feeds.events import StreamState as State
from marginline.feeds.messages import Unreadable
from marginline.feeds.plans.asking import Ask, Reply
from marginline.feeds.plans.carrying import conversed
from marginline.feeds.plans.venues import VENUES
from marginline.feeds.telling import Desk, Raw, Vital
from marginline.feeds.timing import Backoff, Cadence, SystemTimer, Timer, cancelled, ms_of
from marginline.feeds.wire.connection import Connection, Redactor
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.rest import Answer, CallFailed, Failure
from marginline.venues.reader.notes import noted

_MINUTE_MS = 60_000
_TERMS = """
    leverageBracket um/leverageBracket cm/leverageBracket exchangeInfo commissionRate
    portfolio/collateralRate v5/market/instruments-info v5/market/risk-limit v5/account/fee-rate
    v2/mix/market/contracts v2/mix/market/query-position-lever v2/mix/market/discount-rate
    v2/common/trade-rate v2/mix/account/union-config v3/market/instruments v3/market/position-tier
    v3/market/discount-rate v3/account/fee-rate maintMarginRatio user/commissionRate
    market/contracts trade/multiAssetsRules public/instruments public/position-tiers
    public/discount-rate-interest-free-quota account/trade-fee
"""
_SLOW = frozenset(_TERMS.split())
"""Paths of terms, which change seldom: tiers, ratios, fees, steps."""
_SET = """
    positionSide/dual um/positionSide/dual um/symbolConfig cm/symbolConfig openAlgoOrders
    trade/leverage trade/marginType trade/assetMode account/leverage-info account/config
    v3/account/settings
"""
_SETTINGS = frozenset(_SET.split())
"""Paths of settings, asked for once a minute."""


class PolledFeed:
    """One account by polling, until cancelled or refused for good."""

    def __init__(
        self,
        connection: Connection,
        queue: EventQueue,
        *,
        clock: Timer | None = None,
        cadence: Cadence | None = None,
        raw: Raw | None = None,
    ) -> None:
        if not (connection.key and connection.secret):
            remedy = "give key and secret of a key that may only read"
            raise InputError([Problem("key", "", "there is none", remedy)])
        self.connection = connection
        self.cadence = cadence or Cadence()
        timer = clock or SystemTimer()
        secrets = (connection.key, connection.secret, connection.passphrase)
        self.desk = Desk(connection.venue, queue, timer, Redactor(secrets), raw)
        self._venue = VENUES[connection.venue]
        self._door = Door(
            self._venue.manners, self.desk, self.cadence, rest_url=connection.rest_url
        )
        name = connection.account
        self._life = Vital(self.desk, Stream.ACCOUNT, name, self.cadence.account)
        self._marks = Vital(self.desk, Stream.MARKS, None, self.cadence.marks)
        self._tiers = Vital(self.desk, Stream.TIERS, name, self.cadence.tiers)
        self._vitals = (self._life, self._marks, self._tiers)
        self._backoff = Backoff(self.cadence.backoff, self.cadence.backoff_most)
        self._kept: dict[tuple[str, str], Answer] = {}
        self._told = f"polled every {self.cadence.poll / 1000:g} s"

    def streams(self) -> tuple[State, ...]:
        """How its streams stand."""
        return tuple(vital.now() for vital in self._vitals)

    async def run(self) -> None:
        """Watch until cancelled; returns when refused for good."""
        for vital in self._vitals:
            vital.turn(Life.CONNECTING, "starting")
        try:
            async with self._door:
                looking = asyncio.ensure_future(self._look())
                try:
                    await self._watch()
                finally:
                    await cancelled(looking)
        finally:
            for vital in self._vitals:
                if vital.state is not Life.REFUSED:
                    vital.turn(Life.CLOSED, "the feed ended")

    async def _watch(self) -> None:
        admitted = False
        while True:
            try:
                if not admitted and not await self._admitted():
                    return
                admitted = True
                self._tell(await self._visit())
            except CallFailed as failed:
                where = f"polling: {failed.path}"
                self.desk.refuse(self.connection.account, where, failed.status or "",
                                 failed.message)  # fmt: skip
                if failed.failure is Failure.KEY:
                    self._refused(f"{failed.path}: {failed.message}")
                    return
                await self._door.timer.sleep(self._backoff.next(failed.wait_ms))
            except InputError as wrong:
                self.desk.refuse_input(self.connection.account, "polling", wrong)
                await self._door.timer.sleep(self._backoff.next())
            except Unreadable as wrong:
                self.desk.refuse(
                    self.connection.account, f"polling: {wrong.field}", wrong.value, wrong.reason
                )
                await self._door.timer.sleep(self._backoff.next())
            else:
                self._backoff.reset()
                await self._door.timer.sleep(self.cadence.poll)

    async def _admitted(self) -> bool:
        """Nothing is asked with a key before it is known what it may do."""
        await self._door.measure(again=False)
        rights = self._venue.rights(await self._door.call(self._venue.probe, self.connection))
        if rights.reads_only or self.connection.accept_trading:
            return True
        remedy = "make a key that may only read, or set accept_trading for this connection"
        self.desk.refuse(self.connection.account, "key rights", rights.beyond,
                         "more than reading", remedy)  # fmt: skip
        self._refused(f"the key may do more than read: {rights.beyond}")
        return False

    def _refused(self, reason: str) -> None:
        for vital in self._vitals:
            vital.turn(Life.REFUSED, reason)

    # -- a visit ---------------------------------------------------------------------------

    async def _visit(self) -> Account:
        await self._door.measure()
        at = await self._door.before()
        gathered = await conversed(self._venue.plan(frozenset()), self._reply)
        gathered.at = at
        return await asyncio.to_thread(gathered.account, self.connection.account)

    async def _reply(self, asked: Ask) -> Reply:
        """The answer; of terms and settings one that is young enough."""
        path = asked.endpoint.path
        age = self.cadence.renew_tiers if path in _SLOW else _MINUTE_MS if path in _SETTINGS else 0
        key = (f"{asked.endpoint.group} {path}", str(sorted(asked.params.items(), key=str)))
        kept = self._kept.get(key)
        if kept is not None and self._door.timer.now() - kept.began <= age:
            return kept
        try:
            signed = self.connection if asked.endpoint.signed else None
            answer = await self._door.call(asked.endpoint, signed, **asked.params)
        except CallFailed as failed:
            return failed
        if age:
            self._kept[key] = answer
        return answer

    def _tell(self, account: Account) -> None:
        """The account whole, its marks, funding and rates; then that all of them are of now."""
        text = f"{self._told}: what happens between two visits is not seen"
        account = noted(account, Finding(Code.NOT_APPLICABLE, "private stream", text))
        at = ms_of(account.as_of)
        name = self.connection.account
        self.desk.tell(AccountSnapshot, at=at, account=name, state=account)
        self._tell_market(account, at)
        terms = [each.began for (path, _), each in self._kept.items() if path.split()[-1] in _SLOW]
        age = self._door.timer.now() - min(terms) if terms else 0
        for vital in (self._life, self._marks):
            vital.heal(self._told)
        self._tiers.beat(age)

    def _tell_market(self, account: Account, at: int) -> None:
        market = account.market
        for symbol in sorted({position.instrument for position in account.positions}):
            mark = market.mark.get(symbol)
            if mark is None:
                continue
            self.desk.tell(MarkPrice, at=at, instrument=symbol, mark=mark,
                           index=market.index.get(symbol))  # fmt: skip
            funding = market.funding.get(symbol)
            if funding is not None and funding.rate is not None:
                self.desk.tell(Funding, at=at, instrument=symbol, rate=funding.rate)
        for asset, rate in market.asset_rate.items():
            self.desk.tell(AssetRate, at=at, asset=asset, rate=rate.index, bid=rate.bid,
                           ask=rate.ask)  # fmt: skip

    async def _look(self) -> None:
        while True:
            await self._door.timer.sleep(self.cadence.look)
            for vital in self._vitals:
                vital.look()
