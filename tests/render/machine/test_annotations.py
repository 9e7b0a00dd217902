"""What GitHub Actions gets: annotations on stdout, a summary and outputs in the files that it names."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.inert_markdown import hostile
from support.programme import Programme, badge_class
from support.simulated import Server, new_state
from support.strategies import catalog, issuer

from badgeops.api.live import Earners
from badgeops.commands.shared import github
from badgeops.commands.shared.github import SUMMARY_LIMIT
from badgeops.errors import Diagnostic, SettingsError, Severity, Source
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.planning.plan import Action, Attribute, Cause, Change, Plan
from badgeops.render.machine import annotations
from badgeops.render.markdown import plan_markdown
from badgeops.render.plain import guarded
from badgeops.render.view import ProblemsView, View, Where

COMMAND = re.compile(r"::(?P<level>error|warning|notice) (?P<properties>[^\n]*?)::(?P<text>[^\n]*)")


def understood(line: str) -> tuple[str, dict[str, str], str]:
    """Read a line as the runner of GitHub Actions does: level, properties, message."""
    match = COMMAND.fullmatch(line)
    assert match is not None, line
    properties = dict(part.split("=", 1) for part in match["properties"].split(","))
    for name, value in properties.items():
        for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            properties[name] = value = value.replace(code, character)  # noqa: PLW2901
    text = match["text"]
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return match["level"], properties, text


def plan_with(*changes: Change, **fields: Any) -> Plan:
    """Return a plan of these changes."""
    plan = Server(Dialect.HOSTED).plan(catalog(issuer()), new_state())
    return replace(plan, changes=changes, **{"problems": (), **fields})


def deletion(key: str) -> Change:
    """Return a change that needs attention."""
    return Change(Address(Kind.BADGE_CLASS, key), Action.DELETE, earners=Earners(0))


# --- annotations ---------------------------------------------------------------------------------------------------


def test_each_thing_to_see_is_at_its_line() -> None:
    """File, line and columns are GitHub's; the text has its lines."""
    source = Source("cat/a b,c.yaml", 3, 5, 3, 9)
    found = Diagnostic(Severity.ERROR, "invalid-type", "50 % is wrong", "Write\n  5", "badge_class.sql", source)
    (line,) = annotations.show_problems(ProblemsView((found,))).splitlines()

    assert line == (
        "::error file=cat/a b%2Cc.yaml,line=3,col=5,endColumn=9,title=badge_class.sql%3A invalid-type"
        "::50 %25 is wrong%0AWrite%0A  5"
    )
    assert understood(line)[2] == "50 % is wrong\nWrite\n  5"


def test_a_place_of_several_lines_has_no_columns_at_its_end() -> None:
    """GitHub drops an annotation that has."""
    found = Diagnostic(Severity.WARNING, "odd", "Odd", source=Source("a.yaml", 3, 5, 4, 9))

    assert annotations.show_problems(ProblemsView((found,))).startswith(
        "::warning file=a.yaml,line=3,col=5,endLine=4,title="
    )


def test_paths_are_those_of_the_repository() -> None:
    """Also where the command was started in a folder of it; what lies outside of it has no line to stand at."""
    where = Where(PurePath("/work/repo/badges"), PurePath("/work/repo"))

    def file(filename: str) -> str | None:
        found = Diagnostic(Severity.ERROR, "code", "text", source=Source(filename, 1))
        return understood(annotations.show_problems(ProblemsView((found,), where=where)).strip())[1].get("file")

    assert file("a.yaml") == "badges/a.yaml"
    assert file("../other/a.yaml") == "other/a.yaml"
    assert file("/work/repo/a.yaml") == "a.yaml"
    assert file("../../a.yaml") is None
    assert file("/etc/a.yaml") is None


@given(hostile, hostile, hostile, hostile)
def test_no_text_becomes_a_command(one: str, two: str, three: str, four: str) -> None:
    """Each line is one annotation of ours, before and after the last gate, and says what it was to say."""
    source = Source(f"x{one}.yaml", 3, text=two)
    found = Diagnostic(Severity.ERROR, two, three, four, one, source)
    for text in (
        annotations.show_problems(ProblemsView((found,))),
        annotations.show_plan(View(plan_with(deletion("a"), problems=(found,)), "", stops=(three,))),
    ):
        assert text.endswith("\n")
        for line in text.split("\n")[:-1]:
            _, properties, _ = understood(line)
            assert set(properties) <= {"file", "line", "endLine", "col", "endColumn", "title"}
            assert "##[" not in line
        assert guarded(text, color=False, annotates=True) == text
    assert not re.search(r"^\s*::", guarded(text, color=False), re.MULTILINE)


@pytest.mark.parametrize(
    "line",
    ["::set-output name=x::y", "::add-mask::x", "  ::error::x", "::stop-commands::x", "::debug::x", "x\n::endgroup::"],
)
def test_other_commands_never_pass_the_gate(line: str) -> None:
    """Whoever asks for annotations gets nothing else."""
    assert not re.search(r"^\s*::", guarded(line, color=False, annotates=True), re.MULTILINE)


def test_the_ten_most_severe_are_shown() -> None:
    """Errors, what apply would stop at, risks, then warnings; the rest is counted."""
    error = Diagnostic(Severity.ERROR, "held", "An error")
    odd, odder = (Diagnostic(Severity.WARNING, code, "A warning") for code in ("odd", "odder"))
    risks = [deletion(f"c{number}") for number in range(7)]
    view = View(plan_with(*risks, problems=(odd, error, odder, odder)), "", stops=("Too many.",))
    lines = [understood(line) for line in annotations.show_plan(view).splitlines()]

    assert [level for level, _, _ in lines] == ["error", "error", *["warning"] * 8, "notice"]
    assert [properties["title"] for _, properties, _ in lines[:3]] == ["held", "apply would stop", "badge_class.c0"]
    assert lines[-1][2] == "and 2 more problems: see the summary of this run"
    assert annotations.show_plan(View(plan_with(), "")) == ""


