"""`badgeops init`: what it writes is in order, and it overwrites nothing."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, strategies as st
from support.places import ROOT
from support.tiers import examples

from badgeops import __version__, cli
from badgeops.app import probe
from badgeops.app.write_starter import wrong_with
from badgeops.commands.shared.console import CONSOLE
from badgeops.safe_files import writing
from badgeops.scaffold import starter
from badgeops.settings import NAMED_SERVERS, trial_server_of

EVERYTHING = ["--github", "--gitlab", "--pre-commit"]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty Git repository, in which commands are started."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder: Path) -> dict[str, str]:
    """Return all files of a folder and what is in them, without Git's own."""
    paths = [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts]
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in paths}


@pytest.mark.parametrize(
    "options", [[], EVERYTHING, ["--name", 'Zoë\'s & Friends: "Academy"', "--server", "canvas-eu"]]
)
def test_a_fresh_catalog_is_in_order(repository: Path, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Valid without a warning for each environment, formatted, and applied to an empty plan in the sandbox."""
    assert cli.run(["init", "badges", *options]) == 0
    for environment in ("sandbox", "test", "production"):
        capsys.readouterr()
        assert cli.run(["validate", "badges", "--env", environment]) == 0
        assert capsys.readouterr().out == "The catalog is valid.\n"
    assert cli.run(["fmt", "--check", "badges"]) == 0
    assert cli.run(["plan", "badges", "--detailed-exitcode"]) == 2
    assert cli.run(["apply", "badges", "--auto-approve"]) == 0
    assert cli.run(["plan", "badges", "--detailed-exitcode"]) == 0
    assert repository.is_dir()


def test_it_says_what_it_wrote_and_how_to_go_on(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The files on stdout, the next commands on stderr."""
    assert cli.run(["init", "badges"]) == 0

    out, err = capsys.readouterr()
    assert out.splitlines() == sorted(files(repository))
    assert "  cd badges\n  badgeops plan\n  badgeops apply" in err
    assert "/docs/getting-started.md\n" in err
    assert "still an example" in err


def test_git_sees_the_state_and_nothing_else_of_what_badgeops_writes(repository: Path) -> None:
    """`git add -A` after an apply takes no backup, lock, journal or half an image; the lines are in Getting started."""
    assert cli.run(["init", "badges"]) == 0
    subprocess.run(["git", "add", "--all"], check=True)
    state = repository / "badges" / "state"
    state.mkdir()
    for name in ("", ".snapshot"):
        (state / f"production{name}.json").touch()
    for name in (
        "production.json.backup",
        *(f".production.json.{end}" for end in ("journal", "lock", "holder", "x.new")),
    ):
        (state / name).touch()
    kept = state / "production.kept"
    kept.mkdir()
    for name in ("5f.png", "90.svg.txt", ".5f.png.abcd_123.new", ".90.svg.txt.abcd_123.new"):
        (kept / name).touch()

    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"], capture_output=True, text=True, check=True
    ).stdout
    assert listed.split() == [
        f"badges/state/production{end}" for end in (".json", ".kept/5f.png", ".kept/90.svg.txt", ".snapshot.json")
    ]
    ignored = (repository / "badges" / ".gitignore").read_text("utf-8")
    assert f"```gitignore\n{ignored}```" in (ROOT / "docs" / "getting-started.md").read_text("utf-8")


SUGGESTED = re.compile(r"(?:--out|--save-plan|--output [a-z-]+|--format [a-z-]+ >)[ =]([A-Za-z0-9._/-]+\.[a-z]+)")


def test_git_ignores_every_file_that_a_page_suggests_to_write(repository: Path) -> None:
    """Into the catalog's folder, that is; what is to be committed is written beside the state."""
    assert cli.run(["init", "badges"]) == 0
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "badgeops/commands").glob("*.py")]
    names = {name for page in pages for name in SUGGESTED.findall(page.read_text("utf-8"))} | {probe.OUT}

    asked = ["git", "check-ignore", "--no-index", *sorted(names)]
    ignored = subprocess.run(asked, cwd=repository / "badges", capture_output=True, text=True, check=True).stdout
    assert {"plan.json", "plan.html"} < names
    assert names - set(ignored.split()) == {name for name in names if name.startswith(("state/", "/"))}


