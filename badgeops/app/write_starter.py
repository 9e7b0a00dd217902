"""`badgeops init`: write a catalog to start from, and what runs it in CI; all of it or nothing."""

from __future__ import annotations

import contextlib
import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from badgeops.app.reporting import Reporter
from badgeops.app.requests import Request
from badgeops.app.workspace import check
from badgeops.errors import SettingsError
from badgeops.render.plain import printable
from badgeops.safe_files import writing
from badgeops.scaffold import starter
from badgeops.scaffold.starter import Answers

_DOCS = "https://github.com/badgeops/badgeops/blob/main/docs"


@dataclass(frozen=True, kw_only=True)
class InitRequest:
    """What `badgeops init` is asked for."""

    folder: str = "."
    name: str | None = None
    """As the next three: None to be asked for."""
    url: str | None = None
    email: str | None = None
    server: str | None = None
    github: bool = False
    gitlab: bool = False
    pre_commit: bool = False
    branch: str = "main"


@dataclass(frozen=True)
class Place:
    """Where a catalog is to be."""

    target: Path
    root: Path
    """Of the Git repository; the catalog's own folder where it is in none."""
    inside: str
    """The catalog's folder in the repository."""


def place_of(folder: str) -> Place:
    """Return where a catalog in this folder is."""
    target = Path(folder)
    root = _repository(target)
    return Place(target, root, Path(os.path.relpath(os.path.realpath(target), os.path.realpath(root))).as_posix())


def _repository(target: Path) -> Path:
    """Return the root of the Git repository that a folder is in; the folder itself where it is in none."""
    real = Path(os.path.realpath(target))
    found = next((folder for folder in (real, *real.parents) if (folder / ".git").exists()), None)
    return target if found is None or found == real else Path(os.path.relpath(found))


def check_answers(answers: Answers, reporter: Reporter) -> None:
    """Make sure that the catalog would be in order, before anything is written: an address may be none."""
    with writing.scratch_folder() as folder:
        for path, text in starter.catalog_files(answers):
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            writing.create(place, text.encode())
        requests = [Request(catalog=str(folder), environment=name) for name in ("sandbox", "production")]
        found = [item for request in requests for item in check(request, reporter)]
    if found:
        raise SettingsError(
            f"With these answers, the catalog would have a problem: {found[0].summary}. Nothing was written.",
            hint=found[0].detail,
        )


def write_starter(request: InitRequest, place: Place, answers: Answers, reporter: Reporter) -> None:
    """Write the catalog, and beside it what CI and pre-commit need; say what was written."""
    extra = _beside(request, answers)
    files = {place.target / path: text for path, text in starter.catalog_files(answers)}
    files |= {place.root / path: text for path, text in extra.items()}
    _refuse_to_overwrite(files, extra)
    _write(files)
    for path in sorted(map(_shown, files)):
        reporter.done(f"{path}\n")


def _beside(request: InitRequest, answers: Answers) -> dict[str, str]:
    """Return what goes to the root of the repository."""
    extra: dict[str, str] = {}
    extra |= dict(starter.github_files(answers)) if request.github else {}
    extra |= dict(starter.gitlab_files(answers)) if request.gitlab else {}
    extra |= dict(starter.pre_commit_files(answers)) if request.pre_commit else {}
    return extra


def _refuse_to_overwrite(files: dict[Path, str], extra: dict[str, str]) -> None:
    in_the_way = [path for path in files if os.path.lexists(path)]
    if not in_the_way:
        return
    names = ", ".join(sorted(map(_shown, in_the_way)))
    hint = "Name another folder, or move these files out of the way."
    shared = [text for path, text in extra.items() if any(path == each.name for each in in_the_way)]
    if shared:
        lines = "\n".join(f"  {line}" for text in shared for line in text.splitlines())
        hint = f"Leave the option out and add this to the file by hand:\n{lines}"
    raise SettingsError(f"Nothing was written, because these exist already: {names}.", hint=hint)


def _write(files: dict[Path, str]) -> None:
    """Write all files, or none of them."""
    made: list[Path] = []
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            writing.create(path, text.encode())
            made.append(path)
    except OSError as error:
        for path in made:
            with contextlib.suppress(OSError):
                path.unlink()
        raise SettingsError(
            f"{error.filename or 'A file'} cannot be written: {error.strerror or error}. Nothing was written.",
            hint="Check the folder's permissions and the free space.",
        ) from error


def _shown(path: Path) -> str:
    return printable(os.path.normpath(path))


def what_next(request: InitRequest, *, is_example: bool) -> str:
    """Return how to go on from here; `is_example` where the issuer is nobody's."""
    folder = request.folder
    change = f"  cd {shlex.quote(folder)}\n" if folder not in (".", "./") else ""
    page = "ci.md#github" if request.github else "ci.md#gitlab" if request.gitlab else "getting-started.md"
    lines = [
        "",
        "To try it on the server inside badgeops:",
        "",
        f"{change}  badgeops plan\n  badgeops apply",
        "",
        "Then make the files your own. The next steps:",
        f"  {_DOCS}/{page}",
    ]
    if request.pre_commit:
        lines.append("To turn the hooks on: pre-commit install")
    if is_example:
        lines.append("The issuer is still an example: edit issuer.yaml.")
    return "\n".join(printable(line) if line.strip() == line else line for line in lines)
