"""Which routes there are, what each of them takes, and for whom."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from badgeops.sandbox import assertions, badgeclasses, issuers, profile
from badgeops.sandbox.envelope import not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from badgeops.sandbox.envelope import Answer
    from badgeops.sandbox.users import User

    Handlers = Mapping[str, Callable[..., Answer]]

ISSUER: Final = frozenset({"rw:issuer"})
PROFILE: Final = frozenset({"rw:profile", "r:profile"})
ANY_SCOPE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Route:
    """One path and what may be done with it."""

    path: str
    handlers: Handlers
    scopes: frozenset[str] = ANY_SCOPE
    """One of these is needed; many routes forget to ask, and take any token."""
    for_everyone: bool = False
    """Also for accounts without a verified address."""

    @property
    def allowed(self) -> list[str]:
        """The methods for the Allow header."""
        head = ["HEAD"] if "GET" in self.handlers else []
        return [*self.handlers, *head, "OPTIONS"]

    def admits(self, user: User, scopes: frozenset[str]) -> bool:
        """Whether the caller may come here at all."""
        return (self.for_everyone or user.is_verified) and (not self.scopes or bool(self.scopes & scopes))


ONE_ISSUER: Final[Handlers] = {"GET": issuers.get, "PUT": issuers.change, "DELETE": issuers.delete}
ONE_BADGECLASS: Final[Handlers] = {
    "GET": badgeclasses.get,
    "PUT": badgeclasses.change,
    "DELETE": badgeclasses.delete,
}

COMMON: Final = (
    Route("/v2/users/self", {"GET": profile.show}, PROFILE, for_everyone=True),
    Route("/v2/users/<ident>", {"GET": profile.show_by_id}, PROFILE, for_everyone=True),
    Route("/v2/issuers", {"GET": issuers.list_all, "POST": issuers.create}, ISSUER),
    Route(
        "/v2/issuers/<ident>/badgeclasses",
        {"GET": badgeclasses.list_of_issuer, "POST": badgeclasses.create_under_issuer},
    ),
    Route("/v2/badgeclasses", {"GET": badgeclasses.list_all, "POST": badgeclasses.create}),
    Route("/v2/badgeclasses/<ident>", ONE_BADGECLASS),
    Route(
        "/v2/badgeclasses/<ident>/assertions",
        {"GET": assertions.list_of_badgeclass, "POST": assertions.create},
    ),
    Route(
        "/v2/issuers/<ident>/assertions",
        {"GET": assertions.list_of_issuer, "POST": assertions.create_under_issuer},
    ),
    Route(
        "/v2/assertions/<ident>",
        {"GET": assertions.get, "PUT": assertions.change, "DELETE": assertions.revoke},
    ),
    Route("/v2/assertions/revoke", {"POST": assertions.revoke_many}),
)

OPEN_SOURCE: Final = (
    Route("/v2/issuers/<ident>", ONE_ISSUER),
    Route("/v2/issuers/changed", {"GET": issuers.list_changed}, ISSUER),
    Route("/v2/badgeclasses/changed", {"GET": badgeclasses.list_changed}, ISSUER),
    Route("/v2/assertions/changed", {"GET": assertions.list_changed}, ISSUER),
    Route("/v2/badgeclasses/<ident>/issue", {"POST": assertions.create_many}),
    Route("/v2/auth/tokens", {"GET": profile.list_tokens}, for_everyone=True),
    Route("/v2/auth/tokens/<ident>", {"DELETE": profile.delete_token}, for_everyone=True),
)


def by_reference(handlers: Handlers) -> Handlers:
    """Let handlers find their object by its openBadgeId in base64, of either alphabet."""

    def bound(handler: Callable[..., Answer]) -> Callable[..., Answer]:
        return lambda call, ref: handler(call, _referred(ref))

    return {method: bound(handler) for method, handler in handlers.items()}


def _referred(ref: str) -> str:
    try:
        address = base64.urlsafe_b64decode(ref.replace("+", "-").replace("/", "_") + "=" * (-len(ref) % 4)).decode()
    except ValueError as problem:
        raise not_found() from problem
    return address.rpartition("/")[2]


CHANGEABLE_ISSUER: Final[Handlers] = {**ONE_ISSUER, "PATCH": issuers.change}

HOSTED: Final = (
    Route("/v2/issuers/<ident>", CHANGEABLE_ISSUER),
    Route("/v2/issuers/ref/<path:ref>", by_reference(CHANGEABLE_ISSUER)),
    Route("/v2/issuers/openBadgeId/<path:ref>", by_reference(CHANGEABLE_ISSUER)),
    Route("/v2/badgeclasses/ref/<path:ref>", by_reference(ONE_BADGECLASS)),
    Route("/v2/badgeclasses/reactivate/ref/<path:ref>", by_reference({"POST": badgeclasses.reactivate})),
    Route("/v2/badgeclasses/reactivate/<ident>", {"POST": badgeclasses.reactivate}),
    Route("/v2/badgeclasses/<ident>/duplicate", {"POST": badgeclasses.duplicate}),
)


def routes(*, hosted: bool) -> tuple[Route, ...]:
    """Give the routes of a dialect."""
    return COMMON + (HOSTED if hosted else OPEN_SOURCE)
