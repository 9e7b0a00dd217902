"""What an image is, and what is wrong with it."""

from __future__ import annotations

import base64
import io
import math
import struct
import time

import pytest
from hypothesis import given, strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from support.images import chunk, png as pixels
from support.tiers import examples

from badgeops.catalog.images import raster
from badgeops.catalog.images.raster import ImageFacts, inspect, same_image
from badgeops.errors import Severity

PIXEL = base64.b64encode(pixels()).decode()
SVG = '<svg xmlns="http://www.w3.org/2000/svg"{attributes}>{content}</svg>'


def png(width: int = 8, height: int = 8, *, mode: str = "RGBA", note: str = "", frames: int = 1) -> bytes:
    """Draw a PNG."""
    color: dict[str, object] = {"RGBA": (200, 30, 30, 255), "RGB": (200, 30, 30), "L": 90, "P": 1, "1": 1, "I;16": 900}
    images = [Image.new(mode, (width, height), color[mode]) for _ in range(frames)]  # type: ignore[arg-type]
    if frames > 1:
        images[1].putpixel((0, 0), (0, 0, 0, 255))
    info = PngInfo()
    if note:
        info.add_text("Comment", note)
    file = io.BytesIO()
    images[0].save(file, "PNG", pnginfo=info, save_all=frames > 1, append_images=images[1:])
    return file.getvalue()


def svg(content: str = "", attributes: str = ' viewBox="0 0 10 10"') -> bytes:
    """Write an SVG."""
    return SVG.format(content=content, attributes=attributes).encode()


def header(width: int, height: int) -> bytes:
    """Write the beginning of a PNG that promises a size."""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))


def codes(data: bytes) -> list[str]:
    """Return what is wrong with an image."""
    return [problem.code for problem in inspect(data).problems]


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "L", "P", "1", "I;16"])
def test_a_png_is_recognised_in_every_mode(mode: str) -> None:
    """Format, size and digest are known, and nothing is wrong with a small square image."""
    data = png(mode=mode)

    facts = inspect(data)

    assert (facts.format, facts.width, facts.height, facts.size, facts.problems) == ("png", 8, 8, len(data), ())
    assert facts.sha256 == raster.digest(data)


def test_what_a_server_would_change_is_a_warning() -> None:
    """An image that is not square, or larger than a server keeps, is accepted with a warning."""
    facts = inspect(png(600, 300))

    assert [(p.code, p.severity) for p in facts.problems] == [
        ("image-not-square", Severity.WARNING),
        ("image-will-be-resized", Severity.WARNING),
    ]


@pytest.mark.parametrize("kept", [0, 8, 20, 40, 60])
def test_a_cut_off_png_is_an_error(kept: int) -> None:
    """A file that ends too early is refused, wherever it ends."""
    assert codes(png(30, 30)[:kept]) in (["image-damaged"], ["image-empty"])


def test_a_damaged_png_is_an_error() -> None:
    """An image whose data does not decode is refused."""
    assert codes(header(4, 4) + chunk(b"IDAT", b"not deflated") + chunk(b"IEND", b"")) == ["image-damaged"]
    assert codes(header(0, 4) + chunk(b"IEND", b"")) == ["image-damaged"]


