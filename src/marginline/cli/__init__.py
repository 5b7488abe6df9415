"""The command line. Nothing heavy is imported before a command needs it: `--help` stays quick."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Entry point of the program `marginline`: run the command that the arguments name."""
    import sys

    from marginline.cli import ending

    ending.open_streams()

    def run() -> object:
        from marginline.cli.app import app

        return app(prog_name="marginline")

    sys.exit(ending.ended(run))
