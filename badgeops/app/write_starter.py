"""`badgeops init`: write a catalog to start from, and what runs it in CI; all of it or nothing."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from badgeops.app.reporting import Reporter
from badgeops.app.requests import Request
from badgeops.app.workspace import check
from badgeops.errors import SettingsError
from badgeops.model import mended
from badgeops.render.plain import printable
from badgeops.safe_files import writing
from badgeops.scaffold import starter
from badgeops.scaffold.starter import Answers
from badgeops.settings import nearest_server

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

    @property
    def said(self) -> dict[str, str]:
        """What options say of the programme."""
        given = {"name": self.name, "url": self.url, "email": self.email, "server": self.server}
        return {key: value for key, value in given.items() if value is not None}


class Wrong(NamedTuple):
    """Why a catalog is not written so, and what to do instead."""

    what: str
    advice: str = ""


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


def wrong_with(answers: Answers, reporter: Reporter) -> Wrong | None:
    """Return what would be wrong with the catalog, found before anything is written: an address may be none."""
    with writing.scratch_folder() as folder:
        for path, text in starter.catalog_files(answers):
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            writing.create(place, text.encode())
        environments = ["sandbox", "production", *(["test"] if answers.test_server else [])]
        requests = [Request(catalog=str(folder), environment=name) for name in environments]
        found = next(filter(None, (check(request, reporter) for request in requests)), ())
    if not found:
        return None
    # What is made of an answer is wrong because the answer is, which stands in the issuer's document.
    first = next((item for item in found if item.source and item.source.filename.endswith("issuer.yaml")), found[0])
    return Wrong(f"{first.summary[:1].upper()}{first.summary[1:]}.", first.detail)


_MENDERS = {"name": mended.name, "url": mended.web_address, "email": mended.email_address, "server": nearest_server}


def proposed(key: str, answer: str, sound: Answers, reporter: Reporter) -> str | None:
    """Return the answer that was probably meant by one that is wrong, if the catalog would be in order with it."""
    meant = _MENDERS[key](answer)
    if meant is None or meant == answer:
        return None
    return meant if wrong_with(replace(sound, **{key: meant}), reporter) is None else None


def insist_on_request(request: InitRequest, place: Place, sound: Answers, reporter: Reporter) -> None:
    """Make sure of all that can be told before anybody is asked: what options say, and that nothing is in the way.

    `sound` has an answer to each question with which the catalog would be in order.
    """
    found = [*_names_with_meaning(place.inside, request.branch)]
    for key, value in request.said.items():
        wrong = wrong_with(replace(sound, **{key: value}), reporter)
        if wrong is not None:
            meant = proposed(key, value, sound, reporter)
            advice = f"Did you mean this?\n  --{key} {shlex.quote(meant)}" if meant is not None else wrong.advice
            found.append(Wrong(f"--{key}: {wrong.what}", advice))
    found += _in_the_way(_all_files(request, place, sound), _beside(request, sound))
    if len(found) == 1:
        raise SettingsError(f"{found[0].what} Nothing was written.", hint=found[0].advice)
    if found:
        said = "\n".join(f"{wrong.what} {wrong.advice}".strip() for wrong in found)
        raise SettingsError(f"{len(found)} problems stand in the way. Nothing was written.", hint=said)


def _names_with_meaning(inside: str, branch: str) -> Iterator[Wrong]:
    """Refuse names that would mean something else in the files of a CI system."""
    for what, word in (("folder", inside), ("branch", branch)):
        if re.fullmatch(r"[A-Za-z0-9._/-]+", word) is None or word.startswith(("-", "..")):
            yield Wrong(f"The {what} {word!r} needs a simpler name: letters, digits, dots, hyphens.")


def write_starter(request: InitRequest, place: Place, answers: Answers, reporter: Reporter) -> None:
    """Write the catalog, and beside it what CI and pre-commit need; say what was written."""
    files = _all_files(request, place, answers)
    _write(files)
    for path in sorted(map(_shown, files)):
        reporter.done(f"{path}\n")


def _all_files(request: InitRequest, place: Place, answers: Answers) -> dict[Path, str]:
    files = {place.target / path: text for path, text in starter.catalog_files(answers)}
    return files | {place.root / path: text for path, text in _beside(request, answers).items()}


def _beside(request: InitRequest, answers: Answers) -> dict[str, str]:
    """Return what goes to the root of the repository."""
    extra: dict[str, str] = {}
    extra |= dict(starter.github_files(answers)) if request.github else {}
    extra |= dict(starter.gitlab_files(answers)) if request.gitlab else {}
    extra |= dict(starter.pre_commit_files(answers)) if request.pre_commit else {}
    return extra


def _in_the_way(files: dict[Path, str], extra: dict[str, str]) -> Iterator[Wrong]:
    above = {folder for path in files for folder in path.parents}
    for folder in sorted(folder for folder in above if os.path.lexists(folder) and not folder.is_dir()):
        yield Wrong(f"{_shown(folder)} is not a folder.", "Name another folder, or move it out of the way.")
    in_the_way = [path for path in files if os.path.lexists(path)]
    if not in_the_way:
        return
    names = ", ".join(sorted(map(_shown, in_the_way)))
    hint = "Name another folder, or move these files out of the way."
    shared = [text for path, text in extra.items() if any(path == each.name for each in in_the_way)]
    if shared:
        lines = "\n".join(f"  {line}" for text in shared for line in text.splitlines())
        hint = f"Leave the option out and add this to the file by hand:\n{lines}"
    yield Wrong(f"These files exist already: {names}.", hint)


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


def what_next(request: InitRequest, answers: Answers, *, is_example: bool) -> str:
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
    if answers.test_server is None:
        lines.append(
            f"There is no environment for tests: badgeops knows no test server that is of the same product as "
            f"{answers.server}."
        )
    if is_example:
        lines.append("The issuer is still an example: edit issuer.yaml.")
    return "\n".join(printable(line) if line.strip() == line else line for line in lines)
