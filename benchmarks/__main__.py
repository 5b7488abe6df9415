"""`make bench`: measure, print one table, write build/bench.json.

Times are medians. The machines are shared and noisy, so that a figure means something only beside
its yardstick from the same run: the `ratio` column.
"""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path

from benchmarks import exact, ledger, startup, ticking
from benchmarks.measuring import Row, printed


def _book() -> list[Row]:
    """The book's suite, where its extra is installed."""
    try:
        from benchmarks import book
    except ImportError as error:
        print(f"book is left out: {error}", file=sys.stderr)
        return []
    return book.rows()


def _live() -> list[Row]:
    """The live suite, where its extra is installed."""
    try:
        from benchmarks import live
    except ImportError as error:
        print(f"live is left out: {error}", file=sys.stderr)
        return []
    return live.rows()


def _store() -> list[Row]:
    """The store's suite, where its extra is installed."""
    try:
        from benchmarks import store
    except ImportError as error:
        print(f"store is left out: {error}", file=sys.stderr)
        return []
    return store.rows()


def _alerts() -> list[Row]:
    """The alerts' suite, where its extra is installed."""
    try:
        from benchmarks import alerts
    except ImportError as error:
        print(f"alerts is left out: {error}", file=sys.stderr)
        return []
    return alerts.rows()


def _watched() -> list[Row]:
    """Many watched accounts over days, where the live and book extras are installed."""
    try:
        from benchmarks import watched
    except ImportError as error:
        print(f"watched is left out: {error}", file=sys.stderr)
        return []
    return watched.rows()


def _odds() -> list[Row]:
    """The odds, where numpy is installed."""
    try:
        from benchmarks import odds
    except ImportError as error:
        print(f"odds is left out: {error}", file=sys.stderr)
        return []
    return odds.rows()


SUITES = {
    "exact": lambda: [*exact.rows(), *ticking.rows()],
    "ledger": ledger.rows,
    "odds": _odds,
    "startup": startup.rows,
    "book": _book,
    "live": _live,
    "store": _store,
    "alerts": _alerts,
    "watched": _watched,
}


def main(arguments: list[str]) -> int:
    """Run the named suites (all without a name), print the table, write the file."""
    chosen = arguments or list(SUITES)
    unknown = [name for name in chosen if name not in SUITES]
    if unknown:
        print(f"no suite {', '.join(unknown)}; there is: {', '.join(SUITES)}", file=sys.stderr)
        return 64
    rows: list[Row] = []
    for name in chosen:
        print(f"measuring {name} …", file=sys.stderr)
        rows += SUITES[name]()
    print(printed(rows))
    build = Path("build")
    build.mkdir(exist_ok=True)
    document = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "rows": [row.to_dict() for row in rows],
    }
    (build / "bench.json").write_text(json.dumps(document, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
