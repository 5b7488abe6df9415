"""Integer tables of the distributions and of 2^x, the same on every machine.

numpy's own `exp`, `log` and samplers differ between processors and versions in the last bit. Raw
random words looked up in these tables do not; their SHA-256 is asserted when they are made.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import cache
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

SCALE: Final = 4096
"""What a draw of 1 (one standard deviation, one mean) is in the tables."""
NANO: Final = 1_000_000_000
OCTAVE: Final = 1 << 32
"""What one doubling is in the argument of `power`."""
ONE: Final = 1 << 30
"""What 1 is in the result of `power`."""
DIGEST: Final = "8b47506bb12d1594314539e0654cd2cf0488aab0ae3918340cbb289cb1f7f0bf"
_DIGITS = Context(prec=40)
_LN2 = _DIGITS.ln(Decimal(2))
_OCTAVES_PER_NANO = int((OCTAVE << 28) / _DIGITS.multiply(_LN2, Decimal(NANO)))
_LN2_ONE = int(_LN2 * ONE)


@dataclass(frozen=True, slots=True)
class Tables:
    """Quantiles of 65,536 equal shares, in 1/4096: normal, Student t, exponential; and 2^x."""

    normal: Ints
    student: Ints
    exponential: Ints
    powers: Ints


@cache
def tables() -> Tables:
    """The tables, made once."""
    shares = [(k + 0.5) / 65536 for k in range(32768, 65536)]
    inverse = NormalDist().inv_cdf
    upper = [round(inverse(u) * SCALE) for u in shares]
    heavy = [round(_student(u) * SCALE) for u in shares]
    exponential = [round(-math.log(1 - (k + 0.5) / 65536) * SCALE) for k in range(65536)]
    made = Tables(
        _mirrored(upper),
        _mirrored(heavy),
        np.array(exponential, np.int64),
        np.array(_powers(), np.int64),
    )
    digest = hashlib.sha256()
    for table in (made.normal, made.student, made.exponential, made.powers):
        digest.update(table.astype("<i8").tobytes())
    assert digest.hexdigest() == DIGEST, f"tables differ: {digest.hexdigest()}"
    return made


def _powers() -> list[int]:
    found, value = [], Decimal(ONE)
    factor = _DIGITS.exp(_DIGITS.divide(_LN2, Decimal(4096)))
    for _ in range(4096):
        found.append(int(value.to_integral_value()))
        value = _DIGITS.multiply(value, factor)
    return found


def _mirrored(upper: list[int]) -> Ints:
    return np.array([-value for value in reversed(upper)] + upper, np.int64)


def _student(u: float) -> float:
    """Quantile of Student's t with 4 degrees of freedom, divided by its deviation, u > 0.5."""
    alpha = math.sqrt(4 * u * (1 - u))
    q = math.cos(math.acos(alpha) / 3) / alpha
    return math.sqrt(2 * (q - 1))


def power(octaves: Ints) -> Ints:
    """2^x scaled `ONE`, for x scaled `OCTAVE`, |x| below 31; off by less than 2e-9 of it."""
    whole, part = octaves >> 32, octaves & (OCTAVE - 1)
    rest = (part & ((1 << 20) - 1)) * _LN2_ONE >> 32
    grown = ONE + rest + (rest * rest >> 31)
    value = tables().powers[part >> 20] * grown >> 30
    found: Ints = np.where(
        whole >= 0, value << np.maximum(whole, 0), value >> np.maximum(-whole, 0)
    )
    return found


def octaves_of(nanos: Ints) -> Ints:
    """A natural logarithm in 1e-9 as the argument of `power`; |nanos| below 5e9."""
    return nanos * _OCTAVES_PER_NANO >> 28


def log_nanos(ratio: Decimal) -> int:
    """Natural logarithm of a ratio in 1e-9."""
    return int((_DIGITS.ln(ratio) * NANO).to_integral_value())
