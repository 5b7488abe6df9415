"""One pool on the page: its bar, what supports it and what it must hold, its quality of equity."""

from __future__ import annotations

from decimal import Decimal

from marginline.cli.page.numbers import DOWN, Style
from marginline.cli.page.page import Cell, Page, Part, data, left
from marginline.cli.page.reasons import NONE, Text, away_text, between, null_mark, ratio_text
from marginline.cli.page.words import KIND, STATUS_STYLE, status_word
from marginline.core.assessment.assessment import AssetAssessment, PoolAssessment
from marginline.core.assessment.measured import Measures
from marginline.core.findings import Code, Finding
from marginline.core.measures import Measure as M
from marginline.core.measures import Unit
from marginline.core.numbers import ONE
from marginline.core.pool.exposure import known

NAMES = {
    M.WALLET_BALANCE: "wallet balance",
    M.CREDIT: "credit",
    M.UNREALIZED_PNL: "unrealized P&L",
    M.EQUITY: "equity",
    M.COLLATERAL_VALUE: "collateral value",
    M.HAIRCUT: "haircut",
    M.MARGIN_BALANCE: "margin balance",
    M.INITIAL_MARGIN: "initial margin",
    M.ORDER_INITIAL_MARGIN: "of it for orders",
    M.BORROW_INITIAL_MARGIN: "of it for loans",
    M.MAINTENANCE_MARGIN: "maintenance margin",
    M.CLOSING_FEE: "closing fee",
    M.BUFFER: "buffer",
    M.AVAILABLE_BALANCE: "available",
    M.WITHDRAWABLE_BALANCE: "withdrawable",
    M.EFFECTIVE_LEVERAGE: "effective leverage",
    M.CALL_AMOUNT: "margin call",
    M.SUPPORT: "support",
}
_SUPPORTS = (
    M.WALLET_BALANCE, M.CREDIT, M.UNREALIZED_PNL, M.EQUITY, M.COLLATERAL_VALUE, M.HAIRCUT,
    M.MARGIN_BALANCE, M.SUPPORT, M.AVAILABLE_BALANCE, M.WITHDRAWABLE_BALANCE,
)  # fmt: skip
_DEMANDS = (
    M.INITIAL_MARGIN, M.ORDER_INITIAL_MARGIN, M.BORROW_INITIAL_MARGIN, M.MAINTENANCE_MARGIN,
    M.CLOSING_FEE, M.BUFFER, M.CALL_AMOUNT, M.EFFECTIVE_LEVERAGE,
)  # fmt: skip
FIGURES = {*_SUPPORTS, *_DEMANDS}
_UNLESS_ZERO = {
    M.CREDIT, M.HAIRCUT, M.ORDER_INITIAL_MARGIN, M.BORROW_INITIAL_MARGIN, M.CLOSING_FEE,
    M.CALL_AMOUNT,
}  # fmt: skip
_UNLESS_EQUAL = {
    M.EQUITY: M.MARGIN_BALANCE,
    M.SUPPORT: M.MARGIN_BALANCE,
    M.COLLATERAL_VALUE: M.WALLET_BALANCE,
}
VENUES = "v"
"""Marks a figure that is the venue's own, where there is none of ours."""
_WHYS_MOST = 12  # the findings hold the rest
_ROUNDED_DOWN = {M.AVAILABLE_BALANCE, M.WITHDRAWABLE_BALANCE}


def empty(pool: PoolAssessment) -> bool:
    """Whether nothing is open in a pool and nothing is demanded of it."""
    demanded = (M.INITIAL_MARGIN, M.MAINTENANCE_MARGIN)
    return not pool.positions and not any(pool.measures.get(m) for m in demanded)


def write_pool(page: Page, pool: PoolAssessment, *, venue_words: bool = False) -> None:
    """Title, bar, figures and quality of equity of one pool."""
    _write_title(page, pool)
    if venue_words:
        _write_labelled(page, pool)
    else:
        _write_figures(page, pool)
    if pool.requirement_parts:
        _write_parts(page, pool)
    if quality := quality_of_equity(pool, page.style):
        page.paragraph("quality of equity: ", quality, indent=2, hanging=2)
    if pool.assets:
        _write_assets(page, pool)