def test_what_ci_needs_goes_to_the_root_of_the_repository(repository: Path) -> None:
    """Whichever folder the catalog is in, and from wherever the command is started."""
    assert cli.run(["init", "our/badges", *EVERYTHING]) == 0

    found = files(repository)
    workflow = yaml.safe_load(found[".github/workflows/badges-plan.yml"])
    [step] = [step for step in workflow["jobs"]["plan"]["steps"] if "badgeops" in step["uses"]]
    assert step["with"]["catalog"] == "our/badges"
    assert step["uses"] == f"badgeops/badgeops/.github/actions/badgeops@v{__version__}"
    assert "our/badges/**" in workflow[True]["pull_request"]["paths"]
    assert yaml.safe_load(found[".gitlab/badgeops.gitlab-ci.yml"])[".badges"]["variables"]["CATALOG"] == "our/badges"
    assert yaml.safe_load(found[".pre-commit-config.yaml"])["repos"][0]["hooks"][1]["args"] == ["our/badges"]
    assert not any("@" in word and word.strip("@").isupper() for text in found.values() for word in text.split())


def test_the_root_itself_can_be_the_catalog(repository: Path) -> None:
    """Then the workflows look at the whole repository, and none of their files is taken for a document."""
    assert cli.run(["init", *EVERYTHING]) == 0
    assert cli.run(["validate"]) == 0

    workflow = yaml.safe_load(files(repository)[".github/workflows/badges-apply.yml"])
    assert workflow[True]["push"]["paths"] == ["**"]


