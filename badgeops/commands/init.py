"""`badgeops init`: a catalog to start from, and what runs it in CI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from badgeops.commands.shared import options

if TYPE_CHECKING:
    from badgeops.app.write_starter import InitRequest, Place
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
    already, it writes none. The environment `test` is written if a test server of the same product is known.
    """
    from badgeops.app.write_starter import InitRequest, insist_on_request, place_of, what_next, write_starter
    from badgeops.commands.shared.console import CONSOLE

    request = InitRequest(**parameters)
    place = place_of(request.folder)
    usual = _answers({key: question.default for key, question in _QUESTIONS.items()}, request, place)
    insist_on_request(request, place, usual, CONSOLE)
    asked = {key: _asked(key, usual) for key in _QUESTIONS if key not in request.said} if CONSOLE.can_ask else {}
    answers = _answers({**_said_by(usual), **request.said, **asked}, request, place)
    write_starter(request, place, answers, CONSOLE)
    CONSOLE.note(what_next(request, answers, is_example=answers.email == usual.email))
    return 0


def _answers(said: dict[str, str], request: InitRequest, place: Place) -> Answers:
    from badgeops.scaffold.starter import Answers
    from badgeops.settings import trial_server_of

    known = trial_server_of(said["server"])
    return Answers(**said, catalog=place.inside, branch=request.branch, test_server=known)


def _said_by(answers: Answers) -> dict[str, str]:
    return {key: getattr(answers, key) for key in _QUESTIONS}


def _asked(key: str, usual: Answers) -> str:
    """Ask a person until the catalog would be in order with the answer; an empty one takes what stands in brackets.

    That is what is usual or, after an answer that is nearly right, what was probably meant.
    """
    from dataclasses import replace

    from badgeops.app.write_starter import proposed, wrong_with
    from badgeops.commands.shared.console import CONSOLE

    question = _QUESTIONS[key]
    text, default = question.text, question.default
    while True:
        answer: str = click.prompt(text, default=default, err=True).strip() or default
        wrong = wrong_with(replace(usual, **{key: answer}), CONSOLE)
        if wrong is None:
            return answer
        meant = proposed(key, answer, usual, CONSOLE)
        CONSOLE.advice(wrong.what if meant is not None else f"{wrong.what} {wrong.advice}".strip())
        text, default = ("Did you mean this?", meant) if meant is not None else (question.text, question.default)
