"""Problems as JUnit XML: each is a test case that failed, or passed with a warning; readers group them by file."""

from __future__ import annotations

import re
from collections import Counter
from html import escape

from badgeops.errors import Diagnostic, Severity
from badgeops.render import diagnostics
from badgeops.render.plain import printable
from badgeops.render.view import ProblemsView, Where

_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def show(problems: ProblemsView) -> str:
    """Return what `badgeops validate --format junit` prints."""
    cases = _cases(problems) or ['    <testcase classname="badgeops" name="the catalog is valid" time="0"/>']
    errors = sum(item.severity is Severity.ERROR for item in problems.diagnostics)
    counts = f'tests="{len(cases)}" failures="{errors}" errors="0"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="badgeops validate" {counts} time="0">',
            f'  <testsuite name="badgeops validate" {counts} skipped="0" time="0">',
            *cases,
            "  </testsuite>",
            "</testsuites>\n",
        ]
    )


def _cases(problems: ProblemsView) -> list[str]:
    seen: Counter[tuple[str, str]] = Counter()
    cases = []
    for diagnostic in problems.diagnostics:
        place, name = _file(diagnostic, problems.where), f"{diagnostic.code} {diagnostic.address or ''}".rstrip()
        seen[place, name] += 1
        number = seen[place, name]
        cases.append(
            _case(problems.where.shared_problem(diagnostic), place, f"{name} ({number})" if number > 1 else name)
        )
    return cases


def _file(diagnostic: Diagnostic, where: Where) -> str:
    if diagnostic.source is None:
        return "catalog"
    return where.shared(diagnostic.source.filename)


def _case(diagnostic: Diagnostic, place: str, name: str) -> str:
    line = f' file={_quoted(place)} line="{diagnostic.source.line}"' if diagnostic.source else ""
    text = _text(diagnostics.text([diagnostic], color=False, width=100).rpartition("\n\n")[0])
    if diagnostic.severity is Severity.ERROR:
        what = f"message={_quoted(diagnostic.summary)} type={_quoted(diagnostic.code)}"
        inside = f"      <failure {what}>{text}</failure>"
    else:
        inside = f"      <system-out>{text}</system-out>"
    return f'    <testcase classname={_quoted(place)} name={_quoted(name)}{line} time="0">\n{inside}\n    </testcase>'


def _quoted(text: str) -> str:
    return f'"{_text(printable(text))}"'


def _text(text: str) -> str:
    """Return text as XML can hold it: what no XML may contain is written out."""
    return escape(_NOT_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", text))
