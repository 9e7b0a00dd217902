"""Keeping a log-in: what must be on the disk before a token that replaces another is used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from badgeops.api.token_store import Vault


def test_a_token_is_durable_before_it_takes_the_place_of_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one before has been used up: a power cut must leave neither it nor half a file in its place."""
    path = tmp_path / "logins.json"
    vault = Vault(path)
    vault.put("https://x.example", "old")
    done: list[tuple[str, int, int]] = []
    fsync, replace = os.fsync, os.replace

    def synced(handle: int) -> None:
        fsync(handle)
        done.append(("fsync", os.fstat(handle).st_ino, os.fstat(handle).st_size))

    def replaced(source: str, target: str) -> None:
        replace(source, target)
        done.append(("replace", os.stat(target).st_ino, os.stat(target).st_size))  # noqa: PTH116

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    vault.put("https://x.example", "new")

    file, folder = path.stat(), tmp_path.stat()
    assert done[:2] == [(what, file.st_ino, file.st_size) for what in ("fsync", "replace")]
    assert [each[:2] for each in done[2:]] == [("fsync", folder.st_ino)]
    assert vault.get("https://x.example") == "new"
