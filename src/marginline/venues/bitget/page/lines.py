"""Bitget's page: its words, our measures, its rules, in the order of its own pages.

Equity and available, margin of positions and orders, maintenance and ratio, liquidation and worst
closing price, bonus, ADL; of classic futures in single and union mode, and of the unified account.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from marginline import formulas
from marginline.core.assessment.facts import price_facts
from marginline.core.assessment.figures import PoolFigures, PositionFigures
from marginline.core.assessment.rules import Citation, Evidence, Fact
from marginline.core.assessment.standard_position import liquidation_price
from marginline.core.findings import AbsentError, Code, approximate, not_applicable, unsupported
from marginline.core.measures import Measure as M
from marginline.core.numbers import ONE, ZERO
from marginline.core.pool.exposure import Figure, need
from marginline.core.pool.pool import Kind
from marginline.venues.compare.lines import AnyLine, Line, Of, Unit, prices, printed_words

_READ = "read 2026-11-21"


def _cited(title: str, url: str, dated: str = "") -> Citation:
    return Citation(f"Bitget: {title}", url, ", ".join(filter(None, (dated, _READ))))


def _article(title: str, number: str, dated: str = "") -> Citation:
    return _cited(title, f"https://www.bitget.com/support/articles/{number}", dated)


def _api(title: str, page: str, dated: str = "copy of 2025-12-05") -> Citation:
    said = ", ".join(filter(None, (dated, _READ)))
    return Citation(f"Bitget API: {title}", f"https://www.bitget.com/api-doc/{page}", said)


RISK = _article("leverage and risk management", "360058821652")
MARK_MARGIN = _article(
    "margin of futures positions at the mark price", "12560603838731", "of 2025-09-29"
)
PROGRESSIVE = _cited(
    "progressive maintenance margin of classic futures accounts",
    "https://www.bitget.com/support",
    "in force from 2025-11-10 08:00 UTC",
)
WORST_PRICE = _cited(
    "worst acceptable closing price",
    "https://www.bitget.com/news/detail/12560604115513",
    "of 2024-07-24",
)
UNION = _article("multi-asset mode: maintenance of liabilities", "12560603884259", "of 2026-06-25")
BONUS = _article("trading bonus", "4407839277593")
UNIFIED_COLLATERAL = _article(
    "collateral ratios of the unified account", "12560603839176", "of 2025-10-06"
)
API_ACCOUNT = _api(
    "classic futures account and positions (v2 mix)", "contract/account/Get-Single-Account"
)
API_POSITION = _api("classic futures positions (v2 mix)", "contract/position/get-single-position")
API_ADL = _api("ADL rank (v2 mix, v3)", "contract/position/Get-Position-ADL-Rank")
API_UNIFIED = _api("unified account assets and positions (v3)", "uta/account/Get-Account", "")
READING = Citation("marginline's reading of an open point", "docs/venues/bitget", "2026-11-21")


# -- arithmetic of its own ------------------------------------------------------------------------


def frozen_liquidation_price(position: PositionFigures) -> Figure:
    """Cross estimate until 2025-09-29: maintenance margin stays what it is at today's mark.

    `mark - (cross equity - maintenance margin) / net size` (inverse: in 1/price). None at or below
    zero. A net short of a linear contract is repriced, as is one without a net size: maintenance
    moves with the price, `(equity + size * mark) / (size * (1 + rate + fee))` (reproduced, 1
    account; two captured longs are frozen).
    """
    exposure = position.exposure
    symbol, mark = exposure.instrument.symbol, need(exposure.mark)
    same = (p.exposure for p in position.pool.positions)
    net = sum((e.size for e in same if e.instrument.symbol == symbol), ZERO)
    if net == 0 or (net < 0 and not exposure.inverse):
        return liquidation_price(position)
    of = formulas.bankruptcy_price_inverse if exposure.inverse else formulas.bankruptcy_price_linear
    price = of(net, exposure.unit, mark, position.pool[M.BUFFER])
    if price <= 0:
        return not_applicable(f"no price of {symbol} above zero liquidates this pool")
    return price


def _closing_price(position: PositionFigures, cash: Decimal, fee: Decimal) -> Decimal:
    """Where closing, its fee included, leaves of some cash just nothing."""
    exposure = position.exposure
    inverse = exposure.inverse
    of = formulas.liquidation_price_inverse if inverse else formulas.liquidation_price_linear
    return of(exposure.size, exposure.unit, need(exposure.entry_price), cash, fee, ZERO)


def break_even_facts(position: PositionFigures) -> Iterable[Fact]:
    """Entry price, what was paid, and the fee of the close."""
    exposure = position.exposure
    for name, figure in (
        ("entry price", exposure.entry_price),
        ("fees and funding", exposure.fees),
        ("taker fee", exposure.maintenance.fee_rate),
    ):
        yield Fact(name, figure if isinstance(figure, Decimal) else figure.message, "", "account")


def break_even(position: PositionFigures) -> Figure:
    """Where closing, its taker fee included, just pays back the fees and funding so far.

    Long `(entry * q - paid) / (q * (1 - taker))`, short with plus signs; paid is a negative flow.
    """
    exposure = position.exposure
    need(exposure.entry_price)
    price = _closing_price(position, need(exposure.fees), need(exposure.maintenance.fee_rate))
    return price if price > 0 else not_applicable("no price of this contract pays back the fees")


def worst_price_isolated(position: PositionFigures) -> Figure:
    """Where the margin just pays the loss and the liquidation fee g of the close.

    Long `(margin - E * q) / (q * (g - 1))`, short `(margin + E * q) / (q * (g + 1))`.
    """
    margin = position.pool[M.WALLET_BALANCE]
    need(position.exposure.entry_price)
    price = _closing_price(position, margin, need(position.exposure.liquidation_fee_rate))
    if price <= 0:
        return not_applicable("no price above zero uses up the margin of this position")
    return price


def _worst_price_cross(position: PositionFigures) -> Decimal:
    """Bitget's worst closing price of a cross position: funds shared pro rata to value.

    Long `(mark - funds * value / total value / q) / (1 - g)`, short with plus signs. Linear only.
    """
    exposure, pool = position.exposure, position.pool
    fee, mark = need(exposure.liquidation_fee_rate), need(exposure.mark)
    value = position[M.NOTIONAL] * need(exposure.value_rate)
    share = formulas.share(value, pool[M.GROSS_NOTIONAL])
    funds = formulas.positive_part(pool[M.MARGIN_BALANCE]) * share / need(exposure.value_rate)
    side = ONE if exposure.size > 0 else -ONE
    return (mark - funds / (exposure.size * exposure.unit)) / (ONE - side * fee)


def worst_price_facts(position: PositionFigures) -> Iterable[Fact]:
    """Prices as given, and the price below (above) which Bitget refuses a close."""
    yield from price_facts(position)
    exposure = position.exposure
    if exposure.inverse or position.isolated:
        return
    # Fresh figures: what a fact looks up must not enter the tree that is being recorded.
    pool = PoolFigures(position.pool.pool, position.pool.all_rules)
    same = next(p for p in pool.positions if p.name == position.name)
    try:
        price: Decimal | str = _worst_price_cross(same)
    except AbsentError as missing:
        price = missing.gap.message
    quote = exposure.instrument.quote or ""
    yield Fact("worst acceptable closing price", price, quote, str(WORST_PRICE))


NAME = "Bitget"
REPRODUCED, DOCUMENTED = Evidence.REPRODUCED, Evidence.DOCUMENTED
DERIVED = Evidence.DERIVED
CROSS, ISOLATED, ACCOUNT = (Kind.CROSS,), (Kind.ISOLATED,), (Kind.ACCOUNT,)

_NO_TRANSFER = unsupported("Bitget does not publish how much may be transferred out")
_NO_ADL = unsupported("Bitget publishes the rank of a position, not how it is made")


_FROZEN = approximate(
    "Bitget's own estimate of its day keeps maintenance margin at today's mark for a long and"
    " reprices it for a short, as captured; the status follows the margin ratio, and _below and"
    " _above are where that reaches 1"
)
_ESTIMATE = approximate(
    "Bitget calls its cross liquidation price an estimate; derived from its margin ratio, since"
    " the formula is an image we could not read"
)
_UNION_ESTIMATE = approximate(
    "no liquidation price of union mode could be read at Bitget; derived from its margin ratio"
)
_UNIFIED_RATIO = approximate(
    "the exact text of the unified account's ratio could not be read: mmr / effEquity,"
    " liquidation at 100 %, follows from the names of its fields"
)
_UNIFIED_PRICE = approximate(
    "no liquidation price of the unified account could be read at Bitget; derived from its ratio"
)

_OPENING = "sum(opening value * (1 / leverage + taker fee))"
_ROOT = "(entry * size - margin - offset) / (size * (1 - rate - fee)), short with plus signs"
_JOINED = "until 2026-06-25 max(futures, 5 % of liabilities), then futures + liabilities by tier"
FLAT = "value * (rate of the tier reached + taker fee)"
BY_OPENING = (
    "opened before 2025-11-10 08:00 UTC: value * (rate of the tier reached + taker fee);"
    " later: sum(slice * (rate of the slice + taker fee))"
)
AT_ENTRY, AT_MARK = "size * entry_price / leverage", "size * mark_price / leverage"

# -- pools of classic futures ------------------------------------------------------------------


def _pool(*, union: bool, maintenance: str = "") -> tuple[AnyLine, ...]:
    whose = Of.JOINT if union else Of.CROSS
    ratio = "crossedRiskRate" if union else "marginRatio / crossedRiskRate"
    coin = Of.ALL if not union else None
    return (
        Line("EQ-001", M.EQUITY, API_ACCOUNT, DOCUMENTED, "accountEquity", coin,
             how="balance + unrealized P&L at the mark"),
        Line("PNL-001", M.UNREALIZED_PNL, API_ACCOUNT, DOCUMENTED, "unrealizedPL", coin,
             how="size * (mark - entry); COIN-M face * (1/entry - 1/mark)"),
        _UNION_BALANCE if union else _CROSS_EQUITY,
        Line("AVL-001", M.AVAILABLE_BALANCE, MARK_MARGIN, DOCUMENTED,
             "unionAvailable" if union else "available", whose,
             how="margin balance - initial margin; a shortfall is negative"),
        Line("WDR-001", M.WITHDRAWABLE_BALANCE, API_ACCOUNT, word="maxTransferOut",
             of=None if union else whose, gap=_NO_TRANSFER),
        Line("IM-001", M.POSITION_INITIAL_MARGIN, MARK_MARGIN, REPRODUCED, "crossedMargin",
             None if union else whose, label="crossedMargin / marginSize",
             how="sum of the positions' margin"),
        Line("IM-002", M.ORDER_INITIAL_MARGIN, RISK, DOCUMENTED, "locked",
             None if union else whose, formula=_OPENING,
             how="opening cost: value * (1 / leverage + taker fee) of what opens (the netting is"
             " our reading)"),
        Line("MM-001", M.MAINTENANCE_MARGIN, UNION if union else RISK, DOCUMENTED,
             "unionMm" if union else "", whose if union else None,
             label=None if union else "maintenance margin", formula=maintenance,
             how=_JOINED if union else
             "value * (tier rate + taker fee), flat or slice by slice, see below"),
        Line("RATIO-001", M.MARGIN_RATIO, RISK, REPRODUCED, "crossedRiskRate", whose, Unit.RATIO,
             label=ratio, how="maintenance margin / margin balance; liquidation at 1, and at it",
             seen="0.1082149545822005; 0.029599540355"),
        Line("RATIO-002", M.VENUE_RATIO, RISK, REPRODUCED, label=ratio, how="the same"),
        Line("BON-001", M.CREDIT, BONUS, DOCUMENTED, "coupon", None if union else whose,
             how="trading bonus: it supports positions; any transfer out voids what is left"),
    )  # fmt: skip


_CROSS_EQUITY: AnyLine = Line(
    "EQ-002", M.MARGIN_BALANCE, RISK, REPRODUCED, kinds=(*CROSS, *ISOLATED),
    label="cross equity / marginSize + unrealizedPL",
    how="account equity - isolated margins - isolated unrealized P&L")  # fmt: skip
_UNION_BALANCE: AnyLine = Line(
    "EQ-002", M.MARGIN_BALANCE, UNION, DOCUMENTED, "unionTotalMargin", Of.JOINT, kinds=ACCOUNT,
    how="sum((balance * index + unrealized P&L) * discount rate), slice by slice of the value",
    seen="2,000 * 0.975")  # fmt: skip

SINGLE_POOL = (
    *_pool(union=False),
    Line("", M.UNREALIZED_PNL, word="crossedUnrealizedPL", of=Of.CROSS),
)
UNION_POOL_LARGER = _pool(union=True, maintenance="max(positions, liability * 5 %)")
UNION_POOL_SUM = _pool(
    union=True, maintenance="positions + sum(liability * its tier's rate - offset)"
)

# -- positions of classic futures --------------------------------------------------------------


def _position(
    maintenance: str,
    initial: str,
    source: Citation,
    evidence: Evidence,
    *cross: AnyLine,
) -> tuple[AnyLine, ...]:
    return (
        Line("", M.UNREALIZED_PNL, word="unrealizedPL", of=Of.POSITION),
        Line("IM-003", M.INITIAL_MARGIN, MARK_MARGIN, REPRODUCED, "marginSize", Of.CROSSED,
             formula=initial,
             how="until 2025-09-29 size * entry / leverage, then size * mark / leverage",
             seen="3.73555; 96.0616"),
        Line("MM-002", M.MAINTENANCE_MARGIN, source, evidence, formula=maintenance,
             label="value * (keepMarginRate + taker fee)",
             how="value * (tier rate + taker fee), flat or slice by slice, see below",
             seen="1,848; 1,648"),
        Line("MM-003", M.MAINTENANCE_RATE, API_POSITION, DOCUMENTED, "keepMarginRate",
             Of.POSITION, Unit.RATIO, how="rate of the tier reached, without fee"),
        Line("RATIO-003", M.MARGIN_RATIO, RISK, REPRODUCED, "marginRatio", Of.POOL, Unit.RATIO,
             kinds=ISOLATED, how="of a crossed position that of its pool"),
        *prices(Line("LIQ-001", M.LIQUIDATION_PRICE, API_POSITION, REPRODUCED,
                     "liquidationPrice", Of.POSITION, Unit.END, kinds=ISOLATED,
                     how=f"isolated {_ROOT}: the root of ratio = 1",
                     seen="24144.1124161806977798")),
        *_worst(),
        _break_even(API_POSITION),
        Line("ROE-001", M.RETURN_ON_MARGIN, MARK_MARGIN, DOCUMENTED, "unrealizedPLR",
             Of.POSITION, Unit.RATIO, label="ROE / unrealizedPLR"),
        Line("ADL-001", M.ADL_SCORE, API_ADL, label="rank", gap=_NO_ADL),
        *cross,
        Line("", M.WALLET_BALANCE, word="marginSize", of=Of.ISOLATED,
             how="what is posted to an isolated position"),
    )  # fmt: skip


def _worst() -> tuple[AnyLine, ...]:
    """Isolated: net of the liquidation fee. Cross: where the margin balance is zero."""
    return (
        Line("BKR-001", M.BANKRUPTCY_PRICE, WORST_PRICE, DOCUMENTED,
             label="worst acceptable closing price", kinds=ISOLATED, facts=price_facts,
             compute=worst_price_isolated, how="isolated: net of the liquidation fee",
             formula="(entry * size - side * margin) / (size * (1 - side * liquidation fee)),"
             " side 1 or -1"),
        Line("BKR-002", M.BANKRUPTCY_PRICE, READING, DERIVED, kinds=(*CROSS, *ACCOUNT),
             facts=worst_price_facts, how="cross: where the margin balance is zero"),
    )  # fmt: skip


def _break_even(source: Citation) -> AnyLine:
    return Line("BE-001", M.BREAK_EVEN_PRICE, source, REPRODUCED, "breakEvenPrice", Of.POSITION,
        Unit.LEVEL, compute=break_even, facts=break_even_facts,
        formula="(entry * size - fees - funding) / (size * (1 - side * taker fee)), side 1 or -1",
        seen="96208.214834900941; unified 109208.6")  # fmt: skip


def _cross(kinds: tuple[Kind, ...], caveat: tuple[Code, str], source: Citation) -> list[AnyLine]:
    """The ends of the safe range of a cross pool, derived from the ratio."""
    how = "cross: the root of ratio = 1, tier by tier"
    return [*prices(Line("LIQ-011", M.LIQUIDATION_PRICE, source, DERIVED, kinds=kinds,
        label="liquidationPrice", caveat=caveat, how=how))]  # fmt: skip


_FROZEN_PRICE: AnyLine = Line(
    "LIQ-020", M.LIQUIDATION_PRICE, API_POSITION, REPRODUCED, label="liquidationPrice",
    compute=frozen_liquidation_price, kinds=CROSS, caveat=_FROZEN,
    formula="mark_price - (support - maintenance_margin) / net size (inverse: in 1/price); a net"
    " short of a linear contract (support + size * mark) / (size * (1 + rate + fee))",
    how="cross, until 2025-09-29: mark - (cross equity - maintenance margin at the mark) / size",
    seen="31724.970702417; 31725.023602417")  # fmt: skip
_AT_MARK = _cross(CROSS, _ESTIMATE, MARK_MARGIN)
_UNION = _cross(ACCOUNT, _UNION_ESTIMATE, READING)

SINGLE_2023 = _position(
    FLAT, AT_ENTRY, RISK, REPRODUCED, *_cross(CROSS, _ESTIMATE, RISK)[1:], _FROZEN_PRICE
)
SINGLE_2025_09 = _position(FLAT, AT_MARK, RISK, REPRODUCED, *_AT_MARK)
SINGLE_2025_11 = _position(BY_OPENING, AT_MARK, PROGRESSIVE, REPRODUCED, *_AT_MARK)
UNION_2024 = _position(FLAT, AT_ENTRY, RISK, DOCUMENTED, *_UNION)
UNION_2025_09 = _position(FLAT, AT_MARK, RISK, DOCUMENTED, *_UNION)
UNION_2025_11 = _position(BY_OPENING, AT_MARK, PROGRESSIVE, DOCUMENTED, *_UNION)

# -- the unified account -----------------------------------------------------------------------

_V3 = API_UNIFIED
UNIFIED_POOL: tuple[AnyLine, ...] = (
    Line("EQ-001", M.EQUITY, _V3, REPRODUCED, "accountEquity", Of.JOINT, how="sum of `usdValue`",
         seen="4976919.05"),
    Line("PNL-001", M.UNREALIZED_PNL, _V3, DOCUMENTED, "unrealisedPnl", Of.JOINT),
    Line("EQ-002", M.MARGIN_BALANCE, UNIFIED_COLLATERAL, REPRODUCED, "effEquity", Of.JOINT,
         how="after collateral ratios, slice by slice of the value", seen="6.19299777"),
    Line("IM-001", M.POSITION_INITIAL_MARGIN, _V3, REPRODUCED, label="positionBalance"),
    Line("IM-002", M.ORDER_INITIAL_MARGIN, READING, DERIVED, formula=_OPENING),
    Line("IM-003", M.INITIAL_MARGIN, _V3, DOCUMENTED, "imr", Of.JOINT,
         how="an amount in USD, not a rate"),
    Line("MM-001", M.MAINTENANCE_MARGIN, _V3, DOCUMENTED, "mmr", Of.JOINT,
         how="an amount in USD, not a rate"),
    Line("RATIO-001", M.MARGIN_RATIO, _V3, DERIVED, "mgnRatio", Of.JOINT, Unit.RATIO,
         caveat=_UNIFIED_RATIO, how="mmr / effEquity, from the names"),
    Line("RATIO-002", M.VENUE_RATIO, _V3, DERIVED, label="mgnRatio", caveat=_UNIFIED_RATIO,
         how="the same"),
    Line("AVL-001", M.AVAILABLE_BALANCE, READING, DERIVED),
    Line("WDR-001", M.WITHDRAWABLE_BALANCE, _V3, label="max transferable", gap=_NO_TRANSFER),
)  # fmt: skip
UNIFIED_POSITION: tuple[AnyLine, ...] = (
    Line("", M.UNREALIZED_PNL, word="unrealisedPnl", of=Of.POSITION),
    Line("IM-004", M.INITIAL_MARGIN, _V3, REPRODUCED, "positionBalance", Of.CROSSED,
         formula="size * mark_price * (1 / leverage + taker fee)", seen="4701531.84941582"),
    Line("MM-002", M.MAINTENANCE_MARGIN, READING, DERIVED,
         formula="sum(slice * (rate of the slice + taker fee))"),
    Line("MM-003", M.MAINTENANCE_RATE, _V3, DOCUMENTED, "mmr", Of.POSITION, Unit.RATIO,
         how="a rate, not an amount"),
    *prices(Line("LIQ-001", M.LIQUIDATION_PRICE, READING, DERIVED, label="liquidationPrice",
                 kinds=(*CROSS, *ISOLATED, *ACCOUNT), caveat=_UNIFIED_PRICE,
                 how="the root of ratio = 1, tier by tier")),
    *_worst(),
    _break_even(_V3),
    Line("ROE-001", M.RETURN_ON_MARGIN, _V3, REPRODUCED, "profitRate", Of.POSITION, Unit.RATIO,
         how="unrealized P&L / positionBalance", seen="0.2391929010498401"),
    Line("ADL-001", M.ADL_SCORE, API_ADL, label="adlRank", gap=_NO_ADL),
    Line("", M.WALLET_BALANCE, word="positionBalance", of=Of.ISOLATED,
         how="taken for the margin of an isolated position, with a finding"),
)  # fmt: skip

# -- what comes of the lines -------------------------------------------------------------------

_HELD = printed_words(SINGLE_2025_11, UNIFIED_POSITION)


def _once(*words: AnyLine) -> tuple[AnyLine, ...]:
    """The break-even price has a line in both accounts."""
    return tuple({(word.word, word.of): word for word in words}.values())


CLASSIC_WORDS = _once(*printed_words(SINGLE_POOL), *_HELD)
UNION_WORDS = _once(*printed_words(UNION_POOL_SUM), *_HELD)
UNIFIED_WORDS = _once(*printed_words(UNIFIED_POOL), *_HELD)
WORDS = _once(*CLASSIC_WORDS, *UNION_WORDS, *UNIFIED_WORDS)
TABLES = {
    "BGCL": (SINGLE_POOL, (*SINGLE_2025_11, _FROZEN_PRICE)),
    "BGMA": (UNION_POOL_SUM, tuple(_UNION)),
    "BGUT": (UNIFIED_POOL, UNIFIED_POSITION),
}
"""Lines of pools and of positions by rulebook: the tables of the README."""
