"""What cannot be processed, as people see it."""

from __future__ import annotations

from marginline.errors import InputError, Problem
from marginline.feeds.events import Event, Refused
from marginline.monitor.state import State
from marginline.monitor.taking.commands import (
    Acknowledge,
    Command,
    Forget,
    Mute,
    SetBands,
    Watch,
)


def unprocessable(event: Event | Command, error: Exception, now: int) -> Refused:
    """An event that could not be taken in, as a refusal that people see."""
    return Refused(
        venue=getattr(event, "venue", ""),
        received=now,
        sequence=0,
        account=getattr(event, "account", None),
        field=type(event).__name__,
        value="",
        reason=f"could not be processed: {type(error).__name__}: {error}"[:500],
        remedy="report it; what was known before is kept",
    )


def no_alert(name: str) -> InputError:
    """That there is no alert of this name."""
    remedy = "GET /api/v1/alerts lists those there are"
    return InputError([Problem("alert_id", name, "there is no such alert", remedy)])


def checked(command: Command, state: State) -> None:
    """Whether a command names what there is.

    Raises:
        InputError: it names an alert or an account that there is not, or one that there is already.
    """
    match command:
        case Acknowledge(alert) | Mute(alert, _):
            if alert not in state.alerts:
                raise no_alert(alert)
        case SetBands(account, _) | Forget(account):
            if account is not None and account not in state.accounts:
                names = ", ".join(sorted(state.accounts)) or "none"
                problem = Problem("name", account, "there is no such account", f"there is: {names}")
                raise InputError([problem])
        case Watch(watching, anew):
            if watching.name in state.accounts and not anew:
                text = "an account of this name is watched already"
                raise InputError([Problem("name", watching.name, text, "choose another")])
        case _:
            pass
