"""Strategies: catalogs of every sort that validation lets pass, written as the files a person would write."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

import yaml
from hypothesis import strategies as st
from PIL import Image

from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect
from badgeops.model.fields import Type, of_kind

_ODD = [
    " padded ",
    "a < b > c",
    "<b>bold</b> move",
    "List<String> of things",
    "AT&amp;T &lt;ok&gt;",
    "naïve café",
    "e\u0301 decomposed",
    "日本語のバッジ",
    "👩‍🔬 scientist",
    "עברית",
    "line one\nline two\n",
    "- item\n- other\n\n```\ncode\n```\n",
    "non\u00a0breaking\u3000wide",
    "x<br/>y",
    "mail <me@x.org> now",
    "1 <2> 3",
    "I <3 U",
    "tab\tinside",
    "'quoted' \"double\"",
    "#hash: colon",
    "yes",
    "0123",
    "null",
    "trailing   ",
]
_LETTERS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=("Cs", "Cc", "Cf", "Co", "Cn"))
)


def text(limit: int = 60) -> st.SearchStrategy[str]:
    """Text in which something is left when a server has trimmed and stripped it."""
    free = _LETTERS.map(lambda value: f"t{value[:limit]}")
    return st.one_of(st.sampled_from(_ODD).map(lambda value: f"w {value}"), free)


_URLS = st.sampled_from(
    ["https://a.example", "https://a.example/x?y=1&z=2#f", "http://b.example:8080/päth", "https://c.example/%20/"]
)
_ALIGNMENT = st.fixed_dictionaries(
    {"targetName": text(), "targetUrl": _URLS},
    optional={"targetDescription": text(), "targetFramework": text(20), "targetCode": text(10)},
)


@st.composite
def images(draw: st.DrawFn) -> tuple[str, bytes]:
    """Draw a PNG of any mode, size and shape, or an SVG with what servers rewrite: its suffix and its bytes."""
    if draw(st.integers(0, 3)) == 0:
        number = draw(st.integers(0, 5))
        extra = draw(st.sampled_from(["", "<!-- note -->", "<title>Ünïcode</title>", "<g fill='red'/>"]))
        body = (
            f"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {90 + number} {90 + number}'>"
            f"{extra}<circle r='{number}'/></svg>"
        )
        return ".svg", body.encode()
    mode = draw(st.sampled_from(["RGB", "RGBA", "L", "P", "1", "LA"]))
    width, height = draw(st.tuples(st.integers(1, 60), st.integers(1, 60)))
    if draw(st.booleans()):
        height = width
    if draw(st.integers(0, 9)) == 0:
        width, height = 500, 450
    image = Image.new(mode, (width, height), draw(st.integers(0, 1)))
    out = io.BytesIO()
    image.save(out, "PNG")
    return ".png", out.getvalue()


@dataclass
class Files:
    """A catalog as files: name -> bytes."""

    content: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, document: dict[str, Any]) -> None:
        """Add a document as YAML."""
        dumped = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
        self.content[name] = dumped.encode()


_ACHIEVEMENTS = st.sampled_from(["Course", "Badge", "Certificate"])
_WRITTEN: dict[Type, st.SearchStrategy[Any]] = {
    Type.TEXT: text(30),
    Type.URL: st.one_of(_URLS, st.none()),
    Type.TAGS: st.lists(text(15), max_size=4).flatmap(lambda tags: st.permutations([*tags, *tags[:1]])),
    Type.ALIGNMENTS: st.lists(_ALIGNMENT, max_size=3).flatmap(lambda items: st.permutations([*items, *items[:1]])),
    Type.PERIOD: st.one_of(
        st.none(),
        st.fixed_dictionaries(
            {"amount": st.integers(1, 900), "duration": st.sampled_from(["days", "weeks", "months", "years"])}
        ),
    ),
}


@st.composite
def badge_classes(draw: st.DrawFn, key: str, dialect: str) -> tuple[dict[str, Any], bytes]:
    """Draw a badge class and its image."""
    suffix, image = draw(images())
    document: dict[str, Any] = {
        "kind": "BadgeClass",
        "key": key,
        "issuer": "academy",
        "name": f"{key} {draw(text())}",
        "description": draw(text(200)),
        "image": f"images/{key}{suffix}",
        "criteriaNarrative": draw(text(300)),
    }
    always = document.keys()
    optional = {
        field.name: _WRITTEN[field.type] if field.name != "achievementType" else _ACHIEVEMENTS
        for field in of_kind(Kind.BADGE_CLASS, Dialect(dialect))
        if field.name not in always and field.type is not Type.EXTENSIONS
    }
    for name, strategy in optional.items():
        if draw(st.booleans()):
            document[name] = draw(strategy)
    return document, image


@st.composite
def catalogs(draw: st.DrawFn, dialect: str) -> Files:
    """Draw a catalog with one issuer and up to three badge classes, whose keys recur from draw to draw."""
    files = Files()
    issuer: dict[str, Any] = {
        "kind": "Issuer",
        "key": "academy",
        "name": draw(text()),
        "url": draw(_URLS),
        "email": "admin@example.org",
    }
    if dialect == "hosted" or draw(st.booleans()):
        issuer["description"] = draw(text(100))
    if draw(st.booleans()):
        suffix, image = draw(images())
        issuer["image"] = f"images/logo{suffix}"
        files.content[f"images/logo{suffix}"] = image
    files.add("issuer.yaml", issuer)
    for key in draw(st.lists(st.sampled_from(["one", "two", "three"]), unique=True, max_size=3)):
        document, image = draw(badge_classes(key, dialect))
        files.content[document["image"]] = image
        files.add(f"{key}.yaml", document)
    return files
