"""Before, after, difference: the figures of an account that a change moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from marginline.cli.page.numbers import DOWN, UP, Style
from marginline.cli.page.page import Cell, Page, data, left
from marginline.cli.page.pool import NAMES
from marginline.cli.page.positions import end_measure, liquidates, price_places
from marginline.cli.page.reasons import lines_of, position_name
from marginline.cli.page.words import STATUS_STYLE, status_word
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import Gap
from marginline.core.measures import Measure as M
from marginline.core.numbers import ONE, ZERO
from marginline.core.pool.exposure import known

POOL_ROWS = (
    M.WALLET_BALANCE, M.UNREALIZED_PNL, M.MARGIN_BALANCE, M.INITIAL_MARGIN, M.MAINTENANCE_MARGIN,
    M.MARGIN_RATIO, M.BUFFER, M.AVAILABLE_BALANCE, M.WITHDRAWABLE_BALANCE, M.EFFECTIVE_LEVERAGE,
)  # fmt: skip
_LAST_DIGITS = Decimal("1e-20")
_TENTH = Decimal("0.001")  # of a percent
Row = tuple[Cell, ...]
NONE = Cell("–", "dim")


def write_statuses(page: Page, before: Assessment, after: Assessment) -> None:
    """The status before and after, in one line."""
    words = [(status_word(a.status), STATUS_STYLE[a.status]) for a in (before, after)]
    page.line(words[0], " → ", words[1])


def write_comparison(page: Page, before: Assessment, after: Assessment) -> None:
    """Every pool in which a figure moves, with the positions whose prices move."""
    pools = list(dict.fromkeys(p.id for a in (before, after) for p in a.pools))
    for name in pools:
        pair = tuple(_pool(assessment, name) for assessment in (before, after))
        rows = [row for measure in POOL_ROWS if (row := _pool_row(page.style, pair, measure))]
        rows += list(_position_rows(page.style, pair))
        if not rows:
            continue
        page.blank()
        head = (left(data(name), "bold"), *(Cell(t, "dim") for t in ("before", "after", "change")))
        page.table([head, *rows])


def moved(before: Assessment, after: Assessment) -> bool:
    """Whether any figure of any pool is another one."""
    return {p.id: p.measures for p in before.pools} != {p.id: p.measures for p in after.pools}


def _pool(assessment: Assessment, name: str) -> PoolAssessment | None:
    return next((pool for pool in assessment.pools if pool.id == name), None)


def _pool_row(style: Style, pair: Sequence[PoolAssessment | None], measure: M) -> Row | None:
    values = [None if pool is None else pool.measures.get(measure) for pool in pair]
    if _alike(style, *values):
        return None
    some = next(pool for pool in pair if pool is not None)
    title = left("ratio" if measure is M.MARGIN_RATIO else NAMES[measure])
    cells = [NONE if v is None else Cell(_figure(style, some, measure, v)) for v in values]
    return (title, *cells, _change(style, some, measure, values))


def _alike(style: Style, before: Decimal | None, after: Decimal | None) -> bool:
    """Whether two figures are one to a reader: equal, or apart by the last of 34 digits only."""
    if before is None or after is None or style.exact:
        return before == after
    return abs(after - before) <= _LAST_DIGITS * max(abs(before), abs(after), ONE)


def _figure(style: Style, pool: PoolAssessment, measure: M, value: Decimal) -> str:
    if measure is M.MARGIN_RATIO:
        return style.percent(value, lines_of(pool))
    if measure is M.EFFECTIVE_LEVERAGE:
        return style.times(value)
    rounding = (
        DOWN if measure in (M.AVAILABLE_BALANCE, M.WITHDRAWABLE_BALANCE) else "ROUND_HALF_EVEN"
    )
    return style.amount(value, pool.asset, rounding)


def _change(
    style: Style, pool: PoolAssessment, measure: M, values: Sequence[Decimal | None]
) -> Cell:
    before, after = values
    if before is None or after is None:
        return NONE
    change = after - before
    sign = "+" if change > 0 else ""
    if measure is M.MARGIN_RATIO:
        places = 1 if abs(change) >= _TENTH else 2
        return Cell(sign + style.percent(change, places=places).replace("%", "pp"))
    if measure is M.EFFECTIVE_LEVERAGE:
        return Cell(sign + style.times(change))
    return Cell(style.amount(change, pool.asset, sign=True))


def _position_rows(style: Style, pair: Sequence[PoolAssessment | None]) -> Iterator[Row]:
    """Sizes and the prices at which the venue acts, of positions where they move."""
    sides = [{} if p is None else {f.exposure.key: f for f in p.figures.positions} for p in pair]
    for key in dict.fromkeys([*sides[0], *sides[1]]):
        both = [side.get(key) for side in sides]
        some = next(figures for figures in both if figures is not None)
        sizes = [ZERO if f is None else f.exposure.size for f in both]
        if not _alike(style, *sizes):
            cells = [Cell(style.size(size)) for size in sizes]
            yield left(f"{position_name(some)} size"), *cells, Cell(_signed(style, sizes))
        ends = [None if f is None else _end(f, p) for f, p in zip(both, pair, strict=True)]
        if not _alike(style, *ends):
            yield _end_row(style, some, ends, both)


def _signed(style: Style, sizes: Sequence[Decimal]) -> str:
    change = sizes[1] - sizes[0]
    return ("+" if change > 0 else "") + style.size(change)


def _end(figures: PositionFigures, pool: PoolAssessment | None) -> Decimal | None:
    assert pool is not None
    return known(figures.figure(end_measure(pool)))


def _end_row(
    style: Style,
    some: PositionFigures,
    ends: Sequence[Decimal | None],
    both: Sequence[PositionFigures | None],
) -> Row:
    places = price_places(some)
    cells = [
        NONE if end is None or figures is None else Cell(_price(style, end, figures, places))
        for end, figures in zip(ends, both, strict=True)
    ]
    change = NONE
    if ends[0] is not None and ends[1] is not None:
        difference = ends[1] - ends[0]
        sign = "+" if difference > 0 else ""
        change = Cell(sign + style.price(difference, places))
    return (
        left(f"{position_name(some)} {'liquidation' if liquidates(some) else 'margin call'}"),
        *cells,
        change,
    )


def _price(style: Style, end: Decimal, figures: PositionFigures, places: int) -> str:
    mark = figures.exposure.mark
    above = not isinstance(mark, Gap) and end > mark
    return style.price(end, places, DOWN if above else UP)
