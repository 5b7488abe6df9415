"""Measures as attributes: type checkers, editors and `dir()` know each, from the one list."""

from __future__ import annotations

import ast
import inspect
import json

import marginline as ml
from marginline.cli.commands.stories import text_of
from marginline.core.assessment import measured


def test_type_checkers_know_every_measure_and_no_other() -> None:
    tree = ast.parse(inspect.getsource(measured))
    (owner,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    (block,) = (node for node in owner.body if isinstance(node, ast.If))
    named = [
        node.target.id
        for node in block.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]
    assert named == [measure.value for measure in ml.Measure]


def test_dir_shows_the_measures_that_there_are() -> None:
    assessment = ml.assess(ml.from_dict(json.loads(text_of("comfortable"))))
    pool = assessment.pools[0]
    for each in (assessment, pool, pool.positions[0]):
        assert {measure.value for measure in each.measures} <= set(dir(each))
        for name in dir(each):
            getattr(each, name)
