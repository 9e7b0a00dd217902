"""What docs/security.md promises against strangers, hostile servers and leaks, where no other file shows it."""

from __future__ import annotations

import json
import re
import shlex
import stat
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from urllib.parse import quote

import click
import pytest
from markupsafe import escape as markup
from support.api import Api
from support.places import ROOT
from support.programme import CREDENTIALS, ISSUER, Programme, badge_class

from badgeops.api.auth import Auth
from badgeops.api.client import Client
from badgeops.api.responses import Answer, error_of
from badgeops.api.token_store import Vault
from badgeops.api.transport import HttpRequest, Transport
from badgeops.applying.writes import Writer
from badgeops.catalog.images.raster import inspect
from badgeops.catalog.problems import Severity
from badgeops.cli import cli
from badgeops.commands.shared.console import Console
from badgeops.commands.shared.outputs import PLAN_FORMATS
from badgeops.model.credentials import Credentials
from badgeops.planning.words import as_argument
from badgeops.render.plain import guarded, plain_json, printable
from badgeops.sandbox import Sandbox, SandboxOptions

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'


@pytest.fixture
def programme(tmp_path: Path) -> Iterator[Programme]:
    """Give a small catalog, and a server for it behind a real socket."""
    with Sandbox(SandboxOptions(data=tmp_path / "server")) as server:
        made = Programme(tmp_path / "catalog", dict(CREDENTIALS))
        made.settings(server.url)
        made.write("issuer.yaml", ISSUER)
        made.write("one.yaml", badge_class("one"))
        made.image()
        yield made


def dangers(content: str) -> list[str]:
    """Return the codes of all errors in an SVG."""
    found = inspect(SVG.format(content).encode()).problems
    return [problem.code for problem in found if problem.severity is Severity.ERROR]


# --- images from strangers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "style",
    [
        "fill: image-set('https://evil.example/x.png' 1x)",
        "fill: -webkit-image-set('x.png' 1x)",
        "fill: image('x.png')",
        "fill: src('https://evil.example/x.png')",
        r"fill: \75rl(https://evil.example/x)",
        r"fill: u\000072 l(https://evil.example/x)",
        r"fill: \URL(//evil.example/x)",
        "fill: url(\\\n//evil.example/x)",
        "fill: url(/*#*/x.png)",
        "fill: url( '#a' ) url('x.png')",
        "behavior: expression(x)",
        r"} @\69mport 'https://evil.example/x.css'; {",
        "} @IMPORT 'x.css'; {",
    ],
)
def test_a_style_that_loads_from_outside_is_refused(style: str) -> None:
    """However the request is spelled in CSS, in an element as in an attribute."""
    assert dangers(f"<style>g {{ {style} }}</style>") == ["svg-external"]
    assert dangers(f'<g style="{style}"/>') == ["svg-external"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('<set attributeName="href" to="#a"/>', "svg-script"),
        ('<a><animate attributeName="xlink:href" values="#a;x"/></a>', "svg-script"),
        ('<set attributeName=" onload" to="x"/>', "svg-script"),
        ('<animate attributeName="fill" to="url(https://evil.example/x)"/>', "svg-external"),
        ('<iframe src="x"/>', "svg-element"),
        ('<iframe xmlns="http://www.w3.org/1999/xhtml"/>', "svg-element"),
        ('<object data="x"/>', "svg-element"),
        ('<embed src="x"/>', "svg-element"),
        ('<h:meta xmlns:h="http://www.w3.org/1999/xhtml" http-equiv="refresh" content="0;url=x"/>', "svg-element"),
        ('<meta xmlns="" http-equiv="refresh"/>', "svg-element"),
        ('<meta xmlns="http://other.example/"/>', "svg-element"),
        ('<handler type="application/ecmascript">x</handler>', "svg-element"),
        ('<e:listener xmlns:e="http://www.w3.org/2001/xml-events" handler="#x"/>', "svg-element"),
        ('<x:window xmlns:x="http://www.mozilla.org/keymaster/gatekeeper/there.is.only.xul"/>', "svg-element"),
        ('<video src="x"/>', "svg-element"),
        ('<cursor href="#a"/>', "svg-element"),
        ('<metadata><x:script xmlns:x="http://other.example/">x</x:script></metadata>', "svg-script"),
        ('<g xml:base="#a"/>', "svg-external"),
        ('<use href="other.svg#a"/>', "svg-external"),
        ('<use href="data:image/svg+xml,x"/>', "svg-embedded"),
        ('<image xlink:href="data:image/svg+xml;base64,AA=="/>', "svg-embedded"),
        ("<g style=\"fill: url('data:image/svg+xml,x')\"/>", "svg-embedded"),
        ('<g style="fill: url(data:text/html,x)"/>', "svg-embedded"),
        ("<style>g { fill: url(data:text/html,x) }</style>", "svg-embedded"),
        ('<feImage href="//evil.example/x.png"/>', "svg-external"),
        ('<g fill="u&#114;l(x.png)"/>', "svg-external"),
        ("<style>g { fill: u<![CDATA[rl(x.png)]]> }</style>", "svg-external"),
        ("<style>g { fill: u<!-- -->rl(x.png) }</style>", "svg-external"),
    ],
)
def test_an_svg_that_acts_or_refers_is_refused(content: str, code: str) -> None:
    """Animated links, elements of web pages, events and addresses are errors, whatever prefix or escape hides them."""
    assert dangers(content) == [code]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    ("prolog", "code"),
    [
        ('<?xml-stylesheet href="x.css"?>', "svg-external"),
        ('<?xml-stylesheet type="text/xsl" href="#a"?>', "svg-external"),
        ('<!DOCTYPE svg SYSTEM "https://evil.example/x.dtd">', "svg-doctype"),
        ('<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "https://evil.example/x.dtd">', "svg-doctype"),
        ('<!DOCTYPE svg [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;&a;">]>', "svg-entities"),
    ],
)
def test_a_prolog_that_loads_is_refused_in_every_encoding(prolog: str, code: str, encoding: str) -> None:
    """Style sheets, foreign document types and entities are found by the parser, not by their spelling in bytes."""
    data = (prolog + SVG.format("")).encode(encoding)

    assert [problem.code for problem in inspect(data).problems] in ([code], ["svg-entities"])


