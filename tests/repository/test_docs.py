"""The documentation says what is: what it quotes is compared, what it links to exists, its examples work."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
from support import command_line
from support.markdown import LINK, NAMES, PAGES, Block, anchors, blocks, linked_files, prose
from support.places import ROOT

import badgeops
from badgeops import schemas
from badgeops.cli import run
from badgeops.settings import NAMED_SERVERS

PACKAGE = Path(badgeops.__file__).parent
CATALOG_SCHEMAS = ("issuer", "badge-class", "alignment-set", "image", "settings")
STATUSES = {"0", "1", "2", "130"}
"""Of every command; `badgeops.cli` says what they mean."""


def load_generator() -> ModuleType:
    """Import docs/generate.py, which is no module of the package."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = load_generator()
COMMANDS: dict[str, click.Command] = dict(generate.commands())


# --- what is taken from the program --------------------------------------------------------------------------------


@pytest.mark.parametrize("page", generate.PAGES, ids=lambda page: page.name)
def test_what_the_page_quotes_is_what_the_program_says(page: Path) -> None:
    """Help, the table of commands, the rows of modules and the transcript in the README are up to date."""
    text = page.read_text("utf-8")

    assert text == generate.rewritten(text), f"{page.name} is out of date; run: python docs/generate.py"


def test_every_command_has_its_section_and_its_help() -> None:
    """Nobody has to run a command to find out what it takes."""
    text = (ROOT / "docs" / "cli.md").read_text("utf-8")
    shown = {match["command"].strip() for match in generate.HELP.finditer(text)}
    sections = set(re.findall(r"^## badgeops (.+)$", text, re.MULTILINE))
    doing = {name for name, command in COMMANDS.items() if not isinstance(command, click.Group)}

    assert shown - {""} == doing
    assert sections == doing


@pytest.mark.parametrize("name", ["README.md", "docs/cli.md"])
def test_every_exit_status_is_in_the_table(name: str) -> None:
    """Scripts rely on them."""
    rows = re.findall(r"^\| (\d+) \|", (ROOT / name).read_text("utf-8"), re.MULTILINE)

    assert set(rows) == STATUSES
    assert len(rows) == len(STATUSES)


def test_the_transcript_shows_what_matters() -> None:
    """The README's plan has a change of each sort that it speaks of."""
    match = generate.TRANSCRIPT.search((ROOT / "README.md").read_text("utf-8"))
    assert match is not None
    lines = match[0].splitlines()

    for words in (
        "NEEDS ATTENTION",
        "people have earned it, and its criteria",
        "(edited on the server)",
        "image  ",
    ):
        assert any(words in line for line in lines), words
    assert max(map(len, lines)) <= 80


# --- links ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_relative_link_leads_somewhere(name: str) -> None:
    """Files are there, and so are the headings in them."""
    page = ROOT / name
    for match in LINK.finditer(prose(page.read_text("utf-8"))):
        target = match["target"]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() and file.is_relative_to(ROOT / "badgeops"):
            file = PACKAGE / file.relative_to(ROOT / "badgeops")  # tested from a wheel
        assert file.exists(), f"{name}: {target}"
        if anchor:
            assert anchor in anchors(file.read_text("utf-8")), f"{name}: {target}"


# --- commands in the text ------------------------------------------------------------------------------------------

COMMAND = re.compile(r"(?:^|[`\s;|(/])(?:\$ )?badgeops (?P<words>[a-z][^`|#&;)\n]*)")


def quoted_commands(page: Path) -> Iterator[str]:
    """Yield the arguments of every badgeops command that a page shows, in blocks and in the text."""
    for block in blocks(page):
        if block.language in ("sh", "yaml", "text"):
            joined = block.text.replace("\\\n", " ")
            for line in joined.splitlines():
                if re.match(r"\s*(?:\$ |- run: |run: )?(?:\S*/)?badgeops ", line) and "Usage:" not in line:
                    yield from (match["words"] for match in COMMAND.finditer(line))
    without_headings = re.sub(r"^#.*$", "", prose(page.read_text("utf-8")), flags=re.MULTILINE)
    for code in re.findall(r"`(badgeops [^`]+)`", without_headings):
        yield code.removeprefix("badgeops ")


@pytest.mark.parametrize("name", NAMES)
def test_commands_in_the_text_exist_with_their_options(name: str) -> None:
    """What a reader copies works."""
    found = [command_line.fault(words) for words in quoted_commands(ROOT / name)]

    assert [fault for fault in found if fault] == []


# --- examples ------------------------------------------------------------------------------------------------------


def catalogs() -> dict[tuple[str, str], list[Block]]:
    """Return the example catalogs: blocks marked `<!-- catalog: NAME -->`, by page and name."""
    found: dict[tuple[str, str], list[Block]] = {}
    for page in PAGES:
        for block in blocks(page):
            if block.mark.startswith("catalog: "):
                found.setdefault((page.name, block.mark.removeprefix("catalog: ")), []).append(block)
    return found


CATALOGS = catalogs()
IMAGE = ROOT / "examples" / "catalog" / "images" / "python-foundations.png"
DRAWING = ROOT / "examples" / "catalog" / "images" / "tarnholm-university.svg"


