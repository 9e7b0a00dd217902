"""What an account is known by: a token, or a user name and a password."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the user gave us to log in with. Nothing of it is ever printed."""

    token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    origin: str = "the environment"
    """Where they come from, to say so: "BADGEOPS_USERNAME and BADGEOPS_PASSWORD"."""

    @property
    def are_missing(self) -> bool:
        """There is nothing to log in with."""
        return not (self.token or self.refresh_token or self.have_password)

    @property
    def have_password(self) -> bool:
        """There are a user name and a password."""
        return bool(self.username and self.password)

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that must never be shown."""
        return tuple(value for value in (self.token, self.refresh_token, self.password) if value)
