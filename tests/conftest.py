"""What every test may use: how hard hypothesis tries, and where the shared data lies."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# Bytecode is kept: where it is forbidden, every worker rewrites the assertions of every file, and
# every process that a test starts compiles the whole program anew, which takes it seconds.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# No deadline: on a busy machine it fails tests for the machine's sake, not for ours.
settings.register_profile("default", max_examples=50, deadline=None)
# Derandomized: a red run can be had again with CI=true, and no change is blamed for another's luck.
settings.register_profile("ci", max_examples=80, deadline=None, derandomize=True)
# For a night or before a release: `make test ARGS=--hypothesis-profile=thorough`.
settings.register_profile("thorough", max_examples=1000, deadline=None)
# `pytest --hypothesis-profile=…` still wins.
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """For `-n auto`: one more than cores, for tests that wait for a process leave theirs idle."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (cores or 1) + 1


def pytest_collection_finish() -> None:
    """Modules, tests and their parameters live to the end: the collector looks at them no more."""
    gc.collect()
    gc.freeze()
    # What the tests leave is looked at more rarely: it was three of a hundred seconds.
    gc.set_threshold(50_000, 20, 50)
    # And not once more where the process ends, after pytest has looked for what nobody closed.
    atexit.register(gc.freeze)


@pytest.fixture(scope="session", autouse=True)
def _data_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a monitor keeps goes to a folder of the tests, never to that of whoever runs them."""
    os.environ["XDG_DATA_HOME"] = str(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded venue payloads and market data that lies beside the repository.

    It is `../shared/data` seen from the repository's root; the environment variable
    MARGINLINE_SHARED names another place for `shared`. The data is not ours to ship, so a clone
    without it skips the tests that read it.
    """
    shared = Path(os.environ.get("MARGINLINE_SHARED") or ROOT.parent / "shared")
    data = shared / "data"
    if not data.is_dir():
        pytest.skip(f"no shared data at {data}; MARGINLINE_SHARED may name its parent folder")
    return data
