"""OKX's page: its words, our measures, its rules, in the order of its help pages.

Amounts are printed as OKX computes them, with sixteen or more digits; prices and ratios rest on a
mark cut at its tick. What no official text says is a hypothesis, and says so where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Account, Position
from marginline.core.assessment.assessment import Assessment
from marginline.core.assessment.figures import PoolFigures
from marginline.core.assessment.rules import Citation, Evidence
from marginline.core.findings import Code, not_applicable, unsupported
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure
from marginline.core.pool.pool import Kind
from marginline.venues.compare.claiming import Beside
from marginline.venues.compare.comparing import (
    EIGHT_DECIMALS,
    Claim,
    Identity,
    Said,
    amounts,
    last_digit,
    part,
    pnl_to,
    rows,
    said_of,
    sum_of_parts,
)
from marginline.venues.compare.lines import (
    AnyLine,
    Line,
    Of,
    Unit,
    pool_rules,
    position_rules,
    printed_words,
)

NAME = "OKX"
DOCUMENTED, REPRODUCED = Evidence.DOCUMENTED, Evidence.REPRODUCED
DERIVED, SECOND_HAND = Evidence.DERIVED, Evidence.SECOND_HAND
_JOINT, _UNIT = (Kind.ACCOUNT,), (Kind.RISK_UNIT,)
TICK = Decimal("0.01")
"""How far above the algebraic price OKX printed one long's: one sample, at the contract's tick."""

# -- sources -----------------------------------------------------------------------------------

_READ = "read 2026-11-21"
API = Citation("OKX API v5: account", "https://www.okx.com/docs-v5/en/", _READ)
SINGLE = Citation(
    "OKX's help text on the futures mode, in four restatements that agree",
    "https://www.gabolde.com/9378.html",
    _READ,
)
JOINT = Citation(
    "OKX: Multi-currency margin mode, cross margin trading",
    "https://www.okx.com/help/iv-multi-currency-margin-mode-cross-margin-trading",
    _READ,
)
SAMPLE = Citation("OKX API v5: sample of /account/positions, 2021-04-27", API.url, _READ)
BUILDER = Citation(
    "OKX API v5: position builder, sample of 2025-01-15",
    "https://www.okx.com/docs-v5/en/#trading-account-rest-api-position-builder-new",
    _READ,
)
READING = Citation("marginline's reading of an open point", "docs/venues/okx", "2026-11-21")

# -- what is not known -------------------------------------------------------------------------


def _hypothesis(text: str) -> tuple[Code, str]:
    return Code.APPROXIMATE, f"hypothesis: {text}"


_WHOLE = _hypothesis("that the whole position is charged at its tier's rate, no official text said")
_FUTURES = _hypothesis("the futures mode's ratio was read in restatements, not in OKX's own text")
_DISCOUNT = _hypothesis(
    "profit and loss joins its currency before the discount; the terms of orders and isolated"
    " positions in adjEq are not public"
)
_GROSS = _hypothesis(
    "basis and minimum charges are taken gross over instruments, prices move from the mark where"
    " OKX takes the index; spot and options in a risk unit are left out"
)
_PM_FEE = _hypothesis(
    "what of the fees stands in portfolio margin's ratio is not public; the liquidation fee on the"
    " notional is taken"
)
_NO_WITHDRAW = unsupported("OKX does not publish how much may leave; ask account/max-withdrawal")
_NO_ADL = unsupported("OKX prints a rank from 0 to 5; how it is made is second-hand")

# -- arithmetic of its own ---------------------------------------------------------------------


def cover(pool: PoolFigures) -> Figure:
    """mgnRatio: what stands against the requirement, over it; liquidation at 1 and below."""
    requirement = pool[M.MAINTENANCE_MARGIN] + pool[M.CLOSING_FEE]
    if requirement <= 0:
        return not_applicable("nothing is open, so there is no requirement to compare with")
    return pool[M.SUPPORT] / requirement


def available(pool: PoolFigures) -> Figure:
    """availEq: what no position and no order takes, never below 0."""
    return formulas.positive_part(pool[M.SUPPORT] - pool[M.INITIAL_MARGIN])


# -- pools -------------------------------------------------------------------------------------

_COVER = "support / (maintenance_margin + closing_fee)"
_FREE = "max(0, support - initial_margin)"

FUTURES_LINES: tuple[AnyLine, ...] = (
    Line("BAL-001", M.WALLET_BALANCE, API, DOCUMENTED, label="cashBal + stgyEq",
         how="cash and bots; of an isolated position `margin`"),
    Line("", M.UNREALIZED_PNL, word="upl", of=Of.ALL),
    Line("BAL-002", M.EQUITY, API, REPRODUCED, "eq", Of.ALL,
         how="cashBal + stgyEq + P&L + isoEq - interest", seen="4992.890093622894"),
    Line("BAL-003", M.SUPPORT, SINGLE, SECOND_HAND, label="balance + floating P&L",
         how="cash + cross P&L - what spot orders and bots hold (`locked`)"),
    Line("IM-001", M.POSITION_INITIAL_MARGIN, API, REPRODUCED, label="margin of positions",
         how="sum(imr of positions)"),
    Line("IM-002", M.INITIAL_MARGIN, API, DOCUMENTED, "imr", Of.CROSS,
         how="positions and orders; orders: UNSUPPORTED"),
    Line("MM-001", M.MAINTENANCE_MARGIN, API, DOCUMENTED, "mmr", Of.CROSS, caveat=_WHOLE,
         how="sum(value at the mark * mmr of the tier)"),
    Line("FEE-001", M.CLOSING_FEE, SAMPLE, REPRODUCED, label="liquidation fee",
         how="value at the mark * (liquidation fee, else taker fee)", seen="0.05 %"),
    Line("RATIO-001", M.MARGIN_RATIO, SINGLE, SECOND_HAND, label="1 / mgnRatio", caveat=_FUTURES,
         how="(mmr + liquidation fee) / support; liquidation at 100 % and at it"),
    Line("RATIO-002", M.VENUE_RATIO, SAMPLE, REPRODUCED, "mgnRatio", Of.CROSS, Unit.COVER,
         compute=cover, formula=_COVER, seen="11.731726509588816, isolated"),
    Line("AVL-001", M.AVAILABLE_BALANCE, API, DERIVED, "availEq", Of.CROSS, compute=available,
         formula=_FREE),
    Line("WDR-001", M.WITHDRAWABLE_BALANCE, READING, label="maxWd", gap=_NO_WITHDRAW),
)  # fmt: skip


def _joint(caveats: dict[M, tuple[Code, str]], initial: str, needed: str) -> tuple[AnyLine, ...]:
    return (
        Line("BAL-001", M.WALLET_BALANCE, API, DOCUMENTED, label="cashBal + stgyEq, in USD"),
        Line("", M.UNREALIZED_PNL, word="upl", of=Of.JOINT),
        Line("", M.GROSS_NOTIONAL, word="notionalUsd", of=Of.JOINT),
        Line("BAL-002", M.EQUITY, API, REPRODUCED, label="totalEq, without isolated positions",
             how="sum(eq * index)"),
        Line("BAL-003", M.MARGIN_BALANCE, JOINT, DOCUMENTED, "adjEq", Of.JOINT,
             caveat=_DISCOUNT, how="sum(eq - locked, slice by slice * discount rate * index); debts"
             " in full", seen="11M USDT = 10,825,000"),
        Line("IM-002", M.INITIAL_MARGIN, API, DOCUMENTED, "imr", Of.JOINT, how=initial),
        Line("MM-001", M.MAINTENANCE_MARGIN, JOINT, DOCUMENTED, "mmr", Of.JOINT, kinds=_JOINT,
             caveat=caveats[M.MAINTENANCE_MARGIN], how=needed),
        Line("FEE-001", M.CLOSING_FEE, JOINT, DOCUMENTED, label="liquidation fees",
             caveat=caveats.get(M.CLOSING_FEE),
             how="value at the mark * (liquidation fee, else taker fee)"),
        Line("RATIO-001", M.MARGIN_RATIO, JOINT, DOCUMENTED, label="1 / mgnRatio",
             how="(mmr + liquidation fees) / adjEq; liquidation at 100 % and at it"),
        Line("RATIO-002", M.VENUE_RATIO, JOINT, DOCUMENTED, "mgnRatio", Of.JOINT, Unit.COVER,
             compute=cover, formula=_COVER),
        Line("AVL-001", M.AVAILABLE_BALANCE, API, DERIVED, "availEq", Of.JOINT,
             compute=available, formula=_FREE),
        Line("WDR-001", M.WITHDRAWABLE_BALANCE, READING, label="maxWd", gap=_NO_WITHDRAW),
    )  # fmt: skip


MULTI_LINES = _joint(
    {M.MAINTENANCE_MARGIN: _WHOLE},
    "positions and loans; orders: UNSUPPORTED",
    "sum(value at the mark * mmr of the tier) + loans",
)
PORTFOLIO_LINES = (
    *_joint(
        {M.MAINTENANCE_MARGIN: _GROSS, M.CLOSING_FEE: _PM_FEE},
        "1.3 * mmr of the risk units + loans (1375.48 * 1.3 + 7855.32 = 9643.45)",
        "sum over risk units of max(max(MR1, MR6) + MR4, MR7) + MR8",
    ),
    Line("PM-001", M.MAINTENANCE_MARGIN, BUILDER, REPRODUCED, label="mmr of a risk unit",
         kinds=_UNIT, how="max(max(MR1, MR6) + MR4, MR7): worst price move, half of the extreme"
         " one, basis, minimum", seen="2328.82 / 2"),
)  # fmt: skip

# -- positions ---------------------------------------------------------------------------------

_PRICE = (
    "linear (entry - margin/size) / (1 - mmr - fee), short with plus signs; inverse ctVal * n *"
    " (1 + mmr + fee) / (ctVal * n / entry + margin): the root of mgnRatio = 1; cross likewise"
)
POSITION_LINES: tuple[AnyLine, ...] = (
    Line("", M.UNREALIZED_PNL, word="upl", of=Of.POSITION),
    Line("IM-003", M.INITIAL_MARGIN, SAMPLE, REPRODUCED, "imr", Of.POSITION,
         how="value / lever: cross at the mark, isolated at the entry price"),
    Line("MM-002", M.MAINTENANCE_MARGIN, SAMPLE, REPRODUCED, "mmr", Of.POSITION, caveat=_WHOLE,
         how="value at the mark * mmr of the tier (by contracts)", seen="0.0000311811092368"),
    Line("", M.VENUE_RATIO, word="mgnRatio", of=Of.POOL, unit=Unit.COVER,
         how="isolated (margin + upl) / (value * (mmr + fee)); cross that of its pool",
         seen="11.731726509588816"),
    Line("LIQ-001", M.LIQUIDATION_PRICE, SAMPLE, REPRODUCED, "liqPx", Of.POSITION, Unit.PRICE,
         how=_PRICE, seen="2352.8396681818, printed one tick higher"),
    Line("ROM-001", M.RETURN_ON_MARGIN, SAMPLE, REPRODUCED, "uplRatio", Of.POSITION,
         Unit.RETURN, how="upl / initial margin", seen="-0.0025490556801078"),
    Line("ADL-001", M.ADL_SCORE, READING, label="adl", gap=_NO_ADL),
)  # fmt: skip

WORDS = printed_words(FUTURES_LINES, MULTI_LINES, POSITION_LINES)
FUTURES, MULTI, PORTFOLIO = (
    (pool_rules(prefix, lines), position_rules(prefix, POSITION_LINES))
    for prefix, lines in (("OKF", FUTURES_LINES), ("OKM", MULTI_LINES), ("OKP", PORTFOLIO_LINES))
)
TABLES = {
    "OKF": (FUTURES_LINES, POSITION_LINES),
    "OKM": (MULTI_LINES,),
    "OKP": (PORTFOLIO_LINES,),
}
"""Lines of pools and of positions by rulebook: the tables of the README."""

# -- the venue's figures beside ours -----------------------------------------------------------


def claims(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """Every figure that OKX printed, with ours."""
    raw = said_of(account)
    held = part(raw, "positions")
    step = EIGHT_DECIMALS
    beside = Beside(
        account, assessment, WORDS, lambda _: step, step, "markPx", _tick,
        cross_apart=False, held=held,
    )  # fmt: skip
    yield from beside.positions(held)
    if account.mode == "futures":
        yield from beside.assets(part(raw, "balance"), EIGHT_DECIMALS)
    else:
        yield from beside.joint(part(raw, "account"), TICK)


def _tick(symbol: str, account: Account) -> Decimal:
    """OKX printed one price a tick above the algebraic one."""
    contract = account.instruments.get(symbol)
    return TICK if contract is None or contract.tick_size is None else contract.tick_size


def identities(account: Account) -> Iterator[Identity]:
    """The sums that OKX's own figures obey."""
    raw = said_of(account)
    for asset, said in rows(part(raw, "balance")):
        told = {"stgyEq": ZERO, "interest": ZERO, "optVal": ZERO, "isoUpl": ZERO} | said
        plus = ("cashBal", "upl", "isoEq", "stgyEq", "optVal")
        yield from sum_of_parts(
            f"assets.{asset}", told, "eq", plus, ("isoUpl", "interest"), tolerance=EIGHT_DECIMALS
        )
    held = part(raw, "positions")
    for position in account.positions:
        yield from _of_position(account, position, part(held, position.key))


def _of_position(account: Account, position: Position, row: Said) -> Iterator[Identity]:
    contract, said = account.instruments.get(position.instrument), amounts(row)
    mark, pnl, entry = said.get("markPx"), said.get("upl"), position.entry_price
    if contract is None or entry is None or not mark or pnl is None:
        return
    right = pnl_to(contract, position.size, entry, mark)
    moved = abs(position.size) * contract.contract_size * last_digit(row, "markPx")
    slack = EIGHT_DECIMALS + (moved / (mark * mark) if contract.payoff == "inverse" else moved)
    text = "upl is the P&L from avgPx to markPx"
    yield Identity(position.key, text, pnl, right, ("upl",), slack)
