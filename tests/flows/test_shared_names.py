"""Files that others read are the same whatever the catalog's folder was called, and show no path of this computer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.images import png
from support.programme import ISSUER, badge_class

from badgeops import cli

SPELLINGS = {
    "inside of it": ("our/badges", "."),
    "relative": ("", "our/badges"),
    "with more": ("", "./our//badges/"),
    "around": ("our", "../our/badges/"),
    "absolute": ("", "{root}/our/badges"),
    "absolute from elsewhere": ("../elsewhere", "{root}/our/badges/"),
    "relative from elsewhere": ("../elsewhere", "../repository/our/badges"),
    "along a link": ("../elsewhere", "link"),
    "along an absolute link": ("", "{root}/../elsewhere/link/"),
}
PLANS = {"markdown": "plan.md", "html": "plan.html", "github": "plan.txt"}
PROBLEMS = {"markdown": "problems.md", "github": "problems.txt", "sarif": "problems.sarif", "junit": "problems.xml"}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a repository with a catalog that is valid, with something to say of it, and a way to it from elsewhere."""
    for name in ("GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "repository/our/badges"
    (folder / "images").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/link").symlink_to(folder)
    (folder / "badgeops.yaml").write_text("catalog: test\nenvironments:\n  sandbox: {server: sandbox}\n")
    (folder / "issuer.yaml").write_text(ISSUER)
    (folder / "images/badge.png").write_bytes(png(90, 60))
    (folder / "one.yaml").write_text(badge_class("one"))
    (folder / "two.yaml").write_text(badge_class("two"))
    return tmp_path / "repository"


def break_it(root: Path) -> None:
    """Write what is wrong in places that messages name in their words: twins, and a file with a name nearly right."""
    (root / "our/badges/again.yaml").write_text(badge_class("one", image="images/bagde.png"))
    (root / "our/badges/two.yaml").write_text(badge_class("two", name="One", image="badge.png"))


def written(root: Path, spelling: str, command: str, files: dict[str, str]) -> dict[str, bytes]:
    """Run a command on the catalog under one of its names, and return what it wrote for others."""
    start, name = SPELLINGS[spelling]
    out = root.parent / "out"
    out.mkdir(exist_ok=True)
    os.chdir(root / start)
    cli.run([command, *(f"--output={form}={out / file}" for form, file in files.items()), name.format(root=root)])
    return {file: (out / file).read_bytes() for file in files.values()}


@pytest.mark.parametrize("has_repository", [True, False])
@pytest.mark.parametrize(("command", "files"), [("plan", PLANS), ("validate", PROBLEMS)])
def test_a_shared_file_is_the_same_however_the_catalog_was_named(
    root: Path, monkeypatch: pytest.MonkeyPatch, command: str, files: dict[str, str], *, has_repository: bool
) -> None:
    """Documents are called by their path in the repository, or in the catalog if there is none."""
    monkeypatch.chdir(root)
    if has_repository:
        (root / ".git").mkdir()
    if command == "validate":
        break_it(root)
    first = written(root, "inside of it", command, files)

    called = b"our/badges/" if has_repository else b""
    for file, content in first.items():
        assert any(called + name in content for name in (b"one.yaml", b"again.yaml")), file
        assert has_repository or b"our/badges" not in content, file
    for spelling in SPELLINGS:
        found = written(root, spelling, command, files)
        for file, content in found.items():
            assert os.fsencode(root.parent) not in content, (spelling, file)
            assert content == first[file], (spelling, file)


@pytest.mark.parametrize("command", ["plan", "validate"])
def test_a_workspace_elsewhere_gives_away_no_path(root: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """Of a catalog outside of the repository, files are called as in the catalog."""
    monkeypatch.chdir(root)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(root.parent / "elsewhere"))

    for file, content in written(root, "absolute", command, PLANS if command == "plan" else PROBLEMS).items():
        assert os.fsencode(root.parent) not in content, file


def test_a_terminal_names_what_can_be_opened(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Text and JSON name the files as the catalog was named."""
    monkeypatch.chdir(root)
    for form in ("text", "json"):
        cli.run(["validate", f"--format={form}", str(root / "our/badges")])
        assert f"{root}/our/badges/one.yaml" in capsys.readouterr().out
