"""Rewrites what the documentation takes from the program itself.

    python docs/generate.py            rewrite it
    python docs/generate.py --check    change nothing; exit with 1 if something is out of date

Nine things are taken: every block that begins with `$ badgeops … --help`, the table of commands between
`<!-- commands -->` and `<!-- /commands -->`, the order of modules below `<!-- rows -->`, the transcript below
`<!-- transcript -->`, which is played for real on a copy of the example catalog in the embedded sandbox, and the plan
in it as a comment on a pull request, between `<!-- comment -->` and `<!-- /comment -->`.
Below `<!-- init: FILE -->` stands a file as `badgeops init` writes it, between `<!-- action -->` and
`<!-- /action -->` the inputs of the GitHub action, and between `<!-- decisions -->` and `<!-- /decisions -->` the pages
of docs/decisions.
`tests/repository/test_docs.py` holds the files to it.
"""  # noqa: INP001 (a script, not a package)

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import io
import os
import re
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import requests
import yaml
from click.testing import CliRunner

from badgeops.api.probe_values import OPEN
from badgeops.api.questions import QUESTIONS
from badgeops.cli import cli, run
from badgeops.model.error_names import TABLE as ERRORS
from badgeops.model.rules import TABLE as RULES, Rule
from badgeops.sandbox import PASSWORD, USERNAME, Sandbox, SandboxOptions
from badgeops.scaffold import starter

ROOT = Path(__file__).parent.parent
DECISIONS = ROOT / "docs" / "decisions"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), DECISIONS / "README.md")
COLUMNS = 78
"""What click leaves of a terminal of 80 columns."""

HELP = re.compile(r"^```text\n\$ badgeops(?P<command>(?: [a-z-]+)*) --help\n.*?^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!-- comment -->\n.*?<!-- /comment -->", re.DOTALL)
TABLE = re.compile(r"<!-- commands -->\n.*?<!-- /commands -->", re.DOTALL)
LIST_OF_ERRORS = re.compile(r"<!-- errors -->\n.*?<!-- /errors -->", re.DOTALL)
ANSWERS = re.compile(r"<!-- answers -->\n.*?<!-- /answers -->", re.DOTALL)
LIST_OF_RULES = re.compile(r"<!-- rules -->\n.*?<!-- /rules -->", re.DOTALL)
ROWS = re.compile(r"<!-- rows -->\n```text\n.*?^```$", re.MULTILINE | re.DOTALL)
TRANSCRIPT = re.compile(r"<!-- transcript -->\n```text\n.*?^```$", re.MULTILINE | re.DOTALL)


INIT = re.compile(r"<!-- init: (?P<path>\S+) -->\n```yaml\n.*?^```$", re.MULTILINE | re.DOTALL)
ACTION = re.compile(r"<!-- action -->\n.*?<!-- /action -->", re.DOTALL)
INDEX = re.compile(r"<!-- decisions -->\n.*?<!-- /decisions -->", re.DOTALL)


