"""Laws of whatever people and programs write: no document, setting or answer ends in anything but a message.

The trials (`tests/trials/inputs.py`) try the same through the command line, tens of thousands of times.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, strategies as st
from support.tiers import examples

from badgeops import schemas, settings as settings_module
from badgeops.api.responses import Answer, check, results
from badgeops.catalog.folder import load
from badgeops.catalog.images.raster import FACTS_FORMAT
from badgeops.catalog.referenced_files import CatalogFiles, FactsCache
from badgeops.catalog.validate import Overlay, validate
from badgeops.errors import ApiError, Diagnostic, has_errors
from badgeops.yamldoc.parse import YamlFile

_WORDS = st.sampled_from(
    [
        "",
        "x",
        "acme",
        "Issuer",
        "2024-01-01",
        "https://x.example",
        "a@b.example",
        "../x",
        "a.svg",
        "10%",
        "“x”",
        "<b>x",
        "\0",
    ]
)
_SCALARS = st.none() | st.booleans() | st.integers(-2, 2**70) | st.floats() | _WORDS | st.text(max_size=8)


def _names(schema_name: str) -> st.SearchStrategy[str]:
    """Names of fields, those of a schema and of what it holds more often than others."""
    found: set[str] = set()

    def collect(part: Any) -> None:
        if isinstance(part, dict):
            found.update(part.get("properties", ()))
            for item in part.values():
                collect(item)
        elif isinstance(part, list):
            for item in part:
                collect(item)

    collect(schemas.load(schema_name))
    return st.sampled_from(sorted(found)) | st.text(max_size=5)


def _values(names: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        _SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
        max_leaves=8,
    )


def _documents() -> st.SearchStrategy[list[dict[str, Any]]]:
    each = []
    for kind, name in schemas.NAMES.items():
        names = _names(name)
        head = {"kind": st.just(kind), "key": st.sampled_from(["a", "b", "A", ""])}
        fields = st.dictionaries(names, _values(names), max_size=6)
        each.append(st.builds(lambda start, rest: {**start, **rest}, st.fixed_dictionaries(head), fields))
    return st.lists(st.one_of(each), max_size=4)


def _settings() -> st.SearchStrategy[dict[str, Any]]:
    names = _names("settings")
    environments = st.dictionaries(
        st.sampled_from(["here", "there", "a b", ""]),
        st.fixed_dictionaries({"server": _WORDS | _SCALARS}, optional={"caFile": _SCALARS, "state": _SCALARS})
        | _values(names),
        max_size=2,
    )
    sound = {"catalog": st.just("test")}
    return st.fixed_dictionaries(sound, optional={"environments": environments, "requires": _SCALARS}) | st.builds(
        lambda start, rest: {**start, **rest},
        st.fixed_dictionaries(sound),
        st.dictionaries(names, _values(names), max_size=4),
    )


def _assert_placed(found: Diagnostic, root: Path) -> None:
    assert found.source is not None
    lines = YamlFile("", (root / found.source.filename).read_bytes().decode("utf-8")).lines
    assert 1 <= found.source.line <= len(lines)
    assert 1 <= found.source.column <= len(lines[found.source.line - 1]) + 2


@examples(150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_settings(), _documents())
def test_whatever_types_stand_where_there_are_places_or_a_catalog(
    tmp_path: Path, given_settings: dict[str, Any], given_documents: list[dict[str, Any]]
) -> None:
    """Wrong types everywhere: a catalog, or errors of which each points into the file that it is about."""
    (tmp_path / "badgeops.yaml").write_bytes(_yaml(given_settings))
    (tmp_path / "a.yaml").write_bytes(b"\n".join(b"---\n" + _yaml(each) for each in given_documents))

    loaded = load(tmp_path, ".")
    found = list(loaded.diagnostics)
    read = settings_module.read(loaded.settings, tmp_path, ".", {}) if loaded.settings is not None else None
    found += read.diagnostics if read is not None else ()
    overlay, is_clear = (read.overlay, read.is_clear) if read is not None else (Overlay(), True)
    with CatalogFiles(tmp_path, ".") as files:
        validation = validate("x", loaded.documents, overlay, files, is_clear=is_clear)

    for each in (*found, *validation.diagnostics):
        _assert_placed(each, tmp_path)
    places = {each.source.filename for each in validation.diagnostics if each.source}
    assert is_clear or places <= {"badgeops.yaml"}
    assert (validation.catalog is None) >= has_errors(validation.diagnostics)


def _yaml(value: dict[str, Any]) -> bytes:
    """Write a document: its fields one below the other, what they hold as JSON, which is YAML."""
    lines = (f"{json.dumps(name)}: {json.dumps(item, ensure_ascii=False)}\n" for name, item in value.items())
    return "".join(lines).encode("utf-8", "replace") or b"{}\n"


# --- answers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "9" * 5000])
def test_numbers_that_no_json_can_hold_are_no_answer(number: str) -> None:
    """They would make every comparison fail, or a state that cannot be read again."""
    with pytest.raises(ApiError, match="not JSON"):
        results(Answer(200, "https://x.example", {}, f'{{"result": [{number}]}}'.encode()))


def test_an_answer_of_millions_of_values_is_not_read() -> None:
    """Sixty megabytes of brackets would take gigabytes of memory."""
    body = b'{"result": [' + b"[]," * 2_000_000 + b"0]}"

    with pytest.raises(ApiError, match="more than 2,000,000 values"):
        results(Answer(200, "https://x.example", {}, body))


@given(
    st.integers(100, 599), st.binary(max_size=60) | _values(st.just("result")).map(lambda it: json.dumps(it).encode())
)
def test_any_answer_is_a_result_or_an_error_of_the_api(status: int, body: bytes) -> None:
    """Whatever bytes come with whatever status."""
    answer = Answer(status, "https://x.example", {}, body)
    for read in (results, check):
        try:
            read(answer)
        except ApiError as error:
            assert error.message  # noqa: PT017 (it may or may not be raised)


# --- the cache of facts about images -----------------------------------------------------------------------------

_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>'


@pytest.mark.parametrize(
    "entry", ["1e999", "[]", '["png", 1e999, 1, 1, []]', '["gif", 1, 1, 1, []]', '["svg", NaN, 1, 1, []]', '{"a": 1}']
)
def test_a_damaged_cache_of_facts_is_made_again(tmp_path: Path, entry: str) -> None:
    """What no image can be is not believed, whoever wrote it."""
    fresh = FactsCache(None).of(_SVG)
    (tmp_path / f"images-v{FACTS_FORMAT}.json").write_text(f'{{"{fresh.sha256}": {entry}}}')

    assert FactsCache(tmp_path).of(_SVG) == fresh
