"""What commands write: whole or not at all, and over nothing that is there already."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import BinaryIO

import pytest

from marginline.cli.exits import Exit, MachineProblem, UsageProblem
from marginline.cli.writing import free, write_file, write_text
from tests.cli.running import run, sample, write

KEPT = "what was there"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_that_exists_is_replaced_only_when_told(tmp_path: Path) -> None:
    there = tmp_path / "there.txt"
    there.write_text(KEPT)
    with pytest.raises(UsageProblem, match="exists; --force replaces it"):
        write_text(there, "new")
    assert there.read_text() == KEPT
    write_text(there, "new", force=True)
    assert there.read_text() == "new"
    assert names(tmp_path) == ["there.txt"]


def test_a_failure_leaves_what_was_there_and_nothing_beside(tmp_path: Path) -> None:
    there = tmp_path / "there.txt"
    there.write_text(KEPT)

    def fails(file: BinaryIO) -> None:
        file.write(b"half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(MachineProblem, match="No space left"):
        write_file(there, fails, force=True)
    assert there.read_text() == KEPT
    assert names(tmp_path) == ["there.txt"]


def test_a_file_that_came_while_we_worked_is_kept(tmp_path: Path) -> None:
    there = tmp_path / "there.txt"
    with pytest.raises(UsageProblem, match="exists"):
        write_file(there, lambda _: there.write_text(KEPT))
    assert there.read_text() == KEPT
    assert names(tmp_path) == ["there.txt"]


def test_a_link_is_never_written_through(tmp_path: Path) -> None:
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text(KEPT)
    link.symlink_to(target)
    for force in (False, True):
        with pytest.raises(UsageProblem):
            write_text(link, "new", force=force)
    (tmp_path / "out.json.part").symlink_to(target)
    write_text(tmp_path / "out.json", "new")
    assert target.read_text() == KEPT


def test_a_link_to_nothing_is_there_too(tmp_path: Path) -> None:
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageProblem, match="exists"):
        free(link, force=False)


@pytest.mark.parametrize("name", ["", ".", "folder/", "no/such/folder.txt", "a\0b", "x" * 300])
def test_a_name_that_is_none_is_wrong_use(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageProblem):
        write_text(name, "text")
    assert names(tmp_path) == []


def test_a_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("")
    write_text(tmp_path / "ours.txt", "")
    assert (tmp_path / "ours.txt").stat().st_mode == other.stat().st_mode


def test_a_file_that_is_replaced_keeps_its_rights(tmp_path: Path) -> None:
    there = tmp_path / "secret.json"
    there.write_text("")
    there.chmod(0o600)
    write_text(there, "new", force=True)
    assert there.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("command", ["convert", "init", "demo", "generate", "sweep", "map"])
def test_no_command_overwrites_without_force(command: str, tmp_path: Path) -> None:
    account = str(write(tmp_path, sample("comfortable")))
    crowd = ("--accounts", "20", "--instruments", "3")
    ways: dict[str, tuple[str, list[str]]] = {
        "convert": ("out.json", ["convert", account, "-o"]),
        "init": ("out.toml", ["init"]),
        "demo": ("comfortable.json", ["demo", "comfortable", "--save"]),
        "generate": ("out.parquet", ["book", "generate", *crowd]),
        "sweep": ("out.parquet", ["book", "sweep", *crowd, "--out"]),
        "map": ("out.svg", ["book", "map", "C0000USDT", *crowd, "--svg"]),
    }
    out, arguments = ways[command]
    if arguments[0] == "book":
        pytest.importorskip("numba")
        pytest.importorskip("pyarrow")
    there = tmp_path / out
    there.write_text(KEPT)
    target = tmp_path if command == "demo" else there
    refused = run(*arguments, target)
    assert refused.exit_code == Exit.USAGE
    assert f"{there} exists; --force replaces it" in refused.stderr
    assert there.read_text() == KEPT
    assert run(*arguments, target, "--force").exit_code != Exit.USAGE
    assert there.read_bytes() != KEPT.encode()
    assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob(".*"))


def test_a_sweep_never_replaces_its_own_input(tmp_path: Path) -> None:
    pytest.importorskip("numba")
    pytest.importorskip("pyarrow")
    crowd = tmp_path / "crowd.parquet"
    assert run("book", "generate", crowd, "--accounts", "20", "--instruments", "3").exit_code == 0
    before = crowd.read_bytes()
    assert run("book", "sweep", crowd, "--out", crowd).exit_code == Exit.USAGE
    assert crowd.read_bytes() == before


def test_demo_writes_all_of_its_files_or_none(tmp_path: Path) -> None:
    (tmp_path / "strained.json").write_text(KEPT)
    assert run("demo", "--save", tmp_path).exit_code == Exit.USAGE
    assert names(tmp_path) == ["strained.json"]


def test_a_folder_that_is_not_there_is_to_be_made_first(tmp_path: Path) -> None:
    result = run("init", tmp_path / "nowhere" / "marginline.toml")
    assert result.exit_code == Exit.USAGE
    assert result.stderr.endswith("No such file or directory; make its folder first\n")
    assert [*tmp_path.iterdir()] == []