@pytest.mark.parametrize(
    "path", ["badges/issuer.yaml", ".github/workflows/badges-plan.yml", "badges/.gitignore", ".gitlab-ci.yml"]
)
@pytest.mark.parametrize("is_link", [False, True])
def test_nothing_is_overwritten(repository: Path, path: str, is_link: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Where one file is in the way, also a link that leads nowhere, it is named and none is written."""
    place = repository / path
    place.parent.mkdir(parents=True, exist_ok=True)
    if is_link:
        place.symlink_to("nowhere")
    else:
        place.write_text("mine", "utf-8")

    assert cli.run(["init", "badges", *EVERYTHING]) == 1
    assert f"These files exist already: {path}. Nothing was written." in " ".join(capsys.readouterr().err.split())
    assert [found for found in repository.rglob("*") if found.is_file() and ".git" not in found.parts] == (
        [] if is_link else [place]
    )


def test_a_shared_file_in_the_way_shows_what_to_add(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who has hooks or a pipeline already sees the lines that belong into them."""
    (repository / ".pre-commit-config.yaml").write_text("repos: []\n", "utf-8")

    assert cli.run(["init", "badges", "--pre-commit"]) == 1
    err = capsys.readouterr().err
    assert "Leave the option out and add this to the file by hand" in err
    assert "id: badgeops-fmt" in err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--email", "nobody"], "nobody"),
        (["--url", "ftp://x"], "ftp"),
        (["--server", "nowhere"], "nowhere"),
        (["--name", " "], "name"),
        (["--branch", "main'; rm -rf"], "simpler name"),
        (["--branch", "-x"], "simpler name"),
    ],
)
def test_answers_that_would_not_do_write_nothing(
    repository: Path, options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What validate would refuse is said before there is anything to clean up."""
    assert cli.run(["init", "badges", *options]) == 1
    assert words in capsys.readouterr().err
    assert files(repository) == {}


@pytest.mark.parametrize(
    ("option", "given_", "meant"),
    [
        ("--url", "academy.org", "https://academy.org"),
        ("--url", "https:/academy.org/", "https://academy.org/"),
        ("--email", "mailto:badges@academy.org", "badges@academy.org"),
        ("--email", "Badge Office <badges@academy.org>", "badges@academy.org"),
        ("--server", "Canvas EU", "canvas-eu"),
        ("--server", "parchmentus", "parchment-us"),
        ("--server", "badges.academy.org", "https://badges.academy.org"),
        ("--name", "a\x07b", "'a b'"),
        ("--server", "canvas", None),
        ("--server", "nowhere", None),
        ("--url", "academy", None),
        ("--email", "nobody", None),
    ],
)
def test_an_answer_that_is_nearly_right_is_told_as_it_should_be(
    repository: Path, option: str, given_: str, meant: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is proposed does; where nobody can tell what was meant, nothing is."""
    assert cli.run(["init", "badges", option, given_]) == 1
    err = capsys.readouterr().err
    assert ("Did you mean this?" in err) == (meant is not None)
    assert files(repository) == {}

    if meant is not None:
        assert f"  {option} {meant}\n" in err
        assert cli.run(["init", "badges", option, meant.strip("'")]) == 0


def test_on_a_terminal_the_answer_that_was_meant_is_taken_with_enter(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody types an address twice because of what is in front of it; one that tells nothing is asked for again."""
    answers = iter(["ACME", "academy.org", "", "nobody", "badges @ academy.org", "", "Canvas US", ""])
    asked: list[tuple[str, str]] = []

    def prompt(text: str, *, default: str, err: bool) -> str:
        assert err
        asked.append((text, default))
        return next(answers)

    monkeypatch.setattr("click.prompt", prompt)
    monkeypatch.setattr(type(CONSOLE), "can_ask", True)

    assert cli.run(["init", "badges"]) == 0
    assert [default for text, default in asked if text == "Did you mean this?"] == [
        "https://academy.org",
        "badges@academy.org",
        "canvas-us",
    ]
    issuer = next(yaml.safe_load_all(files(repository)["badges/issuer.yaml"]))
    assert (issuer["url"], issuer["email"]) == ("https://academy.org", "badges@academy.org")
    assert next(answers, None) is None
    assert "is not a web address" in " ".join(capsys.readouterr().err.split())


BAD = {
    "--name": ["", " ", "x" * 256, "a\x07b", "<b>ACME</b>"],
    "--url": ["", "ftp://x", "academy.example", "https://a b.example", "https://x_y.example"],
    "--email": ["", "nobody", "a@b", "a b@acme.example"],
    "--server": ["", "nowhere", "http://badges.example.org", "https://me:secret@badges.example.org", "https://x:99999"],
    "--branch": ["", "-x", "main'; rm"],
}


@given(st.fixed_dictionaries({option: st.sampled_from(values) for option, values in BAD.items()}), st.data())
@examples(15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_all_options_are_checked_at_once(
    repository: Path, capsys: pytest.CaptureFixture[str], values: dict[str, str], data: st.DataObject
) -> None:
    """Whatever options are wrong, each is named in the first message, and with them the files that are in the way."""
    chosen = data.draw(st.sets(st.sampled_from(sorted(BAD)), min_size=1))
    place = repository / "badges" / "issuer.yaml"
    place.parent.mkdir(exist_ok=True)
    place.write_text("mine", "utf-8")

    assert cli.run(["init", "badges", *(word for option in sorted(chosen) for word in (option, values[option]))]) == 1
    err = capsys.readouterr().err
    assert f"error[settings-unusable]: {len(chosen) + 1} problems" in err
    for option in chosen:
        assert ("The branch" if option == "--branch" else f"{option}: ") in err
    assert "These files exist already: badges/issuer.yaml." in " ".join(err.split())
    assert "secret" not in err
    assert files(repository) == {"badges/issuer.yaml": "mine"}


def test_a_file_where_a_folder_belongs_is_named(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At the catalog's folder and anywhere above what is written."""
    (repository / "badges").write_text("mine", "utf-8")
    (repository / ".github").write_text("mine", "utf-8")

    for arguments in (["badges", "--github"], ["badges/deep", "--github"]):
        assert cli.run(["init", *arguments]) == 1
        err = capsys.readouterr().err
        assert ".github is not a folder." in err
        assert "badges is not a folder." in err
    assert files(repository) == {"badges": "mine", ".github": "mine"}


ANSWERS = {
    "name": st.one_of(st.text(max_size=300), st.sampled_from(BAD["--name"])),
    "url": st.sampled_from([*BAD["--url"], "https://acme.example/", "https://acme.example/a?b#c", "http://[::1]:80"]),
    "email": st.sampled_from([*BAD["--email"], "badges@acme.example"]),
    "server": st.sampled_from([*BAD["--server"], "sandbox", "http://localhost:8000", *NAMED_SERVERS]),
}


@given(st.fixed_dictionaries(ANSWERS))
@examples(25, suppress_health_check=[HealthCheck.too_slow])
def test_answers_that_pass_one_by_one_pass_together(said: dict[str, str]) -> None:
    """So each can be checked when it is given, and nothing is left to be found at the end."""
    sound = starter.Answers(
        "Example Academy", "https://academy.example", "badges@academy.example", "canvas-us", test_server="canvas-test"
    )
    if any("\0" in value or not value.isprintable() for value in said.values()):
        return
    kept = {key: value for key, value in said.items() if wrong_with(replace(sound, **{key: value}), CONSOLE) is None}
    together = replace(sound, **kept)
    assert wrong_with(replace(together, test_server=trial_server_of(together.server)), CONSOLE) is None


def test_a_test_environment_is_one_of_the_same_product(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For each server, by its name or its address; where there is none, none is written, and it is said why."""
    odd = ["https://API.eu.badgr.io/v2/", "sandbox", "https://b.example"]
    servers = [*NAMED_SERVERS, *NAMED_SERVERS.values(), *odd]
    monkeypatch.setattr("badgeops.app.write_starter.check", lambda *_: ())  # whether they are sound is not the question
    for number, server in enumerate(servers):
        assert cli.run(["init", f"badges{number}", "--server", server]) == 0
        err = " ".join(capsys.readouterr().err.split())
        environments = yaml.safe_load((repository / f"badges{number}" / "badgeops.yaml").read_text("utf-8"))[
            "environments"
        ]
        by_address = {url: name for name, url in NAMED_SERVERS.items()} | {"https://API.eu.badgr.io/v2/": "canvas-eu"}
        name = by_address.get(server, server)
        if name.startswith(("canvas-", "parchment-")) and not name.endswith("-test"):
            assert environments["test"]["server"] == f"{name.split('-')[0]}-test"
            assert "no environment for tests" not in err
        else:
            assert "test" not in environments
            assert f"badgeops knows no test server that is of the same product as {server}." in err


def test_a_folder_with_an_odd_name_is_refused(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It would become a part of patterns and expressions."""
    assert cli.run(["init", "a ${{ b }}", "--github"]) == 1
    assert "simpler name" in capsys.readouterr().err
    assert files(repository) == {}


def test_a_write_that_fails_takes_the_others_back(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk in the middle leaves no half of a catalog."""
    real = writing.create

    def failing(path: Path, data: bytes, **more: Any) -> None:
        if path.name == "logo.svg" and path.is_relative_to("badges"):
            raise OSError(28, "No space left on device", str(path))
        real(path, data, **more)

    monkeypatch.setattr(writing, "create", failing)

    assert cli.run(["init", "badges"]) == 1
    assert "No space left on device. Nothing was written." in " ".join(capsys.readouterr().err.split())
    monkeypatch.undo()
    assert files(repository) == {}


@given(st.text(min_size=1), st.text(min_size=1))
@examples(60, suppress_health_check=[HealthCheck.too_slow])
def test_any_name_stays_a_text(name: str, url: str) -> None:
    """Quotes, colons and line breaks in an answer are part of the answer."""
    if not (name + url).isprintable():
        return
    made = dict(starter.catalog_files(starter.Answers(name, url, "a@example.org", "canvas-us")))
    issuer = next(yaml.safe_load_all(made["issuer.yaml"]))

    assert (issuer["name"], issuer["url"]) == (name, url)


def test_keys_are_made_from_names() -> None:
    """Lower-case letters and hyphens, whatever the alphabet."""
    keys = [starter.Answers(name, "", "", "").key for name in ("Zoë's Academy!", "日本語", "x" * 100)]

    assert keys == ["zoe-s-academy", "academy", "x" * 64]


def test_hooks_for_pre_commit() -> None:
    """What `.pre-commit-config.yaml` names is there, and is a command of badgeops."""
    hooks = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    wanted = yaml.safe_load((starter.TEMPLATES / "pre-commit-config.yaml").read_text("utf-8").replace("@", ""))

    assert {hook["id"] for hook in wanted["repos"][0]["hooks"]} == set(hooks)
    for hook in hooks.values():
        program, name = hook["entry"].split()
        assert program == "badgeops"
        assert name in cli.COMMANDS
        assert hook["language"] == "python"


def test_the_hooks_work_in_a_fresh_repository(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As pre-commit calls them: fmt with all YAML files of the repository, validate with the catalog's folder."""
    assert cli.run(["init", "badges", *EVERYTHING]) == 0
    before = files(repository)
    monkeypatch.setattr("sys.stdin", None)
    everything = [path for path in before if path.endswith((".yaml", ".yml"))]
    assert len(everything) > 6

    assert cli.run(["fmt", *everything]) == 0
    assert cli.run(["validate", "badges"]) == 0
    assert files(repository) == before


def test_the_workflows_of_the_templates_are_sound(repository: Path) -> None:
    """Zizmor finds nothing in what `init` writes, with the policy that this repository has for its own releases."""
    zizmor = Path(__import__("sys").executable).with_name("zizmor")
    if not zizmor.exists():
        pytest.skip("zizmor is not installed")
    assert cli.run(["init", "badges", "--github"]) == 0

    config = str(ROOT / ".github" / "zizmor.yml")
    ended = subprocess.run(
        [str(zizmor), "--offline", "--quiet", "--config", config, str(repository)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_reusable_and_written_workflows_pin_the_same() -> None:
    """Every action of others is pinned to the same commit everywhere; our own to the version of this repository."""
    import re

    seen: dict[str, set[str]] = {}
    for path in [*ROOT.glob(".github/**/*.yml"), *starter.TEMPLATES.glob("github/*.yml")]:
        for name, reference in re.findall(r"uses: ([\w./-]+)@(\S+)", path.read_text("utf-8")):
            seen.setdefault(name, set()).add(reference.replace("@VERSION@", __version__))

    assert seen.pop("badgeops/badgeops/.github/actions/badgeops") == {f"v{__version__}"}
    seen = {name: found for name, found in seen.items() if not name.startswith("badgeops/")}
    assert {name: found for name, found in seen.items() if len(found) > 1} == {}
    assert all(re.fullmatch(r"[0-9a-f]{40}", reference) for found in seen.values() for reference in found)
