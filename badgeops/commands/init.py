"""`badgeops init`: a catalog to start from, and what runs it in CI."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from badgeops.commands.shared import options

if TYPE_CHECKING:
    from badgeops.app.write_starter import InitRequest
    from badgeops.scaffold.starter import Answers


class _Question(NamedTuple):
    """What is asked where no option says it."""

    text: str
    default: str


_QUESTIONS = {
    "name": _Question("Who awards the badges?", "Example Academy"),
    "url": _Question("Their website?", "https://academy.example"),
    "email": _Question("An e-mail address that earners can write to?", "badges@academy.example"),
    "server": _Question("The badge server?", "canvas-us"),
}


@click.command(short_help="Write a catalog to start from.")
@options.catalog_argument("folder", "DIR")
@click.option("--name", metavar="TEXT", help=f"Who awards the badges.  [default: {_QUESTIONS['name'].default}]")
@click.option("--url", metavar="URL", help=f"Their website.  [default: {_QUESTIONS['url'].default}]")
@click.option(
    "--email", metavar="ADDRESS", help=f"Where earners can write to.  [default: {_QUESTIONS['email'].default}]"
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
def init(**parameters: Any) -> int:
    """Write a small catalog to DIR: settings, an issuer, a badge class, what it is aligned with, images, a README.

    On a terminal, it asks about everything for which you pass no option; elsewhere, it takes the defaults. The files
    for CI and pre-commit go to the root of the Git repository. badgeops overwrites nothing: if one of the files exists
    already, it writes none.
    """
    from badgeops.app.write_starter import InitRequest, place_of, what_next, write_starter
    from badgeops.commands.shared.console import CONSOLE

    request = InitRequest(**parameters)
    place = place_of(request.folder)
    _insist_on_plain(place.inside, request.branch)
    answers = _answers(request, place.inside)
    write_starter(request, place, answers, CONSOLE)
    CONSOLE.note(what_next(request, is_example=answers.email == _QUESTIONS["email"].default))
    return 0


def _insist_on_plain(inside: str, branch: str) -> None:
    """Refuse names that would mean something else in the files of a CI system."""
    for what, word in (("folder", inside), ("branch", branch)):
        if re.fullmatch(r"[A-Za-z0-9._/-]+", word) is None or word.startswith(("-", "..")):
            raise click.UsageError(f"The {what} {word!r} needs a simpler name: letters, digits, dots, hyphens.")


def _answers(request: InitRequest, inside: str) -> Answers:
    """Ask a person on a terminal for what no option says, until the catalog would be in order.

    What was said stays as the default of the next round. SettingsError where there is nobody to ask once more.
    """
    from badgeops.app.write_starter import check_answers
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.errors import SettingsError
    from badgeops.scaffold.starter import Answers

    given: dict[str, str | None] = {key: getattr(request, key) for key in _QUESTIONS}
    said = {key: _QUESTIONS[key].default if value is None else value for key, value in given.items()}
    asked = [key for key, value in given.items() if value is None]
    can_ask = bool(asked) and CONSOLE.can_ask
    while True:
        said |= _asked(asked if can_ask else [], said)
        answers = Answers(**said, catalog=inside, branch=request.branch)
        try:
            check_answers(answers, CONSOLE)
        except SettingsError as error:
            if not can_ask:
                raise
            CONSOLE.error(error)
            CONSOLE.note("Please answer again; Enter keeps the value in brackets.")
            asked = list(said)
        else:
            return answers


def _asked(keys: list[str], said: dict[str, str]) -> dict[str, str]:
    """Ask for these; an empty answer leaves what was said."""
    found = {}
    for key in keys:
        answer: str = click.prompt(_QUESTIONS[key].text, default=said[key], err=True)
        found[key] = answer.strip() or said[key]
    return found
