"""Turns a template and values into one file that browsers show and nothing can act in."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent.parent / "templates"


def render(template: str, *, images: str = "data:", **values: Any) -> str:
    """Return a page. `images` is where they may come from: from within, or from who served the page."""
    ours = {
        "style": asset("page.css"),
        "script": asset("page.js"),
        "policy": policy(images),
        "group_names": _group_names,
        "breakable": _breakable,
    }
    return _guarded(_environment().get_template(template).render(values | ours))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 (only where there is a page)

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def asset(name: str) -> Markup:
    """Return our own style or script."""
    return Markup((_TEMPLATES / name).read_text("utf-8"))  # noqa: S704 (a file of the package)


def policy(images: str = "data:") -> str:
    """Return the Content-Security-Policy: our one style, our one script, images, and nothing else from anywhere."""
    return (
        f"default-src 'none'; img-src {images}; style-src {_hash('page.css')}; script-src {_hash('page.js')}; "
        "base-uri 'none'; form-action 'none'"
    )


def _group_names(groups: Iterable[Any]) -> list[tuple[str, str]]:
    return [(group.key, group.name) for group in groups]


def _breakable(address: str) -> Markup:
    """Let an address be broken at its slashes."""
    return Markup("/<wbr>").join(address.split("/"))


def _hash(name: str) -> str:
    digest = hashlib.sha256(asset(name).encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


_COMMAND = re.compile(r"^([^\S\n]*)::|(##(?:vso)?)\[", re.MULTILINE)


def _guarded(page: str) -> str:
    """Write out what a build server would take for a command, in a way that means the same to a browser."""
    return _COMMAND.sub(lambda found: f"{found[2]}&#91;" if found[2] else f"{found[1]}&#58;&#58;", page)
