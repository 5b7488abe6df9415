"""BingX's page: its words, our measures, its rules, in page order; its own figures beside ours.

BingX cuts what it prints: amounts at 4 decimals in USDT and USDC, at 8 in coins; ratios at 4. Its
balances hold what is posted to isolated positions, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Account, Position
from marginline.core.assessment.assessment import Assessment
from marginline.core.assessment.figures import PoolFigures
from marginline.core.assessment.rules import Citation, Evidence
from marginline.core.findings import Code, approximate, not_applicable, unsupported
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure
from marginline.core.pool.pool import Kind
from marginline.venues.bingx import pools
from marginline.venues.bingx.payloads.kinds import STABLE
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
    printed,
    said_of,
    sum_of_parts,
)
from marginline.venues.compare.lines import AnyLine, Line, Of, Unit, printed_words

_READ = "read 2026-11-21"

ACCOUNT = Citation(
    "BingX: Account Structure (Perpetual Swap)",
    "https://support.bingx.com/hc/en-001/articles/360046487393",
    _READ,
)
MARGIN = Citation("BingX: Margin", "https://bingx.com/en/support/articles/360045900114/", _READ)
RISK = Citation(
    "BingX: Risk and liquidation", "https://bingx.com/en/support/articles/11263299509391", _READ
)
TIERS = Citation(
    "BingX API: maintMarginRatio",
    "https://github.com/BingX-API/api-ai-skills at d40bcc6ab6e9",
    "of 2026-04-21, " + _READ,
)
MULTI_ASSETS = Citation(
    "BingX: Multi-assets mode, automatic conversion",
    "https://bingx.com/en/support/articles/12140157478927",
    _READ,
)
STANDARD = Citation("BingX: Standard futures, margin rate and liquidation", "", _READ)
READING = Citation("marginline's reading of an open point", "docs/venues/bingx", "2026-11-21")


DOCUMENTED, REPRODUCED = Evidence.DOCUMENTED, Evidence.REPRODUCED
DERIVED, SECOND_HAND = Evidence.DERIVED, Evidence.SECOND_HAND

_NO_WITHDRAW = unsupported("BingX does not publish how much may leave a futures account")
_NO_ADL = unsupported("BingX does not publish how positions are ranked for deleveraging")
_NO_FREE = unsupported("BingX does not publish what is available in multi-assets mode")
_AVAILABLE = approximate(
    "BingX's article and its sample answers disagree on whether unrealized profit is available; the"
    " samples are followed"
)
_FEE_BASE = approximate(
    "whether BingX takes the closing fee at the mark or at the bankruptcy price is not public; the"
    " mark is used"
)
_JOINT_BALANCE = approximate(
    "BingX says that its collateral ratio is used for the risk rate, not how: balances are cut by"
    " it here, unrealized profit and loss is not"
)
_NO_STANDARD_FREE = unsupported("BingX does not publish what is available in standard futures")


def available(pool: PoolFigures) -> Figure:
    """USDT-M: the smaller of balance and equity, coin-M: equity; less used and frozen margin."""
    held = pool[M.INITIAL_MARGIN]
    if any(position.exposure.inverse for position in pool.positions):
        return pool[M.MARGIN_BALANCE] - held
    own = formulas.smaller(pool[M.MARGIN_BALANCE] - pool[M.UNREALIZED_PNL], pool[M.MARGIN_BALANCE])
    return own - held


def standard_margin_rate(pool: PoolFigures) -> Figure:
    """NAV over initial margin less the adjustment factor: closed at 0, higher is safer."""
    initial = pool[M.INITIAL_MARGIN]
    if initial <= 0:
        return not_applicable("nothing is open, so there is no margin to compare with")
    return (pool[M.SUPPORT] - pool[M.MAINTENANCE_MARGIN]) / initial


# -- pools ---------------------------------------------------------------------------------------


def _pool(balance_caveat: tuple[Code, str] | None = None) -> tuple[AnyLine, ...]:
    return (
        Line("BAL-001", M.WALLET_BALANCE, ACCOUNT, DOCUMENTED, "balance", Of.ALL,
             label="balance / position margin",
             how="deposits - withdrawals + realized - funding - fees; of an isolated position its"
             " fixed margin: initial margin + added by hand - funding paid", seen="9.8567"),
        Line("BAL-002", M.EQUITY, ACCOUNT, DOCUMENTED, "equity", Of.ALL,
             how="balance + unrealized P&L"),
        Line("", M.UNREALIZED_PNL, word="unrealizedProfit", of=Of.ALL),
        Line("BAL-003", M.MARGIN_BALANCE, ACCOUNT, DOCUMENTED, label="equity of the pool",
             caveat=balance_caveat,
             how="balance + unrealized P&L, of an isolated position fixed margin + unrealized P&L"
             if balance_caveat is None else
             'balance * index * ratio + unrealized P&L; "used when calculating risk rate"',
             seen="9.7914"),
        Line("IM-001", M.POSITION_INITIAL_MARGIN, MARGIN, DOCUMENTED, "usedMargin", Of.CROSS),
        Line("IM-002", M.ORDER_INITIAL_MARGIN, MARGIN, DOCUMENTED, "freezedMargin", Of.CROSS,
             how="order value / leverage + taker fee"),
        Line("RISK-001", M.SUPPORT, RISK, DOCUMENTED, label="",
             how="cross: balance - isolated margins - frozen + P&L of cross positions; isolated:"
             " fixed margin + P&L"),
        Line("MM-001", M.MAINTENANCE_MARGIN, RISK, DOCUMENTED,
             label="maintenance margin and closing fee",
             how="value at the mark * (rate + taker fee) - maintAmount, slice by slice",
             seen="30 = 150,000 * 0.02 %"),
        Line("RISK-002", M.MARGIN_RATIO, RISK, DOCUMENTED, label="risk", caveat=_FEE_BASE,
             how="maintenance margin / support; liquidation at 100 % and at it"),
        Line("RISK-003", M.VENUE_RATIO, RISK, DOCUMENTED, label="riskRate", how="the risk"),
    )  # fmt: skip


SINGLE: tuple[AnyLine, ...] = (
    *_pool(),
    Line("AVL-001", M.AVAILABLE_BALANCE, READING, SECOND_HAND, "availableMargin", Of.CROSS,
         compute=available, caveat=_AVAILABLE,
         formula="min(balance, equity) - used - frozen (coin-M: equity - used - frozen)"),
    Line("WDR-001", M.WITHDRAWABLE_BALANCE, READING, label="withdrawable", gap=_NO_WITHDRAW),
)  # fmt: skip
MULTI: tuple[AnyLine, ...] = (
    *_pool(_JOINT_BALANCE),
    Line("LTV-001", M.VENUE_RATIO, MULTI_ASSETS, DOCUMENTED, label="LTV",
         compute=pools.loan_to_value, kinds=(Kind.ACCOUNT,),
         formula="sum(debts * index) / sum(balances * index * ratio)"),
    Line("AVL-001", M.AVAILABLE_BALANCE, READING, label="available", gap=_NO_FREE,
         kinds=(Kind.ACCOUNT,)),
    Line("WDR-001", M.WITHDRAWABLE_BALANCE, READING, label="withdrawable", gap=_NO_WITHDRAW),
)  # fmt: skip
STANDARD_FUTURES: tuple[AnyLine, ...] = (
    Line("MM-001", M.MAINTENANCE_MARGIN, STANDARD, DOCUMENTED,
         label="adjustment factor * margin",
         how="factor * (size * entry / leverage + margin added by hand)"),
    Line("NAV-001", M.SUPPORT, STANDARD, DOCUMENTED, label="NAV",
         how="balance + P&L + fees and funding of open positions (cash flows, settled at close)"),
    Line("RATE-001", M.VENUE_RATIO, STANDARD, REPRODUCED, label="margin rate",
         compute=standard_margin_rate, formula="NAV / initial_margin - adjustment factor",
         how="NAV / initial margin - factor; closed at 0", seen="150 / 15 - 0.1 = 990 %"),
    Line("AVL-001", M.AVAILABLE_BALANCE, READING, label="available", gap=_NO_STANDARD_FREE),
    Line("WDR-001", M.WITHDRAWABLE_BALANCE, READING, label="withdrawable", gap=_NO_WITHDRAW),
)  # fmt: skip

# -- positions -----------------------------------------------------------------------------------

_ROOT = (
    "isolated long (size * entry - margin - maintAmount) / (size * (1 - rate - fee)), short with"
    " plus signs: the root of risk = 1; cross likewise"
)
_ROOT_STANDARD = (
    "open + open * (fees + funding - (1 - factor) * margin) / (volume * direction); coin"
    " direction * volume * open / ((1 - factor) * margin + direction * volume - fees - funding)"
)


def _position(
    source: Citation, maintenance: Citation, root: str, older: str = ""
) -> tuple[AnyLine, ...]:
    return (
        Line("", M.UNREALIZED_PNL, word="unrealizedProfit", of=Of.POSITION),
        Line("", M.NOTIONAL, word="positionValue", of=Of.POSITION),
        Line("IM-003", M.INITIAL_MARGIN, MARGIN, REPRODUCED, "initialMargin", Of.POSITION,
             how="size * entry / leverage; coin-M contracts * value / entry / leverage",
             seen="1.3922"),
        Line("", M.MARGIN_BALANCE, word="margin", of=Of.ISOLATED, older=older,
             how="fixed margin + unrealized P&L"),
        Line("", M.MARGIN_RATIO, word="riskRate", of=Of.POOL, unit=Unit.RATIO,
             how="the risk of the position's pool"),
        Line("MM-002", M.MAINTENANCE_MARGIN, maintenance, REPRODUCED, how="as its pool's"),
        Line("LIQ-001", M.LIQUIDATION_PRICE, source, DERIVED, "liquidationPrice", Of.POSITION,
             Unit.PRICE, how=root),
        Line("ROM-001", M.RETURN_ON_MARGIN, ACCOUNT, REPRODUCED, "pnlRatio", Of.POSITION,
             Unit.RETURN, how="unrealized P&L / initial margin", seen="-0.7465"),
        Line("ADL-001", M.ADL_SCORE, READING, label="rank for deleveraging", gap=_NO_ADL),
    )  # fmt: skip


POSITION = _position(RISK, TIERS, _ROOT, older="initialMargin")
STANDARD_POSITION = _position(STANDARD, STANDARD, _ROOT_STANDARD)
WORDS = printed_words(SINGLE, POSITION)
STANDARD_WORDS = printed_words(STANDARD_FUTURES, STANDARD_POSITION)

NAME = "BingX"
TABLES = {
    "BXP": (SINGLE, POSITION),
    "BXM": (MULTI,),
    "BXS": (STANDARD_FUTURES, STANDARD_POSITION),
}
"""Lines of pools and of positions by rulebook: the tables of the README."""


# -- printed figures beside ours ------------------------------------------------------------------


def claims(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """Every figure that BingX printed, with ours."""
    rows = part(said_of(account), "positions")
    words = STANDARD_WORDS if account.venue == "bingx_standard" else WORDS
    beside = Beside(
        account, assessment, words, step_of, FOUR_DECIMALS, MARK, cross_apart=False, held=rows
    )
    yield from beside.positions(rows)
    balances = part(said_of(account), "balance")
    if account.mode != "multi_assets":
        yield from beside.assets(balances, EIGHT_DECIMALS)
    if not any(pool.positions for pool in assessment.pools):
        yield from _of_none(beside, balances, account)


def _of_none(beside: Beside, balances: Said, account: Account) -> Iterator[Claim]:
    """What rows print of positions where none is listed: it is of one that is missing.

    Beside positions it is not compared in a joint account, nor in standard futures: of which of
    them a row tells is not documented.
    """
    if account.venue == "bingx_standard":
        names = {"crossUnPnl": M.UNREALIZED_PNL}
    elif account.mode == "multi_assets":
        names = {"unrealizedProfit": M.UNREALIZED_PNL, "usedMargin": M.INITIAL_MARGIN}
    else:
        return
    for asset in balances:
        for name, measure in names.items():
            theirs = printed(part(balances, asset), name)
            if theirs is not None:
                ours = beside.as_told(measure, ZERO)
                yield Claim(f"assets.{asset}", name, measure, theirs, ours, step_of(asset))


# -- sums -----------------------------------------------------------------------------------------


FOUR_DECIMALS = Decimal("0.0001")
MARK = "markPrice"


def step_of(asset: str) -> Decimal:
    """At which decimal BingX cuts amounts of an asset."""
    return FOUR_DECIMALS if asset in STABLE else EIGHT_DECIMALS


def identities(account: Account) -> Iterator[Identity]:
    """The sums that the account's reported figures should obey."""
    raw = said_of(account)
    balances = part(raw, "balance")
    for asset in balances:
        yield from _of_balance(asset, amounts(part(balances, asset)))
    rows = part(raw, "positions")
    for position in account.positions:
        if position.key in rows:
            yield from _of_position(account, position, part(rows, position.key))


