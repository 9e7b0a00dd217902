"""Writes results to files: as a whole or not at all, never a secret, and never over what they were made from."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from badgeops.app.folders import cache_folder
from badgeops.app.reporting import Reporter
from badgeops.catalog.withheld import folded
from badgeops.errors import SettingsError
from badgeops.safe_files import atomic, writing
from badgeops.safe_files.reading import open_regular

_YAML = (".yaml", ".yml")
_SUFFIXES = (*_YAML, ".png", ".svg")
"""Of what a catalog is made of, and no result is."""
_BESIDE_STATES = ("", ".backup")
"""What the name of a state is followed by."""
_COMPANION = re.compile(r"\..+\.(?:journal|lock|holder(?:\..+)?|new)", re.DOTALL)
"""The hidden files beside a state."""
_OF_KEPT = ".kept"
"""The folder beside a state with the images that others had put on the server."""
_WORK_FOLDER = ".badgeops"
_DATABASE = "sandbox.sqlite3"


def refuse_to_overwrite_inputs(catalog: str, *paths: str | Path | None) -> None:
    """Refuse to write a result where none can be, over what the catalog is made of, or where badgeops keeps things.

    What is there may be the only copy: a state, an image that was kept, a log-in.
    """
    named = [path for path in paths if path is not None and str(path) != "-"]
    if not named:
        return
    root = Path(os.path.realpath(catalog))
    states = frozenset(_kept_beside_states(root))
    for path in named:
        real = Path(os.path.realpath(path))
        whose = _owner(real, root, states)
        if whose:
            done = "overwritten" if os.path.lexists(path) else "written"
            raise SettingsError(f"{path} belongs to {whose} and was not {done}.", hint=_ANOTHER)
        _insist_on_place(path)


_ANOTHER = "Nothing was done. Name a file that is not part of the catalog."


def _insist_on_place(path: str | Path) -> None:
    """Refuse a folder in the place of a file, and what is in no folder."""
    if os.path.isdir(path):  # noqa: PTH112
        raise SettingsError(f"{path} cannot be written: it is a folder.", hint="Nothing was done. Name a file in it.")
    above = os.path.dirname(path) or "."  # noqa: PTH120
    if not os.path.isdir(above):  # noqa: PTH112
        is_link = os.path.islink(above) and not os.path.exists(above)  # noqa: PTH110, PTH114
        what = "is a file, not a folder" if os.path.lexists(above) else "does not exist"
        what = "is a link that leads nowhere" if is_link else what
        raise SettingsError(
            f"{path} cannot be written: the folder {above} {what}.",
            hint="Nothing was done. Name a file in a folder that exists.",
        )


def _owner(real: Path, root: Path, states: frozenset[str]) -> str:
    """Return whose place it is that somebody wants to write to; empty where it is nobody's."""
    if ".git" in (part.lower() for part in real.parts):
        return "Git"
    if folded(str(real)) in states or _is_beside_a_state(real) or _is_state(real):
        return "a state"
    if real.name.lower().startswith(_DATABASE):
        return "the sandbox"
    for place, whose in _own_places():
        if place in (real, *real.parents):
            return whose
    return _owner_inside(real, root) if real.is_relative_to(root) else ""


def _owner_inside(real: Path, root: Path) -> str:
    """Return whose place it is inside the catalog."""
    inside = real.relative_to(root).parts
    if inside[:1] == (_WORK_FOLDER,) and len(inside) > 2:
        return "the sandbox"
    is_there = real.is_file()
    if inside[-1].startswith((".git", ".badgeopsignore", ".env")) and is_there:
        return "the catalog"
    is_hidden = any(name.startswith(".") for name in inside)
    if not is_hidden and real.suffix.lower() in (_SUFFIXES if is_there else _YAML):
        return "the catalog"
    return "the catalog" if is_there and _is_referred_to(real, root) else ""


def _is_beside_a_state(path: Path) -> bool:
    """Tell by its name what badgeops keeps beside a state, wherever the state is: its companions, and kept images."""
    is_kept = any(folder.name.lower().endswith(_OF_KEPT) for folder in path.parents)
    return is_kept or _COMPANION.fullmatch(path.name.lower()) is not None


def _own_places() -> Iterator[tuple[Path, str]]:
    """Yield what is badgeops' own on this computer, outside of any catalog."""
    from badgeops.api.token_store import logins_file

    with contextlib.suppress(OSError, RuntimeError):  # no home folder
        yield Path(os.path.realpath(logins_file())), "the log-in"
    cache = cache_folder()
    if cache is not None:
        yield Path(os.path.realpath(cache)), "badgeops' cache"


def _kept_beside_states(root: Path) -> Iterator[str]:
    """Yield where the catalog's environments keep their states, and what stands beside one, be it there or not."""
    from badgeops.catalog.folder import load_settings
    from badgeops.settings import state_paths
    from badgeops.state.kept import folder_beside

    loaded = load_settings(root, str(root))
    for path in state_paths(loaded.settings.data, root) if loaded.settings else ():
        state = Path(os.path.realpath(path))
        if not state.name:
            continue  # a link to the root of the file system, beside which nothing stands
        yield from (folded(f"{state}{ending}") for ending in _BESIDE_STATES)
        yield folded(str(folder_beside(state)))


def _is_referred_to(real: Path, root: Path) -> bool:
    """Tell whether a document says that a text or an image is in this file."""
    from badgeops.catalog.folder import SETTINGS_FILE, yaml_files
    from badgeops.yamldoc.parse import parse

    if not (root / SETTINGS_FILE).exists():
        return False  # this is no catalog, so nobody asked us to look through it
    name = real.name.encode()
    files, _ = yaml_files(root, str(root))
    for file in files:
        if name in file.data:
            above = root / os.path.dirname(file.relative)  # noqa: PTH120
            words = {word for document in parse(file.file)[0] for word in _words(document.data)}
            if any(os.path.realpath(above / word) == str(real) for word in words if "\0" not in word):
                return True
    return False


def _words(value: object) -> Iterator[str]:
    """Yield every text in a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _words(part)
    elif isinstance(value, list):
        for part in value:
            yield from _words(part)


def _is_state(path: Path) -> bool:
    """Tell whether a file is a state or a backup of one, by how it begins."""
    from badgeops.state.record import FORMAT

    try:
        with open_regular(path) as file:
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
    if writing.is_stream(path):  # /dev/stdout, a pipe: nothing to replace
        writing.pour(path, text.encode())
        return
    # As any file that a command writes: other steps read it.
    atomic.replace(path, [text.encode()], mode=atomic.usual_mode())
