"""What marginline raises when it was used wrongly. Wrong *data* becomes a finding instead.

```
MarginlineError
├── StoreError              a history cannot be opened, read or written; says what to do
├── VenueError              a venue gave no answer that may be used; says whether to wait or mend
└── InputError              the caller's document or call cannot be used; lists every problem found
    ├── DocumentError       an account file (or one of its fields) is malformed
    ├── PayloadError        a venue's raw answer has a shape that no reader knows
    ├── RulebookError       no rulebook covers the venue, mode and moment
    └── UnitMismatch        two amounts of different assets were to be added
```

Catch `InputError` to tell a user what to mend; each of its `problems` names the place, the value
found there and the remedy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input.

    `path` is where ("positions[0].size"), `value` what stands there as text (cut, made printable),
    `message` what is wrong with it, `remedy` what to write instead.
    """

    path: str
    value: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        value = f" (found {self.value})" if self.value else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.path}: {self.message}{value}{remedy}"


def shown(value: object, limit: int = 80) -> str:
    """The value as one printable line: control characters escaped, long text cut."""
    text = value if isinstance(value, str) else repr(value)
    safe = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:limit]
    )
    return safe + ("…" if len(text) > limit else "")


def nearest(word: object, names: Iterable[str], least: float = 0.6) -> str | None:
    """The name that a misspelt word most likely means; `least`: how much alike, 1 is the same."""
    from difflib import get_close_matches  # noqa: PLC0415 - who spells right does not pay for it

    found = get_close_matches(word[:80], names, 1, least) if isinstance(word, str) else []
    return found[0] if found else None


class MarginlineError(Exception):
    """Root of everything this package raises on purpose."""


class StoreError(MarginlineError):
    """A history cannot be opened, read or written: the machine's fault, not the caller's.

    `where` is its file or address (without a password), `reason` what is wrong, `remedy` what to
    do. Judging goes on without it.
    """

    def __init__(self, where: str, reason: str, remedy: str) -> None:
        self.where, self.reason, self.remedy = where, reason, remedy
        super().__init__(f"{where}: {reason}; {remedy}")


class InputError(MarginlineError):
    """The input cannot be used. `problems` lists every fault found, `source` names the file."""

    def __init__(self, problems: Sequence[Problem] | str, source: str = "") -> None:
        if isinstance(problems, str):
            problems = (Problem(path="input", value="", message=problems),)
        self.problems = tuple(problems)
        self.source = source
        head = f"{source}: " if source else ""
        super().__init__("\n".join(head + str(problem) for problem in self.problems))


class DocumentError(InputError):
    """An account file is malformed: wrong type, unknown field, impossible value."""


class PayloadError(InputError):
    """A venue's raw answer has a shape that no reader of that venue knows."""


class RulebookError(InputError):
    """No rulebook covers that venue, mode and moment. The message names those that exist."""


class UnitMismatch(InputError):
    """Amounts of two different assets met. Convert first, with a rate whose source you can name."""


class VenueError(MarginlineError):
    """A venue gave no answer that may be used. Its text holds no secret and no signed address.

    `failure` is why, one word: "key" (the venue refuses the key), "clock" (this machine's clock is
    off), "busy" (too many requests; `retry_after` is the wait in seconds that it names), "venue"
    (its own fault), "unreachable", "timeout", "malformed" (what came is no answer, such as an HTML
    page), "request" (refused for what was asked). `call` is the endpoint, `remedy` what to do.
    """

    def __init__(
        self,
        failure: str,
        call: str,
        message: str,
        remedy: str = "",
        *,
        retry_after: int | None = None,
    ) -> None:
        self.failure = failure
        self.call = call
        self.message = message
        self.remedy = remedy
        self.retry_after = retry_after
        told = f"; {remedy}" if remedy else ""
        super().__init__(f"{call}: {message}{told}")