def _of_balance(asset: str, said: dict[str, Decimal]) -> Iterator[Identity]:
    where, step = f"assets.{asset}", step_of(asset)
    parts = ("balance", "unrealizedProfit")
    yield from sum_of_parts(where, said, "equity", parts, tolerance=2 * step)
    names = ("availableMargin", "equity", "usedMargin")
    if all(name in said for name in names):
        right = said["equity"] - said["usedMargin"] - said.get("freezedMargin", ZERO)
        text = "availableMargin <= equity - usedMargin - freezedMargin"
        left = said["availableMargin"]
        yield Identity(where, text, left, right, names, 3 * step, at_most=True)


def _of_position(account: Account, position: Position, row: Said) -> Iterator[Identity]:
    """P&L from entry to mark, value at the mark, margin and return on it."""
    contract = account.instruments.get(position.instrument)
    if contract is None or position.entry_price is None or not position.size:
        return
    key, said, unit = position.key, amounts(row), contract.contract_size
    inverse, size = contract.payoff == "inverse", position.size
    entry, mark = position.entry_price, said.get(MARK)
    step = step_of(position.margin_asset or contract.settle or "")
    slack = step
    if mark:
        moved = abs(size) * unit * last_digit(row, MARK)
        slack += moved / (mark * mark) if inverse else moved
        value = formulas.notional_inverse if inverse else formulas.notional_linear
        if (printed := said.get("positionValue")) is not None:
            text = "positionValue is the value at markPrice"
            right = value(size, unit, mark)
            yield Identity(key, text, printed, right, ("positionValue",), slack)
        if (printed := said.get("unrealizedProfit")) is not None:
            text = "unrealizedProfit is the P&L from avgPrice to markPrice"
            right = pnl_to(contract, size, entry, mark)
            yield Identity(key, text, printed, right, ("unrealizedProfit",), slack)
    yield from _of_margins(position, said, step)


def _of_margins(position: Position, said: dict[str, Decimal], step: Decimal) -> Iterator[Identity]:
    key = position.key
    initial, pnl = said.get("initialMargin"), said.get("unrealizedProfit")
    margin, share = said.get("margin"), said.get("pnlRatio")
    if initial is None or pnl is None or margin is None:
        return  # without `margin` the answer is of the older kind: initialMargin has P&L in it
    if position.margin_mode == "cross":
        parts = ("initialMargin", "unrealizedProfit")
        yield from sum_of_parts(key, said, "margin", parts, tolerance=2 * step)
    if share is not None and initial > 0:
        text = "pnlRatio = unrealizedProfit / initialMargin"
        room = FOUR_DECIMALS + 2 * step / initial
        yield Identity(key, text, share, pnl / initial, ("pnlRatio",), room)
