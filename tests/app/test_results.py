"""A result overwrites nothing that may be the only copy: neither a file of a state nor a log-in."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from badgeops.api.token_store import logins_file
from badgeops.app.folders import cache_folder
from badgeops.app.results import refuse_to_overwrite_inputs
from badgeops.errors import SettingsError
from badgeops.state.backends.file import FileBackend
from badgeops.state.kept import Keeper, folder_beside

SETTINGS = """\
catalog: test
environments:
  sandbox: {server: sandbox}
  prod: {server: canvas-us}
  own: {server: canvas-eu, state: elsewhere/Own.state}
"""
STATES = ["state/prod.json", "elsewhere/Own.state", ".badgeops/sandbox.state.json"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a catalog with settings, and a folder for each state."""
    made = tmp_path / "catalog"
    for state in STATES:
        (made / state).parent.mkdir(parents=True, exist_ok=True)
    (made / "badgeops.yaml").write_text(SETTINGS, "utf-8")
    return made


def own_files(root: Path) -> list[Path]:
    """Return what badgeops keeps for each environment, be it there or not, also half written."""
    found = []
    for state in STATES:
        path = root / state
        hidden = path.with_name(f".{path.name}")
        found += [path, path.with_name(f"{path.name}.backup"), folder_beside(path), folder_beside(path) / "new.html"]
        found += [Path(f"{hidden}.{end}") for end in ("journal", "lock", "holder", "holder.abc", "x1_.new")]
        found += [folder_beside(path) / ".5f.png.abcd_123.new", Path(f"{hidden}.backup.new")]
    return found


@pytest.mark.parametrize("spelling", ["as it is", "in capitals", "by way of another folder", "through a link"])
def test_no_result_takes_the_place_of_what_is_kept_beside_a_state(root: Path, spelling: str) -> None:
    """Of any environment, existing or not, however the file is named."""
    (root.parent / "link").symlink_to(root)
    for path in own_files(root):
        inside = path.relative_to(root)
        named = {
            "as it is": path,
            "in capitals": path.with_name(path.name.upper()),
            "by way of another folder": root / "images" / ".." / inside,
            "through a link": root.parent / "link" / inside,
        }[spelling]

        with pytest.raises(SettingsError, match=r"belongs to .* and was not"):
            refuse_to_overwrite_inputs(str(root), named)


@pytest.mark.parametrize("is_broken", [False, True])
def test_what_badgeops_wrote_is_known_without_the_settings(root: Path, is_broken: bool) -> None:
    """They may be of another catalog, or nobody can read them: then the files themselves tell."""
    if is_broken:
        (root / "badgeops.yaml").write_text("environments: [", "utf-8")
    other = root.parent / "other"
    other.mkdir()
    state = other / "s.json"
    state.write_text('{"format": "badgeops-state"}', "utf-8")
    kept = Keeper(folder_beside(state), "s.kept").keep(b"picture", "png")

    hidden = [path for path in own_files(root) if path.name.startswith(".")]
    for place in (state, other / kept, *hidden):
        with pytest.raises(SettingsError, match="belongs to"):
            refuse_to_overwrite_inputs(str(root), place)
    assert (other / kept).read_bytes() == b"picture"


def test_log_ins_and_caches_are_no_place_for_a_result(root: Path) -> None:
    """A refresh token works once, so its file is the only copy."""
    cache = cache_folder()
    assert cache is not None
    for place in (logins_file(), cache / "plans" / "x.json", cache / "images.json"):
        with pytest.raises(SettingsError, match=r"belongs to (the log-in|badgeops' cache)"):
            refuse_to_overwrite_inputs(str(root), place)


@pytest.mark.parametrize("name", ["plan.json", "plan.html", "state/prod.snapshot.json", "keptnotes.md", "state/a.md"])
def test_a_result_may_lie_beside_them(root: Path, name: str) -> None:
    """Nothing else is refused there."""
    refuse_to_overwrite_inputs(str(root), root / name)


def test_states_are_where_this_test_takes_them_to_be(root: Path) -> None:
    """What a backend writes is among what is refused."""
    backend = FileBackend(root / "state/prod.json", "state/prod.json")

    assert {str(backend._journal), str(backend._path)} <= set(map(str, own_files(root)))
    assert not list(itertools.filterfalse(Path.is_absolute, own_files(root)))
