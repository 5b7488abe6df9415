"""An index view from next year: an empty wheel of a far newer version of every locked package.

    python tests/fresh/newer_wheels.py FOLDER

Offered to pip by PIP_FIND_LINKS, they show that an install takes the locked set and nothing else.
"""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

LOCKS = Path(__file__).resolve().parents[2] / "requirements"
NEWER = "9999.0"


def locked() -> list[str]:
    """The names of all locked packages, each once."""
    lines = (line for file in LOCKS.glob("*.txt") for line in file.read_text("utf-8").splitlines())
    names = (
        match.group() for line in lines if (match := re.match(r"[A-Za-z0-9][\w.-]*(?===)", line))
    )
    return sorted(set(names))


def write(folder: Path) -> int:
    """Write the wheels into a folder; how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in locked():
        stem = f"{re.sub('[-_.]+', '_', name).lower()}-{NEWER}"
        info = f"{stem}.dist-info"
        with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {NEWER}\n"
            )
            wheel.writestr(
                f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            wheel.writestr(f"{info}/RECORD", "")
    return len(locked())


if __name__ == "__main__":
    sys.stdout.write(f"{write(Path(sys.argv[1]))} newer wheels in {sys.argv[1]}\n")
