"""One account that lives: marks and rates move it, every figure is that of a fresh assessment."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, getcontext, setcontext

from marginline.core.account.account import Account
from marginline.core.account.market import AssetRate
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.findings import AbsentError, Gap, Status
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import CONTEXT, ONE, exactly
from marginline.core.pool.exposure import known
from marginline.core.solver.safe_range import SafeRange, range_by_slopes, safe_range
from marginline.core.solver.standing import Standing
from marginline.core.unified import own_name
from marginline.risk.inputs import Number, wrong
from marginline.risk.live.held import Held, Pools
from marginline.risk.live.moving import Moving, prices_of
from marginline.risk.live.sums import WIDE

_HEALTHY = Status.HEALTHY  # looked up at every tick


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

    __slots__ = ("_held", "_live", "id")

    def __init__(self, live: Live, held: Held) -> None:
        self.id = held.pool.id
        self._live = live
        self._held = held

    @property
    def assessment(self) -> PoolAssessment:
        """The pool of the whole assessment of now."""
        return self._live.assessment().pool(self.id)

    @property
    def status(self) -> Status | None:
        """How near forced action is; None for a risk unit, which has none."""
        return self._held.status

    @property
    def support(self) -> Decimal | None:
        """What stands against the requirement: margin balance less what the venue takes off."""
        sums = self._held.sums
        if sums is None:
            return _figure(self.assessment, Measure.SUPPORT)
        return CONTEXT.plus(sums.support)

    @property
    def requirement(self) -> Decimal | None:
        """What the support must exceed: level * maintenance margin + closing fee."""
        sums = self._held.sums
        if sums is not None:
            return CONTEXT.plus(sums.required)
        support, buffer = self.support, _figure(self.assessment, Measure.BUFFER)
        return None if support is None or buffer is None else CONTEXT.subtract(support, buffer)

    @property
    def buffer(self) -> Decimal | None:
        """Support less requirement: what may be lost before forced action."""
        sums = self._held.sums
        if sums is None:
            return _figure(self.assessment, Measure.BUFFER)
        return CONTEXT.subtract(sums.support, sums.required)

    @property
    def margin_ratio(self) -> Decimal | None:
        """Requirement over support: the line is at 1. None where there is no positive support."""
        sums = self._held.sums
        if sums is None or not self._held.plain_ratio:
            return _figure(self.assessment, Measure.MARGIN_RATIO)
        return CONTEXT.divide(sums.required, sums.support) if sums.support > 0 else None

    def __getattr__(self, name: str) -> Decimal | None:
        if name.startswith("_"):
            raise AttributeError(name)
        found: Decimal | None = getattr(self.assessment, name)
        return found


def _figure(pool: PoolAssessment, measure: Measure) -> Decimal | None:
    if measure in pool.measures:  # null, too: what nobody told is known to the assessment alone
        return pool.measures[measure]
    return known(pool.figures.figure(measure))


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
        self._pools = Pools(self._moving)
        self._assessment: Assessment | None = None
        self._touched: list[Held] = []
        self._stale = False

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
        symbols = self._moving.symbols
        if symbols.issuperset(marks):
            fresh = prices_of("marks", marks)
        else:  # unified symbols, and what is not held
            account = self._moving.given
            named = {own_name(account, symbol): price for symbol, price in marks.items()}
            prices = prices_of("marks", named)
            fresh = {symbol: price for symbol, price in prices.items() if symbol in symbols}
        other = prices_of("index", index) if index else None
        before = getcontext()
        setcontext(WIDE)
        try:
            for symbol, price in fresh.items():
                self.moved(symbol, price)
            if other:
                for symbol, price in other.items():
                    if symbol in symbols:
                        self.indexed(symbol, price)
            return self.settled()
        finally:
            setcontext(before)

    def moved(self, symbol: str, mark: Decimal) -> None:
        """Take in one mark, at 60 digits. For groups: `settled` judges what was touched."""
        self._moving.marks[symbol] = mark
        pools, touched = self._pools, self._touched
        if symbol not in pools.firm:
            self._stale = True
            return
        for row, held in pools.rows.get(symbol, ()):
            t = ONE / mark if row.inverse else mark
            change, sums, lift = t - row.t, held.sums, row.lift
            assert sums is not None
            if row.low < t <= row.high:
                sums.required += row.per * change
            else:
                row.cross(t, sums)
            row.t = t
            if lift is not None:
                sums.support += lift * change
            else:
                try:
                    sums.bend(row.asset, row.steep * change)
                except AbsentError:
                    self._stale = True
            if held not in touched:
                touched.append(held)
        if not pools.loose:
            return
        for held in pools.loose.get(symbol, ()):
            if held not in touched:
                touched.append(held)

    def indexed(self, symbol: str, index: Decimal) -> None:
        """Take in one index price."""
        self._moving.indexes[symbol] = index
        pools, touched = self._pools, self._touched
        if pools.loose:
            touched += [held for held in pools.loose.get(symbol, ()) if held not in touched]
        self._assessment = None
        if symbol in pools.bound or symbol not in pools.indexed:
            self._stale = True

    def settled(self) -> tuple[Change, ...]:
        """Judge the pools that were touched; those whose status changed."""
        self._assessment = None
        if self._pools.figures:
            self._pools.figures.clear()
        touched, self._touched = self._touched, []
        if self._stale:
            return self._resolved()
        changes: tuple[Change, ...] = ()
        for held in touched:
            if held.status is _HEALTHY and held.bounds is not None and held.bounds.clear():
                continue
            status = self._pools.status(held)
            if status is not held.status:
                changes += (Change(self.name, held.pool.id, held.status, status),)
                held.status = status
        return changes

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
        return self._resolved()

    @exactly
    def _rate(self, asset: str, index: Number, bid: Number | None, ask: Number | None) -> AssetRate:
        sides = {"index": index} | {
            side: price for side, price in (("bid", bid), ("ask", ask)) if price is not None
        }
        given = dict(prices_of(f"rates.{asset}", sides))
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
        before = self._moving
        self._moving = Moving(account)
        try:
            return self._resolved()
        except Exception:
            self._moving = before
            raise

    def _resolved(self) -> tuple[Change, ...]:
        """Make pools of the account anew; those whose status changed, came or went."""
        made = Pools(Moving.again(self._moving))
        before = {held.pool.id: held.status for held in self._pools.held}
        after = {held.pool.id: held.status for held in made.held}
        self._moving, self._pools, self._assessment = made.moving, made, None
        self._touched, self._stale = [], False
        return tuple(
            Change(self.name, pool, before.get(pool), after.get(pool))
            for pool in {**before, **after}
            if before.get(pool) is not after.get(pool)
        )

    # -- what is read --------------------------------------------------------------------------

    def account(self) -> Account:
        """The account as it stands now: as last given, with the prices of now."""
        return self._moving.account()

    def assessment(self) -> Assessment:
        """The whole assessment of now, equal to that of `account()`."""
        if self._assessment is None:
            self._assessment = self._pools.assessment()
        return self._assessment

    @property
    def status(self) -> Status:
        """The gravest status of the account's pools."""
        found = Status.worst(held.status for held in self._pools.held if held.status is not None)
        return Status.worst((found, Status.UNKNOWN)) if self._pools.blind else found

    @property
    def pools(self) -> tuple[str, ...]:
        """The ids of the pools, as `live[...]` takes them."""
        return tuple(held.pool.id for held in self._pools.held)

    def __getitem__(self, pool: str) -> LivePool:
        for held in self._pools.held:
            if held.pool.id == pool:
                return LivePool(self, held)
        raise KeyError(f"no pool {pool!r}; there is: {', '.join(self.pools) or 'none'}")

    def price(self, symbol: str, pool: str | None = None) -> SafeRange | Gap:
        """The range of prices of one instrument at which its pool stands, all else as it is now.

        Exact, by the pool's terms. A gap says what is missing where it cannot be known. `pool`
        names one of several that hold the instrument.

        Raises:
            InputError: no pool, or more than one, holds the instrument.
        """
        lone = self._pools.lone.get(symbol)
        if lone is None and "/" in symbol:
            symbol = own_name(self._moving.given, symbol)
            lone = self._pools.lone.get(symbol)
        if lone is not None and (pool is None or pool == lone[1].pool.id):
            row, held = lone
            ends = None if held.sums is None else row.safe_range(held.sums)
            if ends is not None:
                return ends
        return self._searched(symbol, pool)

    @exactly
    def _searched(self, symbol: str, pool: str | None) -> SafeRange | Gap:
        found = [
            held
            for held in self._pools.held
            if pool in (None, held.pool.id)
            and any(e.instrument.symbol == symbol for e in held.pool.exposures)
        ]
        if len(found) != 1:
            names = ", ".join(held.pool.id for held in found)
            told = f"several pools hold it: {names}" if names else "no pool holds it"
            raise wrong("symbol", symbol, told, f"name one of: {names or ', '.join(self.pools)}")
        rows = [row for row, held in self._pools.rows.get(symbol, ()) if held is found[0]]
        mark = self._moving.mark(symbol)
        line = found[0].sums.line(rows) if rows and found[0].sums is not None else None
        try:
            if line is not None and mark is not None:
                ends = range_by_slopes(
                    line, mark, sum(row.side for row in rows), inverse=rows[0].inverse
                )
                if ends is not None:
                    return ends
            return safe_range(Standing(self._pools.pool(found[0])), symbol)
        except AbsentError as absent:
            return absent.gap


def live(account: Account) -> Live:
    """An account made live: `tick` it with marks, read any figure, exact at every moment.

    Raises:
        RulebookError: no rulebook covers the account's venue, mode and moment.
        DocumentError: the account contradicts what its venue allows.
    """
    return Live(account)
