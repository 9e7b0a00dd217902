"""Problems that can be lived with: what `accept:` in the settings takes, and what of it is there for nothing. Pure.

    problem  -> its rule and its document are named in an entry?  -> accepted: nobody hears of it
             -> it is an error, and the rule does not let errors be accepted  -> it stands, and the entry is told off
    entries that took nothing at the end  -> a note

A problem is asked about before its line is looked up and before it keeps its entity from being built: what is
accepted is as if it had not been found.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from badgeops.catalog.problems import Problem, note, warning
from badgeops.catalog.select import Selector, SelectorError, Subject, nearest, parse
from badgeops.errors import Diagnostic, Severity
from badgeops.model import rules
from badgeops.yamldoc.parse import Document, Path

SETTINGS_FILE = "badgeops.yaml"


@dataclass(frozen=True, slots=True)
class Accept:
    """One entry: the problems of a rule that are accepted, for which documents, and why."""

    rule: str
    """The name of today."""
    selectors: tuple[tuple[Path, Selector], ...]
    """Each with its place in the settings."""
    because: str
    place: Path
    """Where the entry stands in the settings."""


@dataclass(frozen=True, slots=True)
class Misread:
    """What is wrong with an entry, and where in the settings it stands."""

    place: Path
    problem: Problem


def read(entries: Iterable[dict[str, Any] | None]) -> tuple[tuple[Accept, ...], tuple[Misread, ...]]:
    """Return the entries that can be used, and what is wrong with the others.

    A part that is missing, or None, was said to be wrong before.
    """
    accepts: list[Accept] = []
    wrong: list[Misread] = []
    for index, entry in enumerate(entries):
        place: Path = ("accept", index)
        said = entry if entry is not None else {}
        rule = _rule(said.get("rule"), (*place, "rule"), wrong)
        selectors = []
        wanted = said.get("for")
        if wanted is not None and not wanted:
            wrong.append(Misread((*place, "for"), Problem("invalid-selector", '"for" selects nothing', _EXAMPLE)))
        for path, text in _selectors(wanted or [], (*place, "for")):
            try:
                selectors.append((path, parse(text)))
            except SelectorError as error:
                problem = Problem("invalid-selector", f'"{text}" is not a selector', f"{_sentence(str(error))}")
                wrong.append(Misread(path, problem))
        if rule is not None:
            accepts.append(Accept(rule.name, tuple(selectors), said.get("because", ""), place))
    return tuple(accepts), tuple(wrong)


def _rule(name: str | None, place: Path, wrong: list[Misread]) -> rules.Rule | None:
    if name is None:
        return None
    rule = rules.find(name)
    if rule is None:
        wrong.append(Misread(place, _unknown_rule(name)))
    elif rule.name != name:
        wrong.append(Misread(place, _renamed_rule(name, rule.name)))
    return rule


class Acceptance:
    """Decides for each problem of a run, and remembers which entries took something."""

    def __init__(self, accepts: Iterable[Accept] = (), settings: Document | None = None) -> None:
        self._by_rule: dict[str, list[Accept]] = {}
        for accept in accepts:
            self._by_rule.setdefault(accept.rule, []).append(accept)
        self.settings = settings
        name = settings.file.name if settings is not None else SETTINGS_FILE
        self._prefix = name.removesuffix(SETTINGS_FILE)
        self._took: set[Path] = set()
        self._refused: dict[Path, Accept] = {}
        self._standing: dict[str, dict[Subject, None]] = {}
        """What could be accepted and is not, of rules that entries name: what a misspelt selector may have meant."""

    def __bool__(self) -> bool:
        return bool(self._by_rule)

    def takes(self, rule: str, severity: Severity, subject: Subject) -> bool:
        """Tell whether a problem is accepted."""
        is_accepted = False
        for accept in self._by_rule.get(rule, ()):
            hit = [path for path, selector in accept.selectors if selector.selects(subject)]
            if not hit:
                continue
            self._took.update(hit)
            if not _can_accept(rule, severity):
                self._refused[accept.place] = accept
            else:
                is_accepted = True
        if not is_accepted and rule in self._by_rule and _can_accept(rule, severity):
            self._standing.setdefault(rule, {})[subject] = None
        return is_accepted

    def subject(self, address: str | None, filename: str, issuer: str | None = None) -> Subject:
        """Return what selectors look at, of a file as messages name it."""
        return Subject(address, issuer, filename.removeprefix(self._prefix))

    def standing(self, diagnostics: Iterable[Diagnostic], issuers: dict[str, str]) -> tuple[Diagnostic, ...]:
        """Return those that are not accepted; `issuers` has the key of the issuer of each address."""
        found = tuple(diagnostics)
        if not self:
            return found
        return tuple(
            item
            for item in found
            if not self.takes(
                item.code,
                item.severity,
                self.subject(
                    item.address,
                    item.source.filename if item.source is not None else "",
                    issuers.get(item.address or ""),
                ),
            )
        )

    def refusals(self) -> Iterator[tuple[Path, Problem]]:
        """Yield each entry that took errors which cannot be accepted, with its place in the settings."""
        for place, accept in sorted(self._refused.items(), key=lambda item: str(item[0])):
            yield (*place, "rule"), _cannot_accept(accept.rule)

    def told_off(self) -> Iterator[Diagnostic]:
        """Yield the refusals with their lines."""
        for path, (code, summary, detail, severity) in self.refusals():
            source = self.settings.locate(*path) if self.settings is not None else None
            yield Diagnostic(severity, code, summary, detail, source=source)

    def leftovers(
        self, subjects: Iterable[Subject], unsure: Collection[Subject] = (), *, all_known: bool = True
    ) -> Iterator[tuple[Path, Problem]]:
        """Yield each selector that took nothing, with its place in the settings.

        Of the `unsure` subjects it cannot be told yet what will be found in them. If not `all_known`, there are
        documents whose address is not known. What `validate` cannot find depends on the server: there a selector is
        left over if it selects no document.
        """
        known = tuple(subjects)
        for accept in (accept for accepts in self._by_rule.values() for accept in accepts):
            for path, selector in accept.selectors:
                if path in self._took:
                    continue
                selected = [subject for subject in known if selector.selects(subject)]
                if any(subject in unsure for subject in selected):
                    continue
                if selected and rules.NAMED[accept.rule].in_validate:
                    summary = f'"{selector}" has no problem of {accept.rule} any more'
                    yield path, note("unused-accept", summary, _DELETE)
                elif not selected and all_known:
                    meant = self._meant(accept.rule, selector, known)
                    detail = f'Did you mean "{meant}"? If not, d{_DELETE[1:]}' if meant else _DELETE
                    yield path, note("unused-accept", f'"{selector}" selects nothing in this catalog', detail)

    def _meant(self, rule: str, selector: Selector, known: Iterable[Subject]) -> str | None:
        """Return what a selector that selects nothing may have been meant for: what has a problem of its rule."""
        if rules.NAMED[rule].in_validate:
            known = self._standing.get(rule, ())
        return nearest(selector, known)


def _can_accept(rule: str, severity: Severity) -> bool:
    return severity is not Severity.ERROR or rules.NAMED[rule].accepts_errors


_EXAMPLE = "Write a selector, for example badge_class.python-basics, badge_class.* or issuer:acme-academy."
_DELETE = "Delete it from `accept`, so that it does not hide the next problem of this kind."


def _selectors(value: str | list[str | None], place: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield place, value
    else:
        yield from (((*place, index), text) for index, text in enumerate(value) if text is not None)


def _unknown_rule(name: str) -> Problem:
    close = difflib.get_close_matches(name, rules.NAMED, 1, 0.6)
    meant = f'Did you mean "{close[0]}"? ' if close else ""
    return Problem("unknown-rule", f'there is no rule "{name}"', f"{meant}`badgeops explain` lists all rules.")


def _renamed_rule(name: str, today: str) -> Problem:
    return warning("renamed-rule", f'the rule "{name}" has another name now', f"Write {today}.")


def _cannot_accept(name: str) -> Problem:
    detail = "They stand, whatever is written here. Correct them, and delete the entry."
    return warning("cannot-accept", f"errors of {name} cannot be accepted", detail)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
