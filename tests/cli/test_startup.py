"""Start-up: what must not be imported for it. `make bench ARGS=startup` says how long it takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.cli.running import sample, write

HEAVY = ("pydantic", "numpy", "numba", "textual")
UNASKED = (
    "difflib", "fractions", "hashlib", "tomllib", "importlib.resources", "tempfile", "zipfile",
    "pathlib", "pkgutil", "marginline.venues.reader.fields",
    "marginline.venues.bounds", "marginline.venues.compare.comparing",
    "marginline.venues.binance.payloads", "marginline.venues.bybit.rulebooks",
)  # fmt: skip
"""What a plain account file in JSON does not ask for: each would cost a start milliseconds."""


def imported(*arguments: str) -> set[str]:
    """Names of the modules that the program imported on the way."""
    code = (
        "import sys\n"
        f"sys.argv = ['marginline', *{arguments!r}]\n"
        "from marginline.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(result.stderr.splitlines())


def test_help_needs_neither_rich_nor_the_engine() -> None:
    modules = imported("--help")
    assert not {name for name in modules if name.split(".")[0] in (*HEAVY, "rich")}
    assert not {
        name for name in modules if name.startswith(("marginline.core", "marginline.venues"))
    }


def test_a_command_needs_nothing_heavy(tmp_path: Path) -> None:
    modules = imported("health", str(write(tmp_path, sample("strained"))))
    assert not {name for name in modules if name.split(".")[0] in HEAVY}


def test_json_needs_no_rich(tmp_path: Path) -> None:
    modules = imported("health", "--json", str(write(tmp_path, sample("strained"))))
    assert not {name for name in modules if name.split(".")[0] == "rich"}


def test_a_first_assessment_loads_nothing_that_the_account_does_not_ask_for(tmp_path: Path) -> None:
    file = write(tmp_path, sample("strained"))
    code = (
        "import sys; import marginline as ml\n"
        "assert ml.assess(ml.load(sys.argv[1])).status\n"
        "print('\\n'.join(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(file)]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert not {*UNASKED, *HEAVY} & set(found.stdout.splitlines())
