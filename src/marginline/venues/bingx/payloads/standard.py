"""BingX's answers of standard futures in, an account out: `contract/v1` balance and allPosition.

A position's fees and funding settle at its close and no answer tells them: the rulebook says what
is missing for it.
"""

from __future__ import annotations

from marginline.core.account.account import Account, Instrument, Position, Wallet
from marginline.core.findings import Code
from marginline.core.measures import Measure as M
from marginline.errors import PayloadError, Problem
from marginline.venues.bingx.payloads.answers import open_message
from marginline.venues.bingx.payloads.kinds import KINDS, STANDARD
from marginline.venues.reader.account_draft import POSITIONS, WALLETS, Draft
from marginline.venues.reader.fields import Row
from marginline.venues.reader.kinds import Answers
from marginline.venues.reader.reading import Request

_REMEDIES = {"wallets": "balance", "positions": "positions", "orders": "an account file with them"}
_SIDES = {"LONG": 1, "SHORT": -1}


def read_standard(request: Request) -> Account:
    """The account that the answers make.

    Raises:
        PayloadError: an answer is malformed, or contradicts the call.
    """
    if request.mode is not None:
        text = f"{STANDARD} has no modes"
        raise PayloadError([Problem("mode", request.mode, text, "leave it out")])
    draft = Draft(STANDARD, _REMEDIES, request.onto)
    draft.name = request.name or draft.name
    answers = Answers(request, KINDS[STANDARD], open_message)
    draft.as_of = request.moment(answers.newest(), draft.as_of)
    draft.forget_notes(request.answers)
    draft.note_void(answers.void)
    if answers.given("positions"):
        _lay_positions(draft, answers.rows("positions"))
    if answers.given("balance"):
        rows = {row.name("asset"): row for row in answers.rows("balance")}
        draft.wallets = {
            asset: Wallet(asset=asset, balance=row.number("balance")) for asset, row in rows.items()
        }
        draft.known.add(WALLETS)
        draft.reported.raw["balance"] = {asset: dict(row.given) for asset, row in rows.items()}
    draft.keep_unknown(answers.unknown())
    return draft.account(request.sources)


def _lay_positions(draft: Draft, rows: tuple[Row, ...]) -> None:
    draft.positions, draft.reported.positions = {}, {}
    raw: dict[str, object] = {}
    for row in rows:
        symbol, side = row.name("symbol"), _SIDES.get(row.name("positionSide"))
        if side is None:
            raise row.wrong("positionSide", "is no side of a position", "known are LONG, SHORT")
        base, _, quote = symbol.replace("-", "/").partition("/")
        if quote:
            draft.instruments[symbol] = Instrument(
                symbol=symbol, payoff="linear", base=base, quote=quote, settle=quote
            )
        if (mark := row.number("currentPrice")) is not None:
            draft.mark[symbol] = mark
        if not row.amount("positionAmt"):
            continue
        isolated = bool(row.flag("isolated"))
        number = sum(p.instrument == symbol for p in draft.positions.values()) + 1
        position = Position(
            id=str(number),
            instrument=symbol,
            side="long" if side > 0 else "short",
            size=abs(row.amount("positionAmt")) * side,
            entry_price=row.number("entryPrice"),
            leverage=row.number("leverage"),
            margin_mode="isolated" if isolated else "cross",
            isolated_margin=row.number("initialMargin") if isolated else None,
            opened_at=row.moment("time"),
        )
        draft.positions[position.key] = position
        raw[position.key] = dict(row.given)
        told = {
            M.UNREALIZED_PNL.value: row.number("unrealizedProfit"),
            M.INITIAL_MARGIN.value: row.number("initialMargin"),
        }
        draft.reported.positions[position.key] = {k: v for k, v in told.items() if v is not None}
    if not draft.positions:
        text = (
            "no position is listed, and the balance prints nothing by which one left out would show"
            " (no margin, no P&L of isolated ones): in doubt fetch contract/v1/allPosition again"
        )
        draft.note(Code.APPROXIMATE, "positions", text)
    draft.hedge = True
    draft.reported.raw["positions"] = raw
    draft.known.add(POSITIONS)