EXPORTS = {
    "Inkscape": """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!-- Created with Inkscape (http://www.inkscape.org/) -->
<svg width="120mm" height="120mm" viewBox="0 0 120 120" version="1.1" id="svg5"
 inkscape:version="1.2 (dc2aeda, 2022-05-15)" sodipodi:docname="image(1) \\src(2).svg"
 inkscape:export-filename="C:\\Users\\ada\\image(1).png" inkscape:export-xdpi="96"
 xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:cc="http://creativecommons.org/ns#" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://www.w3.org/2000/svg" xmlns:svg="http://www.w3.org/2000/svg">
<sodipodi:namedview id="namedview7" pagecolor="#ffffff" inkscape:document-units="mm"><inkscape:grid type="xygrid"/>
</sodipodi:namedview>
<metadata id="m"><rdf:RDF><cc:Work rdf:about=""><dc:format>image/svg+xml</dc:format>
<dc:type rdf:resource="http://purl.org/dc/dcmitype/StillImage"/>
<cc:license rdf:resource="http://creativecommons.org/licenses/by/4.0/"/></cc:Work></rdf:RDF></metadata>
<defs><linearGradient id="a"><stop style="stop-color:#f00;stop-opacity:1" offset="0"/></linearGradient>
<linearGradient xlink:href="#a" id="b" gradientUnits="userSpaceOnUse" gradientTransform="matrix(1,0,0,1,2,3)"/>
<inkscape:path-effect effect="spiro" id="pe" is_visible="true"/>
<filter id="f" style="color-interpolation-filters:sRGB"><feGaussianBlur stdDeviation="2"/><feBlend in2="x"/></filter>
</defs>
<g inkscape:label="Layer 1" inkscape:groupmode="layer"><path style="fill:url(#b);-inkscape-font-specification:'Sans'"
 d="m 1,1 z" sodipodi:nodetypes="cc" /><image xlink:href="data:image/png;base64,
iVBORw0K" sodipodi:absref="/home/ada/x.png" preserveAspectRatio="none"/>
<text xml:space="preserve" style="font-family:'DejaVu Sans'"><tspan sodipodi:role="line">R&amp;D</tspan></text>
<flowRoot><flowRegion><rect/></flowRegion><flowPara>old text</flowPara></flowRoot></g></svg>""",
    "Illustrator": """<?xml version="1.0" encoding="utf-8"?>
<!-- Generator: Adobe Illustrator 27.0.0, SVG Export Plug-In . SVG Version: 6.00 Build 0)  -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg version="1.1" id="Layer_1" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" x="0px"
 y="0px" viewBox="0 0 400 400" style="enable-background:new 0 0 400 400;" xml:space="preserve"
 xmlns:x="http://ns.adobe.com/Extensibility/1.0/" xmlns:i="http://ns.adobe.com/AdobeIllustrator/10.0/">
<metadata><sfw xmlns="http://ns.adobe.com/SaveForWeb/1.0/"><slices/><sliceSourceBounds x="1"/></sfw>
<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?></metadata>
<switch><g i:extraneous="self"><style type="text/css">
 @font-face { font-family: 'A'; src: url("data:font/woff2;base64,AA=="); }
 .st0{fill:url(#SVGID_1_);} .st1\\:x{clip-path:url(#c);filter:drop-shadow(0 0 1px #000);}
 @media print { a { fill: red } }
</style><linearGradient id="SVGID_1_"/><clipPath id="c"><use xlink:href="#s" style="overflow:visible;"/></clipPath>
<path class="st0" data-name="image(1)" d="M0,0z"/><image overflow="visible" xlink:href="data:image/jpeg;base64,/9j/"/>
<pattern id="p"><circle r="1"/></pattern></g></switch></svg>""",
    "Figma": """<svg width="400" height="400" viewBox="0 0 400 400" fill="none" xmlns="http://www.w3.org/2000/svg"
 xmlns:xlink="http://www.w3.org/1999/xlink"><g filter="url(#filter0_d_1_2)" clip-path="url(#clip0)">
<rect width="400" height="400" rx="20" fill="url(#pattern0)"/><path d="M1 1" fill="url('#paint0_linear_1_2')"/></g>
<mask id="m" style="mask-type:alpha" maskUnits="userSpaceOnUse"/><defs><filter id="filter0_d_1_2"
 color-interpolation-filters="sRGB"><feFlood flood-opacity="0" result="BackgroundImageFix"/><feColorMatrix
 in="SourceAlpha" values="0 0 0 0 0"/><feOffset dy="4"/><feComposite in2="hardAlpha" operator="out"/></filter>
<pattern id="pattern0" patternContentUnits="objectBoundingBox"><use xlink:href="#image0" transform="scale(0.01)"/>
</pattern><image id="image0" xlink:href="data:image/png;base64,iVBORw0KGgo="/></defs></svg>""",
    "a pulsing badge": SVG.format(
        '<circle r="1"><animate attributeName="r" values="1;2"/><animateTransform attributeName="transform"/></circle>'
    ),
    "words": SVG.format("<title>Java: @import (url) \\ src()</title>"),
}


