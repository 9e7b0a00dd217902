"""Which files of a catalog's folder are never published: hidden ones, badgeops' own, and what git ignores."""

from __future__ import annotations

import os
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from support.images import png
from support.programme import ISSUER, Programme
from support.tiers import examples

from badgeops.catalog import withheld
from badgeops.catalog.git_ignored import GitIgnored
from badgeops.catalog.referenced_files import CatalogFiles
from badgeops.catalog.references import FileProblem, ImageFile, TextFile
from badgeops.catalog.withheld import OwnFiles, why_withheld
from badgeops.settings import own_files
from badgeops.yamldoc.parse import Document, YamlFile, parse

SECRET = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
NAMES = st.sampled_from(["a", "b.md", ".git", ".env", "config", "c d", ".x.png", "é", ".é"])


def document(name: str = "a.yaml") -> Document:
    """Return a document in the catalog's own folder."""
    (found,), _ = parse(YamlFile(name, "key: a\n"))
    return found


def code(found: TextFile | ImageFile | FileProblem) -> str | None:
    """Return the code of a problem."""
    return found.code if isinstance(found, FileProblem) else None


def git(folder: Path, *words: str) -> str:
    """Run git, with nobody's settings."""
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a repository of its own, which nobody's settings reach."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    git(tmp_path, "init", "--quiet", "repository")
    return tmp_path / "repository"


# --- names ---------------------------------------------------------------------------------------------------------


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_a_hidden_file_is_withheld_wherever_it_lies(names: list[str]) -> None:
    """A dot in front of its own name or of a folder's is enough, and nothing else is."""
    problem = why_withheld("/".join(names), "x", withheld.NONE)

    assert (problem is not None) == any(name.startswith(".") for name in names)
    assert problem is None or problem.code == "hidden-file"


@pytest.mark.parametrize(
    "path",
    [
        "badgeops.yaml",
        "BADGEOPS.yaml",
        "state/production.json",
        "state/production.json.backup",
        "state/production.snapshot.json",
        "state/former.json",
        "records/test.tfstate",
        "records/Test.TFSTATE",
        "records/test.tfstate.backup",
        "state/production.kept/5fd1.png",
        "records/test.kept/a.svg",
        "records/test.kept/x/a.svg",
        "real/linked.json",
        "alias/linked.json",
        "tls/ca.pem",
    ],
)
@pytest.mark.parametrize("given_as", ["relative", "absolute"])
def test_settings_and_what_they_name_are_withheld(tmp_path: Path, path: str, given_as: str) -> None:
    """States lie where settings say, by whatever way; so do their companions, snapshots and authorities."""
    (tmp_path / "real").mkdir()
    (tmp_path / "alias").symlink_to("real")
    start = f"{tmp_path}/" if given_as == "absolute" else ""
    data = {
        "environments": {
            "production": {"server": "canvas-eu"},
            "test": {"server": "canvas-test", "state": f"{start}records/test.tfstate", "caFile": f"{start}tls/ca.pem"},
            "linked": {"state": f"{start}alias/../alias/linked.json"},
            "odd": {"state": 5},
            "broken": None,
            "far": {"state": "../elsewhere/x.json"},
        }
    }
    own = own_files(data, tmp_path)

    problem = why_withheld(path, path, own)

    assert problem is not None
    assert problem.code == "own-file"
    for kept in ("state/about.md", "badges/x.kept/a.png", "records/a.png", "badges/badgeops.md", "x.json"):
        assert why_withheld(kept, kept, own) is None


@pytest.mark.parametrize(
    "data", [{}, {"environments": None}, {"environments": []}, {"environments": {1: {"state": "\0"}}}]
)
def test_settings_that_are_wrong_hide_their_own_file(tmp_path: Path, data: dict[str, object]) -> None:
    """Whatever stands in them, nothing breaks, and the usual places are known."""
    own = own_files(data, tmp_path)

    assert own.has("badgeops.yaml")
    assert own.has("state/production.json")


# --- through links, and in whole commands --------------------------------------------------------------------------


