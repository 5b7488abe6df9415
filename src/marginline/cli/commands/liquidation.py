"""`marginline liquidation`: at which prices the venue acts, one alone and all together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from marginline.cli.exits import Exit, UsageProblem, of_status
from marginline.cli.input.documents import of, write_document
from marginline.cli.input.moves import named_value
from marginline.cli.input.sources import Given, Reading, read_one
from marginline.cli.page.findings import write_findings
from marginline.cli.page.health import write_head, write_status
from marginline.cli.page.numbers import DOWN, UP, Style
from marginline.cli.page.page import Cell, Page, Part, data, left
from marginline.cli.page.positions import price_places
from marginline.cli.page.reasons import position_name
from marginline.cli.page.ruler import Point, write_ruler
from marginline.cli.page.words import listed, now
from marginline.core.assessment.assessment import Assessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.measures import Measure
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import known
from marginline.risk.moves.joint import JointMove
from marginline.risk.moves.liquidation import AloneMove, LiquidationPrices, liquidation_prices


def run(
    files: Sequence[str], betas: Sequence[str], reading: Reading, *, as_json: bool, exact: bool
) -> Exit:
    """Write every liquidation price of one account."""
    given = read_one(files, reading)
    with given.named():
        found = liquidation_prices(given.account, parsed_betas(betas))
    if as_json:
        write_document(of(given.provenance(), found.to_dict()))
    else:
        _write(Page(Style(exact=exact)), given, found)
    return of_status(given.assess().status)


def parsed_betas(texts: Sequence[str]) -> Mapping[str, str]:
    """Betas by symbol or asset, from "BTCUSDT=1.2"."""
    betas: dict[str, str] = {}
    for text in texts:
        found = named_value(text)
        if found is None:
            raise UsageProblem(f"--beta {text}: write SYMBOL=BETA, such as BTCUSDT=1.2")
        symbol, beta = found
        betas[symbol] = beta
    return betas


def _write(page: Page, given: Given, found: LiquidationPrices) -> None:
    assessment = given.assess()
    write_head(page, given.account, source=given.source, at=now())
    write_status(page, assessment)
    page.blank()
    page.line(("each instrument alone", "bold"), "  the others stand still")
    for row in found.alone:
        _write_alone(page, row, _figures(assessment, row))
    if not found.alone:
        page.line("no position is open", indent=2)
    _write_joint(page, assessment, found.joint)
    if found.findings:
        page.blank()
        write_findings(page, found.findings, everything=True)


def _figures(assessment: Assessment, row: AloneMove) -> list[PositionFigures]:
    positions = assessment.pool(row.pool).figures.positions
    return [position for position in positions if position.exposure.key in row.positions]


def _write_alone(page: Page, row: AloneMove, legs: list[PositionFigures]) -> None:
    names = listed([f"{position_name(leg)} {page.style.size(leg.exposure.size)}" for leg in legs])
    page.line((names, "bold"), (f"  in {data(row.pool)}", "dim"), indent=2)
    places, called = price_places(legs[0]), _call_prices(legs)
    ends = {name: _end(row, name, called) for name in ("below", "above")}
    open_end = "" if called is None else "no price on this side brings a margin call"
    rows = [
        _end_row(
            page.style,
            row.mark,
            name,
            end,
            places=places,
            why=open_end or row.reasons.get(name, ""),
        )
        for name, end in ends.items()
    ]
    page.table(rows, indent=4)
    letter = "L" if called is None else "C"
    points = list(_points(row, legs, list(ends.values()), letter))
    write_ruler(page, points, (ends["below"], ends["above"]))
    page.line(*_legend(page.style, points, row.mark, places), indent=4)


def _call_prices(legs: list[PositionFigures]) -> Decimal | None:
    return known(legs[0].figure(Measure.CALL_PRICE))


def _end(row: AloneMove, name: str, called: Decimal | None) -> Decimal | None:
    """An end of the safe range; where the venue calls instead, its call price on that side."""
    found: Decimal | None = getattr(row, name)
    if found is not None or called is None or row.mark is None:
        return found
    return called if (called < row.mark) == (name == "below") else None


def _end_row(
    style: Style, mark: Decimal | None, name: str, end: Decimal | None, *, places: int, why: str
) -> tuple[Cell, ...]:
    if end is None or mark is None:
        return (left(name), left("–", "dim"), left(""), left(data(why, 300), "dim"))
    distance = style.distance((end - mark) / mark)
    price = _towards(style, end, mark, places)
    return (left(name), Cell(price, "bold"), Cell(distance), left(""))


def _points(
    row: AloneMove, legs: list[PositionFigures], ends: Sequence[Decimal | None], letter: str
) -> Iterator[Point]:
    bankruptcies = {leg.figure(Measure.BANKRUPTCY_PRICE) for leg in legs}
    for price in bankruptcies:
        if isinstance(price, Decimal):
            yield Point("B", price, "magenta")
    for end in ends:
        if end is not None:
            yield Point(letter, end, "red")
    if row.mark is not None:
        yield Point("M", row.mark, "cyan")


_SLIGHT = Decimal("0.005")  # would read 0 %
_LETTERS = {"B": "bankruptcy", "C": "margin call", "L": "liquidation", "M": "mark"}


def _legend(style: Style, points: Sequence[Point], mark: Decimal | None, places: int) -> list[Part]:
    parts: list[Part] = []
    for point in points:
        price = _towards(style, point.price, mark, places)
        parts += [(point.letter, f"bold {point.style}"), f" {_LETTERS[point.letter]} {price}   "]
    return parts


def _towards(style: Style, price: Decimal, mark: Decimal | None, places: int) -> str:
    """A price rounded towards the mark: never farther than it is."""
    if mark is None or price == mark:
        return style.price(price, places)
    return style.price(price, places, UP if price < mark else DOWN)


def _write_joint(page: Page, assessment: Assessment, moves: Sequence[JointMove]) -> None:
    """All prices together, pool by pool; told once where moving collateral changes nothing."""
    if not moves:
        return
    page.blank()
    page.line(("all prices together", "bold"), "  each by the same share times its beta")
    for pool in dict.fromkeys(move.pool for move in moves):
        own = [move for move in moves if move.pool == pool]
        stands = [move for move in own if move.collateral == "stands"]
        others = [move for move in own if move.collateral != "stands"]
        same = [_told(m) for m in stands] == [_told(m) for m in others]
        page.line((data(pool), "bold"), indent=2)
        for move in stands if same else own:
            _write_move(page, move, _places(assessment, pool), several=not same)


def _told(move: JointMove) -> tuple[str, Decimal | None, str]:
    return move.direction, move.move, move.reason


def _places(assessment: Assessment, pool: str) -> Mapping[str, int]:
    """Decimal places of the prices of a pool's instruments."""
    positions = assessment.pool(pool).figures.positions
    return {each.exposure.instrument.symbol: price_places(each) for each in positions}


