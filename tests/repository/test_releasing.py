"""A release names one version everywhere, and docs/releasing.md knows every place."""

from __future__ import annotations

import re

import pytest
import yaml
from support.places import ROOT

from badgeops import __version__

PAGE = (ROOT / "docs" / "releasing.md").read_text("utf-8")
TAG = re.compile(r"(?:badgeops/badgeops/[\w./-]*@|rev: |`)v(\d+\.\d+\.\d+)\b")
"""A release of badgeops, as workflows and hooks name it."""


def tagged() -> dict[str, set[str]]:
    """Return the versions that files of the project name as tags, by file."""
    files = [*(ROOT / ".github").rglob("*.yml"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")]
    found = {path.relative_to(ROOT).as_posix(): set(TAG.findall(path.read_text("utf-8"))) for path in files}
    return {name: versions for name, versions in found.items() if versions and name != "docs/releasing.md"}


def test_every_tag_is_the_version_of_this_repository() -> None:
    """A workflow of a release never runs the action of another one."""
    assert {name: versions for name, versions in tagged().items() if versions != {__version__}} == {}


def test_the_page_lists_every_file_that_names_the_version() -> None:
    """A maintainer who follows the table forgets none."""
    listed = set(re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE))

    assert listed == {"badgeops/__init__.py", "CHANGELOG.md", *tagged()}


def test_no_workflow_reacts_to_tags_or_uploads() -> None:
    """The page says that a release is made by hand."""
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        text = path.read_text("utf-8")
        triggers = yaml.safe_load(text)[True]  # YAML 1.1 reads "on" so
        assert "release" not in triggers
        assert "tags" not in ((triggers.get("push") or {}) if isinstance(triggers, dict) else {})
        assert "pypi" not in text.lower()


@pytest.mark.parametrize("job", ["build", "wheel", "all-green"])
def test_jobs_that_the_page_names_exist(job: str) -> None:
    """By their ids, or by the name that a pull request shows."""
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))["jobs"]

    assert job in jobs
    assert f"`{job}`" in PAGE or f"`{jobs[job]['name']}`" in PAGE


def test_the_changelog_begins_with_what_is_not_released() -> None:
    """The newest section stands on top; sections of releases have a version and a day, the newest one first."""
    first, *releases = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    found = [re.fullmatch(r"(\d+)\.(\d+)\.(\d+) \(\d{4}-\d{2}-\d{2}\)", title) for title in releases]
    versions = [tuple(map(int, match.groups())) for match in found if match]

    assert first == "Unreleased"
    assert None not in found
    assert versions == sorted(versions, reverse=True)


def test_sections_of_the_changelog_are_the_four_that_users_look_for() -> None:
    """Added, Changed, Fixed and Security, in this order, and each entry is a whole sentence."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    order = ["Added", "Changed", "Fixed", "Security"]

    for release in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        sections = re.findall(r"^### (.+)$", release, re.MULTILINE)
        assert sections == [section for section in order if section in sections]
    entries = re.findall(r"^- (.+)$", text, re.MULTILINE)
    assert entries
    assert [entry for entry in entries if not re.match(r"[A-Z`\[]|badgeops ", entry) or not entry.endswith(".")] == []
