"""The cache of parsed files: it makes loading quicker and never changes what is loaded."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from badgeops import schemas
from badgeops.catalog import parse_cache
from badgeops.catalog.folder import Loaded, load
from badgeops.yamldoc import parse

SETTINGS = "catalog: x\nenvironments: {}\n"


def catalog(root: Path, **files: str) -> Path:
    """Write a catalog of YAML files."""
    root.mkdir(exist_ok=True)
    (root / "badgeops.yaml").write_text(SETTINGS)
    for name, text in files.items():
        (root / f"{name}.yaml").write_text(text, "utf-8")
    return root


def said(loaded: Loaded) -> object:
    """Return all that a load has found, with the places of everything."""
    places = [(document.start, document.index, document.locate("key")) for document in loaded.documents]
    return [document.data for document in loaded.documents], places, loaded.settings, loaded.diagnostics


def parses(monkeypatch: pytest.MonkeyPatch, root: Path, cache: Path) -> list[str]:
    """Load and return the names of the files that had to be parsed."""
    names: list[str] = []

    def noting(file: parse.YamlFile) -> object:
        names.append(Path(file.name).name)
        return parse.parse(file)

    with monkeypatch.context() as patch:
        patch.setattr("badgeops.catalog.looking.parse", noting)
        load(root, ".", cache)
    return names


def only(cache: Path) -> Path:
    """Return the one file of the cache."""
    (path,) = cache.iterdir()
    return path


def test_a_file_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second load parses nothing, and only what changed after that; what is loaded is the same."""
    root = catalog(tmp_path / "cat", a="key: a\nn: [1, 2.5, true, null, é]\n---\nkey: b\n", c="key: c\n", d="")
    cache = tmp_path / "cache"
    plain = said(load(root, "."))

    assert parses(monkeypatch, root, cache) == ["badgeops.yaml", "a.yaml", "c.yaml", "d.yaml"]
    assert parses(monkeypatch, root, cache) == []
    assert said(load(root, ".", cache)) == plain

    (root / "c.yaml").write_text("key: changed\n")
    assert parses(monkeypatch, root, cache) == ["c.yaml"]
    assert parses(monkeypatch, root, cache) == []
    assert said(load(root, ".", cache)) == said(load(root, "."))


