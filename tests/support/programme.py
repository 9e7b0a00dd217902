"""A catalog on disk and the real command line working on it."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from badgeops.cli import run as run_cli
from badgeops.sandbox import PASSWORD, USERNAME
from support.images import png

ISSUER = """\
kind: Issuer
key: academy
name: Academy
description: The academy.
url: https://academy.example
email: admin@example.org
"""

_PATIENT_FOR_LESS = """
from badgeops import __main__
from badgeops.applying import writes

writes._LOOKS = (0.1, 0.4)
__main__.main()
"""
"""Waits less for a server than the real one, as ours is quick."""


def badge_class(key: str, **fields: str) -> str:
    """Return the YAML of a small badge class; `fields` are added or replace its own, None leaves one out."""
    values = {
        "kind": "BadgeClass",
        "key": key,
        "issuer": "academy",
        "name": key.replace("-", " ").title(),
        "description": f"Has completed {key}.",
        "image": "images/badge.png",
        "criteriaNarrative": f"Complete all of {key}.",
        **fields,
    }
    return "".join(f"{name}: {value}\n" for name, value in values.items() if value is not None)


@dataclass(frozen=True)
class Finished:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def told(self) -> str:
        """What stands on stderr, as one line, wherever it was wrapped."""
        return " ".join(self.err.split())

    @property
    def commands(self) -> list[str]:
        """The commands that stand alone on a line of stderr, to be copied."""
        return [line.strip() for line in self.err.splitlines() if line.startswith(" ") and "  badgeops " in line]


@dataclass
class Programme:
    """A catalog folder, and the command line working on it."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str) -> Path:
        """Write one file of the catalog."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def remove(self, name: str) -> None:
        """Take one file out of the catalog."""
        (self.root / name).unlink()

    def image(self, name: str = "images/badge.png", color: str = "navy", size: tuple[int, int] = (90, 90)) -> Path:
        """Draw an image of one colour."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(*size, color=color))
        return path

    def settings(self, server: str, *, dialect: str = "open-source", more: str = "") -> None:
        """Write badgeops.yaml with one environment."""
        self.write(
            "badgeops.yaml",
            f"catalog: test\nenvironments:\n  here: {{server: '{server}', dialect: {dialect}}}\n{more}",
        )

    def embedded(self) -> None:
        """Write a catalog of one badge class for the embedded sandbox."""
        self.write("badgeops.yaml", "catalog: test\nenvironments:\n  sandbox: {server: sandbox}\n")
        self.write("issuer.yaml", ISSUER)
        self.write("sql.yaml", badge_class("sql"))
        self.image()

    def run(self, name: str, *arguments: str) -> Finished:
        """Run a command in this process; the catalog is added where the command takes one."""
        return self._run([*name.split(), *arguments, *self._where(name)])

    def copy(self, command: str) -> Finished:
        """Run a command line as a message shows it."""
        program, *words = shlex.split(command)
        assert program == "badgeops"
        return self._run(words)

    def _run(self, words: list[str]) -> Finished:
        out, err = io.StringIO(), io.StringIO()
        with _variables(self.environment), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = run_cli(words)
        return Finished(status, out.getvalue(), err.getvalue())

    def _where(self, name: str) -> list[str]:
        takes_option = name.partition(" ")[0] in ("import", "state", "force-unlock")
        return ["--catalog", str(self.root)] if takes_option else [str(self.root)]

    def start(self, name: str, *arguments: str, **options: object) -> subprocess.Popen[str]:
        """Start a command as a process of its own."""
        command = [sys.executable, "-c", _PATIENT_FOR_LESS, name, *arguments, *self._where(name)]
        return subprocess.Popen(
            command,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            **options,  # type: ignore[call-overload]
        )

    def apply(self, *arguments: str) -> Finished:
        """Apply without asking."""
        return self.run("apply", "--auto-approve", *arguments)

    def assert_settled(self) -> None:
        """Fail unless the next plan is empty."""
        plan = self.run("plan", "--detailed-exitcode")
        assert plan.status == 0, plan.out + plan.err
        assert "No changes" in plan.out


@contextlib.contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


CREDENTIALS = {"BADGEOPS_USERNAME": USERNAME, "BADGEOPS_PASSWORD": PASSWORD}
