"""Messages handed to Apprise, one plugin a target, and what became of each attempt.

Apprise answers yes or no. Whether a no means that nothing arrived stands in how its HTTP request
ended, so the requests of an attempt are looked at on their way (`_SEEN`): a refused connection or
an answer of 500 did not arrive, an answer that never came may have.
"""

from __future__ import annotations

import functools
import ipaddress
import logging
import socket
import warnings
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import apprise
import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError

from marginline.core.numbers import is_digits
from marginline.errors import InputError, Problem
from marginline.monitor.delivery.parcels import Attempted
from marginline.monitor.wire import AlertLevel

WEBHOOKS = frozenset({"json", "jsons", "xml", "xmls", "form", "forms", "apprise", "apprises"})
"""Services whose address is any host that somebody wrote."""
LONGEST_WAIT_MS = 3_600_000
_TYPES: Mapping[AlertLevel | None, str] = {
    "line": "failure",
    "call": "failure",
    "act": "failure",
    "unknown": "warning",
    "warn": "warning",
    None: "info",
}
_SEEN: ContextVar[list[object] | None] = ContextVar("seen", default=None)


@dataclass(frozen=True, slots=True)
class Target:
    """Somewhere to send to. `url` in Apprise's form is a secret, and in no repr."""

    name: str
    url: str = field(repr=False)
    group: int = 1


class Sender(Protocol):
    """Sends one message to one target, in the thread that calls."""

    services: Mapping[str, str]

    def send(
        self, target: str, title: str, body: str, *, level: AlertLevel | None, key: str
    ) -> Attempted:
        """Send it; never raises."""
        ...


class AppriseSender:
    """Apprise's services, each target by itself.

    Args:
        targets: names and addresses.
        timeout_s: for the connection, and again for the answer.
        private: webhooks may lead to this machine and to private networks.

    Raises:
        InputError: an address that no service reads, or that may not be; its text is never told.
    """

    def __init__(
        self, targets: Sequence[Target], *, timeout_s: float = 4.0, private: bool = False
    ) -> None:
        _look_at_requests()
        self._private = private
        self._plugins: dict[str, Any] = {}
        problems = []
        for number, target in enumerate(targets):
            where = f"alerts.targets[{number}].url"
            plugin = _plugin(target.url, timeout_s)
            if plugin is None:
                text = f"no service of Apprise reads the address of {target.name!r}"
                remedy = "write it as its service wants it, such as tgram://TOKEN/CHAT"
                problems.append(Problem(where, "", text, remedy))
                continue
            self._plugins[target.name] = plugin
            if not private and _is_private_literal(plugin):
                problems.append(Problem(where, "", *_not_public(target.name)))
        if problems:
            raise InputError(problems)
        self.services: Mapping[str, str] = {
            name: str(plugin.service_name) for name, plugin in self._plugins.items()
        }

    def send(
        self, target: str, title: str, body: str, *, level: AlertLevel | None, key: str
    ) -> Attempted:
        """Send it; never raises, and never tells what stands in an address."""
        plugin = self._plugins[target]
        if not self._private and _is_webhook(plugin) and _leads_inside(plugin.host):
            return Attempted("refused", "; ".join(_not_public(target)))
        if _is_webhook(plugin) and isinstance(getattr(plugin, "headers", None), dict):
            plugin.headers["Idempotency-Key"] = key
        seen: list[object] = []
        token = _SEEN.set(seen)
        try:
            arrived = bool(plugin.notify(body=body, title=title, notify_type=_TYPES[level]))
        except Exception as error:  # noqa: BLE001 - a plugin's fault is a failed attempt
            return Attempted("refused", f"the service failed: {type(error).__name__}")
        finally:
            _SEEN.reset(token)
        return Attempted("arrived") if arrived else _outcome(seen)


def _plugin(url: str, timeout_s: float) -> Any:
    """The service that reads an address; None: there is none."""
    asset = apprise.AppriseAsset(
        app_id="marginline",
        app_desc="marginline",
        async_mode=False,
        secure_logging=True,
        http_redirects=False,
        storage_mode="memory",
    )
    # its warnings and urllib3's lines of debug name hosts and paths, which hold tokens
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():  # of 170 modules of others, read at the first address
            warnings.simplefilter("ignore")
            plugin = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    except Exception:  # noqa: BLE001 - whatever it is, its text may repeat the address
        return None
    if plugin is None:
        return None
    plugin.socket_connect_timeout = plugin.socket_read_timeout = timeout_s
    return plugin


def _not_public(name: str) -> tuple[str, str]:
    return (
        f"{name!r} is a webhook to this machine or a private network",
        "write private = true under [alerts] where that is meant",
    )


def _is_webhook(plugin: Any) -> bool:
    known = [plugin.protocol, plugin.secure_protocol]
    names = [n for each in known for n in ((each,) if isinstance(each, str) else each or ())]
    return not WEBHOOKS.isdisjoint(names)


def _is_private_literal(plugin: Any) -> bool:
    if not _is_webhook(plugin):
        return False
    host = str(plugin.host or "").strip("[]")
    return host.lower() == "localhost" or _is_inside(host)


def _leads_inside(host: object) -> bool:
    """Whether any address of a host is not of the public network."""
    name = str(host or "").strip("[]")
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return False  # it leads nowhere: the attempt itself will say so
    return any(_is_inside(str(each[4][0])) for each in found)


def _is_inside(text: str) -> bool:
    try:
        return not ipaddress.ip_address(text.partition("%")[0]).is_global
    except ValueError:
        return False


def _look_at_requests() -> None:
    """Note how each request of an attempt ends: Apprise leaves no other place open."""
    send = requests.Session.send
    if getattr(send, "noted", False):
        return

    @functools.wraps(send)
    def noting(self: requests.Session, request: Any, **more: Any) -> requests.Response:
        seen = _SEEN.get()
        try:
            response = send(self, request, **more)
        except requests.RequestException as error:
            if seen is not None:
                seen.append(error)
            raise
        if seen is not None:
            seen.append(response)
        return response

    noting.noted = True  # type: ignore[attr-defined]
    requests.Session.send = noting  # type: ignore[method-assign]


def _outcome(seen: Sequence[object]) -> Attempted:
    """What an attempt that failed came to, by its last request."""
    last = seen[-1] if seen else None
    match last:
        case requests.Response():
            return Attempted("refused", f"it answered {last.status_code}", _retry_after(last))
        case requests.ConnectTimeout() | requests.exceptions.SSLError():
            return Attempted("refused", "no connection")
        case requests.ConnectionError() if _never_connected(last):
            return Attempted("refused", "no connection")
        case requests.Timeout():
            return Attempted("unsure", "it did not answer in time; it may have arrived")
        case requests.RequestException():
            return Attempted("unsure", "the connection broke; it may have arrived")
        case _:
            return Attempted("refused", "the service did not take it")


def _never_connected(error: requests.ConnectionError) -> bool:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError | NameResolutionError)


def _retry_after(response: requests.Response) -> int | None:
    text = response.headers.get("Retry-After", "").strip()
    if not text:
        return None
    if is_digits(text):
        return min(LONGEST_WAIT_MS, int(text[:9]) * 1000)
    try:
        wait = parsedate_to_datetime(text) - datetime.now(UTC)
    except (TypeError, ValueError):
        return None
    return min(LONGEST_WAIT_MS, max(0, int(wait.total_seconds() * 1000)))