@given(st.text(alphabet=st.sampled_from("ab :-\n'\"&*#[]{}!|0123456789.~\\uxd8é\U0001f600"), max_size=60))
def test_what_is_loaded_does_not_depend_on_the_cache(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever a file holds: the first load, which fills the cache, and the second find what a load without finds."""
    root = catalog(tmp_path_factory.mktemp("cat"), a=text, b=f"key: x\nv: {text}", c=f'key: "{text}"\n---\n---\nb: 1')
    cache = tmp_path_factory.mktemp("cache")
    plain = said(load(root, "."))

    assert said(load(root, ".", cache)) == plain
    assert said(load(root, ".", cache)) == plain


@pytest.mark.parametrize(
    "text",
    [
        "key: a\nkey: b\n",
        "a: [",
        "date: 2024-01-01\n",
        'half: "\\ud83d\\ude00"\n',
        "a: &x [1, 2]\nb: *x\n",
        "---\n---\nkey: a\n",
    ],
)
def test_what_json_cannot_say_is_parsed_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Problems come again, surprises stay surprises, and aliases do not blow up the cache; other files are kept."""
    root = catalog(tmp_path / "cat", a=text, b="key: b\n")
    parses(monkeypatch, root, tmp_path / "cache")

    assert parses(monkeypatch, root, tmp_path / "cache") == ["a.yaml"]
    assert said(load(root, ".", tmp_path / "cache")) == said(load(root, "."))


def test_another_badgeops_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an older badgeops made of a text is not believed."""
    root = catalog(tmp_path / "cat", a="key: a\n")
    parses(monkeypatch, root, tmp_path / "cache")

    monkeypatch.setattr(parse_cache, "_reader", lambda: "another")
    assert parses(monkeypatch, root, tmp_path / "cache") == ["badgeops.yaml", "a.yaml"]
    assert parses(monkeypatch, root, tmp_path / "cache") == []


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let the code that reads files lie in another folder, with what decides beside it."""
    here = Path(parse_cache.__file__).parent.parent
    copy = tmp_path / "badgeops"
    for pattern in parse_cache._DECIDING:
        for path in here.glob(pattern):
            (copy / path.relative_to(here)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy / path.relative_to(here))
    shutil.copytree(schemas.folder(), tmp_path / "schemas")
    monkeypatch.setattr(parse_cache, "__file__", str(copy / "catalog" / "parse_cache.py"))
    monkeypatch.setattr(parse_cache, "_HERE", copy / "catalog" / "parse_cache.py")
    monkeypatch.setattr(schemas, "folder", lambda: tmp_path / "schemas")
    parse_cache._reader.cache_clear()
    yield tmp_path
    parse_cache._reader.cache_clear()


def test_another_rule_or_schema_is_another_badgeops(elsewhere: Path) -> None:
    """Whatever file decides what a text is, or whether it is sound: with one byte more, nothing old is believed."""
    known = parse_cache._reader()
    assert known
    paths = [path for path in elsewhere.rglob("*.*") if path.suffix in (".py", ".json")]
    for path in paths:
        content = path.read_bytes()
        path.write_bytes(content + b"\n")
        parse_cache._reader.cache_clear()
        assert parse_cache._reader() != known, path
        path.write_bytes(content)
    parse_cache._reader.cache_clear()
    assert parse_cache._reader() == known


def test_without_its_source_the_reader_is_not_known(elsewhere: Path) -> None:
    """Then there is no cache."""
    root = catalog(elsewhere / "cat", a="key: a\n")
    shutil.rmtree(elsewhere / "badgeops")

    load(root, ".", elsewhere / "cache")

    assert not (elsewhere / "cache").exists()


def test_all_that_soundness_depends_on_decides() -> None:
    """Every module of ours that the rules need tells one badgeops from another, but for those that handle files."""
    code = (
        "import sys, badgeops.catalog.looking\n"
        "print(*(module.__file__ for name, module in sys.modules.items() if name.split('.')[0] == 'badgeops'))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    here = Path(parse_cache.__file__).parent.parent
    deciding = {path for pattern in parse_cache._DECIDING for path in here.glob(pattern)}
    of_files = {here / "__init__.py", *(here / "safe_files").glob("*.py")}

    assert len(loaded) > 20
    assert {Path(name) for name in loaded} - deciding <= of_files


def test_a_damaged_cache_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off or altered anywhere, it gives what a load without it gives, and is mended by the next change."""
    root = catalog(tmp_path / "cat", a="key: a\n", b="key: b\n")
    cache = tmp_path / "cache"
    load(root, ".", cache)
    whole = only(cache).read_bytes()
    plain = said(load(root, "."))

    for content in (
        *(whole[:length] for length in range(0, len(whole), 7)),
        *(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), 5)),
        whole.partition(b"\n")[0] + b"\n" + b"%08x []\n" % zlib.crc32(b"[]"),
        b"\n" * 100,
    ):
        only(cache).write_bytes(content)
        assert said(load(root, ".", cache)) == plain
    (root / "b.yaml").write_text("key: c\n")
    load(root, ".", cache)
    assert parses(monkeypatch, root, cache) == []


def test_a_cache_that_others_can_write_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one behind a link, a pipe or a folder; its own file is for its owner only."""
    root = catalog(tmp_path / "cat", a="key: a\n")
    cache = tmp_path / "cache"
    load(root, ".", cache)
    path = only(cache)
    assert (path.stat().st_mode & 0o777, cache.stat().st_mode & 0o777) == (0o600, 0o700)

    path.chmod(0o620)
    assert parses(monkeypatch, root, cache) == ["badgeops.yaml", "a.yaml"]
    assert path.stat().st_mode & 0o777 == 0o600

    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)  # it is somebody else's
        assert parses(monkeypatch, root, cache) == ["badgeops.yaml", "a.yaml"]

    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert parses(monkeypatch, root, cache) == ["badgeops.yaml", "a.yaml"]
    for make in (os.mkfifo, os.mkdir):
        path.unlink()
        make(path)
        assert parses(monkeypatch, root, cache) == ["badgeops.yaml", "a.yaml"]


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading works without, and leaves no temporary file behind."""
    (tmp_path / "file").write_text("")
    root = catalog(tmp_path / "cat", a="key: a\n")
    assert len(load(root, ".", tmp_path / "file" / "cache").documents) == 1

    def failing(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", failing)
    assert len(load(root, ".", tmp_path / "cache").documents) == 1
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_cache_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is of no more use goes, and so does the cache of a catalog that was not changed for months."""
    monkeypatch.setattr(parse_cache, "_SPARE", 3)
    monkeypatch.setattr(parse_cache, "_BLOCK", 2)
    root, cache = catalog(tmp_path / "cat", a="key: a\n"), tmp_path / "cache"
    for number in range(50):
        (root / "a.yaml").write_text(f"key: a{number}\n")
        load(root, ".", cache)
    assert len(re.findall(rb'"[0-9a-f]{64}"', only(cache).read_bytes())) < 10

    os.utime(only(cache), (0, 0))
    load(catalog(tmp_path / "other", a="key: a\n"), ".", cache)
    assert len(list(cache.iterdir())) == 1
