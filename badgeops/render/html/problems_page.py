"""What is wrong with a catalog, in place of the page that it cannot become."""

from __future__ import annotations

from collections.abc import Iterable

from badgeops.errors import Diagnostic
from badgeops.render.html.page import render
from badgeops.render.html.problems import problems


def show(diagnostics: Iterable[Diagnostic]) -> str:
    """Return a page of problems."""
    return render("problems.html", images="'self'", problems=problems(diagnostics), shared=[])
