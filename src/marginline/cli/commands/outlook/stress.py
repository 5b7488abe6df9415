"""`marginline stress`: an account on bad days, and what each position is of its pool."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from marginline.cli.exits import Exit, UsageProblem, of_status
from marginline.cli.input.documents import write_document
from marginline.cli.input.moves import relative
from marginline.cli.input.sources import Given, Reading, read_one
from marginline.cli.page.findings import write_findings
from marginline.cli.page.health import write_head, write_status
from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Cell, Page, data, left
from marginline.cli.page.pool import null_of
from marginline.cli.page.reasons import NONE
from marginline.cli.page.words import STATUS_STYLE, now, status_word
from marginline.core.account.account import Account
from marginline.core.assessment.assessment import PoolAssessment
from marginline.core.findings import Status
from marginline.core.measures import Measure
from marginline.core.numbers import ONE
from marginline.risk.moves.grid import ALL, TwoMoves, two_moves
from marginline.risk.stress.scenarios import BY_NAME, SCENARIOS, Scenario
from marginline.risk.stress.stress import Day, PoolDay, Share, Stress, stress

STEPS = 7
"""Fields a side of the map in a terminal; the document has 21."""
_OTHERS = "every other price"


def run(
    files: Sequence[str],
    names: Sequence[str],
    reading: Reading,
    *,
    moves: str | None = None,
    exact: bool,
    as_json: bool,
) -> Exit:
    """Write the days, and the map of two moves; the gravest status of any day is the exit code."""
    chosen = [named_scenario(name) for name in names] or list(SCENARIOS)
    given = read_one(files, reading)
    with given.named():
        found = stress(given.account, chosen)
        field = None if moves is None else _field(given.account, moves, 21 if as_json else STEPS)
    if as_json:
        more = {} if field is None else {"map": field.to_dict()}
        write_document({**found.to_dict(), "source": given.source, **more})
    else:
        page = Page(Style(exact=exact))
        _write(page, given, found)
        if field is not None:
            _write_map(page, field)
    return of_status(found.worst)


def _field(account: Account, text: str, steps: int) -> TwoMoves:
    """The map from "BTCUSDT", "BTCUSDT:ETHUSDT" or "BTCUSDT:ETHUSDT@30%"."""
    axes, _, span = text.partition("@")
    x, _, y = axes.partition(":")
    wide = relative("--map", span, text) if span else Decimal("0.1")
    return two_moves(account, x, y or ALL, span=wide, steps=steps)


def _write_map(page: Page, field: TwoMoves) -> None:
    """Rows by the second's move, the highest first: `over` where the venue acts, `?` if unknown."""
    page.blank()
    x, y = (data(_OTHERS if each == ALL else each) for each in (field.x, field.y))
    page.line(
        ("two moves", "bold"),
        f"  {x} by column, {y} by row; support in use of {data(field.pool)}",
    )
    moves = [page.style.distance(move) if move else "0" for move in field.moves]
    rows = [(left(""), *(Cell(move, "dim") for move in moves))]
    rows += [
        (left(move, "dim"), *(_ratio_cell(page, each, told=not field.findings) for each in row))
        for move, row in zip(reversed(moves), reversed(field.ratio), strict=True)
    ]
    page.table(rows, indent=2)
    if field.findings:
        write_findings(page, field.findings)


def _ratio_cell(page: Page, ratio: float | None, *, told: bool) -> Cell:
    if not told:
        return Cell("?", "dim")
    if ratio is None or ratio >= 1:  # None: nothing is left that supports
        return Cell("over", "red")
    return Cell(page.style.percent(Decimal(repr(ratio)), (ONE,)))


def named_scenario(name: str) -> Scenario:
    """A bad day by its name."""
    if name not in BY_NAME:
        raise UsageProblem(f"no scenario is called {name}; there is: {', '.join(BY_NAME)}")
    return BY_NAME[name]


def _write(page: Page, given: Given, found: Stress) -> None:
    write_head(page, given.account, source=given.source, at=now())
    write_status(page, given.assess())
    page.blank()
    page.line(("on a bad day", "bold"), "  at once, positions standing; of the worst pool")
    head = ("", "status", "used", "buffer", "lost", "")
    rows = [tuple(left(word, "dim") if k in {0, 1, 5} else Cell(word, "dim")
                  for k, word in enumerate(head))]  # fmt: skip
    rows += [_day_row(page.style, day) for day in found.days]
    page.table(rows, indent=2)
    if found.shares:
        page.blank()
        page.line(("position by position", "bold"), "  what each is of its pool")
        page.table(_share_rows(page.style, found), indent=2)
    for day in found.days:
        if day.findings and len(found.days) == 1:
            page.blank()
            write_findings(page, day.findings)
        elif day.status is Status.UNKNOWN:
            page.blank()
            page.line((day.scenario.name, "bold"), "  cannot be judged")
            write_findings(page, day.findings)


def _worst(day: Day) -> PoolDay | None:
    """The gravest pool, among equals the one whose buffer is lowest."""

    def gravity(pool: PoolDay) -> tuple[bool, bool, float]:
        least = float("inf") if pool.buffer is None else float(pool.buffer)
        return pool.status is not day.status, pool.buffer is None, least

    return min(day.pools, key=gravity, default=None)


def _day_row(style: Style, day: Day) -> tuple[Cell, ...]:
    pool = _worst(day)
    told = [Cell("–", "dim")] * 3
    if pool is not None:
        told = [
            Cell("–" if pool.ratio is None else style.percent(pool.ratio)),
            Cell("?" if pool.buffer is None else style.amount(pool.buffer, pool.asset)),
            Cell("?" if pool.lost is None else style.amount(pool.lost, pool.asset)),
        ]
    status = left(status_word(day.status), STATUS_STYLE[day.status])
    return (left(day.scenario.name), status, *told, left(day.scenario.words, "dim"))


def _share_rows(style: Style, found: Stress) -> list[tuple[Cell, ...]]:
    worst = min(found.days, key=lambda day: min((_of(p) for p in day.pools), default=0.0))
    head = ("", "required", "share", "closing frees", "alone to the line", worst.scenario.name)
    rows = [tuple(left(w, "dim") if not k else Cell(w, "dim") for k, w in enumerate(head))]
    rows += [_share_row(style, found, share, worst.scenario.name) for share in found.shares]
    return rows


def _of(pool: PoolDay) -> float:
    return 0.0 if pool.lost is None else -float(pool.lost)


def alone_to_the_line(
    style: Style, pool: PoolAssessment, position: str, move: Decimal | None
) -> str:
    """How far a position's own price goes until its pool falls; "none" where surely none does."""
    if move is not None:
        return style.distance(move)
    mark = null_of(pool, position, Measure.LIQUIDATION_PRICE)
    return "none" if mark == NONE else mark


def _share_row(style: Style, found: Stress, share: Share, day: str) -> tuple[Cell, ...]:
    loss, asset = share.loss.get(day), found.today.pool(share.pool).asset
    return (
        left(f"{data(share.position)}  in {data(share.pool)}"),
        Cell("?" if share.requirement is None else style.amount(share.requirement, asset)),
        Cell("?" if share.share is None else style.percent(share.share, places=0)),
        Cell("?" if share.freed is None else style.amount(share.freed, asset)),
        Cell(
            alone_to_the_line(style, found.today.pool(share.pool), share.position, share.own_move)
        ),
        Cell("?" if loss is None else style.amount(-loss, asset)),
    )
