"""Account documents for the tests of rulebooks, built from their parts with little to say."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

import marginline as ml
from marginline.core.account.account import Account, Reported
from marginline.core.assessment.assessment import (
    Assessment,
    PoolAssessment,
    PositionAssessment,
)
from marginline.core.measures import Measure

D = Decimal
# Any: a document of whatever depth, which tests spoil on purpose.
Doc = dict[str, Any]
NOW = "2026-06-01T00:00:00Z"


def account(venue: str, **parts: Any) -> Doc:
    """An account of a venue as of mid-2026; `parts` are its fields."""
    return {"schema": "marginline/account/1", "venue": venue, "as_of": NOW} | parts


def usdm(**parts: Any) -> Doc:
    """A USDS-M account in single-asset mode."""
    return account("binance_usdm", **({"mode": "single_asset"} | parts))


def assessed(document: Doc) -> Assessment:
    return ml.assess(ml.load(document))


def pool_of(document: Doc, name: str | None = None) -> PoolAssessment:
    """One pool of a document's assessment, the first unless named."""
    pools = assessed(document).pools
    return pools[0] if name is None else next(p for p in pools if p.id == name)


def position_of(document: Doc, key: str | None = None) -> PositionAssessment:
    """One position of a document's assessment, the first unless named."""
    rows = [row for pool in assessed(document).pools for row in pool.positions]
    return rows[0] if key is None else next(row for row in rows if row.key == key)


def number(measured: PoolAssessment | PositionAssessment, measure: Measure) -> Decimal:
    """A measure that must be there."""
    found = measured.measures[measure]
    assert isinstance(found, Decimal), f"{measure.value} is null"
    return found


def by_ratio(document: Doc) -> Assessment:
    """Assessed with the watch band off: the venue's own levels alone give the status."""
    return ml.assess(ml.load(document), watch_distance=Decimal(0))


def linear(base: str = "BTC", settle: str = "USDT", **terms: str) -> Doc:
    return {"payoff": "linear", "base": base, "quote": settle, "settle": settle} | terms


def inverse(base: str = "BTC", face: str = "100", **terms: str) -> Doc:
    names = {"payoff": "inverse", "base": base, "quote": "USD", "settle": base}
    return names | {"contract_size": face} | terms


def wallet(asset: str, balance: str, **more: Any) -> Doc:
    return {"asset": asset, "balance": balance} | more


def position(instrument: str, size: str, entry: str, **more: Any) -> Doc:
    return {"instrument": instrument, "size": size, "entry_price": entry} | more


def order(instrument: str, side: str, size: str, price: str | None = None, **more: Any) -> Doc:
    found = {"instrument": instrument, "side": side, "size": size} | more
    return found if price is None else found | {"price": price}


def ladder(*rows: tuple[str, str], **terms: str) -> Doc:
    """A tier table from (floor, rate); `terms` are `keyed_by`, `kind`."""
    tops = [floor for floor, _ in rows[1:]] + [None]
    table = [
        {"floor": floor, "rate": rate} | ({} if top is None else {"cap": top})
        for (floor, rate), top in zip(rows, tops, strict=True)
    ]
    return {"rows": table} | terms


def flat(rate: str) -> Doc:
    return ladder(("0", rate))


def market(**marks: str) -> Doc:
    return {"mark": marks}


def findings(assessment: Assessment, code: str) -> list[str]:
    """Messages of every finding of a kind, of the account and of its pools."""
    return [f.message for f in assessment.all_findings() if f.code.name == code]


def prints_as(value: Decimal | None, printed: str) -> bool:
    """Whether a venue that rounds, or one that cuts, would print the number so."""
    assert value is not None
    exponent = D(printed.replace(",", "")).as_tuple().exponent
    assert isinstance(exponent, int)
    quantum = D(1).scaleb(exponent)
    prints = {value.quantize(quantum, way) for way in (ROUND_HALF_UP, ROUND_DOWN)}
    return D(printed.replace(",", "")) in prints


def reported(found: Account) -> Reported:
    """What the venue said of its own figures, where it said any."""
    assert found.reported is not None
    return found.reported


def extra(found: Account, name: str) -> Any:
    """An entry of `extra`, which may be of any shape."""
    return found.extra[name]


def numbers(values: Iterable[str]) -> list[Decimal]:
    return [D(value) for value in values]
