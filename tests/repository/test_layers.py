"""Imports point one way. Read from the source with `ast`, those inside functions and for types alone included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import badgeops

ROOT = Path(badgeops.__file__).parent
ROWS = """
    errors yamldoc yamlhints schemas
    model
    live
    wire state differences validate schema explain problems report build overlay assets field_rules images svg yamltree
    plan result impact compare planner planfile reviewed snapshots risk adopt field_order tidy
    render
    whole litter safe_files load parsed recent files ignore ahead fresh
    answers deadline transport auth vault client backends ledger settings
    refresh writes apply starter
    app
    commands cli
"""
"""A module may import from the rows above it and from its own. A package stands for all that is in it."""

ASIDE = ("sandbox", "templates")
"""Import nothing else of badgeops, and only app and commands import them: the sandbox checks the client, so it must not
share code, and what `init` writes has to work without badgeops."""
ENTRANCES = {"", "__main__"}
"""The package itself, with its version, and `python -m badgeops`."""
ORDER = {name: number for number, row in enumerate(ROWS.split("\n")) for name in row.split()}


def modules() -> dict[str, Path]:
    """Return every module by its name inside the package: "render.words"."""
    paths = {path.relative_to(ROOT).with_suffix(""): path for path in ROOT.rglob("*.py")}
    return {".".join(part for part in name.parts if part != "__init__"): path for name, path in sorted(paths.items())}


def imports(path: Path, known: set[str]) -> Iterator[str]:
    """Yield the modules of badgeops that a file imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name} imports relatively"
            wanted = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in wanted:
            package, _, inside = name.partition(".")
            if package == "badgeops":
                # The last part may be a module or something in it.
                yield inside if inside in known else inside.rpartition(".")[0]


def row_of(module: str) -> int | None:
    """Return the number of a module's row."""
    return ORDER.get(module, ORDER.get(module.partition(".")[0]))


MODULES = modules()
IMPORTS = {name: sorted(set(imports(path, set(MODULES)))) for name, path in MODULES.items()}


def is_aside(module: str) -> bool:
    """Tell whether a module belongs to what stands apart."""
    return module.partition(".")[0] in ASIDE


def test_every_module_has_its_row() -> None:
    """A new module must be given a place before it can be used, and a row names nothing that is gone."""
    homeless = [name for name in MODULES if name not in ENTRANCES and not is_aside(name) and row_of(name) is None]
    gone = [name for name in ORDER if name not in MODULES]

    assert homeless == []
    assert gone == []


@pytest.mark.parametrize("module", [name for name in MODULES if name not in ENTRANCES and not is_aside(name)])
def test_a_module_imports_from_its_own_row_and_above(module: str) -> None:
    """Decisions know nothing of files, sockets and the terminal, which come later in the list."""
    own = row_of(module)
    assert own is not None
    below = [name for name in IMPORTS[module] if name and not is_aside(name) and (row_of(name) or 0) > own]

    assert below == []


def test_no_module_needs_itself() -> None:
    """Within a row, too, there is an order: no circle of imports."""
    TopologicalSorter({name: [other for other in IMPORTS[name] if other != name] for name in MODULES}).prepare()


def test_the_sandbox_stands_aside() -> None:
    """The embedded server shares no code with the client, and nobody but the commands knows that it is there."""
    leaving = {name: [other for other in IMPORTS[name] if not is_aside(other)] for name in MODULES if is_aside(name)}
    entering = {
        name
        for name in MODULES
        if not is_aside(name)
        and any(is_aside(other) for other in IMPORTS[name])
        and not name.startswith(("app.", "commands."))
    }

    assert {name: others for name, others in leaving.items() if others} == {}
    assert entering == set()


def test_app_knows_no_terminal() -> None:
    """What commands do can be done without Click and without streams: both are passed in."""
    for name, path in MODULES.items():
        if name.partition(".")[0] == "app":
            used = {word.partition(".")[0] for word in _named(path)}
            assert used.isdisjoint({"click", "sys", "rich"}), name


def test_what_decides_does_no_io() -> None:
    """The modules down to `render` import nothing that reads files, opens sockets, asks the clock or prints."""
    rim = {"os", "io", "sys", "socket", "time", "datetime", "tempfile", "subprocess", "requests", "click", "random"}
    exceptions = {"images": {"io"}}  # decodes bytes that it is given
    last = row_of("render")
    assert last is not None
    for name, path in MODULES.items():
        row = row_of(name)
        if row is None or row > last or name in ENTRANCES:
            continue
        used = {word.partition(".")[0] for word in _named(path)}
        assert used & rim <= exceptions.get(name, set()), name


def _named(path: Path) -> Iterator[str]:
    """Yield the name of every module, of whatever package, that a file imports from."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
