"""`--format` and `--output FORMAT=FILE`: one result in several forms, one of them to stdout, the others to files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from badgeops.render.plain import guarded

if TYPE_CHECKING:
    from badgeops.render.view import Findings, View, Where

F = TypeVar("F", bound=Callable[..., Any])

PLAN_FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "text": "badgeops.render.plan_text:show",
        "json": "badgeops.render.plan_json:show",
        "markdown": "badgeops.render.plan_markdown:show",
        "html": "badgeops.render.html.plan:show",
        "github": "badgeops.render.annotations:show_plan",
        "tfplan-json": "badgeops.render.plan_tfplan:show",
    }
)
"""Forms of a plan: the name of each, and the function View -> str that makes it, imported when it is asked for."""

FINDING_FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "text": "badgeops.render.diagnostics:show",
        "json": "badgeops.render.diagnostics:show_json",
        "markdown": "badgeops.render.findings_markdown:show",
        "github": "badgeops.render.annotations:show_findings",
        "sarif": "badgeops.render.sarif:show",
        "junit": "badgeops.render.junit:show",
    }
)
"""Forms of findings: the name of each, and the function Findings -> str."""


_IN_LINES = ("text", "markdown", "junit")
"""Formats in which a line of somebody else's text may begin a line: in a log, that can be a command."""


@dataclass(frozen=True, slots=True)
class Output:
    """One form to write to a file."""

    format: str
    path: Path


if TYPE_CHECKING:
    _ParamType = click.ParamType[Output]
else:
    _ParamType = click.ParamType  # takes no argument before click 8.4


class OutputType(_ParamType):
    """FORMAT=FILE."""

    name = "FORMAT=FILE"

    def __init__(self, formats: Iterable[str]) -> None:
        self.formats = tuple(formats)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Output:  # noqa: ANN401
        """Read one value of `--output`."""
        if isinstance(value, Output):
            return value
        format_, _, path = str(value).partition("=")
        if format_ not in self.formats or not path:
            self.fail(f"{value!r} is not FORMAT=FILE with a FORMAT of {', '.join(self.formats)}.", param, ctx)
        return Output(format_, Path(path))


def output_options(formats: Mapping[str, str]) -> Callable[[F], F]:
    """Add `--format` and `--output` to a command; it gets `format_` and `outputs`."""

    def add(function: F) -> F:
        option = click.option(
            "--format",
            "format_",
            type=click.Choice(list(formats)),
            default="text",
            show_default=True,
            help="What to write to stdout.",
        )
        files = click.option(
            "--output",
            "outputs",
            multiple=True,
            type=OutputType(formats),
            metavar="FORMAT=FILE",
            callback=_all_different,
            help="Write it to a file as well, in this format. Can be given several times.",
        )
        return option(files(function))

    return add


def _all_different(
    _context: click.Context, _parameter: click.Parameter, outputs: tuple[Output, ...]
) -> tuple[Output, ...]:
    paths = [os.path.realpath(output.path) for output in outputs]
    for output, path in zip(outputs, paths, strict=True):
        if paths.count(path) > 1:
            raise click.BadParameter(f"{output.path} is named twice: one would overwrite the other.")
    return outputs


_OTHER_SUFFIXES = (".html", ".htm", ".md", ".xml", ".sarif")


def check_out(out: str | None, outputs: Iterable[Output] = ()) -> None:
    """Refuse a file to write to that has no name, or is named as an output as well."""
    if out is None:
        return
    if not out:
        raise click.UsageError("--out is empty. Name the file to write to.")
    if Path(out).suffix.lower() in _OTHER_SUFFIXES:
        raise click.UsageError(f"--out writes JSON, and {out} is named like something else. See --output FORMAT=FILE.")
    if os.path.realpath(out) in [os.path.realpath(output.path) for output in outputs]:
        raise click.UsageError(f"{out} is named twice: one would overwrite the other.")


def renderer(formats: Mapping[str, str], format_: str) -> Callable[..., str]:
    """Import the function that makes a format."""
    module, _, name = formats[format_].partition(":")
    function: Callable[..., str] = getattr(import_module(module), name)
    return function


def deliver(formats: Mapping[str, str], format_: str, outputs: Iterable[Output], shown: View | Findings) -> None:
    """Write what is shown to its files, and to stdout in the format that was asked for."""
    from badgeops.commands.shared.console import CONSOLE

    write_files(formats, outputs, shown)
    text = renderer(formats, format_)(replace(shown, style=CONSOLE.style(sys.stdout)))
    CONSOLE.result(text, annotates=format_ == "github")


def where() -> Where:
    """Return where we are in which repository: as GitHub says, else by the folder that holds .git."""
    from badgeops.render.view import Where

    start = Path.cwd()
    if told := os.environ.get("GITHUB_WORKSPACE"):
        return Where(start, Path(os.path.realpath(told)))
    root = next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), start)
    return Where(start, root)


def write_files(formats: Mapping[str, str], outputs: Iterable[Output], shown: object) -> None:
    """Write what is shown to each file in its format, without secrets. SettingsError names one that is not writable."""
    from badgeops.app.results import write_whole
    from badgeops.commands.shared.console import CONSOLE

    for output in outputs:
        text = CONSOLE.masked(renderer(formats, output.format)(shown))
        write_whole(output.path, guarded(text, color=False) if output.format in _IN_LINES else text)
