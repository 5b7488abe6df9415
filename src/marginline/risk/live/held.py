"""The pools of a live account: resolved once, their marks those of now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, localcontext

from marginline.core.account.account import Account
from marginline.core.assessment.assess import Resolved, status_of
from marginline.core.assessment.assessment import Assessment
from marginline.core.assessment.bulk import filled
from marginline.core.assessment.figures import PoolFigures, Rules
from marginline.core.assessment.standard import STANDARD
from marginline.core.distance.band import WATCH_DISTANCE
from marginline.core.findings import AbsentError, Status
from marginline.core.measures import Measure
from marginline.core.numbers import CONTEXT
from marginline.core.pool.exposure import Exposure
from marginline.core.pool.pool import Kind, Pool
from marginline.risk.live.moving import Moving
from marginline.risk.live.sums import WIDE, Row, Sums, sums_of
from marginline.risk.live.watched import Watched
from marginline.venues import at
from marginline.venues.assessing import assess_resolved, clear_within
from marginline.venues.on_the_way import OnTheWay
from marginline.venues.plausible import blinding_of
from marginline.venues.reader.notes import untold
from marginline.venues.rulebook import Rulebook

_UP = 1 + 2 * WATCH_DISTANCE
_DOWN = 1 - 2 * WATCH_DISTANCE


class Held:
    """One pool: as resolved, with running sums where it has them, and its status of now.

    `bounds`: the sums where they alone can tell that all is well, no order fills on the way.
    """

    __slots__ = ("bounds", "plain_ratio", "pool", "status", "sums")

    def __init__(self, pool: Pool, sums: Sums | None, *, plain_ratio: bool) -> None:
        self.pool = pool
        self.sums = sums
        self.bounds: Sums | None = None
        self.plain_ratio = plain_ratio
        self.status: Status | None = None


class Pools:
    """What a rulebook made of an account, and which of it a mark reaches.

    `bound`: symbols whose price the rulebook made something else of than an exposure; they, and
    symbols that had no price, have to be resolved again. `firm`: all others. `figures`: of pools
    at the prices of now, by id; whoever moves a price empties them.
    """

    def __init__(self, moving: Moving) -> None:
        self.moving = moving
        account = moving.account()
        self.book: Rulebook = at(account.venue, account.mode, account.as_of)
        seen: set[str] = set()
        with localcontext(CONTEXT):
            resolved = self.book.resolve(moving.watched(seen))
        self.bound = seen | set(_kept(resolved))
        self.findings, self.lacks = resolved.findings, resolved.lacks
        blinding = blinding_of(account)
        self.blind = bool(blinding)
        self._untold = "positions" in untold(blinding)
        self.firm = frozenset(account.market.mark) - self.bound
        self.indexed = frozenset(account.market.index)
        self.resting = tuple(
            (order.instrument, order.price, order.side == "buy")
            for order in account.orders
            if order.price is not None
        )
        self.figures: dict[str, PoolFigures] = {}
        self.held = tuple(self._held(pool, account) for pool in resolved.pools)
        self.rows: dict[str, list[tuple[Row, Held]]] = {}
        self.lone: dict[str, tuple[Row, Held]] = {}
        self.loose: dict[str, list[Held]] = {}
        self._spread()
        with localcontext(WIDE):
            for held in self.held:
                held.status = self.status(held)
                if held.sums is not None and held.sums.still and not self.resting:
                    held.bounds = held.sums

    def _held(self, pool: Pool, account: Account) -> Held:
        plain = _at(pool, account.market.mark, account.market.index)
        rule = self.book.rules.pool[pool.kind].get(Measure.MARGIN_RATIO)
        standard = rule is not None and rule.compute is STANDARD[Measure.MARGIN_RATIO].compute
        with localcontext(WIDE):
            # What positions that nobody gave would change is not known: the assessment says so.
            whole = pool.kind is Kind.RISK_UNIT or (self._untold and pool.kind is not Kind.ISOLATED)
            sums = None if whole else sums_of(plain, self.book.rules)
        return Held(plain, sums, plain_ratio=standard)

    def _spread(self) -> None:
        """Look up once what each symbol moves."""
        self.rows.clear()
        self.loose.clear()
        for held in self.held:
            rows = held.sums.rows if held.sums is not None else ()
            for number, exposure in enumerate(held.pool.exposures):
                symbol = exposure.instrument.symbol
                if rows:
                    self.rows.setdefault(symbol, []).append((rows[number], held))
                elif held not in self.loose.setdefault(symbol, []):
                    self.loose[symbol].append(held)
        self.lone = {
            symbol: rows[0]
            for symbol, rows in self.rows.items()
            if len(rows) == 1 and symbol not in self.loose
        }

    def without_sums(self, held: Held) -> None:
        """A pool whose sums need what is missing: it is assessed from now on."""
        held.sums = held.bounds = None
        self._spread()

    # -- of now --------------------------------------------------------------------------------

    def pool(self, held: Held) -> Pool:
        """A pool at the marks of now."""
        moving = self.moving
        return _at(held.pool, moving.marks, moving.indexes)

    def status(self, held: Held) -> Status | None:
        """The status of a pool at the marks of now."""
        sums = held.sums
        if sums is None:
            if held.pool.kind is Kind.RISK_UNIT:
                return None
            found = self._searched(held)
        else:
            told = sums.status()
            if told is Status.HEALTHY and (not sums.calm() or (self.resting and self._fills())):
                told = None
            found = self._searched(held) if told is None else told
        return Status.worst((found, Status.UNKNOWN)) if self.blind else found

    def _figures_of(self, held: Held) -> PoolFigures:
        """The figures of a pool at the marks of now, for its status and for the assessment."""
        found = self.figures.get(held.pool.id)
        if found is None:
            found = filled(self.pool(held), self.book.rules)
            self.figures[held.pool.id] = found
        return found

    def _fills(self) -> bool:
        """Whether a limit order rests within the watch band, or is not known to rest outside."""
        for symbol, price, buys in self.resting:
            mark = self.moving.marks.get(symbol) or self.moving.given.market.mark.get(symbol)
            if mark is None or (price >= mark * _DOWN if buys else price <= mark * _UP):
                return True
        return False

    def _searched(self, held: Held) -> Status:
        """The status as an assessment finds it."""
        with localcontext(CONTEXT):
            figures = self._figures_of(held)
            found, _ = status_of(figures)
            if found is Status.UNKNOWN and (self.lacks or self.moving.given.reported is not None):
                return self.assessment().pool(held.pool.id).status or found
            if found is not Status.HEALTHY:
                return found
            account = self.moving.account() if self.resting else self.moving.given
            way = OnTheWay(account, self.book)
            try:
                clear = clear_within(figures, way, WATCH_DISTANCE)
            except AbsentError:
                return self.assessment().pool(held.pool.id).status or found
            sure = clear and not (way and way.unproven(figures, WATCH_DISTANCE))
        return found if sure else Status.WATCH

    def assessment(self) -> Assessment:
        """The whole assessment of now."""
        with localcontext(CONTEXT):
            found = {id(each.pool): each for each in map(self._figures_of, self.held)}
        pools = tuple(each.pool for each in found.values())

        def figures_of(pool: Pool, rules: Rules) -> PoolFigures:
            return found.get(id(pool)) or filled(pool, rules)

        resolved = Resolved(pools, self.findings, self.lacks)
        return assess_resolved(self.moving.account(), self.book, resolved, figures_of=figures_of)


def _at(pool: Pool, marks: Mapping[str, Decimal], indexes: Mapping[str, Decimal]) -> Pool:
    """A pool with these marks and indexes; what is in neither stands."""
    exposures = tuple(_moved(exposure, marks, indexes) for exposure in pool.exposures)
    return replace(pool, exposures=exposures)


def _moved(
    exposure: Exposure, marks: Mapping[str, Decimal], indexes: Mapping[str, Decimal]
) -> Exposure:
    symbol = exposure.instrument.symbol
    mark, index = marks.get(symbol), indexes.get(symbol)
    if mark is None and index is None:
        return exposure
    return exposure.priced(
        exposure.mark if mark is None else mark, exposure.index if index is None else index
    )


def _kept(resolved: Resolved) -> Iterator[str]:
    """Symbols whose price stands as it is somewhere else than as a mark or an index."""
    for pool in resolved.pools:
        for exposure in pool.exposures:
            terms = (exposure.entry_price, *exposure.own.values(), exposure.fees)
            for figure in (*terms, *(order.amount for order in pool.orders)):
                if isinstance(figure, Watched):
                    yield figure.symbol
