"""Mutated raw answers of every venue: cut, emptied, of another type, and what must hold of each.

Taking information away never makes a status better; nothing but an InputError is ever raised; no
answer takes longer than two seconds.
"""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Status
from marginline.errors import InputError
from marginline.venues.assessing import assess
from marginline.venues.reader.reading import read
from tests.fuzz.harness import SECONDS_MAX, parent_of, places
from tests.venues.binance import answers as binance
from tests.venues.bingx import answers as bingx
from tests.venues.bitget import answers as bitget
from tests.venues.bybit import answers as bybit
from tests.venues.okx import answers as okx

Answers = dict[str, Any]
VALUES: tuple[object, ...] = (
    None, "", "NaN", "0", "-1", "1e999", "1e-999", "1" * 40, "-0.5", [], {}, [None], [{}], [[]],
    True, 0, "both", "\x00", "USDT", {"list": None}, {"result": {}}, {"data": None},
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """Answers of one account, and how they are to be read."""

    venue: str
    answers: Answers
    mode: str | None = None
    as_of: str | None = None

    def judged(self, answers: Mapping[str, Any]) -> Assessment | None:
        """The assessment; None where the answers are refused. Anything else raised is a fault."""
        begun = time.process_time()
        try:
            account = read(self.venue, mode=self.mode, as_of=self.as_of, **answers)
            found = assess(account)
        except InputError:
            return None
        passed = time.process_time() - begun
        assert passed < SECONDS_MAX, f"took {passed} seconds"
        return found


def told() -> list[Told]:
    """Whole accounts, each as the answers of its venue tell it."""
    cross = bybit.listed(bybit.wallet(bybit.coin()))
    return [
        Told("binance_usdm", binance.usdm()),
        Told("binance_usdm", binance.multi()),
        Told("binance_coinm", binance.coinm()),
        Told(
            "bybit_unified",
            {
                "account_info": bybit.info("REGULAR_MARGIN"),
                "wallet_balance": cross,
                "positions": bybit.listed(bybit.position(), category="linear"),
                "open_orders": bybit.listed(bybit.order()),
            },
            as_of="2025-11-03T00:00:00Z",
        ),
        Told(
            "bitget_futures",
            {
                "accounts": bitget.enveloped([bitget.account()]),
                "positions": bitget.enveloped([bitget.position()]),
            },
            mode="single",
            as_of=bitget.AS_OF,
        ),
        Told(
            "bingx_perpetual",
            {
                "balance": bingx.enveloped([bingx.balance()]),
                "positions": bingx.enveloped([bingx.position()]),
            },
            as_of=bingx.AS_OF,
        ),
        Told("okx", okx.WHOLE, as_of=okx.AS_OF),
    ]


def one(chance: random.Random, bases: list[Told], wholes: list[Assessment]) -> str:
    """One mutation, checked; what it was."""
    number = chance.randrange(len(bases))
    base = bases[number]
    answers = copy.deepcopy(base.answers)
    paths = list(places(answers))
    path = chance.choice(paths)
    parent, last = parent_of(answers, path), path[-1]
    here = f"{base.venue}: {'.'.join(map(str, path))}"
    if chance.random() < 0.5:
        del parent[last]
        check(here, wholes[number], base.judged(answers), path)
        return here
    value = chance.choice(VALUES)
    parent[last] = value
    found = base.judged(answers)
    if value is None or value == "":
        check(here, wholes[number], found, path)
    return f"{here} = {value!r}"


_INFORMS = ("open_orders", "orders", "fee_rate", "symbol_config", "account_config", "account_info")
"""Answers and parts without which less is required: what they tell is a cost, and it is said."""


def check(
    here: str, whole: Assessment, less: Assessment | None, path: tuple[str | int, ...]
) -> None:
    """What must hold when a part of an answer has been taken away."""
    if less is None or less.status not in (Status.HEALTHY, Status.WATCH):
        return
    if less.status.rank >= whole.status.rank:
        return
    new = set(less.all_findings()) - set(whole.all_findings())
    known = path[0] in _INFORMS and new
    assert known, f"{here}: {whole.status} became {less.status}"


def run(seed: int, inputs: int) -> None:
    """So many mutations from a seed.

    Raises:
        AssertionError: a mutation broke a rule; the message names seed and number.
    """
    chance = random.Random(seed)
    bases = told()
    wholes = [found for base in bases if (found := base.judged(base.answers)) is not None]
    assert len(wholes) == len(bases)
    for number in range(inputs):
        try:
            one(chance, bases, wholes)
        except Exception as fault:
            raise AssertionError(f"seed {seed}, input {number}: {fault!r}") from fault
