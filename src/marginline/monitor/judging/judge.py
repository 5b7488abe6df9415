"""The seam between the monitor and the rules: an account of now in, its assessment out.

`Assessing` asks `assess`, `Ticking` keeps what was resolved and moves only prices. Both give the
same figures and the same assessment, whole; tests hold them to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import Protocol

from marginline.core.account.account import Account
from marginline.core.account.market import AssetRate
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.findings import Status
from marginline.core.measures import Measure
from marginline.core.numbers import exactly
from marginline.core.pool.exposure import known
from marginline.monitor.judging.market import assets_of, merged, overlay, priced, rate_of
from marginline.monitor.state import Price, Rate, VenueMarket
from marginline.risk.live.live import Live, LivePool
from marginline.risk.live.moving import prices_of
from marginline.risk.live.sums import WIDE
from marginline.venues.assessing import assess


@dataclass(frozen=True, slots=True)
class Figures:
    """What of a pool has to be of now at every price: its status and what it is made of.

    In the pool's asset; `requirement` is support less buffer. None where it is not known.
    """

    pool: str
    status: Status
    ratio: Decimal | None
    support: Decimal | None
    requirement: Decimal | None
    buffer: Decimal | None


class Judge(Protocol):
    """Gives an account's assessment; what it remembers never changes the answer."""

    def __call__(
        self, name: str, told: Account, market: VenueMarket | None
    ) -> tuple[Account, Assessment]:
        """The account of now and its assessment.

        Raises:
            InputError: no rulebook covers it, or it contradicts what its venue allows.
        """

    def figures(
        self, name: str, told: Account, market: VenueMarket | None
    ) -> tuple[Status, list[Figures]]:
        """The account's status, and the figures of each pool that has one; else as a call."""

    def forget(self, name: str) -> None:
        """Drop what is remembered of an account."""


def support_of(pool: PoolAssessment) -> Decimal | None:
    """What stands against the pool's requirement; None where something of it is missing."""
    return known(pool.figures.figure(Measure.SUPPORT))


def needed_of(pool: PoolAssessment) -> Decimal | None:
    """What the pool's support must exceed; None where either, or the venue's figure, is missing."""
    support, buffer = support_of(pool), pool.measures.get(Measure.BUFFER)
    return None if support is None or buffer is None else support - buffer


@exactly
def figures_of(pool: PoolAssessment) -> Figures:
    """The figures of an assessed pool that has a status."""
    assert pool.status is not None
    ratio, buffer = pool.measures.get(Measure.MARGIN_RATIO), pool.measures.get(Measure.BUFFER)
    return Figures(pool.id, pool.status, ratio, support_of(pool), needed_of(pool), buffer)


class Assessing:
    """Every judgement from nothing."""

    def __call__(
        self,
        name: str,  # noqa: ARG002 - nothing is remembered by it
        told: Account,
        market: VenueMarket | None,
    ) -> tuple[Account, Assessment]:
        """See `Judge`."""
        account = merged(told, overlay(told, market))
        return account, assess(account)

    def figures(
        self, name: str, told: Account, market: VenueMarket | None
    ) -> tuple[Status, list[Figures]]:
        """See `Judge`."""
        _, found = self(name, told, market)
        return found.status, [figures_of(each) for each in found.pools if each.status is not None]

    def forget(self, name: str) -> None:
        """Nothing is remembered."""


class _Kept:
    """One account kept resolved, and what of the venue's market it stands at."""

    __slots__ = ("assets", "given", "live", "moves", "prices", "rates", "symbols", "told")

    def __init__(self, name: str, told: Account, *, moves: bool) -> None:
        self.told, self.moves = told, moves
        # the venue's own figures are of the moment told, see `merged`
        self.live = Live(replace(told, reported=None) if moves else told, name=name)
        self.symbols = sorted(priced(told) & self.live.symbols)
        self.assets = sorted(assets_of(told))
        self.prices: dict[str, Price] = {}
        self.rates: dict[str, Rate] = {}
        self.given: dict[str, AssetRate] = {}

    def follow(self, market: VenueMarket) -> bool:
        """Take in what moved; False where something that it stands at is no longer told."""
        with localcontext(WIDE):
            told = self._marks(market)
        return told and self._rates(market)

    def _marks(self, market: VenueMarket) -> bool:
        """As `Live.tick`, in one pass over what is held: it runs for every account at each price.

        Raises InputError for a price that is no number above 0.
        """
        live, prices, known, some = self.live, market.prices, self.prices, False
        moved, indexed = live.moved, live.indexed
        for symbol in self.symbols:
            price, before = prices.get(symbol), known.get(symbol)
            if price is before:
                continue
            if price is None or (price.index is None and before and before.index is not None):
                return False
            known[symbol] = price
            mark, index = price.mark, price.index
            if before is None or mark != before.mark:
                moved(symbol, mark if mark.is_finite() and mark > 0 else _refused(symbol, mark))
                some = True
            if index is not None and (before is None or index != before.index):
                indexed(
                    symbol, index if index.is_finite() and index > 0 else _refused(symbol, index)
                )
                some = True
        if some:
            live.settled()
        return True

    def _rates(self, market: VenueMarket) -> bool:
        for asset in self.assets:
            told, before = market.rates.get(asset), self.rates.get(asset)
            if told is before:
                continue
            rate = rate_of(self.told, market, asset)
            if told is None or rate is None or rate.index is None:
                return False
            self.rates[asset] = told
            if self.given.get(asset) != rate:
                self.given[asset] = rate
                self.live.rate(asset, rate.index, bid=rate.bid, ask=rate.ask)
        return True


def _refused(symbol: str, price: Decimal) -> Decimal:
    """Raises InputError: the price is no number above 0."""
    return prices_of("marks", {symbol: price})[symbol]


class Ticking:
    """Accounts kept resolved; only what moved is worked out anew."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def __call__(
        self, name: str, told: Account, market: VenueMarket | None
    ) -> tuple[Account, Assessment]:
        """See `Judge`."""
        live = self._live(name, told, market)
        return merged(told, overlay(told, market)), live.assessment()

    def figures(
        self, name: str, told: Account, market: VenueMarket | None
    ) -> tuple[Status, list[Figures]]:
        """See `Judge`."""
        live = self._live(name, told, market)
        pools = [live[pool] for pool in live.pools]
        return live.status, [_read(each) for each in pools if each.status is not None]

    def _live(self, name: str, told: Account, market: VenueMarket | None) -> Live:
        kept = self._kept.pop(name, None)  # where anything fails, the next judgement begins anew
        moves = market is not None and (
            (kept is not None and kept.moves and kept.told is told) or _moves(told, market)
        )
        if kept is None or kept.told is not told or kept.moves is not moves:
            kept = _Kept(name, told, moves=moves)
        if market is not None and not kept.follow(market):
            kept = _Kept(name, told, moves=moves)
            kept.follow(market)
        self._kept[name] = kept
        return kept.live

    def forget(self, name: str) -> None:
        """Drop what is kept of an account."""
        self._kept.pop(name, None)


def _moves(told: Account, market: VenueMarket) -> bool:
    """Whether the venue's streams tell anything that is laid over the account."""
    laid = overlay(told, market)
    return bool(laid.mark or laid.rate)


def _read(pool: LivePool) -> Figures:
    """The figures of a pool that has a status, exact and of now."""
    assert pool.status is not None
    support, buffer = pool.support, pool.buffer
    needed = None if support is None or buffer is None else support - buffer
    return Figures(pool.id, pool.status, pool.margin_ratio, support, needed, buffer)
