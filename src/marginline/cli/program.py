"""Typer, with our manners: exit code 64 for wrong use, errors as one line, no slow imports.

Typer coerces values with pydantic, whose import takes longer than a whole assessment. Every
parameter of ours is text or a switch and is read exactly by the command itself, so the coercion is
replaced by none at all.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from typer.core import TyperCommand, TyperGroup

from marginline.cli.companions import refuse_idle
from marginline.cli.ending import ReaderGone, ended
from marginline.cli.exits import Exit

if TYPE_CHECKING:
    from typer._click import Context, Parameter  # Typer's own signatures name no public ones


class _AsGiven:
    """Takes the text of a parameter as it was given."""

    def coerce(self, value: object, param: Parameter, ctx: Context) -> object:  # noqa: ARG002 - Typer's
        several = param.multiple or param.nargs == -1
        return () if value is None and several else value


def _leave_as_given(parameters: Sequence[Parameter]) -> None:
    for parameter in parameters:
        if getattr(parameter, "_runtime_param", True) is None:
            vars(parameter)["_runtime_param"] = _AsGiven()  # no public switch; harmless if it goes
        if parameter.param_type_name == "argument":
            vars(parameter)["display_type_rich"] = _no_type  # "<list[str]>" tells a trader nothing


def _no_type(ctx: Context) -> None:
    """No type beside an argument in the help."""


class Command(TyperCommand):
    """A command whose parameters are text and switches."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """As Typer does it, without coercion; an option that would do nothing is refused."""
        parameters = self.get_params(ctx)
        _leave_as_given(parameters)
        rest = super().parse_args(ctx, args)
        if not ctx.resilient_parsing:
            refuse_idle(ctx, parameters, self.callback)
        return rest


class OrderedCommand(Command):
    """Also notes its options in the order they were given, as `(option name, value)` pairs.

    They stand in `ctx.meta[OrderedCommand.ORDER]`: a what-if applies its changes in that order.
    """

    ORDER = "marginline.order"

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """As `Command`, and the order noted."""
        if not ctx.resilient_parsing:
            ctx.meta[self.ORDER] = self._in_order(ctx, args)
        return super().parse_args(ctx, args)

    def _in_order(self, ctx: Context, args: list[str]) -> list[tuple[str, str]]:
        values, _, order = self.make_parser(ctx).parse_args(args=list(args))
        repeated = {p.name: iter(values.get(p.name) or ()) for p in order if p.multiple}
        return [(p.name, next(repeated[p.name])) for p in order if p.multiple]


class Group(TyperGroup):
    """A command with commands below it."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """As Typer does it, without coercion. Without a command: the help, as wrong use."""
        _leave_as_given(self.get_params(ctx))
        if not args and not ctx.resilient_parsing:
            print(ctx.get_help(), file=sys.stderr)
            ctx.exit(Exit.USAGE)
        return super().parse_args(ctx, args)


class Program(Group):
    """The whole program: what a command returns is the exit code; what it raises is one line."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: ARG002 - Typer's signature
        windows_expand_args: bool = True,
        **extra: object,
    ) -> NoReturn:
        """Run the command that the arguments name, and exit."""

        def run() -> object:
            return super(Program, self).main(
                args, prog_name, complete_var, False, windows_expand_args, **extra
            )

        sys.exit(ended(run))

    # Any: Typer's own signature
    def make_context(self, *args: Any, **extra: Any) -> Context:
        """As Typer does it; help that nobody reads is no status."""
        try:
            return super().make_context(*args, **extra)
        except BrokenPipeError:  # Typer would make it exit code 1, which means "watch" here
            raise ReaderGone from None

    def invoke(self, ctx: Context) -> object:
        """Run the command in our arithmetic."""
        from marginline.core.numbers import exact

        try:
            with exact():
                return super().invoke(ctx)
        except BrokenPipeError:
            raise ReaderGone from None
