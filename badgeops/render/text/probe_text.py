"""What `doctor --probe` found out, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from badgeops.api.probe_values import OPEN, Verdict
from badgeops.api.questions import QUESTIONS, Question
from badgeops.render.layout import hang
from badgeops.render.plain import printable
from badgeops.render.style import Style

_NOT_FOUND = "This could not be found out."


def render(verdicts: Mapping[str, Verdict], style: Style) -> str:
    """Return a paragraph for each question."""
    lines = []
    for question in QUESTIONS:
        verdict = verdicts[question.name]
        lines += hang("", question.asks, style.width)
        for text in _answers(question, verdict):
            lines += hang("  ", printable(text), style.width)
    return "\n".join(lines) + "\n"


def _answers(question: Question, verdict: Verdict) -> Iterator[str]:
    if verdict.answer == OPEN:
        yield _NOT_FOUND
    elif verdict.parts:
        for answer in sorted(set(verdict.parts.values())):
            members = ", ".join(name for name, found in verdict.parts.items() if found == answer)
            yield f"{answer}: {members}"
    else:
        yield f"{verdict.answer}: {question.answers[verdict.answer]}"
    if verdict.said:
        yield f"The server says: {verdict.said}"
