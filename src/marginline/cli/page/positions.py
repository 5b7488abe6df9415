"""The positions of a pool on the page: one line each where there is room, else two, else a list."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from marginline.cli.page.numbers import DOWN, UP, Style, places_of
from marginline.cli.page.page import Cell, Page, left
from marginline.cli.page.pool import approximate, null_of
from marginline.cli.page.reasons import position_name
from marginline.core.assessment.assessment import PoolAssessment, PositionAssessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import Gap
from marginline.core.measures import Measure as M
from marginline.core.measures import Unit

Row = Sequence[Cell]
PLACES_MAX = 10
PRICES = {
    M.NOTIONAL, M.UNREALIZED_PNL, M.LIQUIDATION_PRICE, M.CALL_PRICE, M.BANKRUPTCY_PRICE, M.TIER,
}  # fmt: skip


def write_positions(page: Page, pool: PoolAssessment) -> None:
    """Every position of a pool: size, prices, value, P&L, leverage, how far liquidation is."""
    if not pool.positions:
        return
    rows = [_Position(page.style, pool, *pair) for pair in _pairs(pool)]
    titles = _titles(pool)
    for layout, gap in ((_one_line, 2), (_one_line, 1), (_two_lines, 2), (_two_lines, 1)):
        table = layout(rows, titles)
        if page.fits(table, gap=gap):
            page.table(table, gap=gap)
            return
    _write_list(page, rows, titles)


def _pairs(pool: PoolAssessment) -> list[tuple[PositionAssessment, PositionFigures]]:
    return list(zip(pool.positions, pool.figures.positions, strict=True))


def end_measure(pool: PoolAssessment) -> M:
    """The price at which the venue acts: of liquidation, or of a margin call."""
    return M.LIQUIDATION_PRICE if pool.figures.pool.trigger.liquidates else M.CALL_PRICE


def liquidates(position: PositionFigures) -> bool:
    """Whether the venue liquidates this position's pool; otherwise it calls for margin."""
    return position.pool.pool.trigger.liquidates


def _titles(pool: PoolAssessment) -> list[str]:
    end = "liquidation" if end_measure(pool) is M.LIQUIDATION_PRICE else "margin call"
    first = ["size", "entry", "mark", "notional", "P&L"]
    return [*first, "leverage", end, "distance", "bankruptcy", "tier"]


class _Position:
    """The cells of one position, in the order of the titles."""

    def __init__(
        self,
        style: Style,
        pool: PoolAssessment,
        position: PositionAssessment,
        figures: PositionFigures,
    ) -> None:
        self.style, self.pool, self.position = style, pool, position
        self.exposure = figures.exposure
        self.places = price_places(figures)
        self.name = position_name(figures)

    @property
    def cells(self) -> list[Cell]:
        """Every figure of the row."""
        asset = self.exposure.asset
        return [
            Cell(self.style.size(self.exposure.size)),
            self._price_of(self.exposure.entry_price),
            self._price_of(self.exposure.mark),
            self._amount(M.NOTIONAL, asset),
            self._amount(M.UNREALIZED_PNL, asset),
            self._leverage(),
            self._end(),
            self._distance(),
            self._price(M.BANKRUPTCY_PRICE),
            self._plain(M.TIER),
        ]

    def _null(self, measure: M) -> Cell:
        def text(number: Decimal, rounding: str) -> str:
            unit = measure.meaning.unit
            if unit is Unit.ASSET:
                return self.style.amount(number, self.exposure.asset, rounding)
            if unit is Unit.PRICE:
                return self.style.price(number, self.places, rounding)
            return self.style.size(number)

        return Cell(null_of(self.pool, self.position.key, measure, text), "dim")

    def _amount(self, measure: M, asset: str) -> Cell:
        value = self.position.measures.get(measure)
        if value is None:
            return self._null(measure)
        return Cell(self.style.amount(value, asset), "red" if value < 0 else "")

    def _plain(self, measure: M) -> Cell:
        value = self.position.measures.get(measure)
        return self._null(measure) if value is None else Cell(self.style.size(value))

    def _price_of(self, figure: Decimal | Gap) -> Cell:
        if isinstance(figure, Gap):
            return Cell("?", "dim")
        return Cell(self.style.price(figure, self.places))

    def _price(self, measure: M, rounding: str = "ROUND_HALF_EVEN") -> Cell:
        value = self.position.measures.get(measure)
        if value is None:
            return self._null(measure)
        return Cell(self.style.price(value, self.places, rounding))

    def _leverage(self) -> Cell:
        leverage = self.exposure.leverage
        return Cell("–", "dim") if leverage is None else Cell(self.style.times(leverage))

    def _end(self) -> Cell:
        measure = end_measure(self.pool)
        value, mark = self.position.measures.get(measure), self.exposure.mark
        if value is None or isinstance(mark, Gap):
            return self._null(measure)
        cell = self._price(measure, UP if value < mark else DOWN)
        about = approximate(self.pool, measure)
        return Cell("~" + cell.text if about else cell.text, "bold")

    def _distance(self) -> Cell:
        measure, mark = end_measure(self.pool), self.exposure.mark
        end = self.position.measures.get(measure)
        if isinstance(mark, Gap):
            return Cell(null_of(self.pool, self.position.key, measure), "dim")
        if end is not None:
            return Cell(self.style.distance((end - mark) / mark))

        def text(price: Decimal, _: str) -> str:
            return self.style.distance((price - mark) / mark)

        return Cell(null_of(self.pool, self.position.key, measure, text), "dim")


def price_places(figures: PositionFigures) -> int:
    """Decimal places of an instrument's prices: of its tick, else as its mark is written."""
    tick, mark = figures.exposure.instrument.tick_size, figures.exposure.mark
    if tick is not None:
        return min(places_of(tick), PLACES_MAX)
    return 2 if isinstance(mark, Gap) else min(max(places_of(mark), 2), PLACES_MAX)


def _one_line(rows: Sequence[_Position], titles: Sequence[str]) -> list[Row]:
    head = [left("position", "dim"), *(Cell(title, "dim") for title in titles)]
    return [head, *([left(row.name, "bold"), *row.cells] for row in rows)]


def _two_lines(rows: Sequence[_Position], titles: Sequence[str]) -> list[Row]:
    half = len(titles) // 2
    table: list[Row] = [
        [left("position", "dim"), *(Cell(title, "dim") for title in titles[:half])],
        [left(""), *(Cell(title, "dim") for title in titles[half:])],
    ]
    for row in rows:
        table.append([left(row.name, "bold"), *row.cells[:half]])
        table.append([left(""), *row.cells[half:]])
    return table


def _write_list(page: Page, rows: Sequence[_Position], titles: Sequence[str]) -> None:
    for row in rows:
        page.line((row.name, "bold"), indent=2)
        pairs = zip(titles, row.cells, strict=True)
        page.table([(left(title, "dim"), cell) for title, cell in pairs], indent=4)
