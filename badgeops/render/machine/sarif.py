"""Problems as SARIF 2.1.0, for GitHub's code scanning and editors."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from urllib.parse import quote

from badgeops import __version__
from badgeops.errors import Diagnostic, Source
from badgeops.model.rules import NAMED, Rule
from badgeops.model.shape import Fields
from badgeops.render.plain import plain_json
from badgeops.render.view import ProblemsView, Where

_MOST = 25_000
"""Results; GitHub takes no more."""
_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_ROOT = "SRCROOT"


def show(problems: ProblemsView) -> str:
    """Return what `badgeops validate --format sarif` prints."""
    ordered = sorted(problems.diagnostics, key=lambda item: item.severity.rank)[:_MOST]
    codes = sorted({item.code for item in ordered})
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "badgeops",
                        "informationUri": "https://github.com/badgeops/badgeops",
                        "version": __version__,
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "automationDetails": {"id": "badgeops/validate/"},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
                "results": _results(ordered, codes, problems.where),
            }
        ],
    }
    return plain_json(json.dumps(document, ensure_ascii=False, indent=2)) + "\n"


def _rule(code: str) -> Fields:
    rule = NAMED.get(code, Rule(code, "badgeops knows no more about this rule.", "", "See the message."))
    text = " ".join(filter(None, [rule.what, rule.why, rule.mend]))
    described: Fields = {
        "id": code,
        "name": "".join(word.capitalize() for word in code.split("-")),
        "shortDescription": {"text": rule.what.rstrip(".")},
        "fullDescription": {"text": text},
        "help": {"text": text, "markdown": f"**{code}**\n\n{text}"},
        "helpUri": f"https://github.com/badgeops/badgeops/blob/main/docs/rules.md#{code.replace('.', '')}",
    }
    # So that alerts which were dismissed under an old name stay dismissed.
    return described | ({"deprecatedIds": list(rule.formerly)} if rule.formerly else {})


def _results(found: list[Diagnostic], codes: list[str], where: Where) -> list[Fields]:
    seen: Counter[str] = Counter()
    results = []
    for diagnostic in found:
        fingerprint = _fingerprint(diagnostic, where)
        seen[fingerprint] += 1
        result: Fields = {
            "ruleId": diagnostic.code,
            "ruleIndex": codes.index(diagnostic.code),
            "level": diagnostic.severity.value,
            "message": {"text": where.shared_text("\n".join(filter(None, [diagnostic.summary, diagnostic.detail])))},
            "partialFingerprints": {"primaryLocationLineHash": f"{fingerprint}:{seen[fingerprint]}"},
        }
        if diagnostic.source is not None:
            result["locations"] = [_location(diagnostic.source, diagnostic.address, where)]
        results.append(result)
    return results


def _location(source: Source, address: str | None, where: Where) -> Fields:
    region = {"startLine": source.line, "startColumn": source.column}
    if source.end_column > 0 and (source.end_line, source.end_column) > (source.line, source.column):
        region |= {"endLine": source.end_line, "endColumn": source.end_column}
    location: Fields = {"physicalLocation": {"artifactLocation": _artifact(source, where), "region": region}}
    if address is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": address}]
    return location


def _artifact(source: Source, where: Where) -> Fields:
    inside = where.in_repository(source.filename)
    # Bytes of a name that is no UTF-8 are kept in surrogates; others stand for no byte.
    name = _NO_BYTE.sub("?", where.shared(source.filename))
    path = quote(name.encode("utf-8", "surrogateescape"))
    if inside is not None:
        return {"uri": path, "uriBaseId": _ROOT}
    return {"uri": path}


def _fingerprint(diagnostic: Diagnostic, where: Where) -> str:
    """Return what tells one problem from others and stays when lines above it come and go."""
    source = diagnostic.source
    path = where.shared(source.filename) if source is not None else ""
    line = (source.text or "").strip() if source is not None else ""
    parts = [diagnostic.code, path, diagnostic.address or "", line]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
