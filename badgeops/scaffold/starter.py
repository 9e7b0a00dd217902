"""What `badgeops init` writes: templates and answers -> files. Reads the templates, and nothing else."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from badgeops import __version__
from badgeops.formatter.writer import tidy

TEMPLATES = Path(__file__).parent / "templates"
_PLACE = re.compile("@([A-Z_]+)@")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the user says of the programme."""

    name: str
    url: str
    email: str
    server: str
    catalog: str = "."
    """The catalog's folder, seen from the root of the repository."""
    branch: str = "main"
    """What pull requests are merged into."""
    test_server: str | None = None
    """Where to look at changes before they go live; None if none is known of the same product."""

    @property
    def key(self) -> str:
        """The catalog's and the issuer's key, made from the name."""
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode().lower()
        return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:64].strip("-") or "academy"

    def values(self) -> dict[str, str]:
        """Return what stands for each place in a template of YAML."""
        base = self.url.rstrip("/")
        paths = "**" if self.catalog == "." else f"{self.catalog}/**"
        return {
            "KEY": self.key,
            "NAME": json.dumps(self.name, ensure_ascii=False),
            "TEST": self._test(),
            "DESCRIPTION": json.dumps(f"The badges of {self.name}.", ensure_ascii=False),
            "URL": json.dumps(self.url, ensure_ascii=False),
            "FRAMEWORK_URL": json.dumps(f"{base}/skills/S1", ensure_ascii=False),
            "EMAIL": json.dumps(self.email, ensure_ascii=False),
            "SERVER": json.dumps(self.server, ensure_ascii=False),
            "TITLE": self.name,
            "CATALOG": self.catalog,
            "PATHS": paths,
            "BRANCH": self.branch,
            "VERSION": __version__,
        }

    def _test(self) -> str:
        """Return the environment for trying things out, or what to write if there is a server for one."""
        if self.test_server is None:
            return _NO_TEST
        name = json.dumps(f"{self.name} (test)", ensure_ascii=False)
        return _TEST.format(server=self.test_server, key=self.key, name=name)


_TEST = """\
# A test server, to look at changes before they go live.
  test:
    server: {server}
    overrides:
      issuer.{key}: {{name: {name}}}"""
_NO_TEST = """\
# If there is a test server of the same product as production, name it here, to look at changes before they go live.
  # test: {server: "https://badges-test.example.org"}"""


def catalog_files(answers: Answers) -> Iterator[tuple[str, str]]:
    """Yield the files of the catalog: (path in it, text)."""
    folder = TEMPLATES / "catalog"
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            text = filled(path, answers)
            if path.suffix == ".yaml":
                text = tidy(text, settings=name == "badgeops.yaml")
            yield ".gitignore" if name == "gitignore" else name, text


def github_files(answers: Answers) -> Iterator[tuple[str, str]]:
    """Yield the workflows: (path in the repository, text)."""
    for name in ("badges-plan.yml", "badges-apply.yml"):
        yield f".github/workflows/{name}", filled(TEMPLATES / "github" / name, answers)


def gitlab_files(answers: Answers) -> Iterator[tuple[str, str]]:
    """Yield the pipeline: (path in the repository, text)."""
    yield ".gitlab-ci.yml", filled(TEMPLATES / "gitlab" / "gitlab-ci.yml", answers)
    for name in ("badgeops.gitlab-ci.yml", "badgeops_note.py"):
        yield f".gitlab/{name}", filled(TEMPLATES / "gitlab" / name, answers)


def pre_commit_files(answers: Answers) -> Iterator[tuple[str, str]]:
    """Yield the hooks: (path in the repository, text)."""
    yield ".pre-commit-config.yaml", filled(TEMPLATES / "pre-commit-config.yaml", answers)


def filled(path: Path, answers: Answers) -> str:
    """Return a template with the answers in their places."""
    values = answers.values()
    return _PLACE.sub(lambda match: values.get(match[1], match[0]), path.read_text("utf-8"))
