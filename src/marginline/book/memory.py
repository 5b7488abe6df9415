"""Memory foreseen: what is wanted against what is free, said before the work starts."""

from __future__ import annotations

from pathlib import Path

from marginline.book.kernels.limits import BookTooLarge

_SPARE = 0.9  # never plan for the last tenth


def free_bytes() -> int | None:
    """Memory that could be had now, in bytes; None where the system does not say."""
    limits = [_from_proc(), _from_cgroup()]
    known = [limit for limit in limits if limit is not None]
    return min(known) if known else None


def _from_proc() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        return None
    return None


def _from_cgroup() -> int | None:
    folder = Path("/sys/fs/cgroup")
    try:
        most = (folder / "memory.max").read_text(encoding="ascii").strip()
        used = (folder / "memory.current").read_text(encoding="ascii").strip()
        return None if most == "max" else int(most) - int(used)
    except (OSError, ValueError):
        return None


FEWER = "use fewer accounts, or a machine with more memory"


def refuse_without_memory(wanted: int, what: str, remedy: str = FEWER) -> None:
    """Refuse work that would not fit.

    Raises:
        BookTooLarge: with what it would take and what is free, in bytes.
    """
    free = free_bytes()
    if free is not None and wanted > free * _SPARE:
        raise BookTooLarge(f"bytes for {what}", wanted, int(free * _SPARE), remedy)