@pytest.mark.parametrize("program", EXPORTS)
def test_what_drawing_programs_export_passes(program: str) -> None:
    """Notes of the programs, gradients, filters, styles, fonts and embedded photographs are part of a safe image."""
    assert inspect(EXPORTS[program].encode()).problems == ()


def test_aliases_that_multiply_are_an_error(programme: Programme) -> None:
    """A few lines of YAML that stand for millions of values are refused where they stand."""
    levels = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 9))
    programme.write("two.yaml", f"kind: BadgeClass\nx0: &x0 [a]\n{levels}")

    done = programme.run("validate")

    assert done.status == 1
    assert "aliases" in done.out + done.err


# --- what is printed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("color", [True, False])
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::set-output name=x::y\n", r"\x3a:set-output name=x::y" + "\n"),
        ("a\n \t ::error::x\n", "a\n \t " + r"\x3a:error::x" + "\n"),
        ("a ##[set-env name=PATH;]x", r"a ##\x5bset-env name=PATH;]x"),
        ("##vso[task.setvariable]x", r"##vso\x5btask.setvariable]x"),
        ("\x1b]0;title\x07\x1b[2J\x1b[8mhidden", r"\x1b]0;title\x07\x1b[2J\x1b[8mhidden"),
        ("a\rb\x9bc\u202ed\u2066e", r"a\rb\x9bc\u202ed\u2066e"),
        ("std::string, C:: and ## [x]", "std::string, C:: and ## [x]"),
    ],
)
def test_nothing_that_acts_leaves_the_console(text: str, shown: str, *, color: bool) -> None:
    """Commands to terminals and build servers are written out at the last gate, whoever let them through before."""
    assert guarded(text, color=color) == shown


