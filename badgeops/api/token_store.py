"""Where `badgeops login` keeps refresh tokens: the system's keyring, or a file that only the user can read.

One token for each server. A refresh token is used up by each run and replaced by a new one, so the newest must be
durable before it is used; no password is ever kept.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from types import ModuleType

from badgeops.errors import SettingsError
from badgeops.safe_files import atomic, leftovers
from badgeops.safe_files.reading import read_regular

_SERVICE = "badgeops"
_MAX_BYTES = 1024 * 1024
"""A token for each server has far less."""


class Vault:
    """Refresh tokens by server."""

    def __init__(self, path: Path, *, keyring: ModuleType | None = None) -> None:
        self._path = path
        self._keyring = keyring

    @property
    def place(self) -> str:
        """Return where tokens are kept, for people."""
        return "the system's keyring" if self._keyring is not None else str(self._path)

    def get(self, server: str) -> str | None:
        """Return the token for a server; None where nobody has logged in."""
        if self._keyring is not None:
            found: str | None = self._keyring.get_password(_SERVICE, server)
            return found
        return self._read().get(server)

    def put(self, server: str, token: str) -> None:
        """Keep a token, durably, in place of the one before."""
        if self._keyring is not None:
            self._keyring.set_password(_SERVICE, server, token)
            return
        self._write({**self._read(), server: token})

    def remove(self, server: str) -> bool:
        """Forget the token of a server. False where there was none."""
        if self.get(server) is None:
            return False
        if self._keyring is not None:
            self._keyring.delete_password(_SERVICE, server)
        else:
            self._write({name: token for name, token in self._read().items() if name != server})
        return True

    def _read(self) -> dict[str, str]:
        try:
            data = json.loads(read_regular(str(self._path), _MAX_BYTES))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise SettingsError(
                f"The log-in file {self._path} cannot be read: {type(error).__name__}.",
                hint="Delete it and log in again:\n  badgeops login",
            ) from error
        return {str(name): str(token) for name, token in data.items()} if isinstance(data, dict) else {}

    def _write(self, tokens: dict[str, str]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.suppress(OSError):  # made by somebody else, or where there are no permissions
                self._path.parent.chmod(0o700)
            atomic.replace(self._path, [json.dumps(tokens).encode()], is_durable=True)
            leftovers.sweep_beside(self._path)
        except OSError as error:
            raise SettingsError(
                f"The log-in file {self._path} cannot be written: {error.strerror}.",
                hint="Set BADGEOPS_USERNAME and BADGEOPS_PASSWORD instead of logging in.",
            ) from error


def logins_file() -> Path:
    """Return the file for the tokens of a computer without a keyring; RuntimeError where there is no place for one."""
    from platformdirs import user_config_path  # noqa: PLC0415

    return user_config_path("badgeops", appauthor=False) / "logins.json"


def open_vault() -> Vault:
    """Return this user's vault. The keyring is used where the package `keyring` is installed and has a real backend."""
    path = logins_file()
    try:
        import keyring  # noqa: PLC0415 (an extra: badgeops[keyring])
        from keyring.backends import fail  # noqa: PLC0415
    except ImportError:
        return Vault(path)
    usable = not isinstance(keyring.get_keyring(), fail.Keyring)
    return Vault(path, keyring=keyring if usable else None)