@pytest.mark.parametrize("target", [".git/config", ".env", "state/production.json", "badgeops.yaml", "ignored.md"])
@pytest.mark.parametrize("way", ["named", "linked", "by a linked folder"])
def test_no_way_leads_to_a_file_that_is_withheld(repository: Path, target: str, way: str) -> None:
    """A document's path, a link to the file and a link to its folder are the same."""
    for name in (".env", "state/production.json", "badgeops.yaml", "ignored.md", ".git/config"):
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).write_text(SECRET)
    (repository / ".git/config").write_text("")  # a repository that can be asked
    (repository / ".gitignore").write_text("ignored.md\n")
    (repository / "link").symlink_to(target)
    (repository / "folder").symlink_to(Path(target).parent)
    name = {"named": target, "linked": "link", "by a linked folder": f"folder/{Path(target).name}"}[way]
    own = OwnFiles.of(["badgeops.yaml"], ["state/production.json"])

    with CatalogFiles(repository, ".", own=own) as files:
        found = [code(files.text(document(), name)), code(files.image(document(), name))]

    assert set(found) <= {"hidden-file", "own-file", "ignored-file"}


@pytest.mark.parametrize("field", ["criteriaNarrative: {file: %s}", "image: %s"])
@pytest.mark.parametrize(
    "path", [".env", ".git/config", "notes.txt", "link.md", "state/production.json", "./x/../.env"]
)
@pytest.mark.parametrize("place", ["document", "defaults", "overrides"])
def test_no_command_shows_or_sends_what_is_withheld(repository: Path, field: str, path: str, place: str) -> None:
    """Validation stops at it, with one error, and no message quotes the file."""
    made = Programme(repository, {})
    line = field % path
    kept = {"criteriaNarrative": "Do it.", "image": "images/one.png"}
    fields = "".join(f"{name}: {value}\n" for name, value in kept.items() if not line.startswith(name))
    document_text = f"kind: BadgeClass\nkey: one\nissuer: academy\nname: One\ndescription: x\n{fields}"
    chosen = "catalog: c\nenvironments:\n  production: {server: 'https://badges.example'%s}\n"
    chosen %= f", overrides: {{badge_class.one: {{{line}}}}}" if place == "overrides" else ""
    chosen += f"defaults:\n  BadgeClass:\n    {line}\n" if place == "defaults" else ""
    if place == "document":
        document_text += f"{line}\n"
    if place == "overrides":
        document_text += "".join(f"{name}: {value}\n" for name, value in kept.items() if line.startswith(name))
    made.write("badgeops.yaml", chosen)
    made.write("issuer.yaml", ISSUER)
    made.write("one.yaml", document_text)
    (repository / "images").mkdir()
    (repository / "images/one.png").write_bytes(png())
    (repository / "state").mkdir()
    for name in (".env", "notes.txt", "state/production.json"):
        (repository / name).write_text(f"token = {SECRET}\n")
    (repository / ".gitignore").write_text("notes.txt\n")
    (repository / "link.md").symlink_to(".env")

    ran = made.run("validate")

    assert ran.status == 1
    assert SECRET not in ran.out + ran.err
    assert any(word in ran.out + ran.err for word in ("hidden file", "a file of badgeops itself", "git ignores"))


@pytest.mark.parametrize("name", ["badgeops.yaml", "one.yaml", ".badgeopsignore"])
@pytest.mark.parametrize("inside", [True, False])
def test_no_message_quotes_what_a_link_leads_to(tmp_path: Path, name: str, *, inside: bool) -> None:
    """A message quotes the line that it is about: not of a hidden file, nor of one outside of the catalog."""
    folder = tmp_path / "catalog"
    folder.mkdir()
    target = folder / ".env" if inside else tmp_path / "env"
    target.write_bytes(f"TOKEN: [{SECRET}\n  \xff: {SECRET}".encode("latin-1"))
    (folder / "badgeops.yaml").write_text("catalog: c\n")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(target)

    ran = Programme(folder).run("validate")

    assert SECRET not in ran.out + ran.err
    assert ran.status == 1


