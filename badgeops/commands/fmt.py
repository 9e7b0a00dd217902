"""`badgeops fmt`: the same YAML in its canonical spelling."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import click

from badgeops.commands.shared import completion

if TYPE_CHECKING:
    from badgeops.errors import Diagnostic
    from badgeops.load import RawFile


@click.command(short_help="Write the catalog's YAML canonically.")
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=completion.Place("file"))
@click.option("--check", "is_check", is_flag=True, help="Write nothing; list what is not formatted, exit with 1.")
@click.option("--diff", "is_diff", is_flag=True, help="Write nothing; show what would change.")
def fmt(paths: tuple[str, ...], is_check: bool, is_diff: bool) -> int:
    """Order, indent and quote the YAML files of a catalog the same way everywhere. Comments stay where they belong.

    PATHS are catalogs, folders in them or single files (default: the catalog in the current folder). Files that lie in
    no catalog, and those that .badgeopsignore names, are left alone. What a file says is not changed: where badgeops
    cannot promise that, it leaves the file as it is and says so. Exit status: 0 all is formatted, 1 it is not (--check)
    or a file cannot be.
    """
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.commands.shared.spinner import working
    from badgeops.errors import Diagnostic
    from badgeops.render.plain import printable

    files, problems = _chosen(paths or (".",))
    changed = 0
    with working(CONSOLE, "Formatting") as tell:
        for number, file in enumerate(files):
            tell("files", number, len(files))
            result = _formatted(file)
            if isinstance(result, list):
                problems += result
            elif result is not None:
                changed += 1
                if not is_check and not is_diff:
                    _replace(file.path, result)
                shown = _difference(file, result) if is_diff else f"{printable(file.file.name)}\n"
                CONSOLE.result(shown)
    CONSOLE.diagnostics(sorted(problems, key=Diagnostic.sort_key))
    CONSOLE.note(_summary(changed, len(files), is_done=not is_check and not is_diff))
    return 1 if problems or (is_check and changed) else 0


def _summary(changed: int, total: int, *, is_done: bool) -> str:
    files = f"{total} {'file' if total == 1 else 'files'}"
    if not changed:
        return f"{files} looked at: nothing to change."
    if is_done:
        return f"{files} looked at, {changed} formatted."
    return f"{files} looked at, {changed} to format. To do so: badgeops fmt"


def _chosen(paths: tuple[str, ...]) -> tuple[list[RawFile], list[Diagnostic]]:
    """Read the files that the user named, each once."""
    from functools import partial
    from pathlib import Path

    from badgeops.commands.shared.console import CONSOLE
    from badgeops.load import catalog_around, yaml_files
    from badgeops.render.plain import printable

    wanted: dict[str, set[str]] = {}
    for path in paths:
        _insist_on(path)
        root = catalog_around(path)
        if root is not None:
            wanted.setdefault(root, set()).add(os.path.relpath(path, root))
        elif os.path.isdir(path):  # noqa: PTH112
            raise _no_catalog(path)
        else:
            CONSOLE.note(f"{printable(path)} lies in no catalog and is left alone.")
    found: list[RawFile] = []
    problems: list[Diagnostic] = []
    for root, inside in wanted.items():
        names = tuple(sorted(inside))
        files, diagnostics = yaml_files(Path(root), os.path.relpath(root), partial(_is_among, names))
        found += files
        problems += diagnostics
    return found, problems


def _insist_on(path: str) -> None:
    from badgeops.errors import SettingsError

    if not os.path.lexists(path):
        raise SettingsError(f'There is no file or folder "{path}".', hint="Check how it is spelled.")


def _no_catalog(path: str) -> Exception:
    from badgeops.errors import SettingsError

    return SettingsError(
        f'"{path}" is no catalog, and lies in none: there is no badgeops.yaml in it or above it.',
        hint="Name the folder that holds badgeops.yaml, or a file in it.",
    )


def _is_among(wanted: tuple[str, ...], name: str) -> bool:
    """Tell whether a file is one of those that were named, or in one of the folders."""
    return any(place in (".", name) or name.startswith(f"{place}/") for place in wanted)


def _formatted(file: RawFile) -> bytes | list[Diagnostic] | None:
    """Return the file's new bytes, None where it has them already, or why it cannot be formatted."""
    from badgeops.errors import Diagnostic, Severity, Source
    from badgeops.load import SETTINGS_FILE
    from badgeops.tidy import UntidyError, tidy
    from badgeops.yamldoc import parse

    _, diagnostics = parse(file.file)
    errors = [item for item in diagnostics if item.severity is Severity.ERROR]
    if errors:
        return errors
    try:
        result = tidy(file.file.text, settings=file.relative == SETTINGS_FILE).encode()
    except UntidyError as error:
        summary = f"this file is left as it is: {error}"
        detail = "Write that part in a simpler way, or name the file in .badgeopsignore if it is none of the catalog's."
        return [Diagnostic(Severity.ERROR, "not-formatted", summary, detail, source=Source(file.file.name))]
    return result if result != file.data else None


def _difference(file: RawFile, result: bytes) -> str:
    import difflib

    from badgeops.render.plain import printable

    name = printable(file.file.name)
    before, after = (text.decode("utf-8-sig").splitlines() for text in (file.data, result))
    shown = difflib.unified_diff(before, after, f"{name} (as it is)", f"{name} (formatted)", lineterm="")
    return "".join(f"{printable(line)}\n" for line in shown)


def _replace(path: str, data: bytes) -> None:
    """Put new bytes in a file's place: all of them or none, with its permissions."""
    from badgeops import whole
    from badgeops.errors import SettingsError

    try:
        mode = stat.S_IMODE(os.stat(path).st_mode)  # noqa: PTH116
        whole.replace(path, [data], mode=mode, is_durable=True)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="It is as it was. Check its folder's permissions and the free space.",
        ) from error
