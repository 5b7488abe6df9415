"""Options that say something only beside another: given where they say nothing, they are refused.

A command names them where it stands, by its parameters:

```python
@companions(needs={"kelly": ("edge",)}, idle={"ticks": ("marks",)})
def command(...): ...
```
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from marginline.cli.exits import UsageProblem

if TYPE_CHECKING:
    from typer._click import Context, Parameter  # as in `program`

F = TypeVar("F", bound=Callable[..., object])
Needs = Mapping[str, Sequence[str]]
Idle = Mapping[str, Sequence[str | tuple[str, ...]]]
_KEPT = "marginline_companions"
_GIVEN = "COMMANDLINE"


class _Rules(NamedTuple):
    needs: Needs
    idle: Idle


def companions(*, needs: Needs | None = None, idle: Idle | None = None) -> Callable[[F], F]:
    """The command refuses an option that would be read by nobody.

    Args:
        needs: by parameter, those of which one must be given, too.
        idle: by parameter, those beside which it does nothing; a tuple: beside all of them.
    """

    def note(command: F) -> F:
        vars(command)[_KEPT] = _Rules(needs or {}, idle or {})  # wrappers take it over
        return command

    return note


def refuse_idle(ctx: Context, parameters: Sequence[Parameter], command: object) -> None:
    """Raises UsageProblem where an option of the command line would be ignored."""
    rules: _Rules | None = getattr(command, _KEPT, None)
    if rules is None:
        return
    known = {one.name: one for one in parameters if one.name}
    given = {name for name in known if _is_given(ctx, name)}
    for message in _wrong(rules, given, known):
        raise UsageProblem(message)


def _is_given(ctx: Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == _GIVEN and ctx.params.get(name) not in (None, ())


def _wrong(rules: _Rules, given: Set[str], known: Mapping[str, Parameter]) -> Iterator[str]:
    for option in (each for each in rules.needs if each in given):
        others = rules.needs[option]
        if given.isdisjoint(others):
            wanted = " or ".join(_shown(known[each]) for each in others)
            remedy = " or ".join(_written(known[each]) for each in others)
            what = _shown(known[option])
            yield f"{what} does nothing without {wanted}; give {remedy}, or leave {what} out"
    for option in (each for each in rules.idle if each in given):
        sets = [{each} if isinstance(each, str) else {*each} for each in rules.idle[option]]
        beside = next((each for each in sets if given >= each), None)
        if beside is not None:
            them = " and ".join(sorted(_shown(known[each]) for each in beside))
            yield f"{_shown(known[option])} does nothing beside {them}; leave one of them out"


def _shown(parameter: Parameter) -> str:
    """Its name: --kelly, or FILE."""
    if parameter.param_type_name == "argument":
        return str(getattr(parameter, "metavar", None) or (parameter.name or "").upper())
    return parameter.opts[0]


def _written(parameter: Parameter) -> str:
    """As it is given: --kelly FRACTION."""
    metavar = getattr(parameter, "metavar", None)
    flag = parameter.param_type_name == "argument" or getattr(parameter, "is_flag", False)
    return _shown(parameter) if flag or metavar is None else f"{_shown(parameter)} {metavar}"
