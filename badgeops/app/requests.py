"""What requests have in common.

A request is all that a command was asked for, as one value. Its fields are called as the command's parameters are, so
an option is one line in the command's file and one field here or beside the steps that need it.
"""

from __future__ import annotations

from dataclasses import dataclass

from badgeops.app.hints import suggestion


@dataclass(frozen=True, kw_only=True)
class Request:
    """What every command on a catalog is asked for."""

    catalog: str = "."
    """The folder that holds badgeops.yaml."""
    environment: str | None = None
    """The name of one; None for the catalog's default."""

    @property
    def may_use_http(self) -> bool:
        """The server may be talked to without encryption."""
        return False

    def next_command(self, name: str, *more: str) -> str:
        """Return the command to run next, with what it needs to find the same catalog and environment."""
        command = suggestion(f"badgeops {name}", self.catalog, self.environment, allow_http=self.may_use_http)
        return " ".join([command, *more])

    @property
    def given_again(self) -> list[str]:
        """Return the options that the same command needs again to go on, beside those of `next_command`."""
        return []


@dataclass(frozen=True, kw_only=True)
class ServerRequest(Request):
    """What a command that talks to a server is asked for."""

    allow_http: bool = False

    @property
    def may_use_http(self) -> bool:
        """The server may be talked to without encryption."""
        return self.allow_http


@dataclass(frozen=True, kw_only=True)
class RefreshRequest(ServerRequest):
    """What a command that reads the whole account is asked for."""

    parallelism: int = 8
    """How many requests may be under way at once."""
