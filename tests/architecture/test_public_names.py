"""The flat public namespace: complete, sorted, and every name resolves."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import marginline


def test_all_is_sorted_without_repeats() -> None:
    assert list(marginline.__all__) == sorted(set(marginline.__all__))


def test_every_public_name_is_in_all() -> None:
    public = {
        name
        for name, value in vars(marginline).items()
        if not name.startswith("_")
        and not inspect.ismodule(value)  # rooms; not names
        and name not in {"annotations", "TYPE_CHECKING"}  # tools of the module itself
    }
    assert public <= set(marginline.__all__)


def test_every_name_in_all_resolves() -> None:
    missing = [name for name in marginline.__all__ if not hasattr(marginline, name)]
    assert not missing


def test_all_and_the_homes_of_names_agree() -> None:
    assert set(marginline.__all__) == set(marginline._HOMES)


def test_type_checkers_find_every_name_in_its_home() -> None:
    """What is imported `if TYPE_CHECKING` is what the lazy namespace loads."""
    source = ast.parse(inspect.getsource(marginline))
    (block,) = (node for node in source.body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == {name: f"marginline.{home}" for name, home in marginline._HOMES.items()}


@pytest.mark.slow
def test_a_type_checker_knows_what_the_namespace_gives(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    # What these types are made of, and no more: a third of the time. `make check` takes it all.
    aside = ("book", "feeds", "ledger", "risk")
    named = ",".join([f"marginline.{room}.*" for room in aside] + ["numpy.*", "aiohttp.*"])
    config = tmp_path / "config"
    config.write_text(f"[mypy]\n[mypy-{named}]\nfollow_imports = skip\n")
    uses = tmp_path / "uses.py"
    uses.write_text(
        "from typing import reveal_type\n"
        "import marginline as ml\n"
        "account = ml.read('binance_usdm', balance='balance.json')\n"
        "reveal_type(account)\n"
        "reveal_type(ml.assess(account).pools[0].margin_ratio)\n"
        "reveal_type(ml.assess(account).to_dict()['pools'][0]['measures']['equity'])\n"
    )
    asked = ["--strict", f"--config-file={config}", "--cache-dir", os.devnull, str(uses)]
    # In a process of its own: of a million objects that it leaves none would ever be let go.
    mypy = subprocess.run(
        [sys.executable, "-m", "mypy", *asked],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"MYPYPATH": str(Path(marginline.__file__).parents[1])},
    )
    told = mypy.stdout
    assert not mypy.stderr
    found = [line.partition("Revealed type is ")[2] for line in told.splitlines()[:3]]
    assert found == [
        '"marginline.core.account.account.Account"',
        '"decimal.Decimal | None"',
        '"str | None"',
    ], told


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(AttributeError, match="assess"):
        _ = marginline.no_such_name
