"""`python -m badgeops` is `badgeops`, and both begin here."""

from __future__ import annotations

import os
import signal


def _leave(_number: int, _frame: object) -> None:
    """End quietly: Ctrl-C while Python still reads the program."""
    os._exit(130)


def main() -> None:
    """Import the command line, which takes a moment, and run it."""
    before = signal.signal(signal.SIGINT, _leave)
    from badgeops import cli  # noqa: PLC0415 (only once Ctrl-C is taken care of)

    signal.signal(signal.SIGINT, before)
    cli.main()


if __name__ == "__main__":
    main()
