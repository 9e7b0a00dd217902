"""The exchanges observed on a real server, as cases in `exchanges/`: each file is a list, each case one request.

A case names what is needed before (`given`, steps from `setup.yaml`), who asks (`as`), the request, and the answer.
`{name}` stands for a value that an earlier step kept, `<name>` for an input made here or for any value of a form.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from support.images import data_uri, png, png_that_claims

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

EXCHANGES = Path(__file__).parent / "exchanges"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C, if there is one: these files are read before the first test."""
SETUP: dict[str, Any] = yaml.load((EXCHANGES / "setup.yaml").read_text(), LOADER)  # noqa: S506 (a safe loader)
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted(EXCHANGES.glob("*.yaml"))
    if path.stem != "setup"
    for case in yaml.load(path.read_text(), LOADER)  # noqa: S506 (a safe loader)
]

FORMS = {
    "<any-id>": r"[A-Za-z0-9_-]{22}",
    "<any-time>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?(Z|\+00:00)",
    "<any-hash>": r"sha256\$[0-9a-f]{64}",
    "<any-hex>": r"[0-9a-f]{32}",
    "<any-token>": r"\S{20,}",
    "<any-text>": r"(?s).*",
    "<issuer-png>": r"{base}/media/uploads/issuers/issuer_logo_[0-9a-f-]{36}\.png",
    "<issuer-svg>": r"{base}/media/uploads/issuers/issuer_logo_[0-9a-f-]{36}\.svg",
    "<badge-png>": r"{base}/media/uploads/badges/[0-9a-f-]{36}\.png",
    "<award-png>": r"{base}/media/uploads/badges/assertion-[A-Za-z0-9_-]{22}\.png",
    "<new-award-png>": r"{base}/media/assertion-[0-9a-f]{32}\.png",
}


def _svg() -> str:
    text = '<?xml version="1.0"?><!-- c --><svg xmlns="http://www.w3.org/2000/svg" onload="x()"><g/></svg>'
    return data_uri(text, "image/svg+xml")


@cache
def inputs() -> dict[str, str]:
    """Make the images that cases send."""
    return {
        "<png>": data_uri(png(100, 100, mode="RGB")),
        "<jpeg>": data_uri(png(100, 100, mode="RGB", format_="JPEG"), "image/jpeg"),
        "<svg>": _svg(),
        "<bomb>": data_uri(png_that_claims(15000, 12000)),
        "<large>": data_uri(png_that_claims(10000, 10000)),
    }


class Exchange:
    """One case being played."""

    def __init__(self, client: Any, clients: dict[str, Any]) -> None:
        self.client = client
        self.clients = clients
        self.kept: dict[str, Any] = {"base": client.base, "origin": "http://sandbox.badgeops.test"}

    def send(self, step: dict[str, Any]) -> requests.Response:
        """Send a step's request."""
        step = self.filled(step)
        client = self.clients[step.get("as", "admin")]
        more = {name: step[name] for name in ("data", "params") if name in step}
        return client(step["method"], step["path"], step.get("json"), headers=step.get("headers", {}), **more)

    def prepare(self, names: list[str]) -> None:
        """Play setup steps, each once."""
        for name in names:
            if f"done {name}" not in self.kept:
                step = SETUP[name]
                self.prepare(step.get("given", []))
                answer = self.send(step)
                assert answer.ok, answer.text
                self.kept[f"done {name}"] = ""
                if "keep" in step:
                    body = answer.json()
                    found = body["result"][0] if "result" in body else body
                    self.kept |= {variable: found[member] for variable, member in step["keep"].items()}

    def filled(self, value: Any) -> Any:
        """Replace `{name}` and inputs, at any depth."""
        if isinstance(value, dict):
            return {self.filled(name): self.filled(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if isinstance(value, str):
            for name, kept in self.kept.items():
                value = value.replace(f"{{{name}}}", str(kept))
            return inputs().get(value, value)
        return value

    def check(self, case: dict[str, Any], answer: requests.Response) -> None:
        """Compare the answer with the case."""
        wanted = self.filled(case["answer"])
        assert answer.status_code == wanted["status"], answer.text
        for name, value in wanted.get("headers", {}).items():
            assert _fits(value, answer.headers.get(name), self.kept), (name, answer.headers.get(name))
        if "page" in wanted:
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            assert answer.text.lstrip().startswith("<!doctype html>")
        if "text" in wanted:
            assert answer.text == wanted["text"]
        if "body" in wanted:
            assert _fits(wanted["body"], json.loads(answer.text), self.kept), answer.text
        if "error" in wanted:
            body = {"status": {"success": False, "description": "bad request"}, "result": []}
            body |= {"fieldErrors": {}, "validationErrors": []} | wanted["error"]
            body["status"]["description"] = body.pop("description", "bad request")
            assert _fits(body, answer.json(), self.kept), answer.text
        if "result" in wanted:
            assert answer.json()["status"] == {"success": True, "description": "ok"}
            assert len(answer.json()["result"]) == 1
            (found,) = answer.json()["result"]
            seen = {name: found[name] for name in wanted["result"]}
            assert _fits(wanted["result"], seen, self.kept), seen


def _fits(wanted: Any, found: Any, kept: dict[str, Any]) -> bool:
    """Compare, letting `<form>` stand for any string of that form; order of members does not matter."""
    if isinstance(wanted, str) and wanted in FORMS:
        pattern = FORMS[wanted].replace("{base}", re.escape(kept["base"]))
        return isinstance(found, str) and re.fullmatch(pattern, found) is not None
    if isinstance(wanted, dict) and isinstance(found, dict):
        return wanted.keys() == found.keys() and all(_fits(wanted[k], found[k], kept) for k in wanted)
    if isinstance(wanted, list) and isinstance(found, list):
        pairs = zip(wanted, found, strict=False)
        return len(wanted) == len(found) and all(_fits(*pair, kept) for pair in pairs)
    return bool(wanted == found)


def needed(step: dict[str, Any]) -> set[str]:
    """Name all the setup steps that a step needs, also those they need in turn."""
    names = set(step.get("given", []))
    return names.union(*(needed(SETUP[name]) for name in names))


@pytest.mark.parametrize("case", CASES)
def test_exchange(case: dict[str, Any], sandbox: Any, client: Any, connect: Callable[..., Any]) -> None:
    """The sandbox answers as the real server was seen to answer."""
    other = sandbox.add_account("other@example.org", "other")
    sandbox.add_account("nomail@example.org", "nomail", verified=False)
    people = {
        "other": lambda: connect(sandbox, "other@example.org", "other"),
        "unverified": lambda: connect(sandbox, "nomail@example.org", "nomail"),
        "profile-only": lambda: connect(sandbox, grant_type="password", client_id="public", scope="rw:profile"),
        "nobody": lambda: type(client)(client.base, None, client.session),
        "stranger": lambda: type(client)(client.base, "no-such-token", client.session),
    }
    names = {step.get("as") for step in (case, *(SETUP[name] for name in needed(case)))} - {None}
    exchange = Exchange(client, {"admin": client} | {name: people[name]() for name in names})
    exchange.kept |= {"me": client.one("GET", "/v2/users/self")["entityId"], "other": other, "token": client.token}
    exchange.prepare(case.get("given", []))
    exchange.check(case, exchange.send(case))
