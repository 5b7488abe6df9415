"""How much a balance carries, and what it is made of."""

from __future__ import annotations

from marginline.formulas._formula import Number, formula
from marginline.formulas.numbers import positive_part


@formula(unit="multiple", source="glossary:effective-leverage", sign=">= 0")
def effective_leverage(gross_notional: Number, margin_balance: Number) -> Number:
    """How many times the margin balance is at work: `gross_notional / margin_balance`.

    Args:
        gross_notional: sum of all notionals at the mark, >= 0.
        margin_balance: > 0; at or below 0 there is no leverage to name, and the caller asks first.
    """
    return gross_notional / margin_balance


@formula(unit="fraction", source="glossary:share", sign=">= 0")
def share(part: Number, whole: Number) -> Number:
    """How much of a balance is of one kind: `max(part, 0) / whole`.

    Args:
        part: unrealized P&L, credit or whatever is asked about; a loss counts as none.
        whole: margin balance, > 0, in the unit of `part`.
    """
    return positive_part(part) / whole
