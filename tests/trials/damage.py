"""Ways to damage what badgeops reads: bytes, JSON, YAML by its grammar, images by theirs. Pure, but for the dice."""

from __future__ import annotations

import json
import random
import struct
import zlib
from typing import Any

from support.images import chunk

_TOKENS = (
    b"\0",
    b"\t",
    b"\n---\n",
    b": ",
    b"*picture",
    b"&a ",
    b"!!float nan",
    b"!!binary x",
    b"<<: *picture",
    b"{",
    b"[",
    b"}",
    b"'",
    b'"',
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"9" * 5000,
    b"-1e999",
    b".inf",
    b"2024-01-01",
    b"~",
    b"%YAML 9",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"\xe2\x80\xae",
    b"\x1b[31m",
    b"../../etc/passwd",
    b"/dev/zero",
    b"a" * 3000,
    b"|\n",
    b"**/",
    b"*a" * 60,
    b"? ",
    b"- " * 50,
    b"\xc2\x85",
    b"https://[",
    b"<!DOCTYPE a [",
    b"<script/>",
    b"javascript:",
)


def damaged(dice: random.Random, data: bytes) -> bytes:
    """Return the bytes with one to four things done to them."""
    for _ in range(dice.choice((1, 1, 2, 4))):
        at, size = dice.randrange(len(data) + 1), dice.choice((1, 1, 4, 30))
        match dice.randrange(6):
            case 0:
                data = data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]
            case 1:
                data = data[:at] + data[at + size :]
            case 2:
                data = data[:at] + dice.choice(_TOKENS) + data[at + dice.choice((0, size)) :]
            case 3:
                data = data[:at] + data[at : at + size] * 3 + data[at + size :]
            case 4:
                data = data[:at] if dice.random() < 0.3 else data
            case _:
                lines = data.split(b"\n")
                one, two = dice.randrange(len(lines)), dice.randrange(len(lines))
                lines[one], lines[two] = lines[two], lines[one]
                data = b"\n".join(lines)
    return data


_ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1.5,
    10**400,
    float("nan"),
    float("inf"),
    "",
    "x" * 3000,
    "\0",
    "\ud800",
    "../..",
    [],
    {},
    [[]],
    [None],
    {"": None},
    "2",
    2,
    "9999-99-99T99:99:99Z",
    "http://[",
    "\u202e\x1b[31m",
    "issuer.academy",
    [{}] * 30,
)


def changed(dice: random.Random, value: Any) -> Any:
    """Return JSON in which one value, somewhere, is another, is gone or is there twice."""
    if isinstance(value, dict) and value and dice.random() < 0.9:
        key = dice.choice(sorted(value))
        if dice.random() < 0.1:
            return {name: item for name, item in value.items() if name != key}
        return {**value, key: changed(dice, value[key])}
    if isinstance(value, list) and value and dice.random() < 0.9:
        at = dice.randrange(len(value))
        if dice.random() < 0.1:
            return [*value, value[at]]
        return [*value[:at], changed(dice, value[at]), *value[at + 1 :]]
    return dice.choice(_ODD)


# --- JSON as text --------------------------------------------------------------------------------------------------

_WRONG_JSON = (
    '"\\ud800"',
    '"\\udfff\\ud800x"',
    "1e999",
    "-1e999",
    "1e-999",
    "9" * 4000,
    "9" * 5000,
    "NaN",
    "Infinity",
    "-0",
    "1.0",
    "[" * 300 + "]" * 300,
    "[" * 5000 + "]" * 5000,
    '{"a":' * 500 + "1" + "}" * 500,
    '{"a": 1, "a": 2}',
    '"\\u0000"',
    '"\\u202e\\u001b[31m"',
    '"x',
    "tru",
    "'x'",
    "",
)
"""What no careful writer of JSON writes, as it stands in the text."""