def _write_title(page: Page, pool: PoolAssessment) -> None:
    title: list[Part] = [(data(pool.id), "bold"), "  ", KIND.get(pool.kind, pool.kind)]
    if pool.asset != pool.id:
        title.append(f" in {data(pool.asset)}")
    if pool.status is not None:
        title += ["  ", (status_word(pool.status), STATUS_STYLE[pool.status])]
    page.line(*title)
    ratio = pool.measures.get(M.MARGIN_RATIO)
    if ratio is not None and pool.status is not None:
        trigger = pool.figures.pool.trigger
        end = "liquidation" if trigger.liquidates else "margin call"
        watch = page.style.percent(trigger.watch, places=0)
        picture = bar(ratio, trigger.watch, page.plain)
        away = away_text(pool, page.style)
        line = f", {away}" if away else f"   watch from {watch}, {end} at 100 %"
        text = f" {ratio_text(pool, page.style)} used{line}"
        page.line((picture, STATUS_STYLE[pool.status].removeprefix("bold ")), text, indent=2)


def bar(ratio: Decimal, watch: Decimal, plain: bool, width: int = 20) -> str:
    """How full a pool is, as a picture; the mark inside is where watch begins.

    It is full only at liquidation, and never quite empty while anything is used.
    """
    full, rest, mark = ("#", "-", "|") if plain else ("█", "─", "┼")
    used = width if ratio >= ONE else int(ratio * width)
    used = max(used, 1) if ratio > 0 else 0
    cells = [full] * used + [rest] * (width - used)
    at = int(watch * width)
    if used <= at < width:
        cells[at] = mark
    return "[" + "".join(cells) + "]"


def _write_figures(page: Page, pool: PoolAssessment) -> None:
    supports = [_cells(page.style, pool, m) for m in _SUPPORTS if _matters(pool, m)]
    demands = [_cells(page.style, pool, m) for m in _DEMANDS if _matters(pool, m)]
    if not supports:  # a risk unit carries requirements alone
        page.table(demands)
        return
    height = max(len(supports), len(demands))
    nothing = (left(""), Cell(""))
    rows = [
        (*(supports + [nothing] * height)[i], left(" "), *(demands + [nothing] * height)[i])
        for i in range(height)
    ]
    if page.fits(rows):
        page.table(rows)
    else:
        page.table(supports + demands)


def _matters(pool: PoolAssessment, measure: M) -> bool:
    """Whether a figure says anything that the others do not."""
    if measure is M.SUPPORT:
        balance = pool.measures.get(M.MARGIN_BALANCE)
        return balance is not None and _number(pool, M.SUPPORT) not in (None, balance)
    if measure not in pool.measures:
        return False
    value = pool.measures[measure]
    if measure in _UNLESS_ZERO:
        return bool(value) or (value is None and null_of(pool, pool.id, measure) != NONE)
    return measure not in _UNLESS_EQUAL or value != pool.measures.get(_UNLESS_EQUAL[measure])


def _number(pool: PoolAssessment, measure: M) -> Decimal | None:
    if measure is not M.SUPPORT:
        return pool.measures.get(measure)
    return known(pool.figures.figure(measure))


def _cells(style: Style, pool: PoolAssessment, measure: M) -> tuple[Cell, Cell]:
    value = _number(pool, measure)
    if value is None:

        def text(number: Decimal, rounding: str) -> str:
            if measure.meaning.unit is Unit.FRACTION:
                return style.times(number)
            return style.amount(number, pool.asset, rounding)

        return left(NAMES[measure]), Cell(null_of(pool, pool.id, measure, text), "dim")
    if measure.meaning.unit is Unit.FRACTION:
        return left(NAMES[measure]), Cell(style.times(value))
    rounding = DOWN if measure in _ROUNDED_DOWN else "ROUND_HALF_EVEN"
    colour = "red" if value < 0 else ""
    about = "~" if approximate(pool, measure) else ""
    return left(NAMES[measure]), Cell(about + style.amount(value, pool.asset, rounding), colour)


def approximate(pool: PoolAssessment, measure: M) -> bool:
    """Whether the rulebook says of this figure that it is approximate."""
    code = Code.APPROXIMATE
    return any(f.code is code and f.measure is measure for f in pool.findings)


