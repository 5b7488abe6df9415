"""`marginline top`: the accounts of a monitor in the terminal."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
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
from marginline.cli.page.numbers import Style
from marginline.cli.page.words import STATUS_STYLE
from marginline.core.findings import Status
from marginline.monitor.messages import AccountRow, PoolRow

STYLE = Style(exact=False)
COLUMNS = ("Status", "Account", "Venue", "Uses", "Line at", "Buffer", "", "Age s")
MISSING = "?"
EVERY_S = 0.25
"""Figures are painted anew four times a second, cells and not rows."""


def _status(row: AccountRow) -> Status:
    return Status(row.status)


def _near(row: AccountRow) -> Decimal:
    return abs(Decimal(row.nearest.move)) if row.nearest is not None else Decimal("Infinity")


ORDERS: dict[str, Callable[[AccountRow], tuple[object, ...]]] = {
    "nearest to the line": lambda row: (-_status(row).rank, _near(row), row.name),
    "name": lambda row: (row.name,),
    "support in use": lambda row: (-Decimal(row.ratio or 0), row.name),
}
"""Ways to sort; the first is the usual one."""


def cells(row: AccountRow) -> tuple[Text, ...]:
    """One account as cells; what is not known is `?`, with what it was last."""
    status = _status(row)
    was = (None, None) if row.last is None else (row.last.ratio, row.last.buffer)
    uses = _known(row.ratio, lambda v: STYLE.percent(v, (Decimal(1),)), was[0])
    near = MISSING if row.nearest is None else STYLE.distance(Decimal(row.nearest.move))
    if row.nearest is None and status is not Status.UNKNOWN:
        near = "–"
    asset = row.asset or ""
    buffer = _known(row.buffer, lambda v: STYLE.amount(v, asset), was[1])
    age = MISSING if row.ages.oldest is None else f"{Decimal(row.ages.oldest):.0f}"
    venue = row.venue + (f", {row.mode}" if row.mode else "")
    word = status.value.replace("_", " ").capitalize()
    if row.liquidated_at is not None:
        word += f", liquidated {row.liquidated_at[11:16]}"
    return (
        Text(word, style=STATUS_STYLE[status]),
        Text(row.name),
        Text(venue, style="dim"),
        *(Text(text, justify="right") for text in (uses, near, buffer)),
        Text(asset, style="dim"),
        Text(age, justify="right", style="dim"),
    )


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

    def compose(self) -> ComposeResult:
        """A sentence, the table, a field for the filter."""
        yield Static(id="say")
        yield DataTable(cursor_type="row", zebra_stripes=True)
        yield Input(placeholder="name, venue or status", id="filter")
        yield Footer()

    def on_mount(self) -> None:
        """Begin to listen and to paint."""
        self.query_one(DataTable).add_columns(*COLUMNS)
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
        names = [row.name for row in rows]
        if names != self._shown:
            at = table.cursor_row
            chosen = self._shown[at] if 0 <= at < len(self._shown) else None
            table.clear()
            for row in rows:
                table.add_row(*cells(row), key=row.name)
            self._shown = names
            if chosen in names:
                table.move_cursor(row=names.index(chosen))
            return
        for number, row in enumerate(rows):
            for column, cell in enumerate(cells(row)):
                place = Coordinate(number, column)
                if table.get_cell_at(place) != cell:
                    table.update_cell_at(place, cell)

    def _sentence(self, rows: list[AccountRow]) -> Text:
        told = self.client.rows
        if told.lost is not None:
            note = "; figures are as last known" if told.accounts else ""
            return Text(f"{told.lost}{note}", style="bold red")
        need = [row for row in rows if _status(row) is not Status.HEALTHY]
        head = f"{len(need)} of {len(rows)} accounts need you. " if need else "All is well. "
        first = said(need[0].sentence) if need else ""
        world = "" if told.world is None else f"  [{told.world.title}, {told.world.now[11:19]}]"
        alerting, broken = told.delivering, ""
        if alerting is not None and alerting.state == "broken":
            broken = f"Alerting is broken: {alerting.reason}. "
        return Text.assemble((broken, "bold red"), (head, "bold"), first, (world, "dim"))

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
        self.query_one(DataTable).add_columns("Of", "Figure", "Value")
        await self.client.watch(self.name_of_account)
        self.set_interval(EVERY_S, self.paint)

    def paint(self) -> None:
        """The figures of now."""
        row = self.client.rows.accounts.get(self.name_of_account)
        if row is None:
            return
        self.query_one("#say", Static).update(Text(f"{row.name}: {said(row.sentence)}"))
        table = self.query_one(DataTable)
        lines = [line for pool in row.pools or () for line in figures(pool)]
        keys = [(where, measure) for where, measure, _ in lines]
        if keys != self._keys:
            table.clear()
            for where, measure, value in lines:
                table.add_row(where, measure.replace("_", " "), Text(value, justify="right"))
            self._keys = keys
            return
        for number, (_, _, value) in enumerate(lines):
            table.update_cell_at(Coordinate(number, 2), Text(value, justify="right"))

    async def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Explain the figure."""
        event.stop()
        if not 0 <= event.cursor_row < len(self._keys):
            return
        where, measure = self._keys[event.cursor_row]
        tree = await self.client.explanation(self.name_of_account, where, measure)
        self.query_one("#tree", Static).update("\n".join(tree))


def figures(pool: PoolRow) -> list[tuple[str, str, str]]:
    """Every figure of a pool and of its positions: where, measure, value."""
    found = [(pool.id, name, value or MISSING) for name, value in pool.measures.items()]
    for position in pool.positions:
        found += [
            (position.key, name, value or MISSING) for name, value in position.measures.items()
        ]
    return found
