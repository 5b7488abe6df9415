"""What is made when it is first read: an assessment judges at once and tells on demand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import localcontext
from typing import Generic, TypeVar

from marginline.core.numbers import CONTEXT

T = TypeVar("T")
U = TypeVar("U")


class Later(Generic[T]):
    """A value that `make` gives when it is first read, inside the exact context; made once."""

    __slots__ = ("_make", "_value")
    _value: T

    def __init__(self, make: Callable[[], T]) -> None:
        self._make: Callable[[], T] | None = make

    @property
    def now(self) -> T:
        """The value."""
        if (make := self._make) is not None:
            with localcontext(CONTEXT):
                self._value = make()
            self._make = None
        return self._value

    def then(self, change: Callable[[T], U]) -> Later[U]:
        """What `change` makes of the value, later too."""
        return Later(lambda: change(self.now))

    def __reduce__(self) -> tuple[Callable[[T], Later[T]], tuple[T]]:
        """Another process gets the value: what makes it cannot travel."""
        return _made, (self.now,)

    def __eq__(self, other: object) -> bool:
        return self.now == other.now if isinstance(other, Later) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.now)

    def __repr__(self) -> str:
        return repr(self.now)


def _made(value: T) -> Later[T]:
    return Later(lambda: value)