def null_of(pool: PoolAssessment, where: str, measure: M, text: Text | None = None) -> str:
    """What stands where a number is absent: the venue's, the ends it lies between, or a mark."""
    finding = next((f for f in pool.findings if f.where == where and f.measure is measure), None)
    if text is not None:
        theirs = _reported(pool, where).get(measure)
        if theirs is not None:
            return f"{text(theirs, 'ROUND_HALF_EVEN')} {VENUES}"
        if finding is not None and (ends := between(finding, text)):
            return ends
    return null_mark(None if finding is None else finding.code)


def _reported(pool: PoolAssessment, where: str) -> Measures:
    if where == pool.id:
        return pool.reported
    return next((p.reported for p in pool.positions if p.key == where), {})


def _write_labelled(page: Page, pool: PoolAssessment) -> None:
    """One figure a line, with the venue's own word for it."""
    rules = pool.figures.rules
    rows = [(left("ours", "dim"), Cell(data(pool.asset), "dim"), left("the venue's word", "dim"))]
    for measure in _SUPPORTS + _DEMANDS:
        if measure in pool.measures:
            rule = rules.get(measure)
            label = rule.label if rule is not None and rule.label else "–"
            rows.append((*_cells(page.style, pool, measure), left(label)))
    page.table(rows)


def _write_parts(page: Page, pool: PoolAssessment) -> None:
    """The named parts of a scenario requirement."""
    rows = [(left("requirement, part by part", "dim"),)]
    table = rows + [
        (
            left("  " + data(name)),
            Cell("?" if part is None else page.style.amount(part, pool.asset)),
        )
        for name, part in pool.requirement_parts.items()
    ]
    page.table(table)


def quality_of_equity(pool: PoolAssessment, style: Style) -> str:
    """How much of the margin balance is unrealized profit or credit; "" where there is none."""
    shares = ((M.UNREALIZED_SHARE, "unrealized profit"), (M.CREDIT_SHARE, "credit"))
    found = [(share, name) for m, name in shares if (share := pool.measures.get(m))]
    if not found:
        return ""
    text = " and ".join(f"{style.percent(share)} is {name}" for share, name in found)
    if any(share >= Decimal("0.5") for share, _ in found):
        text += "; less than half is own money"
    return text


def _write_assets(page: Page, pool: PoolAssessment) -> None:
    """The assets of a pool of several, each in its own unit."""
    measures = (M.WALLET_BALANCE, M.UNREALIZED_PNL, M.EQUITY, M.COLLATERAL_VALUE, M.HAIRCUT)
    rows = [(left("asset", "dim"), *(Cell(NAMES[m], "dim") for m in measures))]
    rows += [(left(data(a.asset)), *_asset_cells(page.style, pool, a, measures))
             for a in pool.assets]  # fmt: skip
    if page.fits(rows):
        page.table(rows)
    else:
        for asset in pool.assets:
            cells = _asset_cells(page.style, pool, asset, measures)
            page.line("  asset ", data(asset.asset))
            pairs = zip(measures, cells, strict=True)
            page.table([(left(NAMES[m]), c) for m, c in pairs], indent=4)
    for text in _whys(pool, measures):
        page.paragraph((text, "dim"), indent=2, hanging=2)


def _asset_cells(
    style: Style, pool: PoolAssessment, asset: AssetAssessment, measures: tuple[M, ...]
) -> list[Cell]:
    cells = []
    for measure in measures:
        value = asset.measures.get(measure)
        if value is not None:
            cells.append(Cell(style.amount(value, asset.asset)))
            continue
        why = _why(pool, asset, measure)
        cells.append(Cell(null_mark(None if why is None else why.code), "dim"))
    return cells


def _why(pool: PoolAssessment, asset: AssetAssessment, measure: M) -> Finding | None:
    """Why a measure of one asset has no number: its pool's finding begins with its name."""
    of = f"{asset.asset}: "
    return next(
        (f for f in pool.findings if f.measure is measure and f.message.startswith(of)), None
    )


def _whys(pool: PoolAssessment, measures: tuple[M, ...]) -> list[str]:
    """Each asset with what its absent figures lack, the same said once."""
    found: dict[str, None] = {}
    for asset in pool.assets:
        for measure in measures:
            if asset.measures.get(measure) is None and (why := _why(pool, asset, measure)):
                found[data(why.message, 300)] = None
    return list(found)[:_WHYS_MOST]
