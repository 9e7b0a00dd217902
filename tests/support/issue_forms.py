"""What GitHub demands of an issue form; where it is not met, GitHub shows a blank issue and no error to its author.

The rules are those of "Syntax for issue forms" and "Common validation errors when creating issue forms" in GitHub's
documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

TOP = {"name": str, "description": str, "body": list, "title": str, "labels": list, "assignees": list, "projects": list}
REQUIRED = ("name", "description", "body")
ATTRIBUTES = {
    "markdown": {"value"},
    "input": {"label", "description", "placeholder", "value"},
    "textarea": {"label", "description", "placeholder", "value", "render"},
    "dropdown": {"label", "description", "multiple", "options", "default"},
    "checkboxes": {"label", "description", "options"},
}
"""The types of elements, and what each may say of itself."""


def faults(form: Any) -> list[str]:
    """Return everything for which GitHub would refuse a form."""
    if not isinstance(form, dict):
        return ["the form is not a mapping"]
    return [*_top(form), *_body(form["body"] if isinstance(form.get("body"), list) else [])]


def _top(form: dict[Any, Any]) -> Iterator[str]:
    for name in REQUIRED:
        if name not in form:
            yield f"{name} is missing"
    for name, value in form.items():
        if name not in TOP:
            yield f"{name} is not a permitted key"
        elif not isinstance(value, TOP[name]):
            yield f"{name} must be of type {TOP[name].__name__}"
        elif isinstance(value, str) and not value.strip():
            yield f"{name} must not be empty"
    if isinstance(form.get("body"), list) and all(item.get("type") == "markdown" for item in form["body"]):
        yield "body must contain at least one element that is not markdown"


def _body(body: list[Any]) -> Iterator[str]:
    asked = [item for item in body if item.get("type") != "markdown"]
    yield from _repeated("ids", [item["id"] for item in asked if "id" in item])
    labels = [str(item.get("attributes", {}).get("label", "")) for item in asked]
    yield from _repeated("labels", [re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-") for label in labels])
    for number, item in enumerate(body):
        for fault in _element(item):
            yield f"body[{number}]: {fault}"


def _element(item: dict[str, Any]) -> Iterator[str]:
    kind, attributes = item.get("type"), item.get("attributes")
    if kind not in ATTRIBUTES:
        yield f"{kind} is not a type"
        return
    for name in item.keys() - {"type", "id", "attributes", "validations"}:
        yield f"{name} is not a permitted key"
    if kind == "markdown" and item.keys() & {"id", "validations"}:
        yield "markdown has neither id nor validations"
    if not re.fullmatch(r"[A-Za-z0-9_-]+", str(item.get("id", "none"))):
        yield "an id has letters, digits, - and _ only"
    if not isinstance(attributes, dict):
        yield "attributes are missing"
        return
    yield from _attributes(kind, attributes)
    validations = item.get("validations", {})
    if validations.keys() - {"required"} or not isinstance(validations.get("required", False), bool):
        yield "validations may say required: true or false"


def _attributes(kind: str, attributes: dict[str, Any]) -> Iterator[str]:
    for name, value in attributes.items():
        if name not in ATTRIBUTES[kind]:
            yield f"{name} is not an attribute of {kind}"
        elif name not in ("options", "multiple", "default") and not (isinstance(value, str) and value.strip()):
            yield f"{name} must be a text"
    needed = "value" if kind == "markdown" else "label"
    if needed not in attributes:
        yield f"{needed} is missing"
    if kind in ("dropdown", "checkboxes"):
        yield from _options(kind, attributes.get("options"))


def _options(kind: str, options: Any) -> Iterator[str]:
    if not isinstance(options, list) or not options:
        yield "options are missing"
        return
    if kind == "checkboxes":
        if any(not isinstance(option, dict) or option.keys() - {"label", "required"} for option in options):
            yield "an option of checkboxes has a label and may be required"
            return
        options = [option.get("label") for option in options]
    if not all(isinstance(option, str) and option.strip() for option in options):
        yield "options must be texts: quote yes, no, true and false"
        return
    if kind == "dropdown" and "none" in (option.lower() for option in options):
        yield "None is reserved among options"
    yield from _repeated("options", options)


def _repeated(what: str, values: list[Any]) -> Iterator[str]:
    if len(set(values)) < len(values):
        yield f"{what} must be unique"
