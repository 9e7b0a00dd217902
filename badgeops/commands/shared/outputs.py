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
    from badgeops.render.view import ProblemsView, View, Where

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Format:
    """One form of a result."""

    function: str
    """Makes it, as "module:function": View -> str of a plan, ProblemsView -> str of problems. Imported if asked for."""
    is_read_by_line: bool
    """Whether a text from outside can begin a line of it: in the log of a build server, that can be a command."""


Formats = Mapping[str, Format]

PLAN_FORMATS: Formats = MappingProxyType(
    {
        "text": Format("badgeops.render.text.plan_text:show", is_read_by_line=True),
        "json": Format("badgeops.render.machine.plan_json:show", is_read_by_line=False),
        "markdown": Format("badgeops.render.markdown.plan_markdown:show", is_read_by_line=True),
        "html": Format("badgeops.render.html.plan:show", is_read_by_line=False),
        "github": Format("badgeops.render.machine.annotations:show_plan", is_read_by_line=False),
        "tfplan-json": Format("badgeops.render.machine.plan_tfplan:show", is_read_by_line=False),
    }
)
"""Forms of a plan, by the name that `--format` takes."""

PROBLEM_FORMATS: Formats = MappingProxyType(
    {
        "text": Format("badgeops.render.diagnostics:show", is_read_by_line=True),
        "json": Format("badgeops.render.diagnostics:show_json", is_read_by_line=False),
        "markdown": Format("badgeops.render.markdown.problems_markdown:show", is_read_by_line=True),
        "github": Format("badgeops.render.machine.annotations:show_problems", is_read_by_line=False),
        "sarif": Format("badgeops.render.machine.sarif:show", is_read_by_line=False),
        "junit": Format("badgeops.render.machine.junit:show", is_read_by_line=True),
    }
)
"""Forms of the problems of a catalog, by the name that `--format` takes."""


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


def output_options(formats: Formats) -> Callable[[F], F]:
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


def check_out(option: str, out: str | None, outputs: Iterable[Output] = ()) -> None:
    """Refuse a file to write to that has no name, or is named as an output as well."""
    if out is None:
        return
    if not out:
        raise click.UsageError(f"{option} is empty. Name the file to write to.")
    if Path(out).suffix.lower() in _OTHER_SUFFIXES:
        raise click.UsageError(
            f"{option} writes JSON, and {out} is named like something else. See --output FORMAT=FILE."
        )
    from badgeops.safe_files.writing import is_stream

    if is_stream(out):
        raise click.UsageError(
            f"{out} is not a file but a pipe or a device. {option} writes a file that another command reads later; "
            "what is to go elsewhere goes to stdout."
        )
    if os.path.realpath(out) in [os.path.realpath(output.path) for output in outputs]:
        raise click.UsageError(f"{out} is named twice: one would overwrite the other.")


def renderer(formats: Formats, format_: str) -> Callable[..., str]:
    """Import the function that makes a format."""
    module, _, name = formats[format_].function.partition(":")
    function: Callable[..., str] = getattr(import_module(module), name)
    return function


def deliver(formats: Formats, format_: str, outputs: Iterable[Output], shown: View | ProblemsView) -> None:
    """Write what is shown to its files, and to stdout in the format that was asked for."""
    from badgeops.commands.shared.console import CONSOLE

    write_files(formats, outputs, shown)
    text = renderer(formats, format_)(replace(shown, style=CONSOLE.style(sys.stdout)))
    CONSOLE.result(text, annotates=format_ == "github")


def where(catalog: str) -> Where:
    """Return where a catalog is in which repository: as GitHub says, else by the folder that holds .git.

    Whatever the catalog was called: by an absolute path, along a link, or from another folder.
    """
    from badgeops.render.view import Where

    folder = Path(os.path.realpath(catalog))
    if told := os.environ.get("GITHUB_WORKSPACE"):
        root = Path(os.path.realpath(told))
    else:
        root = next((above for above in (folder, *folder.parents) if (above / ".git").exists()), folder)
    return Where(Path.cwd(), root, catalog, folder)


def write_files(formats: Formats, outputs: Iterable[Output], shown: object) -> None:
    """Write what is shown to each file in its format, without secrets. SettingsError names one that is not writable."""
    from badgeops.app.results import write_whole
    from badgeops.commands.shared.console import CONSOLE

    for output in outputs:
        text = CONSOLE.masked(renderer(formats, output.format)(shown))
        write_whole(output.path, guarded(text, color=False) if formats[output.format].is_read_by_line else text)
