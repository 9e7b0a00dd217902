"""Imports point one way, between packages and inside them, and only the rim touches files, sockets and clocks.

All of it is read from the source with `ast`; imports inside functions and those for types alone count as well.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from support import sources
from support.places import TESTS

ROOT = sources.PACKAGE
HERE = "tests/repository/test_layers.py"
ROWS = """
    errors safe_files schemas
    yamldoc
    model
    helpers
    catalog formatter api
    settings scaffold state
    planning
    applying review
    render
    app
    commands
    cli
"""
"""A package imports from the rows above its own, and from no other of its row. Some are a single module."""

INSIDE = {
    "safe_files": "atomic leftovers reading < writing",
    "yamldoc": "hints < parse < tree",
    "model": """
        address credentials dialect entity_id lifecycle limits mended moments numbers rules text_rules
        < allowances error_names fields < entities shape
    """,
    "catalog": """
        content git_ignored ignore parse_cache problems images.css images.embedded images.outline
        < explain field_rules foreign select withheld images.dangers images.png images.unfold
        < images.measure images.pixels item < images.svg < acceptance document_rules schema images.raster
        < images.showable images.whole looking report
        < folder overlay references < build referenced_files < validate
    """,
    "helpers": "frames < process serve",
    "formatter": "field_order < writer",
    "api": """
        deadline live network probe_values read_ahead responses token_store
        < carried gone plain probe_record probe_steps questions transport < dialects server_clock < auth < client
        < prober served
    """,
    "scaffold": "starter",
    "state": "kept record backends.interface < journal plain backends.lease < backends.file",
    "planning": """
        differences handover newcomers in_parallel words < import_check plan strangers
        < compare impact namesakes remedies unverified < account refusals
        < adopt interrupted outcome < planner risk < own_images served_images < refresh
    """,
    "applying": "pace replaced result single_flight unmade < throttle < writes < run",
    "review": "recent_plans saved_plan snapshots < compare_plans",
    "render": """
        layout plain style words html.page
        < causes values view markdown.markup text.checks html.prose < html.problems
        < diagnostics markdown.field_lines text.plan_text text.probe_text text.result_text text.reviewed_text
          text.rule_text text.state_text
          html.problems_page html.marks html.images machine.annotations machine.plan_tfplan machine.sarif
        < markdown.problems_markdown markdown.plan_markdown machine.junit machine.plan_json html.badge
        < html.catalog html.fields < html.plan
    """,
    "app": """
        collection explain_name folders hints lock_info reporting server_images
        < asking connect elsewhere format_files requests results serve_sandbox
        < saved_plans workspace
        < ahead check_setup edit_state force_unlock import_entity log_in make_page make_plan probe take_snapshot
        write_starter
        < carry_out serve_page show_plan < approval destroy reviewed_report < reviewed_apply
    """,
    "commands": """
        shared.terminal < shared.counter shared.progress shared.spinner < shared.console
        < shared.completion shared.former shared.github shared.outputs < shared.allow shared.options
        < apply destroy doctor explain fmt force_unlock import_ init login plan preview sandbox snapshot state validate
    """,
}
"""The order inside each package: a module imports from what stands left of its own "<", and from nothing beside it."""

TOUCHES = {
    "files": """
        __main__ safe_files schemas settings scaffold.starter
        helpers.frames helpers.process catalog.folder catalog.git_ignored catalog.looking catalog.parse_cache
        catalog.referenced_files api.token_store
        state.backends.file state.backends.lease state.kept review.recent_plans render.html.page
        app.approval app.carry_out app.connect app.folders app.format_files app.lock_info app.results app.workspace
        app.write_starter
        commands.plan commands.validate commands.shared.completion commands.shared.console commands.shared.github
        commands.shared.outputs commands.shared.spinner commands.shared.terminal cli
    """,
    "sockets": "api.deadline api.transport app.serve_page",
    "clock": """
        safe_files.leftovers catalog.parse_cache api.auth api.deadline api.server_clock api.transport
        api.prober model.moments state.backends.lease applying.throttle applying.writes app.carry_out app.lock_info
        app.make_plan commands.shared.spinner
    """,
    "chance": "api.transport app.probe state.journal state.backends.lease app.lock_info commands.shared.github",
    "processes": "__main__ app.carry_out catalog.git_ignored helpers.process cli",
    "threads": """
        api.auth api.deadline api.read_ahead api.server_clock api.transport helpers.process state.backends.lease
        state.kept planning.in_parallel applying.run applying.single_flight applying.throttle applying.writes app.ahead
        app.serve_page commands.shared.console commands.shared.spinner
    """,
    "terminal": "app.lock_info helpers.process commands cli",
}
"""Who may touch what is outside; a package stands for all that is in it. Whatever is not named here decides."""

MEANS = {
    "files": {"os", "shutil", "stat", "tempfile", "fcntl", "select", "filelock", "platformdirs"},
    "sockets": {"socket", "socketserver", "http", "requests", "urllib3"},
    "clock": {"time", "datetime"},
    "chance": {"random", "secrets", "uuid"},
    "processes": {"subprocess", "signal", "multiprocessing"},
    "threads": {"threading", "queue", "concurrent"},
    "terminal": {"sys", "getpass", "click", "rich"},
}
"""The libraries with which each is touched."""

HARMLESS = {
    "PIL", "__future__", "base64", "bisect", "codecs", "collections", "contextlib", "copy", "dataclasses",
    "deepdiff", "defusedxml", "difflib", "email", "enum", "errno", "fastjsonschema", "functools", "gc", "hashlib",
    "html", "importlib", "io", "ipaddress", "itertools", "jinja2", "json", "jsonschema", "keyring", "markdown_it",
    "markupsafe", "marshal", "math", "nh3", "operator", "packaging", "pathlib", "platform", "posixpath", "re", "shlex",
    "struct", "textwrap", "traceback", "types", "typing", "unicodedata", "urllib", "warnings", "webbrowser", "xml",
    "yaml", "zlib",
}  # fmt: skip
"""Libraries that decide and compute, and those that touch something only through the methods below."""

ON_FILES = {
    "read_text", "read_bytes", "write_text", "write_bytes", "touch", "mkdir", "unlink", "rmdir", "iterdir", "glob",
    "rglob", "exists", "is_file", "is_dir", "lstat", "symlink_to",
}  # fmt: skip
"""Methods of a path that touch what it leads to."""

ASIDE = ("sandbox", "scaffold.templates")
"""Import nothing else of badgeops, and only `app` and commands import them: the sandbox checks the client, so it must
not share code, and what `init` writes has to work without badgeops."""
ENTRANCES = {"", "__main__"}
"""The package itself, with its version, and `python -m badgeops`."""


def modules() -> dict[str, Path]:
    """Return every module by its name inside the package: "render.words"."""
    paths = {path.relative_to(ROOT).with_suffix(""): path for path in sources.files(ROOT)}
    return {".".join(part for part in name.parts if part != "__init__"): path for name, path in sorted(paths.items())}


@cache
def read(path: Path) -> tuple[tuple[ast.Import | ast.ImportFrom, ...], frozenset[str]]:
    """Return the imports of a file, and the functions and methods that it calls and that touch files."""
    found: list[ast.Import | ast.ImportFrom] = []
    calls = set()
    for node in sources.nodes(path):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.append(node)
        elif isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute) and called.attr in ON_FILES:
                calls.add(called.attr)
            elif isinstance(called, ast.Name) and called.id == "open":
                calls.add(called.id)
    return tuple(found), frozenset(calls)


def imports(path: Path, known: set[str]) -> Iterator[str]:
    """Yield the modules of badgeops that a file imports."""
    for node in read(path)[0]:
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        else:
            assert not node.level, f"{path.name} imports relatively"
            wanted = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in wanted:
            package, _, inside = name.partition(".")
            if package == "badgeops":
                # The last part may be a module or something in it.
                yield inside if inside in known else inside.rpartition(".")[0]


def libraries(path: Path) -> set[str]:
    """Return the libraries that a file imports, by the first part of their names."""
    return {
        alias.name.partition(".")[0]
        for node in read(path)[0]
        for alias in (node.names if isinstance(node, ast.Import) else [ast.alias(node.module or "")])
    }


def package_of(module: str) -> str:
    """Return the package at the top that a module is in: "state" for "state.backends.file"."""
    return module.partition(".")[0]


def groups(order: str) -> dict[str, int]:
    """Return the place of each module in the order of its package."""
    return {name: place for place, group in enumerate(order.split("<")) for name in group.split()}


def is_in(module: str, names: str) -> bool:
    """Tell whether a module is one of these, or in one of these packages."""
    return any(module == name or module.startswith(f"{name}.") for name in names.split())


def is_aside(module: str) -> bool:
    """Tell whether a module belongs to what stands apart."""
    return is_in(module, " ".join(ASIDE))


MODULES = modules()
PACKAGES = {name for name, path in MODULES.items() if path.stem == "__init__"}
ROW = {name: number for number, row in enumerate(ROWS.split("\n")) for name in row.split()}
ORDERS = {package: groups(order) for package, order in INSIDE.items()}
PLACED = [name for name in MODULES if name not in ENTRANCES and not is_aside(name)]


@cache
def imports_of(module: str) -> list[str]:
    """Return the modules of badgeops that a module imports."""
    return sorted(set(imports(MODULES[module], set(MODULES))))


def test_every_package_has_its_row() -> None:
    """A new package must be given a place before it can be used, and a row names nothing that is gone."""
    assert {package_of(name) for name in PLACED} == set(ROW), f"give it a row in ROWS of {HERE}, or take the row away"


def test_every_module_has_its_place_in_the_order_of_its_package() -> None:
    """A new module must be given a place, too; a package at the top that is one module needs no order."""
    there = {name for name in PLACED if name not in PACKAGES and "." in name}
    drawn = {f"{package}.{name}" for package, order in ORDERS.items() for name in order}

    assert there == drawn, f"give each module a place in INSIDE of {HERE}, and take away what is gone"


@pytest.mark.parametrize("module", PLACED)
def test_a_module_imports_from_above_and_from_the_left(module: str) -> None:
    """Decisions know nothing of files, sockets and the terminal, which come later, and no package needs itself."""
    package, order = package_of(module), ORDERS.get(package_of(module), {})
    wrong = []
    for other in imports_of(module):
        if not other or is_aside(other):
            continue
        if package_of(other) != package:
            is_right = ROW[package_of(other)] < ROW[package]
        else:
            own, its = module.partition(".")[2], other.partition(".")[2]
            is_right = order[its] < order[own]
        if not is_right:
            wrong.append(other)

    assert wrong == []


def test_packages_bring_nothing_along() -> None:
    """A name is imported from the module that defines it: what stands for a package is a docstring."""
    bodies = {name: sources.tree(MODULES[name]).body for name in PACKAGES - {"", "sandbox"}}

    assert {
        name for name, body in bodies.items() if len(body) != 1 or ast.get_docstring(ast.Module(body, [])) is None
    } == set()


def test_no_module_needs_itself() -> None:
    """In the sandbox, too, there is no circle of imports."""
    TopologicalSorter({name: [other for other in imports_of(name) if other != name] for name in MODULES}).prepare()


def test_what_stands_aside_shares_nothing() -> None:
    """The embedded server shares no code with the client, and only `app` and commands know of it."""
    leaving = {name: [other for other in imports_of(name) if not is_aside(other)] for name in MODULES if is_aside(name)}
    entering = {name for name in PLACED if any(is_aside(other) for other in imports_of(name))}

    assert {name: others for name, others in leaving.items() if others} == {}
    assert {package_of(name) for name in entering} <= {"app", "commands"}


@pytest.mark.parametrize("what", list(TOUCHES))
def test_only_the_rim_touches_what_is_outside(what: str) -> None:
    """Whoever reads a file, opens a socket or asks the clock is named; the list names nobody who no longer does."""
    touching = {
        name
        for name, path in MODULES.items()
        if not is_aside(name) and (libraries(path) & MEANS[what] or (what == "files" and read(path)[1]))
    }
    named = TOUCHES[what]

    unnamed = {name for name in touching if not is_in(name, named)}
    assert unnamed == set(), f"name them in TOUCHES of {HERE}, or leave it to a module of the rim"
    idle = [name for name in named.split() if not any(is_in(module, name) for module in touching)]
    assert idle == [], f"take them out of TOUCHES of {HERE}"


def test_every_library_is_known_for_what_it_touches() -> None:
    """A library that opens files or sockets does not slip in: each has its place in one of the lists."""
    used = {library for name in MODULES if not is_aside(name) for library in libraries(MODULES[name])}
    listed = HARMLESS.union(*MEANS.values())

    unlisted = used - listed - {"badgeops"}
    assert unlisted == set(), f"say in MEANS of {HERE} what they touch, or that they are HARMLESS"
    assert HARMLESS - used == set(), f"take them out of HARMLESS of {HERE}"


def test_only_commands_know_the_terminal() -> None:
    """What a command does can be done without Click and without streams: both are passed in.

    What starts another Python has to know which one this is, and asks `sys` for no more.
    """
    knowing = {
        package_of(name)
        for name in PLACED
        if libraries(MODULES[name]) & {"click", "rich", "sys"} and name != "helpers.process"
    }

    assert knowing == {"commands", "cli"}


def test_no_test_imports_another() -> None:
    """What several tests use stands in tests/support, where each of them can be moved and run without the others."""
    found = {
        str(path.relative_to(TESTS)): sorted(name for name in libraries(path) if name.startswith(("test_", "conftest")))
        for path in sources.files(TESTS)
    }

    assert {name: others for name, others in found.items() if others} == {}
