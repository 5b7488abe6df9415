"""A PostgreSQL of one's own: made in a temporary folder, as an unprivileged user, ended with it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

PLACES = ("/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/17/bin")


class NoServer(Exception):
    """There is none to be had here; the message says why."""


def programs() -> Path:
    """The folder of initdb and pg_ctl. Raises NoServer."""
    found = [Path(place) for place in PLACES]
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    for each in found:
        if (each / "initdb").exists():
            return each
    raise NoServer("there is no PostgreSQL here: apt-get install postgresql")


def _user() -> str | None:
    """Whom the server runs as: root is refused by initdb; None: as we are."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            pwd.getpwnam(name)
            return name
    raise NoServer("running as root, and there is neither `postgres` nor `nobody` to run it as")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of a running server, `%s` for the database. Raises NoServer."""
    folder_of, user = programs(), _user()
    folder = Path(tempfile.mkdtemp(prefix="marginline-pg-", dir="/tmp"))
    if user is not None:
        shutil.chown(folder, user)
    data, port = folder / "data", _free_port()

    def run(*command: str) -> None:
        done = subprocess.run(
            command, user=user, cwd=folder, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    try:
        run(str(folder_of / "initdb"), "-D", str(data), "--auth=trust", "-E", "UTF8",
            "--locale=C.UTF-8", "-U", "marginline", "--no-sync")  # fmt: skip
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
        control, log = str(folder_of / "pg_ctl"), str(folder / "log")
        run(control, "-D", str(data), "-l", log, "-w", "-t", "90", "-o", options, "start")
        try:
            yield f"postgresql://marginline@127.0.0.1:{port}/%s"
        finally:
            run(control, "-D", str(data), "-m", "fast", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
