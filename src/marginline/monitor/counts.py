"""What a run of the monitor has done."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from marginline.monitor.answers import Judged

LATE_MS = 1_000
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """What this run has done, for the metrics.

    `behind_ms`: how long the oldest event of the newest batch had waited to be taken in.
    `began`: when the round that is under way began, by the monitor's clock.
    `faults`: how often something beside judging failed for a fault of ours.
    """

    batches: int = 0
    events: int = 0
    judged: int = 0
    dropped: int = 0
    faults: int = 0
    seconds: float = 0.0
    last_seconds: float = 0.0
    behind_ms: int = 0
    began: int | None = None
    started: float = field(default_factory=time.monotonic)

    def take(self, batch: Sequence[object], records: Iterable[object], took: float) -> None:
        """One round is over."""
        self.began = None
        self.batches += 1
        self.events += len(batch)
        self.judged += sum(isinstance(record, Judged) for record in records)
        self.seconds += took
        self.last_seconds = took

    def round_ms(self, now: int) -> int:
        """How long the round that is under way has taken; 0 between two."""
        return 0 if self.began is None else now - self.began

    def late_ms(self, now: int) -> int:
        """How late events are taken in; 0 below a second."""
        late = max(self.behind_ms, self.round_ms(now))
        return late if late >= LATE_MS else 0

    @contextlib.contextmanager
    def spared(self, what: str) -> Iterator[None]:
        """Where `what` fails, it is logged and counted, and judging goes on."""
        try:
            yield
        except Exception:
            self.faults += 1
            log.exception("%s failed; judging goes on", what)
