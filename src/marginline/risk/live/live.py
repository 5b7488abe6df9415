"""One account that lives: marks and rates move it, every figure is that of a fresh assessment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.account.market import AssetRate
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.findings import AbsentError, Gap, Status
from marginline.core.measures import Measure
from marginline.core.numbers import exactly
from marginline.core.solver.safe_range import SafeRange
from marginline.risk.inputs import Number, wrong
from marginline.risk.live.moving import Moving, prices_of
from marginline.venues.assessing import assess


@dataclass(frozen=True, slots=True)
class Change:
    """A pool whose status is another than before; None where the pool was or is not there."""

    account: str
    pool: str
    before: Status | None
    after: Status | None


class LivePool:
    """One pool of a live account, its figures exact and of now; in the pool's asset.

    Every measure of the pool's assessment can be read as an attribute; None where there is none
    (a finding of `assessment` says why).
    """

    __slots__ = ("_live", "id")

    def __init__(self, live: Live, name: str) -> None:
        self.id = name
        self._live = live

    @property
    def assessment(self) -> PoolAssessment:
        """The pool of the whole assessment of now."""
        return self._live.assessment().pool(self.id)

    @property
    def status(self) -> Status | None:
        """How near forced action is; None for a risk unit, which has none."""
        return self.assessment.status

    @property
    def support(self) -> Decimal | None:
        """What stands against the requirement: margin balance less what the venue takes off."""
        return _figure(self.assessment, Measure.SUPPORT)

    @property
    def requirement(self) -> Decimal | None:
        """What the support must exceed: level * maintenance margin + closing fee."""
        support, buffer = self.support, _figure(self.assessment, Measure.BUFFER)
        return None if support is None or buffer is None else support - buffer

    def __getattr__(self, name: str) -> Decimal | None:
        if name.startswith("_"):
            raise AttributeError(name)
        found: Decimal | None = getattr(self.assessment, name)
        return found


def _figure(pool: PoolAssessment, measure: Measure) -> Decimal | None:
    found = pool.figures.figure(measure)
    return None if isinstance(found, Gap) else found


class Live:
    """An account resolved once and moved by ticks.

    `live["USDT"]` is a pool by its id. At every moment `live.assessment()` equals
    `assess(live.account())`, as whole documents.

    Raises:
        RulebookError: no rulebook covers the account's venue, mode and moment.
        DocumentError: the account contradicts what its venue allows.
    """

    def __init__(self, account: Account, *, name: str = "") -> None:
        self.name = name or account.name or ""
        self._moving = Moving(account)
        self._assessment: Assessment | None = None
        self._statuses = self._now()

    @property
    def symbols(self) -> frozenset[str]:
        """The instruments whose marks it takes in: those held, ordered, or priced already."""
        return self._moving.symbols

    @property
    def assets(self) -> frozenset[str]:
        """The assets whose rates it takes in."""
        return self._moving.assets

    # -- what moves it -------------------------------------------------------------------------

    def tick(
        self, marks: Mapping[str, Number], *, index: Mapping[str, Number] | None = None
    ) -> tuple[Change, ...]:
        """New marks (and index prices) by symbol; the pools whose status changed.

        A price of what the account does not hold is left aside.

        Raises:
            InputError: a price that is no exact number above 0; nothing has moved then.
        """
        known = self._moving.symbols
        fresh = prices_of("marks", {s: p for s, p in marks.items() if s in known})
        other = prices_of("index", {s: p for s, p in (index or {}).items() if s in known})
        self._moving.marks.update(fresh)
        self._moving.indexes.update(other)
        return self._changed() if fresh or other else ()

    def rate(
        self, asset: str, index: Number, *, bid: Number | None = None, ask: Number | None = None
    ) -> tuple[Change, ...]:
        """A new rate of an asset in the valuation asset; bid and ask follow in ratio if not given.

        Raises:
            InputError: a rate that is no exact number above 0, a bid above the ask.
        """
        if asset not in self._moving.assets:
            return ()
        self._moving.rates[asset] = self._rate(asset, index, bid, ask)
        return self._changed()

    @exactly
    def _rate(self, asset: str, index: Number, bid: Number | None, ask: Number | None) -> AssetRate:
        sides = {"index": index} | {
            side: price for side, price in (("bid", bid), ("ask", ask)) if price is not None
        }
        given = prices_of(f"rates.{asset}", sides)
        before = self._moving.rates.get(asset) or self._moving.given.market.asset_rate.get(asset)
        for side in ("bid", "ask"):
            was = None if before is None else getattr(before, side)
            if side not in given and was is not None and before is not None and before.index:
                given[side] = was * given["index"] / before.index
        if "bid" in given and "ask" in given and given["bid"] > given["ask"]:
            where, remedy = f"rates.{asset}.bid", "mend whichever is wrong"
            raise wrong(where, str(given["bid"]), f"is above the ask {given['ask']}", remedy)
        return AssetRate(index=given["index"], bid=given.get("bid"), ask=given.get("ask"))

    def update(self, account: Account) -> tuple[Change, ...]:
        """The account after a fill, a transfer, a setting, new tiers: what changed is resolved.

        Its own prices hold from now on, not those that ticks brought before.

        Raises:
            RulebookError: as for a new account; the live one stands as it was then.
            DocumentError: likewise.
        """
        before = self._moving, self._assessment
        self._moving, self._assessment = Moving(account), None
        try:
            return self._changed()
        except Exception:
            self._moving, self._assessment = before
            raise

    def _changed(self) -> tuple[Change, ...]:
        self._assessment = None
        before, self._statuses = self._statuses, self._now()
        after = self._statuses
        return tuple(
            Change(self.name, pool, before.get(pool), after.get(pool))
            for pool in {**before, **after}
            if before.get(pool) is not after.get(pool)
        )

    def _now(self) -> dict[str, Status | None]:
        return {pool.id: pool.status for pool in self.assessment().pools}

    # -- what is read --------------------------------------------------------------------------

    def account(self) -> Account:
        """The account as it stands now: as last given, with the prices of now."""
        return self._moving.account()

    def assessment(self) -> Assessment:
        """The whole assessment of now, equal to that of `account()`."""
        if self._assessment is None:
            self._assessment = assess(self.account())
        return self._assessment

    @property
    def status(self) -> Status:
        """The gravest status of the account's pools."""
        return self.assessment().status

    @property
    def pools(self) -> tuple[str, ...]:
        """The ids of the pools, as `live[...]` takes them."""
        return tuple(self._statuses)

    def __getitem__(self, pool: str) -> LivePool:
        if pool not in self._statuses:
            names = ", ".join(self._statuses) or "none"
            raise KeyError(f"no pool {pool!r}; there is: {names}")
        return LivePool(self, pool)

    @exactly
    def price(self, symbol: str, pool: str | None = None) -> SafeRange | Gap:
        """The range of prices of one instrument at which its pool stands, all else as it is now.

        Exact, by the pool's terms. A gap says what is missing where it cannot be known. `pool`
        names one of several that hold the instrument.

        Raises:
            InputError: no pool, or more than one, holds the instrument.
        """
        figures = [
            held.figures
            for held in self.assessment().pools
            if pool in (None, held.id)
            and any(position.instrument == symbol for position in held.positions)
        ]
        if len(figures) != 1:
            names = ", ".join(each.name for each in figures)
            told = f"several pools hold it: {names}" if names else "no pool holds it"
            raise wrong("symbol", symbol, told, f"name one of: {names or ', '.join(self.pools)}")
        try:
            return figures[0].safe_range(symbol)
        except AbsentError as absent:
            return absent.gap


def live(account: Account) -> Live:
    """An account made live: `tick` it with marks, read any figure, exact at every moment.

    Raises:
        RulebookError: no rulebook covers the account's venue, mode and moment.
        DocumentError: the account contradicts what its venue allows.
    """
    return Live(account)