def test_a_bomb_is_refused_by_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that promises too many pixels is never decoded."""
    monkeypatch.setattr(raster, "_decodes", lambda _data: pytest.fail("decoded"))

    facts = inspect(header(60_000, 60_000) + b"x" * 100)

    assert (facts.width, [p.code for p in facts.problems]) == (60_000, ["image-too-many-pixels"])


def test_a_huge_file_is_refused() -> None:
    """A file beyond the limit is not looked at."""
    assert codes(png() + b"\0" * raster.MAX_BYTES) == ["image-too-large"]


def test_odd_png_files_are_tolerated() -> None:
    """Animations, comments, unknown chunks, and a wrong checksum of what browsers skip do no harm."""
    plain = png()
    odd = plain[:33] + chunk(b"abCd", b"whatever") + plain[33:]
    wrong = odd.replace(b"whatever", b"whenever")

    assert codes(png(frames=2)) == codes(png(note="hello")) == codes(odd) == codes(wrong) == []


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\xff\xd8\xff\xe0JFIF", "JPEG"),
        (b"GIF89a", "GIF"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
        (b"%PDF-1.7", "PDF"),
        (b"\0\0\0\x20ftypavif", "AVIF"),
    ],
)
def test_other_formats_are_named(data: bytes, name: str) -> None:
    """An image of another format is refused by its name."""
    (problem,) = inspect(data).problems

    assert problem.code == "image-format"
    assert name in problem.summary


def test_a_pointer_of_git_lfs_is_explained() -> None:
    """A pointer instead of an image leads to the command that fetches it."""
    (problem,) = inspect(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n").problems

    assert (problem.code, "git lfs pull" in problem.detail) == ("image-lfs-pointer", True)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<!-- a comment --><circle r='1'/>",
        '<use href="#a"/>',
        '<image href="data:image/png;base64,AA=="/>',
        '<circle fill="url(#g)"/>',
        "<style>circle { fill: url( '#g' ) }</style>",
        "<style>@font-face { src: url(data:font/woff2;base64,AA==) }</style>",
        "<title>one: two</title>",
        '<g id="Layer_1" data-name="JavaScript: Level 1"/>',
        '<g id="javascript:" class="data:text/html,x" lang="vbscript:"/>',
        '<g role="img" aria-label="Data: text mining for beginners"/>',
        "<text>javascript: data:text/html,x url(http://x) @import</text>",
        '<g title="JavaScript: image(1)" name="url(http://x)" font-family="src(x)" begin="image(1).click"/>',
        '<g id="image(1)"/><use href="#image(1)"/><use href="#javascript:x"/>',
        "<style>/* @import url(http://x) javascript: */ .a{font-family:'src(x) @import'}</style>",
        "<style>@namespace svg url(http://www.w3.org/2000/svg); .a{fill:red}</style>",
        f'<image href="data:img/png;base64,{PIXEL}"/>',
        f'<image href="data:image/jpg;base64,{PIXEL}"/>',
        f'<feImage href="data:;base64,{PIXEL}"/>',
        f'<image href=" data:application/png;charset=x;BASE64,{PIXEL[:20]}&#10;{PIXEL[20:]}"/>',
        f"<style>.a{{fill:url(data:img/png;base64,{PIXEL})}}</style>",
    ],
)
def test_harmless_svgs_pass(content: str) -> None:
    """What stays inside the image is fine; words are words, and pixels are what their bytes say, as in a browser."""
    assert codes(svg(content)) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("<script>x</script>", "svg-script"),
        ('<a:script xmlns:a="http://www.w3.org/1999/xhtml"/>', "svg-script"),
        ('<g onload="x"/>', "svg-script"),
        ('<g ONCLICK="x"/>', "svg-script"),
        ('<a href="javascript:x"/>', "svg-script"),
        ('<a href=" java&#10;script:x"/>', "svg-script"),
        ('<set attributeName="href" to="javascript:x"/>', "svg-script"),
        ('<a href="data:text/html,x"/>', "svg-script"),
        ('<a href="https://evil.example"/>', "svg-external"),
        ('<image href="//evil.example/x.png"/>', "svg-external"),
        ('<image href="other.png"/>', "svg-external"),
        ('<image xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="file:///x"/>', "svg-external"),
        ('<g xml:base="https://evil.example"/>', "svg-external"),
        ('<g style="fill: url(https://evil.example/x)"/>', "svg-external"),
        ("<g fill=\"URL('https://evil.example/x')\"/>", "svg-external"),
        ("<style>@import 'https://evil.example/x.css';</style>", "svg-external"),
        ("<style>a { b: url(#c) } d { e: url(f.png) }</style>", "svg-external"),
        ("<foreignObject/>", "svg-foreign-object"),
        ('<a href="vb&#9;script:x"/>', "svg-script"),
        (f'<a href="data:text/html;base64,{PIXEL}"/>', "svg-script"),
        (f'<a href="data:img/png;base64,{PIXEL}"/>', "svg-embedded"),
        ('<image href="data:img/png;base64,AAAA"/>', "svg-embedded"),
        ('<image href="data:image/svg+xml,x"/>', "svg-embedded"),
        ('<use href="data:image/svg+xml,x"/>', "svg-embedded"),
        ("<style>.a{fill:url(data:application/pdf,x)}</style>", "svg-embedded"),
        ("<style>/* */@import 'x';</style>", "svg-external"),
        ("<style>@namespace a 'x';.a{fill:url(//x)}</style>", "svg-external"),
        ("<style>.a{content:'\\'';fill:url(//x)}</style>", "svg-external"),
    ],
)
def test_dangerous_svgs_are_refused(content: str, code: str) -> None:
    """Scripts, handlers, what is loaded from outside and foreign content are errors."""
    (problem,) = inspect(svg(content)).problems

    assert (problem.code, problem.severity) == (code, Severity.ERROR)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"), "svg-entities"),
        (('<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;").decode()).encode("utf-16"), "svg-entities"),
        (b"<?xml-stylesheet href='https://evil.example/x.css'?>" + svg(), "svg-external"),
        (svg("<g>"), "svg-malformed"),
        (b"<?xml version='1.0' encoding='no-such'?>" + svg(), "svg-malformed"),
        (b"<svg viewBox='0 0 1 1'/>", "svg-namespace"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'>" + svg() + b"</html>", "svg-namespace"),
    ],
)
def test_files_that_are_no_sound_svg_are_refused(data: bytes, code: str) -> None:
    """Entities, broken XML and another root are errors; a stylesheet from outside, too."""
    assert codes(data) == [code]


def test_a_plain_doctype_is_fine() -> None:
    """The document type that drawing programs write does no harm."""
    doctype = b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'

    assert codes(b"\xef\xbb\xbf<?xml version='1.0'?>\n" + doctype + svg()) == []


@pytest.mark.parametrize(
    ("attributes", "size", "found"),
    [
        (' viewBox="0 0 10 10"', (10, 10), []),
        (' viewBox="-5,-5,99.6,99.6" width="2" height="1"', (100, 100), []),
        (' width="400px" height="400"', (400, 400), []),
        (' viewBox="0 0 20 10"', (20, 10), ["image-not-square"]),
        (' width="20" height="10"', (20, 10), ["image-not-square"]),
        (' width="100%" height="100%"', (0, 0), ["svg-no-viewbox"]),
        (' viewBox=" "', (0, 0), ["svg-no-viewbox"]),
        (' viewBox="1 2 .5+.5"', (0, 0), []),
        (' viewBox="none"', (0, 0), ["svg-viewbox"]),
        (' viewBox="0 0 0 0"', (0, 0), ["svg-viewbox"]),
        (' viewBox="0 0 -5 5"', (0, 0), ["svg-viewbox"]),
        (' viewBox="0 0 10"', (0, 0), ["svg-viewbox"]),
        (' viewBox="0 0 10 10 10"', (0, 0), ["svg-viewbox"]),
        (' viewBox="0 0 10px 10px"', (0, 0), ["svg-viewbox"]),
        (' viewBox="0,,0 10 10"', (0, 0), ["svg-viewbox"]),
        (' viewBox="0 0 10 10,"', (0, 0), ["svg-viewbox"]),
        (' viewBox="0 0 1. 1"', (0, 0), ["svg-viewbox"]),
        (' viewBox="0 0 10\u00a010"', (0, 0), ["svg-viewbox"]),
        (' viewBox="0 0 1e-50 1"', (0, 0), ["svg-viewbox"]),
        (' viewBox="0 0 1e99 1e99"', (0, 0), ["svg-viewbox"]),
        (' viewBox="0 0 1e308 1e308"', (0, 0), ["svg-viewbox"]),
        (' viewBox="0 0 1e400 1e400"', (0, 0), ["svg-viewbox"]),
        (' viewBox="0 0 nan inf"', (0, 0), ["svg-viewbox"]),
        (' viewBox="nan inf 9 9"', (0, 0), ["svg-viewbox"]),
        (' width="50mm" height="50mm"', (189, 189), []),
        (' width="5cm" height="2in"', (189, 192), ["image-not-square"]),
        (' width="30pt" height="3pc"', (40, 48), ["image-not-square"]),
        (' width="40Q" height="40q"', (38, 38), []),
        (' width="10em" height="10rem"', (160, 160), []),
        (' width="5PX" height=" 5 "', (5, 5), []),
        (' width="1e3" height="1E3px"', (1000, 1000), []),
        (' width="10 px" height="10"', (0, 0), ["svg-no-viewbox"]),
        (' width="0" height="0"', (0, 0), ["svg-no-viewbox"]),
        (' width="-5" height="5"', (0, 0), ["svg-no-viewbox"]),
        (' width="1e40" height="1e40"', (0, 0), ["svg-no-viewbox"]),
        (' width="400" height="auto"', (0, 0), ["svg-no-viewbox"]),
        ("", (0, 0), ["svg-no-viewbox"]),
    ],
)
def test_the_shape_of_an_svg(attributes: str, size: tuple[int, int], found: list[str]) -> None:
    """The viewBox counts, else width and height in any unit, as browsers read them.

    Not square, or not known, is a warning; a viewBox that browsers ignore, or show nothing of, is an error.
    """
    facts = inspect(svg(attributes=attributes))

    assert ((facts.width, facts.height), [p.code for p in facts.problems]) == (size, found)


@examples(200)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=60).map(lambda tail: header(3, 3) + tail),
        st.text(alphabet="<>/svg !\"'=[]DOCTYPE#:()url&;", max_size=60).map(svg),
    )
)
def test_any_bytes_are_looked_at(data: bytes) -> None:
    """Whatever the bytes are, there are facts about them; without a format there is an error."""
    facts = inspect(data)

    assert isinstance(facts, ImageFacts)
    assert facts.format is not None or facts.problems[0].severity is Severity.ERROR


def served(data: bytes) -> bytes:
    """Store a PNG as servers do: shrunk to 400 pixels, RGBA, padded to a square with transparent white."""
    image = Image.open(io.BytesIO(data))
    side = min(400, max(image.size))
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    square = Image.new("RGBA", (side, side), (255, 255, 255, 0))
    place = (math.ceil((side - image.width) / 2), math.ceil((side - image.height) / 2))
    square.paste(image.convert("RGBA"), place)
    file = io.BytesIO()
    square.save(file, "PNG", optimize=True)
    return file.getvalue()


def spotted(data: bytes) -> bytes:
    """Draw something else into an image."""
    image = Image.open(io.BytesIO(data)).convert("RGBA")
    image.paste((0, 0, 255, 255), (0, 0, image.width // 2, image.height // 2))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    "data", [png(), png(mode="RGB", note="x"), png(300, 199), png(600, 301), png(500, 500), png(40, 40, mode="P")]
)
def test_a_png_is_recognised_after_a_server_stored_it(data: bytes) -> None:
    """Re-encoded, padded and shrunk it is still the same image; another one is not."""
    assert same_image(data, served(data))
    assert not same_image(data, served(png(9, 9)))
    assert not same_image(data, served(spotted(data)))


def test_an_svg_is_recognised_after_a_server_wrote_it() -> None:
    """Order of attributes, prefixes, declarations and comments do not make another drawing."""
    local = b"<?xml version='1.0'?><!-- x --><svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1' id='\xc3\xa9'/>"
    stored = b'<ns0:svg xmlns:ns0="http://www.w3.org/2000/svg" id="&#233;" viewBox="0 0 1 1" />'

    assert same_image(local, stored)
    assert not same_image(local, stored.replace(b"0 0 1 1", b"0 0 2 2"))


def test_svgs_that_nobody_could_judge_in_time_are_refused() -> None:
    """Nesting and numbers beyond reason cost time and memory out of all proportion; none is taken for another one."""
    deep = svg("<g>" * 5000 + "</g>" * 5000)
    styles = svg("<style>" * 100_000 + "</style>" * 100_000)
    wide = svg("<g/>" * 600_000)

    assert [codes(each) for each in (deep, styles, wide)] == [["svg-too-complex"]] * 3
    assert not same_image(deep, svg())


def test_blanks_in_a_number_cost_no_time() -> None:
    """A width of a million blanks is looked at once, not once for each of them."""
    blanks = b'<svg xmlns="http://www.w3.org/2000/svg" width="1' + b" " * 1_000_000 + b'x" height="1"/>'

    began = time.process_time()

    assert codes(blanks) == ["svg-no-viewbox"]
    assert time.process_time() - began < 5


def test_of_a_thousand_problems_of_one_image_the_first_are_told() -> None:
    """A stranger's image with a million event handlers does not fill the log."""
    found = codes(svg("".join(f'<g on{number}="x()"/>' for number in range(1000))))

    assert set(found) == {"svg-script"}
    assert len(found) == 20


def test_what_cannot_be_compared_is_another_image() -> None:
    """Damaged files and different formats are the same only where the bytes are."""
    broken = png(30, 30)[:50]

    assert same_image(broken, broken)
    assert not same_image(broken, png())
    assert not same_image(svg("<g>"), svg())
    assert not same_image(png(), svg())
