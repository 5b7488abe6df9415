"""`marginline attribute`: why the figures moved, from two files and the log, or from a record."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from marginline.cli.commands.ledger.over_time import write_over_time
from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.input.documents import write_document
from marginline.cli.input.sources import naming
from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Cell, Page, data, left
from marginline.cli.writing import free, write_text
from marginline.core.account.file import load
from marginline.core.account.moments import moment_text
from marginline.errors import InputError
from marginline.ledger.attribution.attribution import MEASURES, Attribution
from marginline.ledger.attribution.causes import WORDS, Cause
from marginline.ledger.attribution.hedges import Hedge, hedge_of
from marginline.ledger.attribution.picture import svg, text_bars
from marginline.ledger.attribution.sentence import NAMES, sentence
from marginline.ledger.ledger import Ledger
from marginline.ledger.read import read_ledger
from marginline.risk.attribution import attribute

if TYPE_CHECKING:
    from marginline.cli.commands.ledger.recorded import Recalled, Span
    from marginline.core.account.account import Account
    from marginline.risk.odds.past import Past


@dataclass(frozen=True, slots=True)
class Log:
    """The files of the log, whose they are, and the owner where rows have two sides."""

    files: tuple[str, ...]
    venue: str | None
    owner: str

    def read(self) -> Ledger:
        """The ledger of all files."""
        with naming("--log"):
            return read_ledger(*self.files, venue=self.venue, owner=self.owner)


@dataclass(frozen=True, slots=True)
class Shown:
    """How the answer is wanted: of which figure, as which picture and form."""

    measure: str
    picture: str | None
    force: bool
    exact: bool
    as_json: bool


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of covered positions and hedges as they were typed, and candles to estimate from."""

    texts: Sequence[str]
    candles: Sequence[str]

    def checked(self) -> None:
        """Whether they can be read. Raises UsageProblem."""
        estimated = [_group(text)[1] for text in self.texts]
        if self.candles and not any(estimated):
            raise UsageProblem(
                "--candles: no --hedge asks for a ratio from the past; write KEYS:KEYS@estimated,"
                " or leave --candles out"
            )

    def made(self, account: Account, past: Past | None) -> tuple[list[Hedge], list[str]]:
        """The groups, a ratio that is to be estimated from candles, else from `past`."""
        made, words = [], []
        for text in self.texts:
            hedge, estimated = _group(text)
            told: Hedge | None = hedge
            if estimated:
                told, said = self._estimated(account, hedge, past)
                words.append(said)
            made += [] if told is None else [told]
        return made, words

    def _estimated(
        self, account: Account, hedge: Hedge, past: Past | None
    ) -> tuple[Hedge | None, str]:
        if importlib.util.find_spec("numpy") is None:
            raise UsageProblem("an estimated ratio needs numpy: pip install 'marginline[risk]'")
        from marginline.cli.commands.outlook.candles import closes_of
        from marginline.risk.hedging import estimate_hedge
        from marginline.risk.odds.past import past_of

        keys = (*hedge.covered, *hedge.hedges)
        symbols = {row.instrument for row in account.positions if row.key in keys}
        if self.candles:
            past = past_of(closes_of(self.candles, symbols, account.venue), sorted(symbols))
        found = estimate_hedge(account, hedge.covered, hedge.hedges, past)
        return found.hedge, found.sentence


def run(before: str, after: str, log: Log, groups: Groups, shown: Shown, /) -> Exit:
    """Of two files: the sentence, the parts and the waterfall; see `_end` for the exit code."""
    _checked(groups, shown)
    first, second = load(before), load(after)
    hedges, words = groups.made(first, None)
    found = attribute(first, second, log.read(), hedges=hedges)
    return _told(replace(found, notes=(*found.notes, *words)), shown)


def run_recorded(account: str, span: Span, log: Log, groups: Groups, shown: Shown, /) -> Exit:
    """Of what a monitor has kept of an account: the same, with the gaps and causes over time."""
    from marginline.cli.commands.ledger.recorded import recalled

    _checked(groups, shown)
    found = recalled(account, span, log.read(), groups.made)
    return _told(found.whole, shown, found)


def _checked(groups: Groups, shown: Shown) -> None:
    if shown.measure not in MEASURES:
        raise UsageProblem(f"--of {shown.measure}: choose from {', '.join(MEASURES)}")
    if shown.picture is not None:
        free(shown.picture, force=shown.force)
    groups.checked()


def _told(found: Attribution, shown: Shown, recalled: Recalled | None = None) -> Exit:
    style = Style(exact=shown.exact)
    if shown.picture is not None:
        _draw(found, shown.measure, shown.picture, style, force=shown.force)
    if shown.as_json:
        write_document(found.to_dict() | ({} if recalled is None else recalled.to_dict()))
    else:
        page = Page(style)
        _write(page, found, shown.measure)
        if recalled is not None:
            write_over_time(page, found, recalled.over_time, shown.measure)
        for each in () if recalled is None else recalled.breaks:
            page.paragraph(("gap: ", "yellow"), data(each.sentence(), 400), hanging=2)
    return _end(found)


def _end(found: Attribution) -> Exit:
    """0 explained, 1 a remainder, 4 unknown."""
    if found.unknown or not found.pools:
        return Exit.UNKNOWN
    left_over = any(found.unexplained(a, m) for a in found.assets for m in MEASURES)
    return Exit.WATCH if left_over else Exit.HEALTHY


def _group(text: str) -> tuple[Hedge, bool]:
    try:
        return hedge_of(text)
    except InputError as problem:
        raise UsageProblem(f"--hedge {text}: {problem.problems[0].remedy}") from None


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
