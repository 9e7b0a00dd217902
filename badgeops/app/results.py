"""Writes results to files: as a whole or not at all, never a secret, and never over what they were made from."""

from __future__ import annotations

import os
from pathlib import Path

from badgeops.app.reporting import Reporter
from badgeops.errors import SettingsError
from badgeops.safe_files import atomic

_SUFFIXES = (".yaml", ".yml", ".png", ".svg")
"""Of what a catalog is made of, and no result is."""
_COMPANIONS = (".journal", ".lock", ".holder")
"""What the names of the hidden files beside a state end in."""


def refuse_to_overwrite_inputs(catalog: str, *paths: str | Path | None) -> None:
    """Refuse to write a result over a state, what stands beside it, or what the catalog is made of."""
    root = Path(os.path.realpath(catalog))
    for path in paths:
        if path is None:
            continue
        real = Path(os.path.realpath(path))
        if not real.is_file():
            continue
        if _is_state(real):
            raise SettingsError(f"{path} belongs to a state and was not overwritten.", hint=_ANOTHER)
        inside = real.relative_to(root).parts if real.is_relative_to(root) else (".",)
        if real.suffix.lower() in _SUFFIXES and not any(name.startswith(".") for name in inside):
            raise SettingsError(f"{path} belongs to the catalog and was not overwritten.", hint=_ANOTHER)


_ANOTHER = "Nothing was done. Name a file that is not part of the catalog."


def _is_state(path: Path) -> bool:
    """Tell whether a file is a state or a backup of one, by how it begins, or stands beside one, by its name."""
    from badgeops.state.record import FORMAT

    if path.name.startswith(".") and path.name.endswith(_COMPANIONS):
        return True
    try:
        with path.open("rb") as file:
            return FORMAT.encode() in file.read(100)
    except OSError:
        return False  # writing will say what is wrong


def write_result(path: str, text: str, what: str, reporter: Reporter) -> None:
    """Write a result that is handed around to a file, whole or not at all, and never with a secret in it."""
    if reporter.holds_secret(text):
        raise SettingsError(
            f"{path} was not written: the {what} contains a password or a token of this run.",
            hint="Somebody has put it into the catalog or on the server. Remove it there, and replace it by another.",
        )
    write_whole(path, text)


def write_whole(path: str | Path, text: str) -> None:
    """Write a file as `write_file` does; SettingsError says why it cannot be written."""
    try:
        write_file(Path(path), text)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Name a file in a folder that exists and that you may write to.",
        ) from error


def write_file(path: Path, text: str) -> None:
    """Write a result to a file as a whole or not at all. OSError where that is not possible."""
    if path.exists() and not path.is_file():  # /dev/stdout, a pipe: nothing to replace
        path.write_text(text, "utf-8")
        return
    umask = os.umask(0)
    os.umask(umask)
    # As any file that a command writes: other steps read it.
    atomic.replace(path, [text.encode()], mode=0o666 & ~umask)
