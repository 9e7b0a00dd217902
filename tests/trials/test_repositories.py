"""Repositories and pictures that lie, and what the trials would notice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trials import inputs, repeatable, repositories
from trials.seeds import tried


@pytest.mark.parametrize("name", tried(repositories))
def test_a_repository_does_no_harm(name: str) -> None:
    """Whatever it holds: success, or one message, nothing of a secret, and no program of its own is started."""
    with repeatable("repositories", name):
        assert repositories.run(name)


def _no(*_: Any, **__: Any) -> bool:
    return False


def _yes(*_: Any, **__: Any) -> bool:
    return True


@pytest.mark.parametrize(
    ("part", "broken"),
    [
        ("links", {"badgeops.catalog.folder.is_inside": _yes, "badgeops.catalog.folder.is_hidden": _no}),
        ("references", {"badgeops.catalog.withheld.is_hidden": _no}),
        ("git", {"badgeops.catalog.git_ignored._CAREFUL": ()}),
        ("line-ends", {"badgeops.catalog.images.raster.as_committed": lambda data: data}),
        ("pictures", {"badgeops.catalog.images.png._animation": lambda *_: iter(())}),
    ],
)
def test_what_does_harm_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, broken: dict[str, Any]
) -> None:
    """With the check taken out that keeps badgeops from it, a trial or two are enough."""
    monkeypatch.setattr(inputs, "MEGABYTES", 10_000)  # this process has run other tests
    for variable in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    for target, value in broken.items():
        monkeypatch.setattr(target, value)

    def live_on() -> None:
        for number in range(3):
            folder = tmp_path / str(number)
            folder.mkdir()
            repositories.TRIALS[part](repositories.Repository(folder, f"{part}-{number}"))

    with pytest.raises(AssertionError):
        live_on()
