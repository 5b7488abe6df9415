"""What a run of the monitor has done."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """What this run has done, for the metrics.

    `behind_ms`: how long the oldest event of the newest batch had waited to be taken in.
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
    started: float = field(default_factory=time.monotonic)

    @contextlib.contextmanager
    def spared(self, what: str) -> Iterator[None]:
        """Where `what` fails, it is logged and counted, and judging goes on."""
        try:
            yield
        except Exception:
            self.faults += 1
            log.exception("%s failed; judging goes on", what)
