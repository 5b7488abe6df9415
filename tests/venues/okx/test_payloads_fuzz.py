"""Whatever an answer says, reading it gives an account or a PayloadError, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.risk.reconcile.reconcile import reconcile
from marginline.venues.reader.reading import read
from tests.venues.documents import Doc
from tests.venues.okx import answers as okx
from tests.venues.okx.answers import AS_OF, VENUE, balance, detail, enveloped, order, position
from tests.venues.spoiling import VALUES, copied, judged, paths

WHOLE: Doc = okx.WHOLE | {
    "balance": enveloped([balance(detail(), detail(ccy="BTC"))]),
    "positions": enveloped([position(), position(instId="ETH-USD-210430", mgnMode="isolated")]),
    "orders": enveloped([order()]),
    "index": enveloped([{"instId": "BTC-USD", "idxPx": "60000"}]),
    "discount": enveloped(
        [{"ccy": "BTC", "details": [{"minAmt": "0", "maxAmt": "1", "discountRate": "0.9"}]}]
    ),
}
PATHS = paths(WHOLE)


def check(answers: Doc) -> None:
    account = judged(lambda: read(VENUE, as_of=AS_OF, **answers))
    if account is not None:
        assert reconcile(account).markdown()


@given(path=st.sampled_from(PATHS), value=VALUES)
def test_one_value_exchanged(path: tuple[Any, ...], value: Any) -> None:
    answers, place = copied(WHOLE, path)
    place[path[-1]] = value
    check(answers)


@pytest.mark.parametrize("path", PATHS)
def test_one_value_left_out(path: tuple[Any, ...]) -> None:
    answers, place = copied(WHOLE, path)
    del place[path[-1]]
    check(answers)
