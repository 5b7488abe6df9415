"""A measure by whatever a person calls it: its name, or the word that a screen shows for it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from marginline.core.measures import Measure
from marginline.errors import InputError, Problem, nearest, shown

M = Measure
WORDS: Mapping[str, Measure] = MappingProxyType(
    {
        "ratio": M.MARGIN_RATIO,
        "used": M.MARGIN_RATIO,
        "uses": M.MARGIN_RATIO,
        "available": M.AVAILABLE_BALANCE,
        "withdrawable": M.WITHDRAWABLE_BALANCE,
        "balance": M.WALLET_BALANCE,
        "wallet": M.WALLET_BALANCE,
        "pnl": M.UNREALIZED_PNL,
        "unrealized_p&l": M.UNREALIZED_PNL,
        "upnl": M.UNREALIZED_PNL,
        "initial": M.INITIAL_MARGIN,
        "maintenance": M.MAINTENANCE_MARGIN,
        "requirement": M.MAINTENANCE_MARGIN,
        "liquidation": M.LIQUIDATION_PRICE,
        "bankruptcy": M.BANKRUPTCY_PRICE,
        "break_even": M.BREAK_EVEN_PRICE,
        "leverage": M.EFFECTIVE_LEVERAGE,
        "funding": M.FUNDING_NEXT,
        "roi": M.RETURN_ON_MARGIN,
        "roe": M.RETURN_ON_MARGIN,
    }
)
"""Words on the screen, and the measures that they show."""


def measure_named(name: Measure | str) -> Measure:
    """The measure of a name or a word: "margin_ratio", "margin-ratio", "ratio".

    Raises:
        InputError: nothing is called so; the message guesses, and names those there are.
    """
    if isinstance(name, Measure):
        return name
    plain = "_".join(name.strip().lower().replace("-", " ").split())
    if plain in WORDS:
        return WORDS[plain]
    known = {measure.value: measure for measure in Measure}
    if plain in known:
        return known[plain]
    near = nearest(plain, [*known, *WORDS])
    guess = f"did you mean {near}? " if near else ""
    problem = Problem(
        "measure", shown(name), "there is no such measure", f"{guess}one of: {', '.join(known)}"
    )
    raise InputError([problem])