_CONTROLS = "".join(map(chr, (*range(9), *range(0x0B, 0x1B), *range(0x1C, 0x20), *range(0x7F, 0xA0))))
"""All but tabs, ends of lines and the escape, which begins colours."""
_TURNS = "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""All that turns the writing direction, and the ends of lines that few know."""


@pytest.mark.parametrize("actor", [*_CONTROLS, *_TURNS, "\ud800"], ids=ascii)
def test_each_character_that_acts_is_written_out(actor: str) -> None:
    """By the last gate, in JSON too, and by whoever makes a line: none is left to the others."""
    written_out = f"\\x{ord(actor):02x}" if actor < "\u0100" else f"\\u{ord(actor):04x}"
    written_out = {"\r": r"\r"}.get(actor, written_out)

    assert printable(f"a{actor}b") == f"a{written_out}b"
    for color in (True, False):
        assert guarded(f"a{actor}b\n", color=color) == f"a{written_out}b\n"
    text = plain_json(json.dumps(f"a{actor}b", ensure_ascii=False))
    assert actor not in text
    assert json.loads(text) == f"a{actor}b"


def test_our_own_colours_pass_on_a_terminal_only() -> None:
    """Where there is no colour, no escape is ours."""
    assert guarded("\x1b[1;31merror\x1b[0m", color=True) == "\x1b[1;31merror\x1b[0m"
    assert guarded("\x1b[31merror", color=False) == r"\x1b[31merror"
    assert guarded("\x1b[31m::error", color=True) == "\x1b[31m" + r"\x3a:error"


def test_a_line_of_progress_passes_the_gate_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    """It is drawn with escapes of ours around it, and none within."""
    console = Console()

    console.status("| one\x1b[2J\u202e\n::error::x")

    assert capsys.readouterr().err == "\r| one" + r"\x1b[2J\u202e" + "\n" + r"\x3a:error::x" + "\x1b[K"


def test_json_keeps_its_meaning_and_commands_nobody() -> None:
    """What a build server or a terminal would act on is written as an escape of JSON."""
    value = {"a": "##[x] ##vso[y] \x7f \u202e \u2028 é ::z"}
    text = plain_json(json.dumps(value, ensure_ascii=False, indent=2))

    assert json.loads(text) == value
    assert guarded(text, color=False) == text


SAID = "No.\n  badgeops destroy --auto-approve\n::set-output name=x::y\n\x1b[2J\u202e ##[add-path]/tmp"


@pytest.mark.parametrize(
    "answer",
    [
        {"status": {"success": False, "description": SAID}},
        {"fieldErrors": {SAID: [SAID], "name": SAID}},
        {"validationErrors": [SAID]},
    ],
)
@pytest.mark.parametrize("status", [400, 403, 429, 503])
def test_the_words_of_a_server_are_no_commands(capsys: pytest.CaptureFixture[str], answer: object, status: int) -> None:
    """A message stays a message: it looks like no advice of ours and acts on no terminal and no build server."""
    error = error_of(Answer(status, "https://x.example", {}, json.dumps(answer).encode()), answer)  # type: ignore[arg-type]
    console = Console()

    console.error(error)
    for text in (*getattr(error, "general", ()), *getattr(error, "fields", {})):
        console.advice(text)

    lines = capsys.readouterr().err.split("\n")
    for line in lines:
        assert not line.lstrip().startswith(("::", "badgeops destroy"))
        assert "##[" not in line
        assert "\x1b" not in line
        assert "\u202e" not in line


