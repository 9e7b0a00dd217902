"""What holds for every test: no network but loopback, no setting of the machine, no file of the real home."""

from __future__ import annotations

import ipaddress
import itertools
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["support.fit", "support.goldens", "support.skips", "support.tiers"]

# A build server that runs us in the background lets Ctrl-C be ignored, and so would all that the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


_FOREIGN = {
    "ALL_PROXY",
    "CI_JOB_URL",
    "COLUMNS",
    "COVERAGE_PROCESS_CONFIG",  # what a test starts is not measured: that would take six times as long
    "CURL_CA_BUNDLE",
    "FORCE_COLOR",
    "GITHUB_RUN_ID",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NETRC",
    "NO_COLOR",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
}
"""Variables of the machine that change what badgeops or its libraries do; some are also read in lower case."""
_FOLDERS = {
    "HOME": "",
    "USERPROFILE": "",
    "XDG_CACHE_HOME": "cache",
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
}
_number = itertools.count()


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which each test's home is made."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def _clean_environment(homes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start each test in an empty home and without the variables that would change its course."""
    for name in list(os.environ):
        if name.startswith("BADGEOPS_") or name.upper() in _FOREIGN:
            monkeypatch.delenv(name)
    home = homes / str(next(_number))
    home.mkdir()
    for name, folder in _FOLDERS.items():
        monkeypatch.setenv(name, str(home / folder))


@pytest.fixture
def journals(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the journals that are dropped once they have done their work."""
    from badgeops.state.backends.file import FileBackend

    kept: list[str] = []
    drop = FileBackend.drop_journal

    def keep(self: FileBackend) -> None:
        kept.append(self.read().journal)
        drop(self)

    monkeypatch.setattr(FileBackend, "drop_journal", keep)
    return kept


class ForbiddenConnectionError(RuntimeError):
    """A test wanted to leave this computer. No OSError, which the code under test would translate."""


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection and every name look-up that goes beyond this computer."""
    for method in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))
    look_up = socket.getaddrinfo

    def guarded_look_up(host: Any, *args: Any, **more: Any) -> Any:
        _refuse_unless_loopback(host)
        return look_up(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_unless_loopback(address[0])
        return connect(self, address)

    return guarded


def _refuse_unless_loopback(host: str | bytes | None) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name == "localhost":
        return
    try:
        if ipaddress.ip_address(name).is_loopback:
            return
    except ValueError:
        pass
    raise ForbiddenConnectionError(f"a test wanted to connect to {name}")
