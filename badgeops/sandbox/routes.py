"""Which routes there are, what each of them takes, and for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from badgeops.sandbox import badgeclasses, issuers, profile

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


COMMON: Final = (
    Route("/v2/users/self", {"GET": profile.show}, PROFILE, for_everyone=True),
    Route("/v2/users/<ident>", {"GET": profile.show_by_id}, PROFILE, for_everyone=True),
    Route("/v2/issuers", {"GET": issuers.list_all, "POST": issuers.create}, ISSUER),
    Route(
        "/v2/issuers/<ident>/badgeclasses",
        {"GET": badgeclasses.list_of_issuer, "POST": badgeclasses.create_under_issuer},
    ),
    Route("/v2/badgeclasses", {"GET": badgeclasses.list_all, "POST": badgeclasses.create}),
    Route(
        "/v2/badgeclasses/<ident>",
        {"GET": badgeclasses.get, "PUT": badgeclasses.change, "DELETE": badgeclasses.delete},
    ),
)

ONE_ISSUER: Final[Handlers] = {"GET": issuers.get, "PUT": issuers.change, "DELETE": issuers.delete}

OPEN_SOURCE: Final = (
    Route("/v2/issuers/<ident>", ONE_ISSUER),
    Route("/v2/issuers/changed", {"GET": issuers.list_changed}, ISSUER),
    Route("/v2/badgeclasses/changed", {"GET": badgeclasses.list_changed}, ISSUER),
    Route("/v2/auth/tokens", {"GET": profile.list_tokens}, for_everyone=True),
    Route("/v2/auth/tokens/<ident>", {"DELETE": profile.delete_token}, for_everyone=True),
)

HOSTED: Final = (
    Route("/v2/issuers/<ident>", {**ONE_ISSUER, "PATCH": issuers.change}),
    Route("/v2/badgeclasses/reactivate/<ident>", {"POST": badgeclasses.reactivate}),
    Route("/v2/badgeclasses/<ident>/duplicate", {"POST": badgeclasses.duplicate}),
)


def routes(*, hosted: bool) -> tuple[Route, ...]:
    """Give the routes of a dialect."""
    return COMMON + (HOSTED if hosted else OPEN_SOURCE)