def _write_move(page: Page, move: JointMove, places: Mapping[str, int], *, several: bool) -> None:
    with_it = f", collateral {move.collateral}" if several else ""
    if move.move is None:
        page.paragraph(
            f"{move.direction}{with_it}: ",
            (data(move.reason, 300).replace("margin_call", "margin call"), "dim"),
            indent=4,
            hanging=2,
        )
        return
    size = page.style.distance(move.move)
    why = "; ".join(filter(None, (_prices(page.style, move, places), *_drains(page.style, move))))
    page.paragraph(
        f"{move.direction}{with_it}: ",
        (f"{data(move.event).replace('_', ' ')} at {size}", "bold"),
        f"; {why}" if why else "",
        indent=4,
        hanging=2,
    )


def _prices(style: Style, move: JointMove, places: Mapping[str, int]) -> str:
    """The prices of the pool's own instruments there."""
    own = [symbol for symbol in move.prices if symbol in places]
    return listed([f"{data(s)} {style.price(move.prices[s], places[s])}" for s in own], 4)


def _drains(style: Style, move: JointMove) -> Iterator[str]:
    """Who loses the support on the way, and who gives some back."""
    matters = (each for each in move.drain if each.share and abs(each.share) >= _SLIGHT)
    shares = [(data(each.of), each.share or ZERO) for each in matters]
    losers = [f"{name} {style.percent(share, places=0)}" for name, share in shares if share > 0]
    givers = [f"{name} {style.percent(-share, places=0)}" for name, share in shares if share < 0]
    if losers:
        yield f"lost by {listed(losers, 4)}"
    if givers:
        yield f"won back by {listed(givers, 4)}"
