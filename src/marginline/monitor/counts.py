"""What a run of the monitor has done."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counts:
    """What this run has done, for the metrics.

    `behind_ms`: how long the oldest event of the newest batch had waited to be taken in.
    """

    batches: int = 0
    events: int = 0
    judged: int = 0
    dropped: int = 0
    seconds: float = 0.0
    last_seconds: float = 0.0
    behind_ms: int = 0
    started: float = field(default_factory=time.monotonic)
