"""The locks are complete: what they name is all that an install needs, extras included.

`make` installs each lock with `--no-deps --require-hashes`, so nothing is resolved anew on the day
of the install; a lock that left something out would leave the environment broken.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "requirements"
# What a target of the Makefile installs into one environment.
ENVIRONMENTS = {
    "base": ("build", "base"),
    "test": ("build", "base", "test"),
    "dev": ("build", "base", "test", "dev"),
    "docs": ("build", "base", "docs"),
}
PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)(\[[\w,-]*\])?==(\S+)(?: ; (.+?))? \\$", re.MULTILINE)
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
INSTALLED = {str(canonicalize_name(one.name)): one for one in distributions()}


def place(python: str) -> dict[str, str]:
    """What a marker is asked of: this machine with another Python."""
    return {"python_version": python, "python_full_version": f"{python}.0"}


def pins(lock: str, python: str) -> set[str]:
    """What a lock installs on a Python."""
    text = (LOCKS / f"{lock}.txt").read_text(encoding="utf-8")
    return {
        canonicalize_name(name)
        for name, _, _, marker in PINNED.findall(text)
        if not marker or Marker(marker).evaluate(place(python))
    }


@cache
def asked_for(name: str) -> list[Requirement]:
    return [Requirement(line) for line in INSTALLED[name].requires or ()]


def wanted(name: str, extra: str, python: str) -> list[Requirement]:
    """What a distribution asks for on a Python, with one of its extras or without."""
    given = {"extra": extra, **place(python)}
    return [r for r in asked_for(name) if r.marker is None or r.marker.evaluate(given)]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_requirement_of_every_locked_distribution_is_locked(
    environment: str, python: str
) -> None:
    """By what the versions that are installed here ask for, on each Python that we support."""
    locked = {name for lock in ENVIRONMENTS[environment] for name in pins(lock, python)}
    todo = [(name, "") for name in sorted(locked & INSTALLED.keys())]
    done: set[tuple[str, str]] = set()
    missing = set()
    while todo:
        name, extra = todo.pop()
        if (name, extra) in done or name not in INSTALLED:
            continue
        done.add((name, extra))
        for requirement in wanted(name, extra, python):
            other = canonicalize_name(requirement.name)
            if other not in locked:
                missing.add(f"{name}[{extra}] wants {requirement}")
            todo += [(other, more) for more in ("", *requirement.extras)]
    assert len(done) > 5
    assert not missing, "\n".join(sorted(missing))


@pytest.mark.parametrize("lock", ["base", "build", "dev", "docs", "test"])
def test_every_line_of_a_lock_is_pinned_and_hashed(lock: str) -> None:
    text = (LOCKS / f"{lock}.txt").read_text(encoding="utf-8")
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if entry.strip()]
    assert entries
    for entry in entries:
        assert PINNED.match(entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_locks_of_one_environment_agree() -> None:
    versions: dict[str, set[str]] = {}
    for lock in ("base", "build", "dev", "test"):
        text = (LOCKS / f"{lock}.txt").read_text(encoding="utf-8")
        for line in text.splitlines():
            if found := PINNED.match(line):
                pin = re.sub(r"\s*\\$", "", line)
                versions.setdefault(
                    canonicalize_name(found[1]) + line.partition(";")[2], set()
                ).add(pin)
    assert not {name: pinned for name, pinned in versions.items() if len(pinned) > 1}


def test_make_installs_locks_and_nothing_else() -> None:
    """`--no-deps` on the one line that every install goes through; `pip check` after each."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^PIP := .* install --no-deps$", text, re.MULTILINE)
    installs = [line for line in text.splitlines() if line.startswith("\t$(PIP)")]
    assert installs
    for line in installs:
        assert "--require-hashes" in line or "--no-build-isolation -e ." in line, line
    assert text.count("\t$(CHECKED)") == len(installs) - 1, "build requirements and base are one"
