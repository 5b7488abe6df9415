"""Candles are kept in a room that does not grow: what they say is what a plain list would."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from marginline.market.prices import candles
from marginline.market.prices.candles import Candles
from marginline.market.prices.streams import Streams


def test_the_newest_minutes_are_those_of_the_seconds_however_they_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(candles, "_DAY", 7)
    monkeypatch.setattr(candles, "_KEPT", 21)
    monkeypatch.setattr(candles, "BEFORE", 5)
    draw, kept = Random(3), Candles(Streams(1))
    seconds: list[int] = []
    rooms = set()
    while len(seconds) < 60 * 50:
        more = [draw.randint(1, 9_999) for _ in range(draw.randint(1, 200))]
        last = np.array(more, np.int64) * np.ones((2, 12, 1), np.int64)
        kept.take(len(seconds) - 1, last)
        seconds += more
        minutes = [seconds[at : at + 60] for at in range(0, len(seconds), 60)]
        plain = [[each[0], max(each), min(each), each[-1]] for each in minutes]
        if len(plain) > 7:  # memory stands still after the first day
            assert kept._minutes is not None
            rooms.add(kept._minutes.nbytes)
        first, rows = kept.of(1, 3)
        assert rows[max(0, -first) :].tolist() == plain[-21:]
        assert first == (len(plain) - 21 if len(plain) > 21 else -5)
    assert len(rooms) == 1
