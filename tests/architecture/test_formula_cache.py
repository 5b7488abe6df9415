"""An edited formula changes the kernel: a stale machine-code cache cannot happen.

numba's own cache asks only for the kernel's file; a formula lies in another. The test edits a copy
of the sources and runs it in a process of its own, with a cache folder that lives on between runs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import marginline
assert marginline.__file__.startswith({copy!r}), marginline.__file__
from marginline.book.kernels.compiled import cache_folder, kernel
from marginline.book import probe
from marginline.book.kernels import compiled
print(probe.charge(1000.0, 0.005, 1.0), cache_folder().name)
"""
PROBE = '''
from marginline.book.kernels.compiled import kernel
from marginline.formulas import tier_requirement


@kernel
def charge(notional, rate, deduction):
    """Requirement by the formula."""
    return tier_requirement(notional, rate, deduction)
'''


def test_an_edited_formula_changes_the_kernel_and_an_edited_watch_does_not(tmp_path: Path) -> None:
    copy = tmp_path / "src"
    left_out = shutil.ignore_patterns("__pycache__", "parameters", "samples", "static")
    shutil.copytree(ROOT / "src" / "marginline", copy / "marginline", ignore=left_out)
    (copy / "marginline" / "book" / "probe.py").write_text(PROBE)
    formula = copy / "marginline" / "formulas" / "tiers.py"

    first, folder = run(copy, tmp_path)
    kept = machine_code(tmp_path)
    assert kept
    # The watch calls kernels and can end up in none: what was compiled is taken as it is.
    with (copy / "marginline" / "book" / "watch.py").open("a") as file:
        file.write("\nEDITED = True\n")
    assert run(copy, tmp_path) == (first, folder) == (4.0, folder)
    assert machine_code(tmp_path) == kept

    text = formula.read_text()
    edited = text.replace(
        "return notional * rate - deduction", "return notional * rate + deduction"
    )
    assert edited != text
    formula.write_text(edited)
    second, other_folder = run(copy, tmp_path)
    assert second == 6.0
    assert folder != other_folder


def machine_code(tmp_path: Path) -> dict[Path, int]:
    """Every compiled kernel, and when it was compiled."""
    files = (path for path in (tmp_path / "cache").rglob("*") if path.suffix in (".nbc", ".nbi"))
    return {path: path.stat().st_mtime_ns for path in files}


def run(copy: Path, tmp_path: Path) -> tuple[float, str]:
    environment = os.environ | {
        "PYTHONPATH": str(copy),
        "NUMBA_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-c", SCRIPT.format(copy=str(copy))]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    number, folder = result.stdout.split()
    return float(number), folder


def test_without_the_digest_the_cache_would_be_stale() -> None:
    """Every source that a kernel can call is part of the digest."""
    from marginline.book.kernels import compiled

    names = {path.name for folder in compiled._SOURCES for path in folder.glob("*.py")}
    assert {"tiers.py", "numbers.py", "values.py", "rings.py"} <= names
    assert "memory.py" not in names, "what asks the machine for its memory is no kernel's"
