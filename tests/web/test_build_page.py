from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PINNED = re.compile(r"\d+\.\d+\.\d+")


@pytest.fixture
def hook() -> Iterator[ModuleType]:
    pytest.importorskip("hatchling")
    spec = importlib.util.spec_from_file_location("build_page", ROOT / "build_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["build_page"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["build_page"]


def tree(root: Path) -> None:
    (root / "frontend" / "node_modules" / "x").mkdir(parents=True)
    (root / "frontend" / "main.ts").write_text("1")
    (root / "static").mkdir()
    (root / "static" / "index.html").write_text("<!doctype html>")


@pytest.fixture
def small(hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    tree(tmp_path)
    monkeypatch.setattr(hook, "SOURCES", tmp_path / "frontend")
    monkeypatch.setattr(hook, "PAGE", tmp_path / "static")
    (tmp_path / "static" / hook.STAMP).write_text(hook.digest())
    return hook


def test_node_has_one_version_in_the_hook_and_in_the_hashed_file(hook: ModuleType) -> None:
    wanted = (ROOT / "requirements" / "build.in").read_text()
    locked = (ROOT / "requirements" / "build.txt").read_text()
    assert hook.NODE in wanted
    assert f"{hook.NODE} " in locked


def test_the_page_is_built_of_exactly_pinned_parts() -> None:
    parts = json.loads((ROOT / "frontend" / "package.json").read_text())
    for name, version in {**parts["dependencies"], **parts["devDependencies"]}.items():
        assert PINNED.fullmatch(version), name


def test_the_lock_hashes_every_part_and_names_no_place_to_get_it_from() -> None:
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text())
    parts = {name: part for name, part in lock["packages"].items() if name}
    assert parts
    for name, part in parts.items():
        assert part["integrity"].startswith("sha512-"), name
        assert "resolved" not in part, name


def test_a_page_built_from_these_sources_is_not_built_again(small: ModuleType) -> None:
    assert small.built()


def test_a_page_built_from_other_sources_is_built_again(small: ModuleType) -> None:
    (small.SOURCES / "main.ts").write_text("2")
    assert not small.built()


def test_what_tools_leave_beside_the_sources_changes_nothing(small: ModuleType) -> None:
    (small.SOURCES / "node_modules" / "x" / "index.js").write_text("3")
    assert small.built()


def test_without_its_sources_a_built_page_is_good(
    small: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(small, "SOURCES", tmp_path / "nowhere")
    assert small.built()


class App:
    def __init__(self) -> None:
        self.told: list[str] = []

    def display_warning(self, text: str) -> None:
        self.told.append(text)


def failing(hook: ModuleType, monkeypatch: pytest.MonkeyPatch) -> tuple[object, App]:
    def build() -> None:
        raise hook.CannotBuildError("npm found nobody")

    monkeypatch.setattr(hook, "build", build)
    monkeypatch.setattr(hook, "built", lambda: False)
    made = hook.PageHook.__new__(hook.PageHook)
    app = App()
    monkeypatch.setattr(hook.PageHook, "app", app)
    return made, app


def test_an_editable_install_without_npm_goes_on_and_says_why_there_is_no_page(
    small: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, app = failing(small, monkeypatch)
    made.initialize("editable", {})  # type: ignore[attr-defined]
    assert app.told == ["marginline is installed without its page: npm found nobody"]
    assert (small.PAGE / small.MISSING).read_text() == "npm found nobody\n"
    assert not (small.PAGE / "index.html").exists()


def test_a_wheel_is_never_made_without_the_page(
    small: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = failing(small, monkeypatch)
    with pytest.raises(SystemExit, match="npm found nobody"):
        made.initialize("standard", {})  # type: ignore[attr-defined]
