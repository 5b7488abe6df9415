"""The flat public namespace: complete, sorted, and every name resolves."""

from __future__ import annotations

import inspect

import marginline


def test_all_is_sorted_without_repeats() -> None:
    assert list(marginline.__all__) == sorted(set(marginline.__all__))


def test_every_public_name_is_in_all() -> None:
    public = {
        name
        for name, value in vars(marginline).items()
        if not name.startswith("_")
        and not inspect.ismodule(value)  # rooms; not names
        and name != "annotations"  # from __future__
    }
    assert public <= set(marginline.__all__)


def test_every_name_in_all_resolves() -> None:
    missing = [name for name in marginline.__all__ if not hasattr(marginline, name)]
    assert not missing