@pytest.mark.parametrize("key", sorted(CATALOGS), ids="-".join)
def test_example_catalogs_are_valid(key: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file of an example stands in a block that begins with its name; what they refer to is made up here."""
    (tmp_path / "badgeops.yaml").write_text("catalog: example\n", "utf-8")
    for block in CATALOGS[key]:
        name = re.match(r"# (\S+)\n", block.text)
        assert name is not None, f"{block.page.name}:{block.line}: the block does not begin with a file name"
        path = tmp_path / name[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, "utf-8")
        for wanted in re.findall(r"(?:image|file): ([\w./-]+\.\w+)", block.text):
            needed = (path.parent / wanted).resolve()
            needed.parent.mkdir(parents=True, exist_ok=True)
            source = {".png": IMAGE, ".svg": DRAWING}.get(needed.suffix)
            needed.write_bytes(source.read_bytes() if source else b"Complete all modules.\n")

    status = run(["validate", str(tmp_path), "--format", "json"])

    found = json.loads(capsys.readouterr().out)
    errors = [item for item in found["diagnostics"] if item["severity"] == "error"]
    assert errors == []
    assert status == 0


def test_there_are_example_catalogs() -> None:
    """The mark is still read as it is written."""
    assert {page for page, _ in CATALOGS} == {"catalog-reference.md", "getting-started.md", "how-a-plan-is-made.md"}


# --- completeness --------------------------------------------------------------------------------------------------


def properties(value: Any) -> Iterator[str]:
    """Yield the names of all fields of a schema."""
    if isinstance(value, dict):
        fields = value.get("properties")
        if isinstance(fields, dict):
            yield from fields
        for name, part in value.items():
            if name not in ("examples", "enum", "const"):
                yield from properties(part)
    elif isinstance(value, list):
        for part in value:
            yield from properties(part)


def choices(value: Any) -> Iterator[str]:
    """Yield the values that a schema lets one choose from."""
    if isinstance(value, dict):
        yield from (str(item) for item in value.get("enum", ()))
        for part in value.values():
            yield from choices(part)
    elif isinstance(value, list):
        for part in value:
            yield from choices(part)


REFERENCE = (ROOT / "docs" / "catalog-reference.md").read_text("utf-8")


@pytest.mark.parametrize("name", CATALOG_SCHEMAS)
def test_the_reference_names_every_field_and_choice(name: str) -> None:
    """What can be written is described."""
    wanted = {*properties(schemas.load(name)), *choices(schemas.load(name))}

    assert {word for word in wanted if f"`{word}`" not in REFERENCE} == set()


def test_the_reference_lists_the_named_servers() -> None:
    """Each with its address."""
    listed = dict(re.findall(r"^\| `([a-z-]+)` \| <(https://[^>]+)> \|$", REFERENCE, re.MULTILINE))

    assert listed == NAMED_SERVERS


def sources() -> str:
    """Return the source of the package, with literals that are broken over lines put together."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(PACKAGE.rglob("*.py")))
    return re.sub(r'"\s*\n\s*f?"', "", text).replace('\\"', '"')


def test_every_variable_of_the_environment_is_described() -> None:
    """Those that the code reads by name, and those that are put together from a prefix."""
    read = set(re.findall(r"\b(BADGEOPS_[A-Z_]*[A-Z])\b", sources()))

    assert {name for name in read if f"`{name}`" not in REFERENCE} == set()
    assert {"BADGEOPS_TOKEN", "BADGEOPS_REFRESH_TOKEN", "BADGEOPS_USERNAME", "BADGEOPS_PASSWORD"} <= set(
        re.findall(r"`(BADGEOPS_[A-Z_]+)`", REFERENCE)
    )


def test_troubleshooting_speaks_of_messages_that_exist() -> None:
    """Each heading is a part of a message, letter by letter."""
    text = (ROOT / "docs" / "getting-started.md").read_text("utf-8")
    headings = re.findall(r"^#### `(.+)`$", text, re.MULTILINE)
    source = sources()

    assert len(headings) > 25
    assert [heading for heading in headings if not is_said(heading, source)] == []


def is_said(heading: str, source: str) -> bool:
    """Tell whether a message contains these words; a number or the name of a file may be put in by the code."""
    return heading in source or re.sub(r"\d+", "{status}", heading.replace("badgeops.yaml", "{name}")) in source


def test_every_page_is_linked_from_the_index() -> None:
    """Nobody has to guess that a page is there: the README leads to the index, and the index to every page."""
    index = ROOT / "docs" / "README.md"
    pages = {path.resolve() for path in (ROOT / "docs").glob("*.md")} - {index}

    assert pages <= linked_files(index)
    assert index in linked_files(ROOT / "README.md")


def test_the_generator_changes_nothing_when_it_only_checks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python docs/generate.py --check` says which pages are out of date and leaves them alone."""
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    monkeypatch.setattr(generate, "rewritten", lambda text: f"{text}\n")
    before = [page.read_text("utf-8") for page in generate.PAGES]

    assert generate.main() == 1

    assert "docs/cli.md: out of date" in capsys.readouterr().out
    assert [page.read_text("utf-8") for page in generate.PAGES] == before
