"""`marginline top`: the accounts of a monitor in the terminal."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import DataTable, Footer, Input, Static

from marginline.cli.live.sentences import said
from marginline.cli.live.terminal.account import MISSING, STYLE, One, absence
from marginline.cli.live.terminal.client import Client
from marginline.cli.live.terminal.table import EVERY_S, Figures, Line
from marginline.cli.page.words import STATUS_STYLE, counted
from marginline.core.findings import Status
from marginline.core.measures import Measure
from marginline.monitor.messages import AccountRow

_WIDE, _ROOMY = 100, 76
COLUMNS = (
    ("Status", 0), ("Account", 0), ("Venue", _WIDE), ("Uses", 50), ("Line at", 0), ("Buffer", 64),
    ("", 64), ("Age s", _ROOMY),
)  # fmt: skip
"""What stands in the table, and from how many characters of width on: none is cut."""
_NAME = 1


def _status(row: AccountRow) -> Status:
    return Status(row.status)


def _near(row: AccountRow) -> Decimal:
    """Of an account that cannot be judged, as it was known last."""
    nearest = row.nearest if row.last is None else row.last.nearest
    return abs(Decimal(nearest.move)) if nearest is not None else Decimal("Infinity")


def _used(row: AccountRow) -> Decimal:
    """What nobody knows may be all of it."""
    ratio = row.ratio if row.last is None else row.last.ratio
    if ratio is not None:
        return Decimal(ratio)
    return Decimal("Infinity") if _status(row) is Status.UNKNOWN else Decimal(0)


NEAREST = "nearest to the line"
ORDERS: dict[str, Callable[[AccountRow], tuple[object, ...]]] = {
    NEAREST: lambda row: (-_status(row).rank, _near(row), row.name),
    "name": lambda row: (row.name,),
    "support in use": lambda row: (-_used(row), row.name),
}
"""Ways to sort; the first is the usual one."""


def cells(row: AccountRow, width: int, *, lost: bool = False) -> list[Text]:
    """One account as cells for so wide a terminal; what is not known is `?`, and what it was.

    With `lost` nothing newer comes: each is told as it was.
    """
    status = _status(row)
    was = (None, None) if row.last is None else (row.last.ratio, row.last.buffer)
    uses = _known(row.ratio, lambda v: STYLE.percent(v, (Decimal(1),)), was[0])
    if uses == MISSING:
        uses = absence(row, "account", Measure.MARGIN_RATIO.value)
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
        word += ", liquidated" + (f" {row.liquidated_at[11:16]}" if width >= _WIDE else "")
    found = (
        Text(f"was {word.lower()}") if lost else Text(word, style=STATUS_STYLE[status]),
        Text(row.name),
        Text(venue, style="dim"),
        *(Text(text, justify="right") for text in (uses, near, buffer)),
        Text(asset, style="dim"),
        Text(age, justify="right", style="dim"),
    )
    if lost:
        for cell in found:
            cell.stylize("dim")
    return [cell for cell, (_, least) in zip(found, COLUMNS, strict=True) if width >= least]


def titles(width: int) -> list[str]:
    """The columns of a terminal so wide."""
    return [title for title, least in COLUMNS if width >= least]


def _known(value: str | None, shown: Callable[[Decimal], str], last: str | None) -> str:
    if value is not None:
        return shown(Decimal(value))
    return MISSING if last is None else f"{MISSING} was {shown(Decimal(last))}"


class Accounts(Figures):
    """A row an account."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter", "select_cursor", "Open")]


class Wanted(Input):
    """What to look for."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter", "submit", "Keep")]


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
        self._said = Text()
        self._look = (0, False)
        self._made: dict[str, tuple[AccountRow, Line]] = {}

    def compose(self) -> ComposeResult:
        """A sentence, the table, a field for the filter."""
        yield Static(id="say")
        yield Accounts(cursor_type="row", zebra_stripes=True)
        yield Wanted(placeholder="name, venue or status", id="filter")
        yield Footer()

    def on_mount(self) -> None:
        """Begin to listen and to paint."""
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
        # the clock may ring once more while the screens, or what is on them, are taken down
        if not (self.is_running and self.screen_stack[0].query(Figures)):
            return
        table, rows = self.screen_stack[0].query_one(Figures), self.rows()
        if (sentence := self._sentence(rows)) != self._said:
            self._said = sentence
            self.screen_stack[0].query_one("#say", Static).update(sentence)
        width, lost = self.size.width, self.client.rows.lost is not None
        heads, self._shown = titles(width), [row.name for row in rows]
        lines = table.fitted(self._lines(rows, width, lost=lost), heads, _NAME)
        table.show(lines, heads, self._shown)

    def _lines(self, rows: list[AccountRow], width: int, *, lost: bool) -> list[Line]:
        """The rows as lines, those alone made anew that are not the very ones of the last look."""
        were, self._made = self._made if self._look == (width, lost) else {}, {}
        self._look = (width, lost)
        for row in rows:
            made = were.get(row.name)
            if made is None or made[0] is not row:
                made = row, Line(cells(row, width, lost=lost))
            self._made[row.name] = made
        return [line for _, line in self._made.values()]

    def _sentence(self, rows: list[AccountRow]) -> Text:
        told = self.client.rows
        if told.lost is not None:
            return Text(f"{told.lost}{told.since}", style="bold red")
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
        if action == "filter" and isinstance(self.focused, Input):
            return False
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
        self.query_one(Figures).focus()
        self.paint()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as it is typed."""
        self._wanted = event.value.strip()
        self.paint()

    def on_input_submitted(self) -> None:
        """Back to the table, the filter kept."""
        self.query_one(Figures).focus()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Open the account on which the cursor is: rows move, and it moves with its account."""
        if isinstance(self.screen, One) or event.row_key not in event.data_table.rows:
            return
        name = self._shown[event.data_table.cursor_row]
        self.call_later(self.push_screen, One(self.client, name))
