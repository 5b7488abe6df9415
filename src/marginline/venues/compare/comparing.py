"""What a venue says of its own figures, set beside ours: the form in which a folder states it.

A venue's page (`words_of`) offers

- `claims(account, assessment)`: every figure the venue printed that we can name, with ours;
- `identities(account)`: sums that the venue's own figures should obey among themselves. Where one
  is broken, the answer contradicts itself and no engine can agree with all of it.

How far apart two figures may lie is part of a claim: venues cut what they print, and a cut price
times a size is off by the size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Context, Decimal
from types import ModuleType

from marginline import formulas
from marginline.core.account.account import Account, Instrument
from marginline.core.assessment.figures import PositionFigures
from marginline.core.document._scalars import Refused, number_of
from marginline.core.findings import Gap, missing
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO, to_text
from marginline.core.pool.exposure import Exposure, Figure
from marginline.venues import has_part, part_of

EIGHT_DECIMALS = Decimal("1E-8")
SIX_DECIMALS = Decimal("1E-6")
ACCOUNT = "account"
_SHOWN = Decimal("1E-12")
_WIDE = Context(prec=200)


@dataclass(frozen=True, slots=True)
class Claim:
    """One printed figure: where it stands, the venue's word, our measure and our figure.

    `where` is "account", a pool id, a position key or "assets.X" (all pools of an asset). `theirs`
    None says that the venue prints none where there could be one.
    """

    where: str
    label: str
    measure: Measure | None
    theirs: Decimal | None
    ours: Figure
    tolerance: Decimal = EIGHT_DECIMALS


@dataclass(frozen=True, slots=True)
class Identity:
    """Two figures of the venue's own that should be equal, or (`at_most`) left not above right.

    `labels` are the words at `where` that the identity involves. `plain`: the text says it all.
    `reading` says how the answer is to be read where the identity does not hold, if it is known;
    `partial`: as a list of a part of the rows.
    """

    where: str
    text: str
    left: Decimal
    right: Decimal
    labels: tuple[str, ...]
    tolerance: Decimal = EIGHT_DECIMALS
    at_most: bool = False
    plain: bool = False
    reading: str | None = None
    partial: bool = False

    @property
    def sentence(self) -> str:
        """The identity, and how it is broken."""
        if self.plain:
            return self.text
        sign = "is above" if self.at_most else "!="
        return f"{self.text}, but {to_text(self.left)} {sign} {shortened(self.right)}"

    @property
    def holds(self) -> bool:
        """Whether it does, within the tolerance."""
        gap = self.left - self.right
        return gap <= self.tolerance and (self.at_most or -gap <= self.tolerance)


def words_of(venue: str) -> ModuleType | None:
    """What a venue's page has to say of printed figures: `page.words`, or `page` of a small venue.

    None where the venue prints no figures that we name.
    """
    for name in ("page.words", "page"):
        if has_part(venue, name) and hasattr(found := part_of(venue, name), "claims"):
            return found
    return None


Said = Mapping[str, object]
"""What a venue said, as `reported.raw` keeps it: labels with values, or parts by name."""


def said_of(account: Account) -> Said:
    """What the venue said in its own words, by kind of answer; empty where it said nothing."""
    return {} if account.reported is None else account.reported.raw


def part(said: Said, name: str) -> Said:
    """A part of what was said; empty where it is absent."""
    found = said.get(name)
    return found if isinstance(found, Mapping) else {}


def printed(said: Said, label: str) -> Decimal | None:
    """A number that was said, None where there is none."""
    found = said.get(label)
    if not isinstance(found, (str, Decimal)):
        return None
    try:
        return number_of(found)
    except Refused:
        return None


def amounts(said: Said) -> dict[str, Decimal]:
    """Every number that was said, by label."""
    found = {label: printed(said, label) for label in said}
    return {label: number for label, number in found.items() if number is not None}


def rows(said: Said) -> Iterator[tuple[str, dict[str, Decimal]]]:
    """The parts of what was said, each by its name with every number in it."""
    for name in said:
        yield name, amounts(part(said, name))


def last_digit(said: Said, label: str) -> Decimal:
    """One unit of the last digit that a number was printed with; 0 where none is printed.

    Of "1.2500" it is 0.0001, of "125" it is 1.
    """
    found = said.get(label)
    if printed(said, label) is None or not isinstance(found, (str, Decimal)):
        return ZERO
    exponent = Decimal(found).as_tuple().exponent
    return ONE.scaleb(min(exponent, 0)) if isinstance(exponent, int) else ZERO


def total(figures: Iterable[Figure]) -> Figure:
    """The sum, or the first gap in it."""
    return sum(figures, ZERO)


def at_most(
    where: str,
    said: Mapping[str, Decimal],
    low: str,
    high: str,
    note: str = "",
    *,
    tolerance: Decimal = EIGHT_DECIMALS,
) -> Iterator[Identity]:
    """One figure is not above another (`note` stands behind the first); silent unless both are."""
    if low in said and high in said:
        text = f"{low}{note} <= {high}"
        yield Identity(where, text, said[low], said[high], (low, high), tolerance, at_most=True)


def sum_of_parts(
    where: str,
    said: Mapping[str, Decimal],
    whole: str,
    plus: tuple[str, ...],
    minus: tuple[str, ...] = (),
    *,
    tolerance: Decimal,
) -> Iterator[Identity]:
    """`whole` is the sum of its parts; nothing to say unless all of them are told."""
    if any(name not in said for name in (whole, *plus, *minus)):
        return
    right = sum((said[name] for name in plus), ZERO) - sum((said[name] for name in minus), ZERO)
    text = f"{whole} = {' + '.join(plus)}" + "".join(f" - {name}" for name in minus)
    yield Identity(where, text, said[whole], right, (whole, *plus, *minus), tolerance)


def pnl_to(contract: Instrument, size: Decimal, entry: Decimal, mark: Decimal) -> Decimal:
    """P&L of a signed size from its entry price to a mark, as the contract pays it."""
    inverse = contract.payoff == "inverse"
    pnl = formulas.unrealized_pnl_inverse if inverse else formulas.unrealized_pnl_linear
    return pnl(size, contract.contract_size, entry, mark)


def shortened(number: Decimal) -> str:
    """A number for a sentence: no more than twelve decimals."""
    return to_text(number.quantize(_SHOWN, context=_WIDE))


# -- what the answers tell ----------------------------------------------------------------------


def told(account: Account, part_of_account: str) -> bool:
    """Whether the answers told the "positions" or "orders"; what is not told is not absent."""
    known = account.extra.get("known")
    return not isinstance(known, (list, tuple)) or part_of_account in known


def untold_positions(kind: str) -> Gap:
    """Stands for a figure over positions that no answer tells; `kind` is the answer to give."""
    return missing(f"the answers do not tell which positions are open; give {kind}")


def untold_orders(kind: str) -> Gap:
    """Stands for a figure over resting orders that no answer tells; `kind` is the one to give."""
    return missing(f"the answers do not tell the resting orders; give {kind}")


# -- how far a figure may be off because its inputs were cut ------------------------------------


def price_slack(exposure: Exposure, step: Decimal = EIGHT_DECIMALS) -> Decimal:
    """What a position's value moves by when its mark and entry price are each off by a step."""
    moved = abs(exposure.size) * exposure.unit * step
    if not exposure.inverse:
        return 2 * moved
    prices = (
        price for price in (exposure.mark, exposure.entry_price) if isinstance(price, Decimal)
    )
    return sum((moved / (price * price) for price in prices if price), ZERO)


def money_tolerance(
    positions: Iterable[PositionFigures], step: Decimal = EIGHT_DECIMALS
) -> Decimal:
    """For an amount over positions: a step for each figure in it, and what cut prices add."""
    found = step
    for position in positions:
        found += price_slack(position.exposure) + step
    return found


def price_tolerance(position: PositionFigures, money: Decimal, price: Decimal | None) -> Decimal:
    """For a price at which an amount is zero: how far it moves when that is off by `money`."""
    exposure = position.exposure
    per_unit = abs(exposure.size) * exposure.unit
    if not per_unit or not price:
        return EIGHT_DECIMALS
    slope = per_unit / (price * price) if exposure.inverse else per_unit
    return EIGHT_DECIMALS + 2 * money / slope  # 2: maintenance takes less than half of the slope
