"""`marginline size`: the largest order that leaves the account as wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from marginline.cli.commands.outlook.by_chance import ByChance
from marginline.cli.commands.outlook.size_chances import asked_by_chance
from marginline.cli.commands.whatif import write_outcome
from marginline.cli.exits import Exit
from marginline.cli.input.documents import of, write_document
from marginline.cli.input.sources import Given, Reading, read_one
from marginline.cli.page.findings import write_findings
from marginline.cli.page.health import write_head
from marginline.cli.page.numbers import DOWN, UP, Style, places_of
from marginline.cli.page.page import Cell, Page, data, left
from marginline.cli.page.positions import price_places
from marginline.cli.page.words import now
from marginline.core.account.account import Account
from marginline.risk.sizing.modes import ModeOutcome, compare_modes
from marginline.risk.sizing.sizing import Sizing, size_for


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the account must keep, the sizes by chance, and whether both modes are compared."""

    kept: Mapping[str, str]
    chances: ByChance
    modes: bool


def run(
    files: Sequence[str],
    instrument: str,
    side: str,
    wanted: Wanted,
    reading: Reading,
    *,
    exact: bool,
    as_json: bool,
) -> Exit:
    """Write the largest order; 0 a size fits, 1 none does, 4 it cannot be said."""
    given = read_one(files, reading)
    with given.named():
        found = size_for(given.account, instrument, side.lower(), **wanted.kept)
        more = asked_by_chance(given.account, found, wanted.chances, wanted.kept)
        modes = _modes(given.account, found, wanted) if wanted.modes else None
    if as_json:
        document = of(given.provenance(), found.to_dict())
        write_document({**document, **more.to_dict(), **_modes_document(modes)})
    else:
        page = Page(Style(exact=exact))
        _write(page, given, found)
        more.write(page)
        if modes is not None:
            _write_modes(page, found, modes)
    if found.size is None or not given.known:
        return Exit.UNKNOWN
    return Exit.HEALTHY if found.size else Exit.WATCH


def _write(page: Page, given: Given, found: Sizing) -> None:
    write_head(page, given.account, source=given.source, at=now())
    price = page.style.price(found.price, _places(found))
    what = f"{found.side} of {data(found.instrument)} at {price}"
    if found.size is None:
        page.line(("no size", "bold"), f" for a {what}")
    else:
        page.line(("largest ", ""), f"{what}: ", (page.style.size(found.size), "bold green"))
    page.paragraph("limited by ", data(found.limit, 400), indent=2, hanging=2)
    page.table(list(_rows(page.style, found)))
    page.blank()
    if found.what_if is not None:
        write_outcome(page, found.what_if, found.findings)
    else:
        write_findings(page, found.findings)


def _rows(style: Style, found: Sizing) -> Iterator[tuple[Cell, Cell]]:
    sizes = (("by margin", found.by_margin), ("by risk at the stop", found.by_risk))
    for name, size in sizes:
        if size is not None:
            yield left(name), Cell(style.size(size))
    places = _places(found)
    if found.stop is not None:
        yield left("stop"), Cell(style.price(found.stop, places))
    if (end := found.liquidation_price) is not None:
        rounding = UP if end < found.price else DOWN
        yield left("liquidation after it"), Cell(style.price(end, places, rounding))
    if found.size_with_stop_inside is not None:
        yield (
            left("largest with the stop inside"),
            Cell(_inside(style, found.size_with_stop_inside)),
        )


def _places(found: Sizing) -> int:
    """Decimal places of the instrument's prices, as its positions show them."""
    pools = found.what_if.after.pools if found.what_if is not None else ()
    for position in (each for pool in pools for each in pool.figures.positions):
        if position.exposure.instrument.symbol == found.instrument:
            return price_places(position)
    return max(places_of(found.price), 2)


def _inside(style: Style, size: Decimal) -> str:
    return style.size(size) if size else "none"


# -- both modes ------------------------------------------------------------------------------------


def _modes(account: Account, found: Sizing, wanted: Wanted) -> tuple[ModeOutcome, ...]:
    """The found size in both modes; nothing where none was found."""
    if not found.size:
        return ()
    signed = found.size if found.side == "buy" else -found.size
    return compare_modes(
        account,
        found.instrument,
        signed,
        leverage=wanted.kept.get("leverage"),
        position_side=wanted.kept.get("position_side", "both"),
    )


def _modes_document(modes: Sequence[ModeOutcome] | None) -> dict[str, object]:
    if modes is None:
        return {}
    return {"modes": [each.to_dict() for each in modes]}


def _write_modes(page: Page, found: Sizing, modes: Sequence[ModeOutcome]) -> None:
    page.blank()
    page.line(("cross against isolated", "bold"), "  the same fill at the mark")
    if not modes:
        page.line("there is no size to compare", indent=2)
        return
    head = ("", "at stake", "liquidation", "away", "beside it falls")
    rows = [tuple(left(word, "dim") if not k else Cell(word, "dim") for k, word in enumerate(head))]
    for each in modes:
        stake, end = each.stake, each.ends_at
        rows.append(
            (
                left(each.mode),
                Cell("?" if stake is None else page.style.amount(stake, each.asset)),
                Cell("none" if end is None else _end(page.style, found, end)),
                Cell("–" if each.away is None else page.style.distance(each.away)),
                Cell(", ".join(map(data, each.beside)) or "nothing"),
            )
        )
    page.table(rows, indent=2)
    for each in modes:
        if each.refused:
            page.paragraph((f"{each.mode}: ", "yellow"), data(each.refused, 300), hanging=2)


def _end(style: Style, found: Sizing, end: Decimal) -> str:
    """A liquidation price, rounded towards the order's price."""
    return style.price(end, _places(found), UP if end < found.price else DOWN)
