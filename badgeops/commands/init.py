"""`badgeops init`: a catalog to start from, and what runs it in CI."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

import click

from badgeops.commands.shared import completion

if TYPE_CHECKING:
    from pathlib import Path

    from badgeops.starter import Answers


class _Question(NamedTuple):
    """What is asked where no option says it."""

    text: str
    default: str


_QUESTIONS = {
    "name": _Question("Who awards the badges?", "Example Academy"),
    "url": _Question("Their website?", "https://academy.example"),
    "email": _Question("An e-mail address for people who hold a badge?", "badges@academy.example"),
    "server": _Question("The badge server?", "canvas-us"),
}
_DOCS = "https://github.com/badgeops/badgeops/blob/main/docs"


@click.command(short_help="Write a catalog to start from.")
@click.argument("folder", default=".", metavar="[DIR]", type=completion.Place("dir"))
@click.option("--name", metavar="TEXT", help=f"Who awards the badges.  [default: {_QUESTIONS['name'].default}]")
@click.option("--url", metavar="URL", help=f"Their website.  [default: {_QUESTIONS['url'].default}]")
@click.option(
    "--email", metavar="ADDRESS", help=f"Where holders can write to.  [default: {_QUESTIONS['email'].default}]"
)
@click.option(
    "--server",
    metavar="NAME|URL",
    help=f"The server of environment production.  [default: {_QUESTIONS['server'].default}]",
)
@click.option(
    "--github", is_flag=True, help="Write workflows for GitHub, too: plan in pull requests, apply after them."
)
@click.option("--gitlab", is_flag=True, help="Write a pipeline for GitLab, too.")
@click.option("--pre-commit", is_flag=True, help="Write a .pre-commit-config.yaml, too.")
@click.option("--branch", default="main", show_default=True, metavar="NAME", help="The branch that is applied.")
def init(
    folder: str,
    name: str | None,
    url: str | None,
    email: str | None,
    server: str | None,
    github: bool,
    gitlab: bool,
    pre_commit: bool,
    branch: str,
) -> int:
    """Write a small catalog to DIR: settings, an issuer, a badge class, what it is aligned with, pictures, a README.

    On a terminal it asks for what no option says; elsewhere it takes the defaults. What CI and pre-commit need goes to
    the root of the Git repository. Nothing is overwritten: if a file is in the way, none is written.
    """
    from pathlib import Path

    from badgeops import starter
    from badgeops.commands.shared.console import CONSOLE

    target = Path(folder)
    root = _repository(target)
    inside = Path(os.path.relpath(os.path.realpath(target), os.path.realpath(root))).as_posix()
    _insist_on_plain(inside, branch)
    answers = _answers({"name": name, "url": url, "email": email, "server": server}, inside, branch)
    own = dict(starter.catalog_files(answers))
    extra: dict[str, str] = {}
    extra |= dict(starter.github_files(answers)) if github else {}
    extra |= dict(starter.gitlab_files(answers)) if gitlab else {}
    extra |= dict(starter.pre_commit_files(answers)) if pre_commit else {}
    files = {target / path: text for path, text in own.items()} | {root / path: text for path, text in extra.items()}
    _write(files, extra)
    for path in sorted(map(_shown, files)):
        CONSOLE.result(f"{path}\n")
    CONSOLE.note(_next(folder, answers, github=github, gitlab=gitlab, pre_commit=pre_commit))
    return 0


def _repository(target: Path) -> Path:
    """Return the root of the Git repository that a folder is in; the folder itself where it is in none."""
    from pathlib import Path

    real = Path(os.path.realpath(target))
    found = next((folder for folder in (real, *real.parents) if (folder / ".git").exists()), None)
    return target if found is None or found == real else Path(os.path.relpath(found))


def _insist_on_plain(inside: str, branch: str) -> None:
    """Refuse names that would mean something else in the files of a CI system."""
    for what, word in (("folder", inside), ("branch", branch)):
        if re.fullmatch(r"[A-Za-z0-9._/-]+", word) is None or word.startswith(("-", "..")):
            raise click.UsageError(f"The {what} {word!r} needs a plainer name: letters, digits, dots, hyphens.")


def _answers(given: dict[str, str | None], catalog: str, branch: str) -> Answers:
    """Ask a person on a terminal for what no option says, until the catalog would be in order.

    What was said stays as the default of the next round. SettingsError where there is nobody to ask once more.
    """
    from badgeops.commands.shared.console import CONSOLE, is_terminal
    from badgeops.errors import SettingsError
    from badgeops.starter import Answers

    said = {key: _QUESTIONS[key].default if value is None else value for key, value in given.items()}
    asked = [key for key, value in given.items() if value is None]
    can_ask = bool(asked) and is_terminal(sys.stdin) and is_terminal(sys.stderr)
    while True:
        for key in asked if can_ask else ():
            answer: str = click.prompt(_QUESTIONS[key].text, default=said[key], err=True)
            said[key] = answer.strip() or said[key]
        answers = Answers(**said, catalog=catalog, branch=branch)
        try:
            _check(answers)
        except SettingsError as error:
            if not can_ask:
                raise
            CONSOLE.error(error)
            CONSOLE.note("Please answer once more; Enter keeps what stands in brackets.")
            asked = list(said)
        else:
            return answers


def _check(answers: Answers) -> None:
    """Make sure that the catalog would be in order, before anything is written: an address may be none."""
    import tempfile
    from pathlib import Path

    from badgeops import starter
    from badgeops.app.workspace import check
    from badgeops.errors import SettingsError

    with tempfile.TemporaryDirectory() as folder:
        for path, text in starter.catalog_files(answers):
            place = Path(folder, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8")
        found = [item for environment in ("sandbox", "production") for item in check(folder, environment)]
    if found:
        raise SettingsError(
            f"With these answers the catalog would not be in order: {found[0].summary}. Nothing was written.",
            hint=found[0].detail,
        )


def _write(files: dict[Path, str], extra: dict[str, str]) -> None:
    """Write all files, or none of them."""
    from badgeops.errors import SettingsError

    in_the_way = [path for path in files if os.path.lexists(path)]
    if in_the_way:
        names = ", ".join(sorted(map(_shown, in_the_way)))
        hint = "Give another folder, or move what is there out of the way."
        shared = [text for path, text in extra.items() if any(path == each.name for each in in_the_way)]
        if shared:
            lines = "\n".join(f"  {line}" for text in shared for line in text.splitlines())
            hint = f"Leave the option out and add this to the file by hand:\n{lines}"
        raise SettingsError(f"Nothing was written, because something is in the way: {names}.", hint=hint)
    made: list[Path] = []
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                made.append(path)
                file.write(text)
    except OSError as error:
        for path in made:
            with contextlib.suppress(OSError):
                path.unlink()
        raise SettingsError(
            f"{error.filename or 'A file'} cannot be written: {error.strerror or error}. Nothing was written.",
            hint="Check the folder's permissions and the free space.",
        ) from error


def _shown(path: Path) -> str:
    from badgeops.render.plain import printable

    return printable(os.path.normpath(path))


def _next(folder: str, answers: Answers, *, github: bool, gitlab: bool, pre_commit: bool) -> str:
    import shlex

    from badgeops.render.plain import printable

    change = f"  cd {shlex.quote(folder)}\n" if folder not in (".", "./") else ""
    lines = [
        "",
        "To see it work on the server inside badgeops:",
        "",
        f"{change}  badgeops plan\n  badgeops apply",
        "",
        "Then make the files your own. How to go on from here:",
        f"  {_DOCS}/" + ("ci.md#github" if github else "ci.md#gitlab" if gitlab else "getting-started.md"),
    ]
    if pre_commit:
        lines.append("The hooks begin to work with: pre-commit install")
    if answers.email == _QUESTIONS["email"].default:
        lines.append("The issuer is an example still: see issuer.yaml.")
    return "\n".join(printable(line) if line.strip() == line else line for line in lines)
