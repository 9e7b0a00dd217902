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

from badgeops import whole
from badgeops.errors import SettingsError
from badgeops.render.plain import guarded

if TYPE_CHECKING:
    from badgeops.render.view import Findings, View, Where

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Format:
    """One form of a result."""

    function: str
    """Makes it, as "module:function": View -> str of a plan, Findings -> str of problems. Imported if asked for."""
    is_read_by_line: bool
    """Whether a text from outside can begin a line of it: in the log of a build server, that can be a command."""


Formats = Mapping[str, Format]

PLAN_FORMATS: Formats = MappingProxyType(
    {
        "text": Format("badgeops.render.plan_text:show", is_read_by_line=True),
        "json": Format("badgeops.render.plan_json:show", is_read_by_line=False),
        "markdown": Format("badgeops.render.plan_markdown:show", is_read_by_line=True),
        "html": Format("badgeops.render.html.plan:show", is_read_by_line=False),
        "github": Format("badgeops.render.annotations:show_plan", is_read_by_line=False),
        "tfplan-json": Format("badgeops.render.plan_tfplan:show", is_read_by_line=False),
    }
)
"""Forms of a plan, by the name that `--format` takes."""

FINDING_FORMATS: Formats = MappingProxyType(
    {
        "text": Format("badgeops.render.diagnostics:show", is_read_by_line=True),
        "json": Format("badgeops.render.diagnostics:show_json", is_read_by_line=False),
        "markdown": Format("badgeops.render.findings_markdown:show", is_read_by_line=True),
        "github": Format("badgeops.render.annotations:show_findings", is_read_by_line=False),
        "sarif": Format("badgeops.render.sarif:show", is_read_by_line=False),
        "junit": Format("badgeops.render.junit:show", is_read_by_line=True),
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


_SUFFIXES = (".yaml", ".yml", ".png", ".svg")
"""Of what a catalog is made of, and no result is."""
_COMPANIONS = (".journal", ".lock", ".holder")
"""What the names of the hidden files beside a state end in."""


def spare_inputs(catalog: str, *paths: str | Path | None) -> None:
    """Refuse to write a result over a state, what stands beside it, or what the catalog is made of."""
    root = Path(os.path.realpath(catalog))
    for path in paths:
        real = Path(os.path.realpath(path)) if path is not None else root
        if not real.is_file():
            continue
        if _is_state(real):
            raise SettingsError(f"{path} belongs to a state and was not overwritten.", hint=_ANOTHER)
        inside = real.relative_to(root).parts if real.is_relative_to(root) else (".",)
        if real.suffix.lower() in _SUFFIXES and not any(name.startswith(".") for name in inside):
            raise SettingsError(f"{path} belongs to the catalog and was not overwritten.", hint=_ANOTHER)


_ANOTHER = "Nothing was done. Name another file; `--out plan.json` for example."


def _is_state(path: Path) -> bool:
    """Tell whether a file is a state or a backup of one, by how it begins, or stands beside one, by its name."""
    from badgeops.state import FORMAT

    if path.name.startswith(".") and path.name.endswith(_COMPANIONS):
        return True
    try:
        with path.open("rb") as file:
            return FORMAT.encode() in file.read(100)
    except OSError:
        return False  # writing will say what is wrong


def renderer(formats: Formats, format_: str) -> Callable[..., str]:
    """Import the function that makes a format."""
    module, _, name = formats[format_].function.partition(":")
    function: Callable[..., str] = getattr(import_module(module), name)
    return function


def deliver(formats: Formats, format_: str, outputs: Iterable[Output], shown: View | Findings) -> None:
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


def write_files(formats: Formats, outputs: Iterable[Output], shown: object) -> None:
    """Write what is shown to each file in its format, without secrets. SettingsError names one that is not writable."""
    from badgeops.commands.shared.console import CONSOLE

    for output in outputs:
        text = CONSOLE.masked(renderer(formats, output.format)(shown))
        write_whole(output.path, guarded(text, color=False) if formats[output.format].is_read_by_line else text)


def write_whole(path: Path, text: str) -> None:
    """Write a file as `write_file` does; SettingsError says why it cannot be written."""
    try:
        write_file(path, text)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Name a file in a folder that exists and that you may write to.",
        ) from error


def write_file(path: Path, text: str) -> None:
    """Write a result to a file as a whole or not at all. OSError where that is not possible."""
    if path.exists() and not path.is_file():  # /dev/stdout, a pipe: nothing to replace
        path.write_text(text, "utf-8")
        return
    umask = os.umask(0)
    os.umask(umask)
    # As any file that a command writes: other steps read it.
    whole.replace(path, [text.encode()], mode=0o666 & ~umask)