def test_arguments_are_printed_safely(programme: Programme) -> None:
    """Also by messages about wrong usage, and in the commands that are suggested."""
    odd = "x\n::error::y\x1b[2J\u202e"

    for done in (
        programme.run("state show", odd),
        programme.run(odd),
        programme.run("plan", "--parallelism", odd),
        programme.run("plan", "--env", odd),
    ):
        assert done.status == 1
        assert "\n::" not in done.err
        assert "\x1b" not in done.out + done.err
        assert "\u202e" not in done.out + done.err


def test_a_catalog_of_an_odd_name_is_suggested_safely(tmp_path: Path) -> None:
    """The command to run next holds the path, with all that acts written out."""
    programme = Programme(tmp_path / "cat\x1b[2J\u202e\n::error::x")
    programme.write("badgeops.yaml", "catalog: test\n")
    programme.write("issuer.yaml", ISSUER)

    done = programme.run("plan")

    assert "To make it so" in done.out, done.err
    assert "\n::" not in done.out + done.err
    assert "\x1b" not in done.out + done.err
    assert "\u202e" not in done.out + done.err


def test_an_id_from_a_server_is_one_word_of_a_command() -> None:
    """A suggested command can be copied into a shell, whatever the server calls its entities."""
    assert as_argument("abc-_1") == "abc-_1"
    assert shlex.split(as_argument("x;\n rm $(y) '`z`")) == ["x;rm$(y)'`z`"]


# --- secrets -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "secret", ["correct horse battery staple", 'with "quotes" & <é>', "密码密码密码密码", "tab\there\x1b"]
)
def test_a_secret_is_hidden_in_every_form(capsys: pytest.CaptureFixture[str], secret: str) -> None:
    """Broken over lines, escaped for JSON, HTML, an address or a terminal: none of it is to be read."""
    console = Console()
    console.hide([secret])
    console.hide(["another secret"])

    for start in range(60, 80):
        console.advice("." * start + " " + secret + " and so on")
    console.result(json.dumps({"said": secret}) + printable(secret) + secret + quote(secret) + "another secret")
    console.result(escape(secret, quote=False) + str(markup(secret)))

    written = capsys.readouterr()
    for form in (
        secret,
        json.dumps(secret)[1:-1],
        printable(secret),
        quote(secret),
        escape(secret, quote=False),
        str(markup(secret)),
    ):
        assert "".join(form.split()) not in "".join((written.out + written.err).split())
    assert "another" not in written.out


def test_half_a_character_can_be_hidden_too(capsys: pytest.CaptureFixture[str]) -> None:
    """A server may give anything as a token; hiding it must not fail."""
    console = Console()
    console.hide(["secret \ud800 half"])
    console.result("it was secret \ud800 half")

    assert capsys.readouterr().out == "it was ********"


def test_tokens_are_hidden_from_the_moment_they_are_known() -> None:
    """Also those that nobody typed: the server gives them, and may repeat them in any message."""
    told: list[str] = []
    tokens = iter([{"access_token": "first-access", "refresh_token": "first-refresh"}, {"access_token": "second"}])
    transport = Mock()
    transport.send.side_effect = lambda *_, **__: Answer(200, "u", {}, json.dumps(next(tokens)).encode())
    auth = Auth(Credentials(username="u", password="p"), "u", transport, on_secret=told.append)

    auth.renew(auth.token())

    assert told == ["first-access", "first-refresh", "second"]


def test_a_token_that_another_run_kept_is_hidden_before_it_is_used() -> None:
    """A server may repeat it in the very answer that refuses it."""
    told: list[str] = []
    transport = Mock()

    def send(request: HttpRequest, *_: object) -> Answer:
        if (request.form or {})["refresh_token"] == "newest":
            assert told == ["newest"]
            return Answer(200, "u", {}, b'{"access_token": "access"}')
        return Answer(400, "u")

    transport.send.side_effect = send
    auth = Auth(Credentials(refresh_token="used"), "u", transport, newest=lambda: "newest", on_secret=told.append)

    assert auth.token() == "access"
    assert told == ["newest", "access"]