def spoilt_json(dice: random.Random, value: Any) -> bytes:
    """Return JSON with one value in it changed, written wrongly, or named twice."""
    if dice.random() < 0.5:
        return json.dumps(changed(dice, value)).encode()
    text = json.dumps(_marked(dice, value))
    if dice.random() < 0.8:
        return text.replace('"\\u2603"', dice.choice(_WRONG_JSON), 1).encode()
    wrong = dice.choice((b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\x00", b"\xef\xbb\xbf"))
    return text.encode().replace(b"\\u2603", wrong, 1)


def _marked(dice: random.Random, value: Any) -> Any:
    """Return a value in which a snowman stands in the place of one that is in it."""
    if isinstance(value, dict) and value and dice.random() < 0.9:
        key = dice.choice(sorted(value))
        return {**value, key: _marked(dice, value[key])}
    if isinstance(value, list) and value and dice.random() < 0.9:
        at = dice.randrange(len(value))
        return [*value[:at], _marked(dice, value[at]), *value[at + 1 :]]
    return "\u2603"


# --- YAML by its grammar -------------------------------------------------------------------------------------------

_YAML_WORDS = (
    "2024-01-01", "12:30", "0123", "0x1F", "1_000", ".inf", ".nan", "1e9", "~", "yes", "'", '"', "“x”", "x # y", "x #y",
    "C # x", "*a", "&a x", "!!binary x", "!x {}", "|\n   x", ">-\n  x\n\n  y", "? x", "- x", "[x", "{x", "x: y", "x:y",
    "@x", "`x`", "%x", "\tx", "x\t", "<<", "{<<: *a}", "[[[[[[]]]]]]", "\u00a0x", "x\u2028y", "“x", "9" * 400 + ".0",
    "../x", "~/x", "C:\\x", "x\\y", "http://", "https://[", "https://x.example/" + "a" * 300, "a@b", "javascript:x",
    "'" + "x" * 2000 + "'", '"\\0"', '"\\e[31m"', '"\\u202e"', "{ref: }", "{file: .}", "{amount: 1e9}", "''", "null",
)  # fmt: skip
"""What people and programs write for a value."""


def yaml_text(dice: random.Random, documents: list[dict[str, Any]]) -> bytes:
    """Write documents with one to three mistakes in them: of type, of spelling, of layout."""
    written = [dict(document) for document in documents]
    for _ in range(dice.choice((1, 1, 2, 3))):
        at = dice.randrange(len(written))
        match dice.randrange(5):
            case 0:
                written.insert(at, dict(written[at]))
            case 1:
                name = dice.choice(sorted(written[at]) or ["kind"])
                document = {}
                for key, value in written[at].items():
                    document[_misspelt(dice, key) if key == name else key] = value
                written[at] = document
            case _:
                found = changed(dice, written[at])
                written[at] = found if isinstance(found, dict) else {"kind": found}
    lines = [line for document in written for line in ("---", *_lines_of(dice, document))]
    return "\n".join(_laid_out(dice, lines)).encode("utf-8", "surrogatepass")


def _misspelt(dice: random.Random, name: str) -> str:
    at = dice.randrange(len(name) or 1)
    return dice.choice((name[:at] + name[at + 1 :], name.upper(), name[:at] + "x" + name[at:], f'"{name}"', f"{name} "))


def _lines_of(dice: random.Random, document: dict[str, Any]) -> list[str]:
    lines = []
    for name, value in document.items():
        text = dice.choice(_YAML_WORDS) if dice.random() < 0.06 else _flow(value)
        lines.append(f"{name}: {text}")
    return lines


def _flow(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return "x"


def _laid_out(dice: random.Random, lines: list[str]) -> list[str]:
    """Do to the layout what a hand does: a blank too many or too few, a tab, a line twice."""
    if dice.random() < 0.6:
        return lines
    at = dice.randrange(len(lines))
    line = lines[at]
    odd = (
        *(f"{before}{line}" for before in (" ", "\t", "- ", "#", "\u00a0", f"{line}\n")),
        *(line.replace(": ", colon, 1) for colon in (":", "\uff1a", ": “", ": #")),
        line.replace('"', "“"),
        line[: len(line) // 2],
        f"{line} # x",
    )
    return [*lines[:at], dice.choice(odd), *lines[at + 1 :]]


# --- images ------------------------------------------------------------------------------------------------------


def png(width: int = 8, height: int = 8, *, pixels: bytes | None = None) -> bytes:
    """Return a PNG that is right, unless `pixels` (one row after the other, not yet compressed) are not."""
    raw = b"".join(b"\0" + bytes(width * 4) for _ in range(height)) if pixels is None else pixels
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(*each) for each in ((b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b""))
    )


def png_text(dice: random.Random, data: bytes) -> bytes:
    """Return a PNG damaged in its bytes, in its chunks, or in what its header promises."""
    match dice.randrange(3):
        case 0:
            return damaged(dice, data)
        case 1:  # whole chunks, with right checksums, of wrong content or in a wrong order
            for _ in range(dice.choice((1, 2, 5))):
                at = dice.choice((8, 33, len(data) - 12))
                kind = dice.choice(_CHUNKS)
                content = dice.choice(
                    (
                        b"",
                        dice.randbytes(13),
                        dice.randbytes(dice.randrange(40)),
                        b"x\0\0" + zlib.compress(bytes(2_000_000)),
                    )
                )
                data = data[:at] + chunk(kind, content) + data[at:]
            return data
        case _:  # a promise that is not kept
            sizes = (0, 1, 7, 8, 9, 255, 5000, 2**20, 2**31 - 1, 2**31, 2**32 - 1)
            header = struct.pack(
                ">IIBBBBB",
                dice.choice(sizes),
                dice.choice(sizes),
                dice.choice((0, 1, 2, 4, 8, 16, 255)),
                dice.choice((0, 2, 3, 4, 6, 1, 99)),
                dice.choice((0, 0, 0, 1)),
                dice.choice((0, 0, 0, 9)),
                dice.choice((0, 1, 2)),
            )
            pixels = zlib.compress(dice.randbytes(dice.choice((0, 9, 100, 300))))
            return (
                b"\x89PNG\r\n\x1a\n"
                + chunk(b"IHDR", header)
                + (chunk(b"PLTE", dice.randbytes(dice.choice((3, 9, 10)))) if dice.random() < 0.4 else b"")
                + chunk(b"IDAT", pixels[: dice.choice((len(pixels), 5))])
                + chunk(b"IEND", b"")
            )


_CHUNKS = (
    b"IHDR", b"IDAT", b"IEND", b"zTXt", b"iTXt", b"tEXt", b"iCCP", b"acTL", b"fcTL", b"fdAT", b"PLTE", b"tRNS", b"gAMA",
    b"cHRM", b"sRGB", b"pHYs", b"tIME", b"eXIf", b"ABCD", b"abCd",
)  # fmt: skip

_ELEMENTS = (
    "g", "a", "use", "style", "script", "foreignObject", "image", "animate", "set", "text", "path", "svg", "title",
    "x:y", "metadata", "iframe", "linearGradient", "pattern", "mask", "clipPath", "marker", "filter", "symbol",
    "feGaussianBlur", "feImage", "polygon", "?xml-stylesheet", "!--", "![CDATA[",
)  # fmt: skip
_ATTRIBUTES = (
    "id", "href", "xlink:href", "onload", "style", "fill", "d", "viewBox", "width", "height", "xmlns", "xmlns:x", "src",
    "attributeName", "x:z", "xml:base", "class", "mask", "clip-path", "filter", "marker-mid", "stroke-dasharray",
    "transform", "stdDeviation", "pathLength", "points", "to",
)  # fmt: skip
_VALUES = (
    "", "a", "b", "#b", "url(#b)", "blur(9px)", "scale(1e9)", "M0 0L9 9A1 1 0 0 1 5 5z", "1e308",
    "--a: url(#a)", "var(--a)", "0 0 9 9", "0 0 1e999 9", "nan", "9" * 400,
    "1" + " " * 500 + "x", "-1", "1e-999", "100%", "#a", "url(#a)",
    "url(//x)", "url( 'http://x' )", "\\75rl(http://x)", "javascript:x", " jAvA&#9;script:x", "data:image/svg+xml,x", "http://x",
    "&lt;", "&amp;#0;", "&x;", "&#xD800;", "&#0;", "\u202e", "image(" * 40, "href", "x" * 2000, "http://www.w3.org/2000/svg",
)  # fmt: skip


_HEADS = (
    "",
    '<?xml version="1.0"?>',
    '<?xml version="1.0" encoding="utf-16"?>',
    "<!DOCTYPE svg>",
    '<!DOCTYPE svg [<!ENTITY x "y">]>',
    '<!DOCTYPE svg SYSTEM "http://x">',
    "\ufeff",
    "<!-- x -->",
)


def svg_text(dice: random.Random, data: bytes) -> bytes:
    """Return an SVG damaged in its bytes, or written by the grammar of SVGs out of what matters about them."""
    if dice.random() < 0.3:
        return damaged(dice, data)
    head = dice.choice(_HEADS)
    space = "" if dice.random() < 0.1 else ' xmlns="http://www.w3.org/2000/svg"'
    more = ' xmlns:xlink="http://www.w3.org/1999/xlink"' if dice.random() < 0.5 else ""
    text = f"{head}<svg{space}{more}{_attributes(dice)}>{_elements(dice, 0)}</svg>"
    return text.encode(dice.choice(("utf-8", "utf-8", "utf-8", "utf-16", "latin-1")), "xmlcharrefreplace")


def unfolding_svg(dice: random.Random) -> bytes:
    """Return a small SVG that stands for millions of shapes, by references of every sort, set in every way."""
    levels, times = dice.choice(((24, 3), (12, 6), (8, 12)))
    parts = ['<circle id="u0" r="3"/>']
    for level in range(1, levels):
        way = dice.choice(tuple(_WAYS))
        definition, property_ = _WAYS[way]
        below = f"u{level - 1}"
        users = "".join(_user(dice, property_, f"d{level}") for _ in range(times))
        parts.append(definition.format(f"d{level}", f'<use href="#{below}"/>', below))
        parts.append(f'<g id="u{level}">{users}</g>')
    dice.shuffle(parts)
    text = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{"".join(parts)}</svg>'
    return text.encode()


_WAYS = {
    "use": ('<symbol id="{0}">{1}</symbol>', ""),
    "fill": ('<pattern id="{0}" width="9" height="9">{1}</pattern>', "fill"),
    "stroke": ('<pattern id="{0}" width="9" height="9">{1}</pattern>', "stroke"),
    "mask": ('<mask id="{0}">{1}</mask>', "mask"),
    "clip-path": ('<clipPath id="{0}">{1}</clipPath>', "clip-path"),
    "marker": ('<marker id="{0}">{1}</marker>', "marker-start"),
    "filter": ('<filter id="{0}"><feImage href="#{2}"/></filter>', "filter"),
}
"""How an SVG can refer to a part of itself so that it is drawn once more."""


def _user(dice: random.Random, property_: str, name: str) -> str:
    """Return an element that has another one drawn."""
    if not property_:
        return f'<use href="#{name}"/>'
    address = dice.choice((f"url(#{name})", f"url( '#{name}' )", f"u\\72l(#{name})"))
    shape = dice.choice(('<path d="M0 0L1 1"{}/>', "<g{}><polyline points='1 1 2 2'/></g>"))
    if dice.random() < 0.3:
        return f'<path id="{name}{dice.random()}" d="M0 0L1 1" style="{property_}: {address}"/>'
    written = f' {property_}="{address}"' if dice.random() < 0.5 else f' style="a: b; {property_}:{address}!important"'
    return shape.format(written)


def _elements(dice: random.Random, level: int) -> str:
    return "".join(_element(dice, level) for _ in range(dice.choice((0, 1, 1, 2)))) if level < 6 else ""


def _element(dice: random.Random, level: int) -> str:
    name = dice.choice(_ELEMENTS)
    inner = dice.choice((_elements(dice, level + 1), dice.choice(_VALUES)))
    if name.startswith(("?", "!")):
        end = {"?": "?>", "!--": "-->", "![CDATA[": "]]>"}[name if name.startswith("!") else "?"]
        return f"<{name} {inner}{end}"
    around = dice.choice((1, 1, 1, 1, 1, 1, 1, 150, 300))
    return f"<{name}{_attributes(dice)}>" * around + inner + f"</{name}>" * around


def _attributes(dice: random.Random) -> str:
    names = dice.sample(_ATTRIBUTES, dice.choice((0, 1, 1, 2, 3)))
    return "".join(f' {name}="{dice.choice(_VALUES)}"' for name in names)