def test_no_hint_offers_a_hidden_file(tmp_path: Path) -> None:
    """Who misspells a name is not told of a file that would be refused."""
    (tmp_path / ".logo.png").write_bytes(png())

    found = CatalogFiles(tmp_path, ".").image(document(), "logo.png")

    assert isinstance(found, FileProblem)
    assert ".logo" not in found.detail


# --- what git ignores ----------------------------------------------------------------------------------------------

PATTERNS = st.lists(
    st.sampled_from(["a/", "b.png", "*.png", "!c.png", "/img/", "secret", "**/a/*", "!a/", "cat/b/*", "*", "é*"]),
    max_size=3,
)
FOLDERS = st.lists(st.sampled_from(["a", "b", "img", "secret", "é"]), max_size=2)
PATHS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["a", "b", "img", "secret", "é"]), max_size=2), st.sampled_from("abc"), st.booleans()
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("at_root", [True, False])
def test_git_is_followed_in_every_point(repository: Path, *, at_root: bool) -> None:
    """For each file the answer is that of `git check-ignore`: patterns at any place, folders, what is tracked."""
    root = repository / "cat"

    @examples(20)
    @given(PATTERNS, PATHS)
    def check(patterns: list[str], paths: list[tuple[list[str], str, bool]]) -> None:
        shutil.rmtree(root, ignore_errors=True)
        (repository / ".git/index").unlink(missing_ok=True)
        root.mkdir()
        ((repository if at_root else root) / ".gitignore").write_text("\n".join(patterns), "utf-8")
        names = []
        for folders, letter, tracked in paths:
            path = root.joinpath(*folders, f"{letter}.png")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
            names.append(os.path.relpath(path, root))
            if tracked:
                git(root, "add", "-f", "--", names[-1])
        asked = "\0".join(names).encode()
        words = ["git", "check-ignore", "-z", "--stdin"]
        said = subprocess.run(words, cwd=root, input=asked, capture_output=True, check=False).stdout
        expected = {os.fsdecode(name) for name in said.split(b"\0") if name}

        found = GitIgnored(os.path.realpath(root))

        assert {name for name in names if found.has(f"{os.path.realpath(root)}/{name}")} == expected

    check()


def test_an_ignored_image_can_be_added_or_made_elsewhere(repository: Path) -> None:
    """CI that draws images is told of both ways; what is tracked is nobody's secret."""
    (repository / "out dir").mkdir()
    (repository / "out dir/a.png").write_bytes(png())
    (repository / ".gitignore").write_text("out*/\n")
    found = CatalogFiles(repository, ".").image(document(), "out dir/a.png")
    assert isinstance(found, FileProblem)
    assert found.code == "ignored-file"
    assert "git add -f 'out dir/a.png'" in found.detail
    assert "folder that git does not ignore" in found.detail

    git(repository, "add", "-f", "out dir/a.png")

    assert isinstance(CatalogFiles(repository, ".").image(document(), "out dir/a.png"), ImageFile)


@pytest.mark.parametrize("pattern", ["/cat/", "cat/badgeops.yaml", "*"])
def test_a_catalog_that_git_ignores_as_a_whole_is_none_of_gits(repository: Path, pattern: str) -> None:
    """It is kept by other means; its files are as good as those outside of any repository."""
    (repository / ".gitignore").write_text(f"{pattern}\n")
    (repository / "cat").mkdir()
    for name in ("badgeops.yaml", "a.md"):
        (repository / "cat" / name).write_text("x")

    assert isinstance(CatalogFiles(repository / "cat", ".").text(document(), "a.md"), TextFile)


def test_a_repository_in_the_catalog_has_rules_of_its_own(repository: Path) -> None:
    """A submodule ignores what it says, and the repository around it does not know."""
    git(repository, "init", "--quiet", "inner")
    for name in ("inner/secret.md", "inner/a.md"):
        (repository / name).write_text("x")
    (repository / "inner/.gitignore").write_text("secret.md\n")
    files = CatalogFiles(repository, ".")

    assert code(files.text(document(), "inner/secret.md")) == "ignored-file"
    assert code(files.text(document(), "inner/a.md")) is None


