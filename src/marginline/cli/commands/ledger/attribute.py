"""`marginline attribute`: why the figures moved, from two account files and the log between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.input.documents import write_document
from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Cell, Page, data, left
from marginline.cli.writing import free, write_text
from marginline.core.account.file import load
from marginline.core.account.moments import moment_text
from marginline.core.numbers import ONE
from marginline.ledger.attribution.attribution import MEASURES, Attribution
from marginline.ledger.attribution.causes import WORDS, Cause
from marginline.ledger.attribution.hedges import Hedge
from marginline.ledger.attribution.picture import svg, text_bars
from marginline.ledger.attribution.sentence import NAMES, sentence
from marginline.ledger.ledger import Ledger
from marginline.ledger.read import read_ledger
from marginline.risk.attribution import attribute


@dataclass(frozen=True, slots=True)
class Log:
    """The files of the log, whose they are, and the owner where rows have two sides."""

    files: tuple[str, ...]
    venue: str | None
    owner: str

    def read(self) -> Ledger:
        """The ledger of all files."""
        return read_ledger(*self.files, venue=self.venue, owner=self.owner)


def run(
    accounts: tuple[str, str],
    log: Log,
    hedges: Sequence[str],
    measure: str,
    picture: str | None,
    /,
    *,
    force: bool,
    exact: bool,
    as_json: bool,
) -> Exit:
    """Write the sentence, the parts and the waterfall: 0 explained, 1 a remainder, 4 unknown."""
    if measure not in MEASURES:
        raise UsageProblem(f"--of {measure}: choose from {', '.join(MEASURES)}")
    if picture is not None:
        free(picture, force=force)
    groups = [hedge_of(text) for text in hedges]
    before, after = (load(path) for path in accounts)
    found = attribute(before, after, log.read(), hedges=groups)
    style = Style(exact=exact)
    if picture is not None:
        _draw(found, measure, picture, style, force=force)
    if as_json:
        write_document(found.to_dict())
    else:
        _write(Page(style), found, measure)
    if found.unknown or not found.pools:
        return Exit.UNKNOWN
    left_over = any(found.unexplained(a, m) for a in found.assets for m in MEASURES)
    return Exit.WATCH if left_over else Exit.HEALTHY


def hedge_of(text: str) -> Hedge:
    """A group from "ETHUSDT/both,SOLUSDT/both:BTCUSDT/both@0.8"."""
    members, _, ratio = text.partition("@")
    covered, colon, hedges = members.partition(":")
    try:
        number = Decimal(ratio) if ratio else ONE
    except InvalidOperation:
        number = Decimal(-1)
    if not (covered and colon and hedges) or not number.is_finite() or number <= 0:
        raise UsageProblem(f"--hedge {text}: write KEYS:KEYS, or KEYS:KEYS@RATIO with a ratio > 0")
    return Hedge(tuple(covered.split(",")), tuple(hedges.split(",")), number)


def _draw(found: Attribution, measure: str, path: str, style: Style, *, force: bool) -> None:
    """The picture of the first asset; of each further one beside it, its name in the file's."""
    for number, asset in enumerate(found.assets):
        place = Path(path)
        name = place if not number else place.with_stem(f"{place.stem}-{asset}")
        drawn = svg(found, asset, measure, write=style.amount)
        write_text(str(name), drawn, force=force)


def _write(page: Page, found: Attribution, measure: str) -> None:
    page.line((f"from {moment_text(found.begins)} to {moment_text(found.ends)}", "dim"))
    for asset in found.assets:
        text = sentence(found, asset, measure, write=page.style.amount)
        page.paragraph((data(text, 600), "bold"), hanging=2)
        if found.change(asset, measure) is not None:
            _write_parts(page, found, asset, measure)
    for flow in found.outside:
        amount = page.style.amount(flow.amount, flow.asset, sign=True)
        text = f"{flow.kind.value} {amount} {data(flow.asset)} touched no wallet of the account"
        page.paragraph(("beside: ", "dim"), text, hanging=2)
    for note in found.notes:
        page.paragraph(("note: ", "yellow"), data(note, 400), hanging=2)


def _write_parts(page: Page, found: Attribution, asset: str, measure: str) -> None:
    page.blank()
    heads = [left("cause", "dim"), left("where", "dim")]
    heads += [Cell(NAMES[each], "dim") for each in MEASURES]
    rows = [heads]
    places = dict.fromkeys((part.cause, part.where) for part in found.of(asset))
    told = {each: found.by_place(asset, each) for each in MEASURES}
    for key in places:
        cells = [_cell(page.style, told[each].get(key), asset) for each in MEASURES]
        rows.append([left(WORDS[key[0]]), left(data(key[1])), *cells])
    if not any(cause is Cause.UNEXPLAINED for cause, _ in places):
        rows.append([left(WORDS[Cause.UNEXPLAINED]), left(""), *[Cell("0")] * len(MEASURES)])
    changes = [found.change(asset, each) for each in MEASURES]
    sums = [_cell(page.style, change, asset) for change in changes]
    rows.append([left("change", "bold"), left(""), *sums])
    page.table(rows)
    page.blank()
    bars = [
        [left(name), left(_plain(bar, page)), Cell(page.style.amount(n, asset, sign=_signed(name)))]
        for name, bar, n in text_bars(found, asset, measure)
    ]
    page.table(bars)


def _signed(name: str) -> bool:
    return name not in ("before", "after")


def _plain(bar: str, page: Page) -> str:
    return bar.replace("█", "#") if page.plain else bar


def _cell(style: Style, amount: Decimal | None, asset: str) -> Cell:
    return Cell("0") if not amount else Cell(style.amount(amount, asset, sign=True))
