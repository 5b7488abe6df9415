"""Random words by name: each stream is a function of the seed, its name and the hour alone."""

from __future__ import annotations

import hashlib

import numpy as np

from marginline.market.prices.tables import Ints, tables

FIRST = 1 << 40
"""The hour at which initial states are drawn."""


class Streams:
    """All random streams of one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._keys: dict[str, int] = {}

    def words(
        self, name: str, hour: int, count: int
    ) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        """`count` raw 64-bit words of an hour."""
        key = self._keys.get(name)
        if key is None:
            text = f"marginline world 1|{self.seed}|{name}"
            key = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "little")
            self._keys[name] = key
        made: np.ndarray[tuple[int], np.dtype[np.uint64]] = np.random.Philox(
            counter=hour << 64, key=key
        ).random_raw(count)
        return made

    def shares(self, name: str, hour: int, count: int) -> Ints:
        """`count` numbers of 16 bits, four of each word."""
        words = self.words(name, hour, -(-count // 4))
        parts = words.astype("<u8").view("<u2")[:count]
        return parts.astype(np.int64)

    def normals(self, name: str, hour: int, count: int) -> Ints:
        """`count` standard normal draws in 1/4096."""
        return tables().normal[self.shares(name, hour, count)]

    def students(self, name: str, hour: int, count: int) -> Ints:
        """`count` draws of Student's t with 4 degrees and unit variance, in 1/4096."""
        return tables().student[self.shares(name, hour, count)]


class Draws:
    """A stream read one draw after the other, for what is scripted once at the start."""

    def __init__(self, streams: Streams, name: str) -> None:
        self._shares = iter(streams.shares(name, FIRST, 4096).tolist())

    def share(self) -> int:
        """A number of 16 bits."""
        return int(next(self._shares))

    def normal(self) -> int:
        """A standard normal draw in 1/4096."""
        return int(tables().normal[self.share()])

    def below(self, bound: int) -> int:
        """A whole number from 0 up to, not including, `bound`."""
        return self.share() * bound >> 16
