"""Why a value does not fit a schema, in words and with its place.

Only where it does not fit, the full validator is asked for every reason, and `explain` puts the reasons into words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from badgeops.catalog.problems import ProblemAt
from badgeops.errors import Diagnostic, Severity
from badgeops.model.address import KEY_PATTERN
from badgeops.schemas import fits, load, partial
from badgeops.yamldoc.parse import Document, Path as Place

_KEY = re.compile(KEY_PATTERN)


def is_key(text: str) -> bool:
    """Tell whether a document may be called so."""
    return _KEY.fullmatch(text) is not None


def problems(name: str, data: Any, raw: Callable[[Place], str | None], *, some: bool = False) -> list[ProblemAt]:  # noqa: ANN401
    """Return every reason why `data` does not fit the schema, in words.

    `raw` gives the text of a value as its author wrote it, where that is known.
    """
    if fits(name, data, some=some):
        return []
    from badgeops.catalog.explain import explain  # noqa: PLC0415 (jsonschema takes 100 ms to import, and most catalogs fit)

    return explain(partial(name) if some else load(name), data, raw)


def placed(located: ProblemAt, document: Document) -> Diagnostic:
    """Give a problem with a document its line."""
    source = document.locate(*located.path, of_key=located.of_key) if located.path else document.source
    problem = located.problem
    return Diagnostic(Severity(problem.severity), problem.code, problem.summary, problem.detail, source=source)