def commands(group: click.Group | None = None, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its name: "plan", "state", "state list"."""
    group = cli if group is None else group
    context = click.Context(group)
    for each in group.list_commands(context):
        command = group.get_command(context, each)
        assert command is not None  # noqa: S101 (it was listed)
        full = f"{name} {each}".strip()
        yield full, command
        if isinstance(command, click.Group):
            yield from commands(command, full)


def help_text(command: str) -> str:
    """Return what `badgeops COMMAND --help` prints on a terminal of 80 columns."""
    result = CliRunner().invoke(cli, [*command.split(), "--help"], prog_name="badgeops", terminal_width=COLUMNS)
    return result.output


def help_block(match: re.Match[str]) -> str:
    """Return a help block as it should be."""
    command = match["command"].strip()
    prompt = " ".join(["$ badgeops", *command.split(), "--help"])
    return f"```text\n{prompt}\n{help_text(command)}```"


def command_table() -> str:
    """Return the table of all commands that do something themselves."""
    rows = [
        f"| [`badgeops {name}`](docs/cli.md#badgeops-{name.replace(' ', '-')}) | {command.get_short_help_str(200)} |"
        for name, command in commands()
        if not isinstance(command, click.Group)
    ]
    return "\n".join(["<!-- commands -->", "| command | what it does |", "| --- | --- |", *rows, "<!-- /commands -->"])


def rows_block() -> str:
    """Return the order of packages and, inside each, of modules that the test of layers knows."""
    tree = ast.parse((ROOT / "tests" / "repository" / "test_layers.py").read_text("utf-8"))
    known = {
        ast.unparse(target): node.value for node in tree.body if isinstance(node, ast.Assign) for target in node.targets
    }
    rows, inside = ast.literal_eval(known["ROWS"]), ast.literal_eval(known["INSIDE"])
    width = max(map(len, inside)) + 2
    orders = [f"{package:{width}}{_aligned(order, width)}" for package, order in inside.items()]
    drawing = "\n".join([textwrap.dedent(rows).strip(), "", *orders])
    return f"<!-- rows -->\n```text\n{drawing}\n```"


def _aligned(order: str, width: int) -> str:
    """Return an order of modules on one line, or with a line for each group where it is long."""
    line, margin = " ".join(order.split()), " " * width
    if len(line) <= 110 - width:
        return line
    groups = (textwrap.fill(group, 110 - width) for group in line.replace(" < ", "\n< ").splitlines())
    return textwrap.indent("\n".join(groups), margin).lstrip()


# --- the transcript ------------------------------------------------------------------------------------------------


@functools.cache
def played() -> tuple[str, str]:
    """Play the transcript of the README; return what a terminal shows, and the plan as a comment."""
    with quiet_environment(), copy_of_the_example() as catalog:
        change_the_example(catalog)
        comment = _shown("plan", "--format", "markdown")
        shown = [
            f"$ badgeops plan\n{_shown('plan')}",
            f"$ badgeops apply --auto-approve | tail -1\n{_shown('apply', '--auto-approve').splitlines()[-1]}\n",
            f"$ badgeops plan\n{_shown('plan')}",
        ]
    return "\n".join(shown), comment


def transcript_block(_match: re.Match[str]) -> str:
    """Return the transcript as a block of Markdown."""
    return f"<!-- transcript -->\n```text\n{played()[0]}```"


def comment_block(_match: re.Match[str]) -> str:
    """Return the plan of the transcript as a comment on a pull request, as it is shown there."""
    # Ids, and so the digest, are others in each sandbox.
    text = re.sub(r"sha256:[0-9a-f]{64}", f"sha256:{hashlib.sha256(b'badgeops').hexdigest()}", played()[1])
    return f"<!-- comment -->\n{text}<!-- /comment -->"


@contextlib.contextmanager
def copy_of_the_example() -> Iterator[Path]:
    """Copy the example catalog and work in the copy."""
    with tempfile.TemporaryDirectory() as folder:
        catalog = Path(folder) / "catalog"
        shutil.copytree(ROOT / "examples" / "catalog", catalog, ignore=shutil.ignore_patterns(".badgeops"))
        with contextlib.chdir(catalog):
            yield catalog


def change_the_example(catalog: Path) -> None:
    """Apply the example, and let time pass: awards, an edit on the server, a few in the catalog."""
    _shown("apply", "--auto-approve")
    _somebody_else(catalog)
    _edit(catalog)


@contextlib.contextmanager
def quiet_environment() -> Iterator[None]:
    """Take away the BADGEOPS_ variables of whoever runs this."""
    ours = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("BADGEOPS_")}
    try:
        yield
    finally:
        os.environ.update(ours)


def _shown(*arguments: str) -> str:
    """Run a command in this process and return what it writes to stdout."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()) as err:
        status = run(list(arguments))
    if status != 0:
        raise RuntimeError(f"badgeops {' '.join(arguments)} ended with {status}:\n{err.getvalue()}")
    return out.getvalue()


def _somebody_else(catalog: Path) -> None:
    """Award badges, and edit one in the web interface, as colleagues do."""
    with Sandbox(SandboxOptions(data=catalog / ".badgeops" / "sandbox")) as sandbox, requests.Session() as http:
        login = {"username": USERNAME, "password": PASSWORD}
        token = http.post(f"{sandbox.url}/o/token", data=login, timeout=10).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        url = f"{sandbox.url}/v2/badgeclasses"
        found = {item["name"]: item for item in http.get(f"{url}?num=500", timeout=10).json()["result"]}
        for name, people in (("Safe Online", 23), ("Python Foundations", 9)):
            for number in range(people):
                award = {"recipient": {"identity": f"learner{number}@example.org", "type": "email"}}
                http.post(f"{url}/{found[name]['entityId']}/assertions", json=award, timeout=10).raise_for_status()
        item = found["Embedded Prototyping"]
        fields = {name: item[name] for name in ("name", "description")}
        fields["tags"] = ["electronics", "microcontrollers", "level 3"]
        http.put(f"{url}/{item['entityId']}", json=fields, timeout=10).raise_for_status()


def _edit(catalog: Path) -> None:
    """Change the catalog: criteria, tags, an image; and take a badge class out of it."""
    _replace(catalog / "criteria/safe-online.md", "at least **ten** right", "at least **eleven** right")
    _replace(catalog / "library/everyday-skills.yaml", "level 1, devices]", "level 1, devices, maintenance]")
    shutil.copy(catalog / "images/spreadsheets-at-work.png", catalog / "images/python-foundations.png")
    workshop = catalog / "library/workshop.yaml"
    *others, _last = workshop.read_text("utf-8").split("\n---\n")
    workshop.write_text("\n---\n".join(others) + "\n", "utf-8")


def _replace(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text, (path, before)  # noqa: S101
    path.write_text(text.replace(before, after, 1), "utf-8")


# --- CI ---


def init_block(match: re.Match[str]) -> str:
    """Return a file as `badgeops init badges` writes it."""
    answers = starter.Answers(
        "Example Academy", "https://academy.example", "badges@academy.example", "canvas-us", "badges"
    )
    files = dict([*starter.github_files(answers), *starter.gitlab_files(answers), *starter.pre_commit_files(answers)])
    return f"<!-- init: {match['path']} -->\n```yaml\n{files[match['path']]}```"


def action_table(_match: re.Match[str]) -> str:
    """Return the inputs of the action as a table."""
    action = yaml.safe_load((ROOT / ".github" / "actions" / "badgeops" / "action.yml").read_text("utf-8"))
    lines = ["<!-- action -->", "| input | what it is | default |", "| --- | --- | --- |"]
    for name, about in action["inputs"].items():
        default = "required" if about.get("required") else f"`{about['default']}`" if about["default"] else ""
        lines.append(f"| `{name}` | {about['description']} | {default} |")
    return "\n".join([*lines, "<!-- /action -->"])


# --- decisions ---


def decisions_table(_match: re.Match[str]) -> str:
    """Return all decisions as a table: number, title, status."""
    lines = ["<!-- decisions -->", "| number | decision | status |", "| --- | --- | --- |"]
    for page in sorted(DECISIONS.glob("[0-9]*.md")):
        text = page.read_text("utf-8")
        number, _, title = text.partition("\n")[0].removeprefix("# ").partition(". ")
        status = text.partition("## Status\n\n")[2].partition("\n")[0].rstrip(".").lower()
        lines.append(f"| [{number}]({page.name}) | {title} | {status} |")
    return "\n".join([*lines, "<!-- /decisions -->"])


# --- rules ---

ACCEPTABLE = "[`accept`](catalog-reference.md#accepted-problems) takes errors of this rule, too."


def rules_list(_match: re.Match[str]) -> str:
    """Return a section for each rule."""
    return "\n".join(["<!-- rules -->", *map(section, RULES), "<!-- /rules -->"])


def errors_list(_match: re.Match[str]) -> str:
    """Return a section for each error."""
    return "\n".join(["<!-- errors -->", *map(section, ERRORS), "<!-- /errors -->"])


def section(rule: Rule) -> str:
    """Return what is wrong, why it matters, what to do, what can be accepted, and what it was called."""
    return (
        f"## `{rule.name}`\n\n{rule.what}\n{rule.why}\n\n{rule.mend}\n"
        + (f"\n{ACCEPTABLE}\n" if rule.accepts_errors else "")
        + (f"\nFormerly: {', '.join(f'`{name}`' for name in rule.formerly)}.\n" if rule.formerly else "")
    )


# --- questions ---


def answers_list(_match: re.Match[str]) -> str:
    """Return the questions of a probe, each with its answers as a table."""
    lines = ["<!-- answers -->"]
    for question in QUESTIONS:
        lines += [f"### `{question.name}`", "", question.asks, "", "| answer | what it means |", "| --- | --- |"]
        lines += [f"| {answer} | {meaning} |" for answer, meaning in question.answers.items()]
        lines += [f"| {OPEN} | {OPEN_MEANS} |", ""]
    return "\n".join([*lines, "<!-- /answers -->"])


OPEN_MEANS = "It could not be found out: the probe ended before, or what was seen proves nothing."


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewritten(text: str) -> str:
    """Return a page as it should be."""
    table, rows = command_table(), rows_block()
    parts: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
        (HELP, help_block),
        (TABLE, lambda _match: table),
        (ROWS, lambda _match: rows),
        (TRANSCRIPT, transcript_block),
        (COMMENT, comment_block),
        (INIT, init_block),
        (ACTION, action_table),
        (INDEX, decisions_table),
        (ANSWERS, answers_list),
        (LIST_OF_RULES, rules_list),
        (LIST_OF_ERRORS, errors_list),
    )
    for pattern, make in parts:
        text = pattern.sub(make, text)
    return text


def main() -> int:
    """Rewrite the pages, or say which are out of date."""
    checking = "--check" in sys.argv[1:]
    stale = 0
    for page in PAGES:
        before = page.read_text("utf-8")
        after = rewritten(before)
        if before != after:
            stale += 1
            sys.stdout.write(f"{page.relative_to(ROOT)}: {'out of date' if checking else 'rewritten'}\n")
            if not checking:
                page.write_text(after, "utf-8")
    return 1 if stale and checking else 0


if __name__ == "__main__":
    sys.exit(main())