def test_where_git_cannot_tell_texts_are_not_read(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any file is a text, and few are images: what cannot be known stops the one and not the other."""
    (repository / "a.md").write_text("x")
    (repository / "a.png").write_bytes(png())
    monkeypatch.setenv("PATH", str(repository))
    files = CatalogFiles(repository, ".")

    found = files.text(document(), "a.md")

    assert isinstance(found, FileProblem)
    assert found.code == "cannot-ask-git"
    assert "git is not installed" in found.detail
    assert isinstance(files.image(document(), "a.png"), ImageFile)


def test_a_damaged_repository_is_told(repository: Path) -> None:
    """The message has git's own words."""
    (repository / "a.md").write_text("x")
    (repository / ".git/index").write_bytes(b"rubbish, and long enough to be looked at as an index")

    found = CatalogFiles(repository, ".").text(document(), "a.md")

    assert isinstance(found, FileProblem)
    assert found.code == "cannot-ask-git"
    assert "index file" in found.detail


@pytest.mark.parametrize("damage", ["a link to nowhere", "an empty folder", "without its HEAD"])
def test_a_repository_that_git_does_not_find_is_not_one_without_rules(repository: Path, damage: str) -> None:
    """A worktree whose repository was not mounted into the container says what to ignore, and git cannot read it."""
    (repository / ".gitignore").write_text("secret.md\n")
    (repository / "secret.md").write_text("x")
    assert code(CatalogFiles(repository, ".").text(document(), "secret.md")) == "ignored-file"
    (repository / ".git").rename(repository.parent / "moved")
    if damage == "a link to nowhere":
        (repository / ".git").write_text(f"gitdir: {repository.parent}/gone/.git/worktrees/one\n")
    else:
        (repository / ".git").mkdir()
        if damage == "without its HEAD":
            (repository / ".git/config").write_bytes((repository.parent / "moved/config").read_bytes())

    found = CatalogFiles(repository, ".").text(document(), "secret.md")

    assert code(found) == "cannot-ask-git"


def test_a_repository_starts_no_program(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the configuration of one that somebody sent, nor one hidden in a folder, nor a `git` that lies about."""
    ran = repository / "ran"
    script = repository / "evil"
    script.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    script.chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(script))
    bare = repository / "bare"
    git(repository, "init", "--quiet", "--bare", str(bare))
    git(bare, "config", "core.fsmonitor", str(script))
    git(bare, "config", "core.worktree", str(bare))
    git(bare, "config", "core.bare", "false")
    shutil.copy(script, bare / "git")
    monkeypatch.setenv("PATH", f"{bare}:{os.environ['PATH']}")
    for root in (repository, bare):
        (root / "a.md").write_text("x")
        CatalogFiles(root, ".").text(document(), "a.md")

    assert not ran.exists()


def test_git_is_told_no_secret_and_nothing_of_another_repository(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hook of another repository may run badgeops, with credentials in its environment."""
    (repository / "a.md").write_text("x")
    (repository / ".gitignore").write_text("a.md\n")
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nonexistent/index")
    monkeypatch.setenv("BADGEOPS_PASSWORD", SECRET)
    told: list[str] = []
    start = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: told.extend(map(str, k["env"].items())) or start(*a, **k))

    assert code(CatalogFiles(repository, ".").text(document(), "a.md")) == "ignored-file"
    assert told
    assert SECRET not in str(told)


# --- one name on every computer ------------------------------------------------------------------------------------


@given(st.text("aAbB.e\u0301é\u200c ", min_size=1, max_size=6), st.text("aAbB.e\u0301é\u200c ", min_size=1, max_size=6))
def test_a_file_is_found_only_by_the_name_that_its_folder_lists(name: str, written: str) -> None:
    """Where a file system opens a file by other names as well, those are refused as they are on others."""
    files = CatalogFiles(Path("/nowhere"), ".")
    files._listed[""] = frozenset({unicodedata.normalize("NFC", name)})

    try:
        files._insist_on_name(written)
        found = True
    except OSError:
        found = False

    assert found == (unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", written) or written == ".")