def test_a_server_that_repeats_the_token_is_not_quoted(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not on stdout, not on stderr, not in a traceback, not in state or journal."""
    seen: list[str] = []
    real = Transport.send

    def repeating(self: Transport, request: HttpRequest, *more: Any) -> Answer:
        authorization = request.headers.get("Authorization", "")
        seen.extend(authorization.split()[1:])
        if request.method == "POST" and authorization:
            body = {"status": {"success": False, "description": f"You sent {authorization}"}}
            return Answer(400, request.url, {}, json.dumps(body).encode())
        return real(self, request, *more)

    monkeypatch.setattr(Transport, "send", repeating)
    refused = programme.apply()

    def failing(*_: object, **__: object) -> None:
        raise ZeroDivisionError(f"{seen[-1]}\n::error::x")

    monkeypatch.setattr(Writer, "__init__", failing)
    monkeypatch.setenv("BADGEOPS_DEBUG", "1")
    broken = programme.apply()

    assert refused.status == broken.status == 1
    assert "ZeroDivisionError: ********" in broken.err
    written = refused.out + refused.err + broken.out + broken.err
    written += "".join(path.read_text("utf-8", "replace") for path in programme.root.rglob("*.json*"))
    assert seen
    assert not [token for token in seen if token in written]
    assert "\n::" not in written


def test_requests_are_told_without_what_they_carry(programme: Programme) -> None:
    """With --verbose each request is a line on stderr: no header, no body, no query, no secret; without it, none."""
    seen: list[str] = []
    real = Auth.token

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Auth, "token", lambda self: seen.append(real(self)) or seen[-1])
        done = programme.apply("--verbose")
    quiet = programme.run("plan")

    assert done.status == 0, done.err
    lines = [line for line in done.err.split("\n") if re.fullmatch(r"[A-Z]+ /\S* (\d{3}|no answer) \d+\.\d{3} s", line)]
    assert {line.split()[0] for line in lines} == {"GET", "POST"}
    assert any(line.startswith(("POST /v2/issuers/", "POST /v2/badgeclasses 201")) for line in lines)
    assert "?" not in "".join(lines)
    assert seen
    assert not [secret for secret in {*seen, CREDENTIALS["BADGEOPS_PASSWORD"]} if secret in done.out + done.err]
    assert "/v2/" not in quiet.err


# --- files and processes -------------------------------------------------------------------------------------------


def test_the_log_in_file_and_its_folder_are_the_users_own(tmp_path: Path) -> None:
    """Also where they were open to others before."""
    folder = tmp_path / "badgeops"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    (folder / "logins.json").write_text("{}")
    (folder / "logins.json").chmod(0o644)

    Vault(folder / "logins.json").put("https://x.example", "token")

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "logins.json").stat().st_mode) == 0o600


def test_the_store_of_the_sandbox_is_the_users_own(tmp_path: Path) -> None:
    """It holds the e-mail addresses of recipients; so may what SQLite writes beside it."""
    (tmp_path / "sandbox.sqlite3").touch(0o644)

    with Sandbox(SandboxOptions(data=tmp_path)) as server:
        assert server.url
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.sqlite3*")}

    assert len(modes) > 1
    assert set(modes.values()) == {0o600}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of badgeops' caches, among the files of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "badgeops"


def _fail(*_: object) -> None:
    raise ZeroDivisionError


def _refuse(*_: object) -> None:
    """Answer as a server that tells who stands in the way."""
    said: dict[str, Any] = {"status": {"success": False, "description": "person0@example.net holds it"}}
    raise error_of(Answer(400, "https://x.example", {}, json.dumps(said).encode()), said)


@pytest.mark.parametrize(
    ("arguments", "update", "status", "words"),
    [
        ((), None, 0, "2 people"),
        (("--verbose",), None, 0, "/assertions 200"),
        ((), _fail, 1, "Traceback"),
        ((), _refuse, 1, "person0@example.net holds it"),
    ],
    ids=["quiet", "verbose", "broken", "refused"],
)
def test_neither_state_nor_journal_nor_cache_holds_a_recipient(
    programme: Programme,
    tmp_path: Path,
    cache: Path,
    journals: list[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    update: Callable[..., None] | None,
    status: int,
    words: str,
) -> None:
    """A state is committed and shared: who holds a badge is asked, counted and not written down, whatever goes wrong.

    What a server says of its own accord when it refuses something is shown, and not kept either.
    """
    assert programme.apply().status == 0
    url = re.search("http[^']*", (programme.root / "badgeops.yaml").read_text())
    assert url is not None
    Api(url[0]).award("One", people=2)
    programme.write("one.yaml", badge_class("one", description="Something else."))
    planned = programme.run(
        "plan", f"--save-plan={tmp_path}/plan", *(f"--output={name}={tmp_path}/{name}" for name in PLAN_FORMATS)
    )
    recorded = programme.run("snapshot", "--count-earners", f"--out={tmp_path}/snapshot")
    monkeypatch.setenv("BADGEOPS_DEBUG", "1")
    if update is not None:
        monkeypatch.setattr(Client, "update", update)

    done = programme.apply(*arguments)

    assert (planned.status, recorded.status, done.status) == (0, 0, status), done.err
    shown = done.out + done.err
    assert words in shown
    files = [path for path in tmp_path.rglob("*") if path.is_file() and "server" not in path.parts]
    assert {path.name.partition("-")[0] for path in cache.iterdir()} == {"documents", "images", "plans"}
    assert {"plan", "snapshot", *PLAN_FORMATS} <= {path.name for path in files}
    journal = "".join([*journals, *(path.read_text() for path in files if path.suffix == ".journal")])
    assert journal.count("badge_class.one") > 1
    written = planned.out + planned.err + recorded.err + journal
    written += "".join(path.read_bytes().decode("latin-1") for path in files)
    written += "" if update is _refuse else shown
    assert "@example.net" not in written
    assert "sha256$" not in written  # an address, hashed as awards have it


def test_no_option_takes_a_secret() -> None:
    """What stands on a command line is seen by everybody who lists processes."""
    names: set[str] = set()
    waiting: list[click.Command] = [cli]
    while waiting:
        command = waiting.pop()
        names |= {word.lower() for parameter in command.params for word in (*parameter.opts, str(parameter.name))}
        if isinstance(command, click.Group):
            context = click.Context(command)
            waiting += [
                found for name in command.list_commands(context) if (found := command.get_command(context, name))
            ]

    assert "--parallelism" in names
    assert [name for name in names if re.search("pass|token|secret|user|credential", name)] == []


def test_an_image_behind_a_link_out_of_the_catalog_is_not_sent(programme: Programme, tmp_path: Path) -> None:
    """What lies outside never reaches a server, in whatever way a pull request names it."""
    secret = Path(programme.image("../secret.png")).resolve()
    assert secret.parent == tmp_path
    (programme.root / "images" / "link.png").symlink_to(secret)

    for path in ("images/link.png", "../secret.png", str(secret)):
        programme.write("one.yaml", badge_class("one", image=path))
        done = programme.run("validate")
        assert done.status == 1
        assert "outside" in done.out + done.err or "absolute" in done.out + done.err


# --- the document --------------------------------------------------------------------------------------------------


def test_each_threat_in_the_document_has_a_test() -> None:
    """Every line of every table names tests that exist; and every test of this file stands in a line."""
    lines = (ROOT / "docs" / "security.md").read_text("utf-8").split("\n")
    rows = [line for line in lines if line.startswith("| ") and not line.startswith(("| threat", "| ---"))]
    named: set[str] = set()
    for row in rows:
        tests = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row.rsplit("|", 2)[1])
        assert tests, row
        for file, test in tests:
            assert f"def {test}(" in (ROOT / file).read_text("utf-8"), f"{file}::{test}"
        named |= {test for file, test in tests if file == "tests/test_security.py"}
    own = set(re.findall(r"^def (test_\w+)", Path(__file__).read_text("utf-8"), re.MULTILINE))

    assert len(rows) > 25
    assert own - named == {test_each_threat_in_the_document_has_a_test.__name__}
