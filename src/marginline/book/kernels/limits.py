"""Every limit of the book in one place, and the errors that name them."""

from __future__ import annotations

from marginline.errors import InputError, Problem

LANES = 64  # accounts side by side in a slice: one machine word of flags, little padding
CONTRACTS_MAX = 2**16 - 1  # a contract is two bytes in every position
CODES_MAX = 2**16 - 1  # so is the code of its initial terms
GROUPS_MAX = 2**16 - 1
COLLATERALS_MAX = 2**16 - 1
POOLS_MAX = 2**31 - 1
SLOTS_MAX = 2**31 - 1  # two edges each, in four bytes
NONE = 2**32 - 1  # no lane, no node

# Half an ulp of 1.0: what one rounding may cost, relative.
ROUNDING = 2.0**-53

# Roundings beside those of the sum over positions: see "The guard band" in docs/concepts/book.md.
ROUNDINGS_BESIDE = 32.0
GUARD_FACTOR = 4.0


class BookTooLarge(InputError):
    """An index or the memory would not hold the book. Nothing has been done."""

    def __init__(self, what: str, wanted: int, most: int, remedy: str) -> None:
        problem = Problem(what, f"{wanted:,}", f"at most {most:,} fit", remedy)
        super().__init__([problem])


class BookMisuse(InputError):
    """A book was asked for something it does not hold."""


def refuse_above(what: str, wanted: int, most: int, remedy: str) -> None:
    """Raise `BookTooLarge` where an index would overflow."""
    if wanted > most:
        raise BookTooLarge(what, wanted, most, remedy)