# --- the files that GitHub names -----------------------------------------------------------------------------------


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    """Write a catalog for the embedded sandbox, in a step of GitHub Actions."""
    made = Programme(tmp_path / "catalog")
    made.embedded()
    made.environment = {
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_WORKSPACE": str(tmp_path),
    }
    return made


def outputs(path: Path) -> dict[str, str]:
    """Read outputs of single lines."""
    return dict(line.split("=", 1) for line in path.read_text("utf-8").splitlines())


def test_a_plan_leaves_its_numbers_and_a_summary(programme: Programme, tmp_path: Path) -> None:
    """Later steps ask for them by name; the summary is the Markdown; stdout has nothing but annotations."""
    made = programme.run("plan", "--format", "github", "--detailed-exitcode")
    found = outputs(tmp_path / "output")

    assert (made.status, made.out) == (2, "")
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", found.pop("digest"))
    assert found == {
        "has_changes": "true",
        "create": "2",
        "update": "0",
        "delete": "0",
        "archive": "0",
        "forget": "0",
        "adopt": "0",
        "applicable": "true",
        "exitcode": "2",
    }
    assert (tmp_path / "summary").read_text("utf-8") == programme.run("plan", "--format", "markdown").out


def test_the_files_are_written_for_an_output_in_that_format_too(programme: Programme, tmp_path: Path) -> None:
    """And for no other: a plan as text leaves nothing behind."""
    programme.run("plan")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalog"]

    made = programme.run("plan", "--output", f"github={tmp_path}/annotations")
    assert "Plan: 2 to create" in made.out
    assert (tmp_path / "annotations").read_text("utf-8") == ""
    assert outputs(tmp_path / "output")["exitcode"] == "0"


def test_problems_become_annotations(programme: Programme, tmp_path: Path) -> None:
    """With the file as the repository knows it."""
    programme.write("sql.yaml", badge_class("sql", nmae="SQL"))
    found = programme.run("validate", "--format", "github")
    level, properties, text = understood(found.out.strip())

    assert (found.status, level, properties["file"]) == (1, "error", "catalog/sql.yaml")
    assert text.startswith('unknown field "nmae"')
    assert outputs(tmp_path / "output") == {"valid": "false", "errors": "1", "warnings": "0", "exitcode": "1"}
    assert "the catalog has problems, 1 error" in (tmp_path / "summary").read_text("utf-8")


def test_nothing_is_written_where_github_names_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The format works outside of GitHub Actions, too."""
    monkeypatch.chdir(tmp_path)
    github.report_plan(View(plan_with(), ""), 0, {})
    github.report_problems(ProblemsView(()), 0, {"GITHUB_OUTPUT": "", "GITHUB_STEP_SUMMARY": ""})

    assert list(tmp_path.iterdir()) == []


def test_what_is_there_already_is_kept(tmp_path: Path) -> None:
    """A step may have written before, and not to the end of its line; nothing of it is lost or joined."""
    output, summary = tmp_path / "output", tmp_path / "summary"
    output.write_text("mine=1", "utf-8")
    summary.write_text("# Mine\n", "utf-8")
    view = View(plan_with(), "")
    github.report_plan(view, 0, {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)})

    assert outputs(output)["mine"] == "1"
    assert outputs(output)["has_changes"] == "false"
    assert summary.read_text("utf-8") == f"# Mine\n{plan_markdown.show(view)}"


@pytest.mark.tier("test")
@pytest.mark.parametrize("taken", [0, 1_000_000, SUMMARY_LIMIT - 2_500, SUMMARY_LIMIT - 100, SUMMARY_LIMIT])
def test_a_summary_stays_below_what_github_takes(
    tmp_path: Path, taken: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """One byte more, and GitHub drops all of it: what other commands of the step have written counts too."""
    summary = tmp_path / "summary"
    summary.write_bytes(b"x" * taken)
    names = Attribute("name", Cause.CATALOG, "a" * 900, "b" * 900)
    changes = [Change(Address(Kind.BADGE_CLASS, f"c{n}"), Action.UPDATE, attributes=(names,)) for n in range(3_000)]
    github.report_plan(View(plan_with(*changes), ""), 0, {"GITHUB_STEP_SUMMARY": str(summary)})

    assert taken <= summary.stat().st_size <= SUMMARY_LIMIT
    assert (summary.stat().st_size == taken) == (taken > SUMMARY_LIMIT - 2_000)
    assert ("summary of this step is full" in capsys.readouterr().err) == (taken > SUMMARY_LIMIT - 2_000)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]) | st.sampled_from("\n\r=<")))
def test_an_output_of_several_lines_cannot_name_another(value: str) -> None:
    """It ends where a line stands that nobody could guess."""
    text = github.output("name", value)
    first, *rest = text.split("\n")

    if "\n" in value or "\r" in value:
        delimiter = first.removeprefix("name<<")
        assert re.fullmatch(r"badgeops-[0-9a-f]{32}", delimiter)
        assert "\n".join(rest) == f"{value}\n{delimiter}\n"
    else:
        assert text == f"name={value}\n"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Outside of GitHub Actions the variables may lead nowhere."""
    with pytest.raises(SettingsError, match=r"/nowhere/output cannot be written"):
        github.report_plan(View(plan_with(), ""), 0, {"GITHUB_OUTPUT": str(tmp_path / "nowhere/output")})
