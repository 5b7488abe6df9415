"""The flat public namespace: complete, sorted, and every name resolves."""

from __future__ import annotations

import inspect

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


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(AttributeError, match="assess"):
        _ = marginline.no_such_name
