"""The hand of somebody else: the server's own account, used over HTTP beside badgeops."""

from __future__ import annotations

from typing import Any

import requests

from badgeops.sandbox import PASSWORD, USERNAME

_DECIDED = frozenset(
    (
        *("archivalNote", "archived", "archivedDate", "createdAt", "createdBy", "entityId", "entityType", "id"),
        *("imagePath", "issuer", "issuerOpenBadgeId", "openBadgeId", "organizationId", "originalJson"),
        *("source", "sourceUrl", "staff"),
    )
)
"""Members of answers that a client cannot set, or had better not."""


def as_shown(entity: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a PUT that changes nothing: the hosted service empties what a body leaves out."""
    return {name: value for name, value in entity.items() if name not in _DECIDED and value is not None}


class Api:
    """Reads and writes as a person in the web interface would."""

    def __init__(self, url: str) -> None:
        form = {"username": USERNAME, "password": PASSWORD}
        with requests.post(f"{url}/o/token", data=form, timeout=10) as answer:
            token = answer.json()["access_token"]
        self.url = url
        self.headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def call(self, method: str, path: str, body: Any = None) -> list[dict[str, Any]]:
        """Send one request and return its result list."""
        with requests.request(method, self.url + path, headers=self.headers, json=body, timeout=10) as answer:
            assert answer.status_code < 300, (answer.status_code, answer.text[:500])
            return answer.json()["result"] if answer.content else []

    def badge_classes(self) -> list[dict[str, Any]]:
        """Return all badge classes, archived ones too."""
        return self.call("GET", "/v2/badgeclasses?num=500&include_archived=true")

    def issuers(self) -> list[dict[str, Any]]:
        """Return all issuers."""
        return self.call("GET", "/v2/issuers")

    def named(self, name: str) -> dict[str, Any]:
        """Return the one badge class or issuer of a name."""
        (found,) = [item for item in self.badge_classes() + self.issuers() if item["name"] == name]
        return found

    def edit(self, name: str, **fields: Any) -> None:
        """Change fields of a badge class, leaving the rest as it is."""
        now = self.named(name)
        self.call("PUT", f"/v2/badgeclasses/{now['entityId']}", {**as_shown(now), **fields})

    def delete(self, name: str) -> None:
        """Delete a badge class for good."""
        self.call("DELETE", f"/v2/badgeclasses/{self.named(name)['entityId']}?hard_delete=true")

    def award(self, name: str, people: int = 1, **fields: str) -> None:
        """Award a badge class to some people; `fields` are of their awards."""
        entity_id = self.named(name)["entityId"]
        for number in range(people):
            body = {"recipient": {"identity": f"person{number}@example.net", "type": "email"}, **fields}
            self.call("POST", f"/v2/badgeclasses/{entity_id}/assertions", body)
