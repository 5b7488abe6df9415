"""`python -m tests.store.killing COUNT FOLDER FIRST`: kills, from a process of one thread."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.store.durability import killed


def main() -> int:
    count, folder, first = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    acknowledged = there = 0
    for seed in range(first, first + count):
        told, found = killed(folder, seed)
        acknowledged += told
        there += found
    sys.stdout.write(
        f"{count} kills: {acknowledged} events acknowledged, {there} there, 0 lost, 0 half\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
