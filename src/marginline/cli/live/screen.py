"""`marginline top`: the accounts of a monitor in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.coordinate import Coordinate
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Input, Static

from marginline.cli.live.client import Client
from marginline.cli.live.sentences import said
from marginline.cli.page.numbers import DOWN, HALF, UP, Style, places_of
from marginline.cli.page.words import STATUS_STYLE, counted
from marginline.core.findings import Status
from marginline.core.measures import MEANINGS, Measure, Unit
from marginline.monitor.alerts.sentences import way_back
from marginline.monitor.messages import AccountRow, PositionRow

STYLE = Style(exact=False)
_ROOMY = 76
COLUMNS = (
    ("Status", 0), ("Account", 0), ("Venue", 100), ("Uses", 0), ("Line at", 0), ("Buffer", 0),
    ("", 0), ("Age s", _ROOMY),
)  # fmt: skip
"""What stands in the table, and from how many characters of width on."""
MISSING = "?"
EVERY_S = 0.25
"""Figures are painted anew four times a second, cells and not rows."""


def _status(row: AccountRow) -> Status:
    return Status(row.status)


def _near(row: AccountRow) -> Decimal:
    return abs(Decimal(row.nearest.move)) if row.nearest is not None else Decimal("Infinity")


NEAREST = "nearest to the line"
ORDERS: dict[str, Callable[[AccountRow], tuple[object, ...]]] = {
    NEAREST: lambda row: (-_status(row).rank, _near(row), row.name),
    "name": lambda row: (row.name,),
    "support in use": lambda row: (-Decimal(row.ratio or 0), row.name),
}
"""Ways to sort; the first is the usual one."""


def cells(row: AccountRow, width: int) -> list[Text]:
    """One account as cells for so wide a terminal; what is not known is `?`, and what it was."""
    status = _status(row)
    was = (None, None) if row.last is None else (row.last.ratio, row.last.buffer)
    uses = _known(row.ratio, lambda v: STYLE.percent(v, (Decimal(1),)), was[0])
    near = MISSING if row.nearest is None else STYLE.distance(Decimal(row.nearest.move))
    if row.nearest is None and status is not Status.UNKNOWN:
        near = "–"
    asset = row.asset or ""
    # of an unknown account no pool names its asset; a buffer is read in cents all the same
    buffer = _known(row.buffer, lambda v: STYLE.amount(v, asset or "USD"), was[1])
    age = MISSING if row.ages.oldest is None else f"{Decimal(row.ages.oldest):.0f}"
    venue = row.venue + (f", {row.mode}" if row.mode else "")
    word = status.value.replace("_", " ").capitalize()
    if row.liquidated_at is not None and width >= _ROOMY:
        word += f", liquidated {row.liquidated_at[11:16]}"
    found = (
        Text(word, style=STATUS_STYLE[status]),
        Text(row.name),
        Text(venue, style="dim"),
        *(Text(text, justify="right") for text in (uses, near, buffer)),
        Text(asset, style="dim"),
        Text(age, justify="right", style="dim"),
    )
    return [cell for cell, (_, least) in zip(found, COLUMNS, strict=True) if width >= least]


def titles(width: int) -> list[str]:
    """The columns of a terminal so wide."""
    return [title for title, least in COLUMNS if width >= least]


def _known(value: str | None, shown: Callable[[Decimal], str], last: str | None) -> str:
    if value is not None:
        return shown(Decimal(value))
    return MISSING if last is None else f"{MISSING} was {shown(Decimal(last))}"


class Top(App[None]):
    """Rows of accounts, nearest to the line first; Enter opens one."""

    TITLE: str | None = "marginline"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #say { padding: 0 1; height: auto; }
    #filter { display: none; }
    #filter.on { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("s", "sort", "Sort"),
        ("slash", "filter", "Filter"),
        ("escape", "all", "All"),
        ("q", "quit", "Quit"),
    ]

    def __init__(self, client: Client) -> None:
        super().__init__()
        self.client = client
        self._orders = list(ORDERS)
        self._wanted = ""
        self._shown: list[str] = []
        self._titles = titles(self.size.width)

    def compose(self) -> ComposeResult:
        """A sentence, the table, a field for the filter."""
        yield Static(id="say")
        yield DataTable(cursor_type="row", zebra_stripes=True)
        yield Input(placeholder="name, venue or status", id="filter")
        yield Footer()

    def on_mount(self) -> None:
        """Begin to listen and to paint."""
        self.query_one(DataTable).add_columns(*self._titles)
        self.run_worker(self._listen(), exclusive=True)
        self.set_interval(EVERY_S, self.paint)

    async def _listen(self) -> None:
        async for _ in self.client.follow():
            pass

    # -- painting ---------------------------------------------------------------------------

    def rows(self) -> list[AccountRow]:
        """Those that fit the filter, in the order asked for."""
        wanted = self._wanted.casefold()
        found = [
            row
            for row in self.client.rows.accounts.values()
            if wanted in f"{row.name} {row.venue} {row.status.replace('_', ' ')}".casefold()
        ]
        return sorted(found, key=ORDERS[self._orders[0]])

    def paint(self) -> None:
        """Bring the table up to date, cell by cell where the rows stand as they stood."""
        table, rows = self.screen_stack[0].query_one(DataTable), self.rows()
        self.screen_stack[0].query_one("#say", Static).update(self._sentence(rows))
        width = self.size.width
        if self._titles != titles(width):
            self._titles, self._shown = titles(width), []
            table.clear(columns=True)
            table.add_columns(*self._titles)
        names = [row.name for row in rows]
        if names != self._shown:
            at = table.cursor_row
            chosen = self._shown[at] if 0 <= at < len(self._shown) else None
            table.clear()
            for row in rows:
                table.add_row(*cells(row, width), key=row.name)
            self._shown = names
            if chosen in names:
                table.move_cursor(row=names.index(chosen))
            return
        for number, row in enumerate(rows):
            for column, cell in enumerate(cells(row, width)):
                place = Coordinate(number, column)
                if table.get_cell_at(place) != cell:
                    table.update_cell_at(place, cell)

    def _sentence(self, rows: list[AccountRow]) -> Text:
        told = self.client.rows
        if told.lost is not None:
            note = "; figures are as last known" if told.accounts else ""
            return Text(f"{told.lost}{note}", style="bold red")
        everyone = sorted(told.accounts.values(), key=ORDERS[NEAREST])
        need = [row for row in everyone if _status(row) is not Status.HEALTHY]
        head, first = "All is well. ", ""
        if not everyone:
            head = "No account is watched. "
        elif need:
            head = f"{len(need)} of {counted(len(everyone), 'account')} need you. "
            first = f"{need[0].name} {said(need[0].sentence)}"
        if self._wanted:
            first += f" Shown: {len(rows)}, by “{self._wanted}”."
        if self._orders[0] != NEAREST:
            first += f" By {self._orders[0]}."
        world = "" if told.world is None else f"  [{told.world.title}, {told.world.now[11:19]}]"
        alerting, broken = told.delivering, ""
        if alerting is not None and alerting.state == "broken":
            broken = f"Alerting is broken: {alerting.reason}. "
        return Text.assemble((broken, "bold red"), (head, "bold"), first, (world, "dim"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:  # noqa: ARG002 - Textual's
        """Rows are sorted and filtered where they stand."""
        return action not in {"sort", "filter", "all"} or len(self.screen_stack) == 1

    # -- what one can do ----------------------------------------------------------------------

    def action_sort(self) -> None:
        """The next way to sort."""
        self._orders.append(self._orders.pop(0))
        self.notify(f"by {self._orders[0]}", timeout=2)
        self.paint()

    def action_filter(self) -> None:
        """Ask what to look for."""
        field = self.query_one("#filter", Input)
        field.add_class("on")
        field.focus()

    def action_all(self) -> None:
        """Every account again."""
        field = self.query_one("#filter", Input)
        field.value = self._wanted = ""
        field.remove_class("on")
        self.query_one(DataTable).focus()
        self.paint()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as it is typed."""
        self._wanted = event.value.strip()
        self.paint()

    def on_input_submitted(self) -> None:
        """Back to the table, the filter kept."""
        self.query_one(DataTable).focus()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Open the account."""
        if isinstance(self.screen, One):
            return
        self.call_later(self.push_screen, One(self.client, str(event.row_key.value)))


class One(Screen[None]):
    """One account: its sentence, its figures; Enter on a figure explains it."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "app.pop_screen", "Back")]
    CSS = "#why { height: 1fr; padding: 0 1; } DataTable { height: 1fr; }"

    def __init__(self, client: Client, name: str) -> None:
        super().__init__()
        self.client, self.name_of_account = client, name
        self._keys: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        """Sentence, figures, and the explanation of the chosen one."""
        yield Static(id="say")
        yield DataTable(cursor_type="row")
        with VerticalScroll(id="why"):
            yield Static("Enter on a figure explains it.", id="tree", markup=False)
        yield Footer()

    async def on_mount(self) -> None:
        """Ask for the account's pools, and paint them as they come."""
        self.query_one(DataTable).add_columns("Figure", "Value", "Of")
        await self.client.watch(self.name_of_account)
        self.set_interval(EVERY_S, self.paint)

    def paint(self) -> None:
        """The figures of now."""
        row = self.client.rows.accounts.get(self.name_of_account)
        self.query_one("#say", Static).update(self._sentence(row))
        if row is None:
            return
        table = self.query_one(DataTable)
        lines = figures(row)
        keys = [(where, measure) for where, measure, _ in lines]
        if keys != self._keys:
            table.clear()
            for where, measure, value in lines:
                table.add_row(spoken(measure), Text(value, justify="right"), spoken_key(where))
            self._keys = keys
            return
        for number, (_, _, value) in enumerate(lines):
            table.update_cell_at(Coordinate(number, 1), Text(value, justify="right"))

    def _sentence(self, row: AccountRow | None) -> Text:
        if row is None:
            return Text(f"{self.name_of_account} is not watched.", style="bold red")
        told = Text(f"{row.name} {said(row.sentence)}")
        if row.plan is not None and _status(row) is not Status.UNKNOWN:
            told.append(said(way_back(row.plan)), style="bold")
        lost = self.client.rows.lost
        if lost is None:
            return told
        return Text.assemble((f"{lost}; figures are as last known. ", "bold red"), told)

    async def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Explain the figure."""
        event.stop()
        if not 0 <= event.cursor_row < len(self._keys):
            return
        where, measure = self._keys[event.cursor_row]
        tree = await self.client.explanation(self.name_of_account, where, measure)
        self.query_one("#tree", Static).update("\n".join(tree))


_Say = Callable[[Measure, Decimal], str]


def figures(row: AccountRow) -> list[tuple[str, str, str]]:
    """Every figure of an account's pools and of their positions: where, measure, value."""
    codes = {(each.where, each.measure): each.code for each in row.reasons}

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
