"""One account in the terminal: its figures, and why each is what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Static

from marginline.cli.live.sentences import said, way_back_of
from marginline.cli.live.terminal.client import Client
from marginline.cli.live.terminal.table import EVERY_S, Figures, Line
from marginline.cli.page.numbers import DOWN, HALF, UP, Style, places_of
from marginline.core.findings import Status
from marginline.core.measures import MEANINGS, Measure, Unit
from marginline.monitor.messages import AccountRow, PositionRow

STYLE = Style(exact=False)
MISSING = "?"
NARROW = 60
"""Below so many characters a figure's pool stands above it, not beside it."""


class Explained(Figures):
    """A row a figure."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter", "select_cursor", "Explain")]


class One(Screen[None]):
    """One account: its sentence, its figures; Enter on a figure explains it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("tab", "app.focus_next", "Switch"),
        ("escape", "app.pop_screen", "Back"),
    ]
    CSS = "#why { height: 1fr; padding: 0 1; } DataTable { height: 1fr; }"

    def __init__(self, client: Client, name: str) -> None:
        super().__init__()
        self.client, self.name_of_account = client, name
        self._lines: list[tuple[str, str | None]] = []
        self._explained = False

    def compose(self) -> ComposeResult:
        """Sentence, figures, and the explanation of the chosen one."""
        yield Static(id="say")
        yield Explained(cursor_type="row")
        with VerticalScroll(id="why"):
            yield Static(id="tree", markup=False)
        yield Footer()

    async def on_mount(self) -> None:
        """Ask for the account's pools, and paint them as they come."""
        await self.client.watch(self.name_of_account)
        self.paint()
        self.set_interval(EVERY_S, self.paint)

    def paint(self) -> None:
        """The figures of now."""
        if not self.query(Figures):  # it is being taken down
            return
        row = self.client.rows.accounts.get(self.name_of_account)
        self.query_one("#say", Static).update(self._sentence(row))
        table, narrow = self.query_one(Figures), self.app.size.width < NARROW
        heads = ["Figure", "Value"] if narrow else ["Figure", "Value", "Of"]
        told = [] if row is None else figures(row)
        lines, found = _beneath(told) if narrow else _beside(told)
        if self.client.rows.lost is not None:
            for each in found:
                each[1].stylize("dim")
        if not self._explained:
            hint = "Enter on a figure explains it." if lines else "No figure of it is known."
            self.query_one("#tree", Static).update(hint)
        rows = [Line(each) for each in found]
        table.show(table.fitted(rows, heads, 0) if narrow else rows, heads, lines)
        self._lines = lines

    def _sentence(self, row: AccountRow | None) -> Text:
        if row is None:
            return Text(f"{self.name_of_account} is not watched.", style="bold red")
        told = Text(f"{row.name} {said(row.sentence)}")
        if Status(row.status) is not Status.UNKNOWN:
            told.append(way_back_of(row), style="bold")
        lost = self.client.rows.lost
        if lost is None:
            return told
        return Text.assemble((f"{lost}{self.client.rows.since}. ", "bold red"), told)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Explain the figure; while the answer is waited for, every key works."""
        event.stop()
        if not 0 <= event.cursor_row < len(self._lines):
            return
        where, measure = self._lines[event.cursor_row]
        if measure is not None:
            self._explained = True
            self.run_worker(self._explain(where, measure), exclusive=True)

    async def _explain(self, where: str, measure: str) -> None:
        tree = self.query_one("#tree", Static)
        tree.update(f"Asking for {spoken(measure)} of {spoken_key(where)}.")
        tree.update("\n".join(await self.client.explanation(self.name_of_account, where, measure)))
        self.query_one("#why").scroll_home(animate=False)


_Told = list[tuple[str, str, str]]
_Laid = tuple[list[tuple[str, str | None]], list[list[Text]]]


def _beside(told: _Told) -> _Laid:
    """What each row is of, and its cells."""
    found = [[Text(spoken(m)), Text(v, justify="right"), Text(spoken_key(w))] for w, m, v in told]
    return [(where, measure) for where, measure, _ in told], found


def _beneath(told: _Told) -> _Laid:
    """The same for a narrow terminal: a pool or a position, and its figures below it."""
    lines: list[tuple[str, str | None]] = []
    found = []
    for where, measure, value in told:
        if not lines or lines[-1][0] != where:
            lines.append((where, None))
            found.append([Text(spoken_key(where), style="bold"), Text()])
        lines.append((where, measure))
        found.append([Text(spoken(measure)), Text(value, justify="right")])
    return lines, found


_Say = Callable[[Measure, Decimal], str]


def figures(row: AccountRow) -> list[tuple[str, str, str]]:
    """Every figure of an account's pools and of their positions: where, measure, value."""
    codes = _codes(row)
    found: list[tuple[str, str, str]] = []

    def add(
        where: str, told: Mapping[str, str | None], say: Callable[[Measure, Decimal], str]
    ) -> None:
        for measure, value in told.items():
            if value is None:
                shown = _ABSENT.get(codes.get((where, measure), ""), MISSING)
            else:
                shown = say(Measure(measure), Decimal(value))
            found.append((where, measure, shown))

    for pool in row.pools or ():
        add(pool.id, pool.measures, partial(_amount, pool.asset))
        for each in pool.positions:
            add(each.key, each.measures, partial(_of_position, pool.asset, each))
    return found


def absence(row: AccountRow, where: str, measure: str) -> str:
    """How it is written that a figure is not there."""
    return _ABSENT.get(_codes(row).get((where, measure), ""), MISSING)


def _codes(row: AccountRow) -> dict[tuple[str, str | None], str]:
    return {(each.where, each.measure): each.code for each in row.reasons}


_ABSENT = {"NOT_APPLICABLE": "–", "UNSUPPORTED": "n/s"}


def _of_position(asset: str, row: PositionRow, measure: Measure, value: Decimal) -> str:
    if MEANINGS[measure].unit is not Unit.PRICE:
        return _amount(asset, measure, value)
    places = _PLACES if row.tick_size is None else places_of(Decimal(row.tick_size))
    ends = measure.value.startswith("liquidation_price") and row.mark is not None
    towards_mark = UP if value < Decimal(row.mark or 0) else DOWN
    return STYLE.price(value, places, towards_mark if ends else HALF)


def _amount(asset: str, measure: Measure, value: Decimal) -> str:
    """A figure in the digits that it is read with; what may be spent is never rounded up."""
    if measure is Measure.EFFECTIVE_LEVERAGE:
        return STYLE.times(value)
    unit = MEANINGS[measure].unit
    if unit is Unit.FRACTION:
        return STYLE.percent(value, (Decimal(1),), 2)
    if unit is not Unit.ASSET:
        return STYLE.figure(value)
    spendable = measure in (Measure.AVAILABLE_BALANCE, Measure.WITHDRAWABLE_BALANCE)
    return STYLE.amount(value, asset, DOWN if spendable else HALF)


_PLACES = 8  # of a price whose tick is not told


def spoken(measure: str) -> str:
    """A measure as it is read: unrealized P&L."""
    return measure.replace("_", " ").replace("pnl", "P&L").replace("adl", "ADL")


def spoken_key(key: str) -> str:
    """A position or a pool as it is read: BTCUSDT, ETHUSDT long."""
    return key.replace("/both", "").replace("/", " ")
