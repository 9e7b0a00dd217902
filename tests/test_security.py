"""What docs/security.md promises against strangers, hostile servers and leaks, where no other file shows it."""

from __future__ import annotations

import pytest

from badgeops.images import inspect
from badgeops.problems import Severity

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'


def dangers(content: str) -> list[str]:
    """Return the codes of all errors in an SVG."""
    found = inspect(SVG.format(content).encode()).problems
    return [problem.code for problem in found if problem.severity is Severity.ERROR]


# --- pictures from strangers ---------------------------------------------------------------------------------------


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
        "fill: url('data:image/svg+xml,x')",
        "fill: url(data:text/html,x)",
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
        ('<use href="data:image/svg+xml,x"/>', "svg-external"),
        ('<image xlink:href="data:image/svg+xml;base64,AA=="/>', "svg-external"),
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
    "a baked badge": SVG.format(
        '<openbadges:assertion xmlns:openbadges="http://openbadges.org" verify="https://e.example/a">{}'
        "</openbadges:assertion><title>Java: @import (url) \\ src()</title>"
    ),
}


@pytest.mark.parametrize("program", EXPORTS)
def test_what_drawing_programs_export_passes(program: str) -> None:
    """Notes of the programs, gradients, filters, styles, fonts and embedded photographs are part of a safe picture."""
    assert inspect(EXPORTS[program].encode()).problems == ()
