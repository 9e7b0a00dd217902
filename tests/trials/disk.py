"""What a disk may hold after the power was cut: pure.

POSIX promises little. What was written and not fsynced may be there whole, in part, or as zeros; a new name, a rename
or a removal is certain only once its folder was fsynced, and of those that were not, any may have come about.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any


@dataclass
class _File:
    """A file's bytes: those that are certain, and those that are in memory."""

    certain: bytes = b""
    now: bytes = b""


@dataclass
class Disk:
    """A folder tree; begins with what was there for long, and is told what was done."""

    files: dict[str, _File] = field(default_factory=dict)
    """By path: as it looks to whoever reads it before the power is cut."""
    certain: dict[str, _File] = field(default_factory=dict)
    """By path: as the folders are on the disk for certain."""
    waiting: list[tuple[str, dict[str, _File | None]]] = field(default_factory=list)
    """Changes to folders that are not certain: the folder, and what its names stand for (None: nothing)."""
    folders: set[str] = field(default_factory=set)
    """Those that were made."""

    @classmethod
    def holding(cls, files: Mapping[str, bytes]) -> Disk:
        """Return a disk on which these files are certain."""
        made = {path: _File(data, data) for path, data in files.items()}
        return cls(dict(made), dict(made))

    def replay(self, done: Iterable[list[Any]]) -> None:
        """Do what `instruments` have seen."""
        for what, *arguments in done:
            getattr(self, f"_{what}")(*arguments)

    @property
    def is_certain(self) -> bool:
        """Tell whether nothing waits to be made durable, so that the power may go and nothing with it."""
        return not self.waiting and all(file.now == file.certain for file in self.certain.values())

    def after_power_cut(self, dice: random.Random) -> dict[str, bytes]:
        """Return one of the many things that may be found when the power is back."""
        names = dict(self.certain)
        in_order = dice.random() < 0.5  # as file systems with a journal do
        until = dice.randint(0, len(self.waiting))
        for number, (_, changes) in enumerate(self.waiting):
            if (number < until) if in_order else dice.random() < 0.5:
                for path, file in changes.items():
                    if file is None:
                        names.pop(path, None)
                    else:
                        names[path] = file
        contents = {id(file): _torn(file, dice) for file in names.values()}
        lost = {PurePath(path) for path in self.folders if path not in names}
        return {
            path: contents[id(file)]
            for path, file in sorted(names.items())
            if path not in self.folders and lost.isdisjoint(PurePath(path).parents)
        }

    # what was done

    def _create(self, path: str, _inode: int) -> None:
        self._change(path, _File())

    def _truncate(self, path: str, _inode: int) -> None:
        self.files[path].now = b""

    def _write(self, path: str, _inode: int, data: str) -> None:
        self.files[path].now += base64.b64decode(data)

    def _fsync(self, path: str, _inode: int) -> None:
        if path in self.files and path not in self.folders:
            self.files[path].certain = self.files[path].now
            return
        for folder, changes in self.waiting:
            if folder == path:
                self._settle(changes)
        self.waiting = [each for each in self.waiting if each[0] != path]

    def _rename(self, source: str, target: str) -> None:
        self._change(target, self.files[source], source)

    def _link(self, source: str, target: str) -> None:
        self._change(target, self.files[source])

    def _unlink(self, path: str) -> None:
        self._change(path, None)

    def _chmod(self, _path: str) -> None:
        pass

    def _mkdir(self, path: str) -> None:
        self.folders.add(path)
        self._change(path, _File())

    def _change(self, path: str, file: _File | None, gone: str | None = None) -> None:
        changes: dict[str, _File | None] = {path: file}
        if gone is not None:
            changes[gone] = None
        for name, now in changes.items():
            if now is None:
                self.files.pop(name, None)
            else:
                self.files[name] = now
        self.waiting.append((str(PurePath(path).parent), changes))

    def _settle(self, changes: Mapping[str, _File | None]) -> None:
        for path, file in changes.items():
            if file is None:
                self.certain.pop(path, None)
            else:
                self.certain[path] = file


def _torn(file: _File, dice: random.Random) -> bytes:
    """Return what is certain of a file and some of what is not."""
    if file.now == file.certain:
        return file.now
    if not file.now.startswith(file.certain):  # emptied and written anew
        return dice.choice([file.certain, file.now, file.now[: dice.randint(0, len(file.now))]])
    there = dice.randint(len(file.certain), len(file.now))
    match dice.randrange(4):
        case 0:
            return file.certain
        case 1:
            return file.now[:there]
        case 2:  # the size came first, the bytes did not
            return file.now[:there] + bytes(len(file.now) - there)
        case _:  # a page in the middle did not
            after = dice.randint(there, len(file.now))
            return file.now[:there] + bytes(after - there) + file.now[after:]
