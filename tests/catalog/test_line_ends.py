"""One commit is one catalog on every computer: whatever git does to line ends there, nothing of it is seen."""

from __future__ import annotations

import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, strategies as st
from PIL import Image
from support.judged import check
from support.programme import ISSUER, badge_class

from badgeops.catalog.images import raster
from badgeops.model.entities import Catalog

TEXTS = st.lists(st.sampled_from(["a", "- b", "", "  c", "```", "é", "d\\", "'", " "]), min_size=1, max_size=8).map(
    lambda lines: "\n".join(["x", *lines]) + "\n"
)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg"\n viewBox="0 0 9 9">\n<style>\n{}</style>\n<path\nd="M0\n0h9"/>\n</svg>\n'
)


def files(text: str) -> dict[str, str]:
    """Return a catalog in which lines end in every sort of place."""
    indented = "".join(f"  {line}\n" for line in text.split("\n"))
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\n  ")
    return {
        "badgeops.yaml": "catalog: c\ndefaults:\n  BadgeClass:\n    tags:\n    - one\n",
        ".badgeopsignore": "*.tmp.yaml\n# nothing else\n",
        "x.tmp.yaml": "[\n",
        "issuer.yaml": ISSUER,
        "file.yaml": badge_class("file", criteriaNarrative="{file: c.md}", image="a.svg"),
        "block.yaml": badge_class("block", criteriaNarrative=f"|\n{indented}", image="a.svg"),
        "folded.yaml": badge_class("folded", criteriaNarrative=f">-\n{indented}", image="a.svg"),
        "quoted.yaml": badge_class("quoted", criteriaNarrative=f'"{quoted}"', image="a.svg"),
        "many.yaml": "---\n" + badge_class("m-1", image="a.svg") + "---\n" + badge_class("m-2", image="a.svg"),
        "c.md": text,
        "a.svg": SVG.format("\n" * text.count("-")),
    }


def judged(contents: dict[str, bytes]) -> tuple[list[str], Any]:
    """Return what is said about a catalog, and what would be sent of it."""
    with TemporaryDirectory() as folder:
        for name, data in contents.items():
            (Path(folder) / name).write_bytes(data)
        diagnostics, validation = check(Path(folder))
    return [f"{each.source} {each.severity} {each.summary} {each.detail}" for each in diagnostics], meant(
        validation.catalog
    )


def meant(catalog: Catalog | None) -> Any:
    """Return all that a plan is made of."""
    if catalog is None:
        return None
    return [
        [
            (name, getattr(each, name))
            for name in each.__dataclass_fields__
            if name not in ("document", "image", "documents")
        ]
        + [(each.image.sha256, each.image.size) if each.image else None]
        for each in (*catalog.issuers, *catalog.badge_classes)
    ]


@given(TEXTS, st.sets(st.sampled_from(sorted(files("x\n")))), st.booleans())
def test_other_line_ends_make_no_other_catalog(text: str, changed: set[str], mark: bool) -> None:
    """Any files may be checked out with CR LF, and an editor may put a mark in front of text: all is as it was."""
    before = {name: content.encode() for name, content in files(text).items()}
    after = {
        name: (b"\xef\xbb\xbf" if mark and name != "a.svg" else b"") + data.replace(b"\n", b"\r\n")
        if name in changed
        else data
        for name, data in before.items()
    }

    said, catalog = judged(before)

    assert judged(after) == (said, catalog)
    assert catalog is not None


@pytest.mark.parametrize("name", ["c.md", "file.yaml"])
@pytest.mark.parametrize("length", [1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1])
def test_a_file_is_too_large_on_every_computer_or_on_none(name: str, length: int) -> None:
    """What counts is the text and not the line ends that git puts in."""
    before = {each: content.encode() for each, content in files("x\n").items()}
    filling = "# a long comment\n" if name.endswith("yaml") else "a\n"
    before[name] = (before[name] + (filling * length).encode())[:length]
    after = {**before, name: before[name].replace(b"\n", b"\r\n")}

    assert judged(after) == judged(before)


@given(st.binary(max_size=200))
def test_what_git_takes_for_binary_is_left_alone(tail: bytes) -> None:
    """A PNG and an SVG in UTF-16 have zero bytes, by which git knows them as well."""
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, "PNG")
    for data in (out.getvalue() + tail, SVG.format("").replace("\n", "\r\n").encode("utf-16") + tail):
        assert raster.as_committed(data) == data


@given(st.lists(st.sampled_from([b"\n", b"\r", b"a", b"\r\n"])).map(b"".join))
def test_what_git_makes_of_an_svg_is_taken_back(data: bytes) -> None:
    """Git puts a CR in front of each LF that has none; whatever else the drawing has stays."""
    plain = raster.as_committed(b"<svg>" + data)

    assert raster.as_committed(plain.replace(b"\n", b"\r\n")) == plain


def test_an_svg_is_known_as_it_is_in_the_repository() -> None:
    """What shows that it is an SVG may stand farther from its beginning once each line end has two bytes."""
    plain = b"<!--" + b"\n" * 40_000 + b"-->" + SVG.format("").encode()
    there = plain.replace(b"\n", b"\r\n")

    assert len(there) > 65_536 + 10_000
    assert raster.as_committed(there) == raster.as_committed(plain) == plain


def test_what_is_no_svg_is_left_alone() -> None:
    """Nobody knows which bytes of another format are line ends; messages about it are about the file as it is."""
    assert raster.as_committed(b"GIF89a\r\n") == b"GIF89a\r\n"
