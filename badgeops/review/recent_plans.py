"""The last plans by their digests, so that `apply --expect-digest` can show what a reviewed plan would have done.

They lie in the user's cache folder, which only its owner can read or write. They may be deleted, damaged or missing at
any time, and are never believed: whoever reads one checks that it has the digest it is kept under.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from badgeops.safe_files import atomic
from badgeops.safe_files.reading import open_private

KEPT = 20
"""Plans; the oldest goes first."""
MOST_CHANGES = 200
"""A plan with more is not kept: it would cost time in each plan, and nobody reads where two of that size differ."""
_MOST_BYTES = 64 * 1024 * 1024


class Plans:
    """The plans that were made last, as JSON."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder / "plans" if folder is not None else None

    def put(self, digest: str, text: str) -> None:
        """Keep a plan; a folder that cannot be written is no error."""
        if self._folder is None:
            return
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            atomic.replace(self._path(self._folder, digest), [text.encode()])
            self._tidy(self._folder)

    def get(self, digest: str) -> str | None:
        """Return the plan that is kept under a digest; None where there is none that can be read."""
        if self._folder is None:
            return None
        with suppress(OSError, UnicodeDecodeError), open_private(self._path(self._folder, digest)) as file:
            return file.read(_MOST_BYTES).decode()
        return None

    @staticmethod
    def _path(folder: Path, digest: str) -> Path:
        return folder / f"{digest.removeprefix('sha256:')}.json"

    @staticmethod
    def _tidy(folder: Path) -> None:
        """Delete the oldest plans, and what a run left behind that was killed while it wrote one."""
        found = sorted(folder.glob("*"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in found[KEPT:]:
            path.unlink()
