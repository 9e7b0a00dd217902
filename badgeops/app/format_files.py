"""`badgeops fmt`: the same YAML in its canonical spelling."""

from __future__ import annotations

import os
import shlex
import stat
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from badgeops.app.folders import is_same_folder
from badgeops.app.hints import suggestion
from badgeops.app.reporting import Reporter
from badgeops.catalog.folder import SETTINGS_FILE, RawFile, catalog_around, yaml_files
from badgeops.errors import Diagnostic, SettingsError, Severity, Source
from badgeops.formatter.writer import UntidyError, tidy
from badgeops.render.plain import printable
from badgeops.safe_files import atomic
from badgeops.yamldoc.parse import parse


@dataclass(frozen=True, kw_only=True)
class FormatRequest:
    """What `badgeops fmt` is asked for."""

    paths: tuple[str, ...] = ()
    """Catalogs, folders or files; empty for a whole catalog."""
    catalog: str | None = None
    """The one that the paths must lie in, or all of which is to be formatted; None for any, or the current folder."""
    is_check: bool = False
    is_diff: bool = False

    @property
    def writes(self) -> bool:
        """Files are to be changed, not only looked at."""
        return not self.is_check and not self.is_diff


def format_files(request: FormatRequest, reporter: Reporter) -> int:
    """Format the files, or show what would change of them. Returns the exit status."""
    files, problems = _chosen(request, reporter)
    changed = 0
    with reporter.working("Formatting") as tell:
        for number, file in enumerate(files):
            tell("files", number, len(files))
            result = _formatted(file)
            if isinstance(result, list):
                problems += result
            elif result is not None:
                changed += 1
                _take(file, result, request, reporter)
    reporter.diagnostics(sorted(problems, key=Diagnostic.sort_key))
    reporter.note(_summary(changed, len(files), request))
    return 1 if problems or (request.is_check and changed) else 0


def _take(file: RawFile, result: bytes, request: FormatRequest, reporter: Reporter) -> None:
    """Write what a file is to be, or show it."""
    if request.writes:
        _replace(file.path, result)
    tell = reporter.done if request.writes else reporter.result
    tell(_difference(file, result) if request.is_diff else f"{printable(file.file.name)}\n")


def _summary(changed: int, total: int, request: FormatRequest) -> str:
    files = f"{total} {'file' if total == 1 else 'files'}"
    if not changed:
        return f"{files} checked: nothing to change."
    if request.writes:
        return f"{files} checked, {changed} formatted."
    command = suggestion("badgeops fmt", request.catalog or ".", None)
    paths = [printable(shlex.quote(path)) for path in request.paths]
    return f"{files} checked, {changed} to format. To format them: {' '.join([command, *paths])}"


def _chosen(request: FormatRequest, reporter: Reporter) -> tuple[list[RawFile], list[Diagnostic]]:
    """Read the files that the user named, each once."""
    found: list[RawFile] = []
    problems: list[Diagnostic] = []
    for root, names in _by_catalog(request, reporter).items():
        files, diagnostics = yaml_files(Path(root), os.path.relpath(root), partial(_is_among, tuple(sorted(names))))
        found += files
        problems += diagnostics
    return found, problems


def _by_catalog(request: FormatRequest, reporter: Reporter) -> dict[str, set[str]]:
    """Return what the user named, inside the catalog that it lies in."""
    wanted: dict[str, set[str]] = {}
    if request.catalog is not None:
        _insist_on_catalog(request.catalog or ".")
    for path in request.paths or (request.catalog or ".",):
        _insist_on(path)
        root = catalog_around(path)
        if request.catalog is not None:
            _insist_on_inside(path, root, request.catalog)
        if root is not None:
            wanted.setdefault(root, set()).add(os.path.relpath(path, root))
        elif os.path.isdir(path):  # noqa: PTH112
            raise _no_catalog(path)
        else:
            reporter.note(f"{printable(path)} is not in a catalog, so badgeops leaves it alone.")
    return wanted


def _insist_on(path: str) -> None:
    if not os.path.lexists(path):
        raise SettingsError(f'There is no file or folder "{path}".', hint="Check how it is spelled.")


def _insist_on_catalog(folder: str) -> None:
    """Refuse a folder that holds no catalog of its own, also if it lies in one."""
    _insist_on(folder)
    if not os.path.isfile(os.path.join(folder, SETTINGS_FILE)):  # noqa: PTH113, PTH118
        raise SettingsError(
            f'"{folder}" is not a catalog: it has no badgeops.yaml.',
            hint="--catalog takes the folder that holds badgeops.yaml. Without it, name files or folders in a catalog.",
        )


def _insist_on_inside(path: str, root: str | None, catalog: str) -> None:
    """Refuse a path that lies in another catalog than the one that was named, or in none."""
    if root is None or not is_same_folder(root, catalog):
        raise SettingsError(
            f'"{path}" is not in the catalog that --catalog names, "{catalog}".',
            hint="Name paths in that catalog, or leave --catalog out.",
        )


def _no_catalog(path: str) -> Exception:
    return SettingsError(
        f'"{path}" is not a catalog, nor in one: neither it nor a folder above it has a badgeops.yaml.',
        hint="Name the folder that holds badgeops.yaml, or a file in it.",
    )


def _is_among(wanted: tuple[str, ...], name: str) -> bool:
    """Tell whether a file is one of those that were named, or in one of the folders."""
    return any(place in (".", name) or name.startswith(f"{place}/") for place in wanted)


def _formatted(file: RawFile) -> bytes | list[Diagnostic] | None:
    """Return the file's new bytes, None where it has them already, or why it cannot be formatted."""
    _, diagnostics = parse(file.file)
    errors = [item for item in diagnostics if item.severity is Severity.ERROR]
    if errors:
        return errors
    try:
        result = tidy(file.file.text, settings=file.relative == SETTINGS_FILE).encode()
    except UntidyError as error:
        summary = f"this file is left as it is: {error}"
        detail = (
            "Write that part in a simpler way, or name the file in .badgeopsignore if it does not belong to the "
            "catalog."
        )
        return [Diagnostic(Severity.ERROR, "not-formatted", summary, detail, source=Source(file.file.name))]
    return result if result != file.data else None


def _difference(file: RawFile, result: bytes) -> str:
    import difflib  # only for --diff

    name = printable(file.file.name)
    before, after = (text.decode("utf-8-sig").splitlines() for text in (file.data, result))
    shown = difflib.unified_diff(before, after, f"{name} (as it is)", f"{name} (formatted)", lineterm="")
    return "".join(f"{printable(line)}\n" for line in shown)


def _replace(path: str, data: bytes) -> None:
    """Put new bytes in a file's place: all of them or none, with its permissions."""
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode)  # noqa: PTH116
        atomic.replace(path, [data], mode=mode, is_durable=True)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="The file has not changed. Check its folder's permissions and the free space.",
        ) from error
