"""What runs that were killed while they wrote a file have left beside it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from badgeops.api.token_store import Vault
from badgeops.catalog.folder import load
from badgeops.catalog.images import raster
from badgeops.catalog.referenced_files import FactsCache
from badgeops.safe_files import leftovers


def left_by(path: Path, seconds_ago: float, name: str = "") -> Path:
    """Leave what a run was writing for a file when it was killed."""
    left = path.with_name(name or f".{path.name}.ab12_xyz.new")
    left.write_text("half")
    then = time.time() - seconds_ago
    os.utime(left, (then, then))
    return left


def test_only_what_badgeops_left_of_this_file_is_swept_away(tmp_path: Path) -> None:
    """Not what another run may be writing this minute, not files of other names, and no folder."""
    path = tmp_path / "logins.json"
    left = left_by(path, 3600)
    folder = tmp_path / ".logins.json.ab12_abc.new"
    folder.mkdir()
    os.utime(folder, (0, 0))
    others = [
        folder,
        left_by(path, 5, ".logins.json.ab12_now.new"),
        left_by(path, 3600, ".logins.json.new"),
        left_by(path, 3600, ".loginsxjson.ab12_xyz.new"),
        left_by(path, 3600, "logins.json.ab12_xyz.new"),
    ]

    leftovers.sweep_beside(path)

    assert not left.exists()
    assert all(other.exists() for other in others)


def test_who_writes_a_log_in_sweeps_beside_it(tmp_path: Path) -> None:
    """What was left holds a token."""
    path = tmp_path / "logins.json"
    left = left_by(path, 3600)

    Vault(path).put("https://x.example", "token")

    assert not left.exists()


def test_who_writes_down_facts_of_images_sweeps_beside_them(tmp_path: Path) -> None:
    """Where a new image was seen."""
    facts = FactsCache(tmp_path)
    path = tmp_path / f"images-v{raster.FACTS_FORMAT}.json"
    left = left_by(path, 3600)

    facts.of(b"no image, which is a fact as well")
    facts.save()

    assert path.exists()
    assert not left.exists()


def test_who_writes_a_cache_sweeps_beside_it(tmp_path: Path) -> None:
    """Each may be megabytes."""
    catalog, cache = tmp_path / "catalog", tmp_path / "cache"
    catalog.mkdir()
    (catalog / "badgeops.yaml").write_text("catalog: c\n")
    (catalog / "a.yaml").write_text("kind: Issuer\nkey: a\n")
    load(catalog, ".", cache)
    (path,) = cache.iterdir()
    left = left_by(path, 3600)
    path.write_bytes(b"damaged, so that it is written anew")

    load(catalog, ".", cache)

    assert [each.name for each in cache.iterdir()] == [path.name]
    assert not left.exists()
