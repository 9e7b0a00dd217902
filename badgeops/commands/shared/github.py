"""What a step of GitHub Actions leaves behind beside its log: a summary, and outputs for later steps."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from badgeops.commands.shared.console import CONSOLE
from badgeops.errors import SettingsError, Severity, counts
from badgeops.planning.plan import Action
from badgeops.render.markdown import plan_markdown, problems_markdown
from badgeops.render.view import ProblemsView, View
from badgeops.safe_files import writing
from badgeops.safe_files.reading import open_regular

SUMMARY_LIMIT = 1024 * 1024
"""Bytes of the summary of one step; GitHub drops a longer one whole."""
_LEAST_ROOM = 2_000


def report_plan(view: View, status: int, variables: Mapping[str, str]) -> None:
    """Append a plan to the summary of the step, and its numbers to the outputs."""
    plan = view.plan
    counts = {str(action): str(plan.count(action)) for action in Action if action is not Action.NO_OP}
    values = {
        "has_changes": _truth(not plan.is_empty),
        **counts,
        "digest": plan.digest,
        "applicable": _truth(not plan.errors),
        "exitcode": str(status),
    }
    _append(variables.get("GITHUB_OUTPUT"), "".join(output(name, value) for name, value in values.items()))
    room = _room(variables)
    if room:
        _append(variables.get("GITHUB_STEP_SUMMARY"), plan_markdown.show(replace(view, max_bytes=room)))


def report_problems(problems: ProblemsView, status: int, variables: Mapping[str, str]) -> None:
    """Append problems to the summary of the step, and their numbers to the outputs."""
    numbers = counts(problems.diagnostics)
    values = {
        "valid": _truth(not numbers[Severity.ERROR]),
        "errors": str(numbers[Severity.ERROR]),
        "warnings": str(numbers[Severity.WARNING]),
        "exitcode": str(status),
    }
    _append(variables.get("GITHUB_OUTPUT"), "".join(output(name, value) for name, value in values.items()))
    room = _room(variables)
    if room:
        _append(variables.get("GITHUB_STEP_SUMMARY"), problems_markdown.show(replace(problems, max_bytes=room)))


def output(name: str, value: str) -> str:
    """Return an output as GitHub reads it; one of several lines stands between two lines that nobody can guess."""
    if "\n" not in value and "\r" not in value:
        return f"{name}={value}\n"
    delimiter = f"badgeops-{secrets.token_hex(16)}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _room(variables: Mapping[str, str]) -> int:
    """Return how many bytes the summary of the step can still take; 0 where there is none, or next to no room."""
    name = variables.get("GITHUB_STEP_SUMMARY")
    if not name:
        return 0
    taken = Path(name).stat().st_size if Path(name).exists() else 0
    room = SUMMARY_LIMIT - taken - 1
    if room < _LEAST_ROOM:
        CONSOLE.note("The summary of this step is full: nothing was added to it.")
        return 0
    return room


def _append(name: str | None, text: str) -> None:
    """Append to a file that GitHub has named, without secrets; begin on a line of its own, whatever is there."""
    if not name:
        return
    text = CONSOLE.masked(text)
    try:
        begins = "" if _ends_with_line(name) else "\n"
        writing.append(os.path.realpath(name), [f"{begins}{text}".encode("utf-8", "replace")], creates=True)
    except OSError as error:
        raise SettingsError(
            f"{name} cannot be written: {error.strerror or error}.",
            hint="GITHUB_OUTPUT and GITHUB_STEP_SUMMARY name files that GitHub Actions makes; unset them elsewhere.",
        ) from error


def _ends_with_line(name: str) -> bool:
    """Tell whether what is added to a file begins on a line of its own."""
    try:
        with open_regular(name) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 1))
            return file.read(1) in (b"", b"\n")
    except FileNotFoundError:
        return True
