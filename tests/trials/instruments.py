"""Instruments in the process under test: they see every byte that leaves or comes in, and every change to a file.

Put on before badgeops begins, in a forked child (see `nursery`); the product knows nothing of them. Each moment that
matters is a *point* with a number and a name. At one point the process can be killed, as by `kill -9`; or an operation
on a file can fail; and all that was done to the files can be written down, for a model of what a disk may hold after
the power was cut (see `disk`).

They sit below every library: on `socket.socket`, on `io.open` and its raw files, and on the functions of `os`.
"""

from __future__ import annotations

import base64
import builtins
import errno
import io
import json
import os
import select
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trials.clocks import Clock

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(frozen=True)
class Orders:
    """What is to happen in one run."""

    root: str
    """The folder whose files are watched."""
    log: str
    """Where to write what was seen; outside of the folder."""
    die_at: int = 0
    """The number of the point at which the process kills itself; 0: at none."""
    die_of: str = ""
    """Only points of this name count for `die_at`: an answer comes in more pieces one time than another."""
    fail_at: int = 0
    """The number of the operation on a file that fails; 0: none."""
    error: int = errno.ENOSPC
    lasts: bool = False
    """All later operations fail too."""
    has_links: bool = True
    """The file system knows hard links."""
    jump: float = 0
    """Seconds by which the clock jumps at its `jump_at`-th reading."""
    jump_at: int = 1
    die_later: int = 0
    """The number of the point after the jump at which the process kills itself; 0: at none."""
    watch: float = 0.05
    """Seconds for which a lease that looks dead is watched; how long is long enough is a matter for the races."""
    patience: float = 0.01
    quiet: float = -60
    """Seconds for which a creation is not repeated; less than nothing: they have gone by."""
    """Seconds that an apply gives the server for requests of a run that is dead."""


@dataclass
class Seen:
    """What the instruments have seen so far."""

    points: list[str] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)
    """On files."""
    journal: list[list[Any]] = field(default_factory=list)
    """What was done to files, for the model of a disk."""


class Instruments:
    """Hooks for one process, which does not live long enough to take them off again."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.seen = Seen()
        self.clock = Clock(orders.jump, orders.jump_at, self.seen.points, self._jumped)
        self._die_at = orders.die_at
        self._lock = threading.RLock()
        self._talks: dict[int, str] = {}
        """What is being asked on each socket."""
        self._names: dict[int, str] = {}
        """Files by their inode: what they were opened as."""
        self._is_full = False
        """The next write to a file fails."""
        self._real: dict[str, Callable[..., Any]] = {}

    def put_on(self) -> None:
        """Set every hook."""
        self._hook_sockets()
        self._hook_files()
        self.clock.put_on()

    def finish(self) -> None:
        """Write down what was seen."""
        seen = {**vars(self.seen), "readings": self.clock.readings}
        handle = self._real["open"](self.orders.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        data = json.dumps(seen).encode()
        while data:
            data = data[self._real["write"](handle, data) :]

    def point(self, name: str) -> None:
        """Count a moment, and die if it is the one."""
        if self.is_last(name):
            self.die()

    def is_last(self, name: str) -> bool:
        """Count a moment that only the caller can prepare, and tell whether it is the last."""
        with self._lock:
            self.seen.points.append(name)
            if self.orders.die_of:
                return name == self.orders.die_of and self.seen.points.count(name) == self._die_at
            return len(self.seen.points) == self._die_at

    def _jumped(self) -> None:
        if self.orders.die_later:
            with self._lock:
                self._die_at = len(self.seen.points) + self.orders.die_later

    def die(self) -> None:
        """End as by `kill -9`."""
        with self._lock:  # for ever: nobody else gets any further
            self.finish()
            os.kill(os.getpid(), signal.SIGKILL)
            signal.pause()

    # sockets

    def _hook_sockets(self) -> None:
        sendall, send, receive = socket.socket.sendall, socket.socket.send, socket.socket.recv_into

        def sending(real: Callable[..., Any]) -> Callable[..., Any]:
            def hooked(this: socket.socket, data: Any, *flags: int) -> Any:
                name = self._request(this, data)
                self.point(f"{name}: before it leaves")
                if self.is_last(f"{name}: when half has left"):
                    sendall(this, memoryview(data)[: len(data) // 2])
                    self.die()
                result = real(this, data, *flags)
                self.point(f"{name}: after it left")
                return result

            return hooked

        def receiving(this: socket.socket, *arguments: Any) -> int:
            name = self._talks.get(id(this), "?")
            self.point(f"{name}: before its answer is there")
            if self.is_last(f"{name}: when its answer is there"):
                select.select([this], [], [], 30)
                self.die()
            size: int = receive(this, *arguments)
            self.point(f"{name}: after its answer was read")
            return size

        socket.socket.sendall = sending(sendall)  # type: ignore[assignment, method-assign]
        socket.socket.send = sending(send)  # type: ignore[method-assign]
        socket.socket.recv_into = receiving  # type: ignore[assignment, method-assign]

    def _request(self, this: socket.socket, data: Any) -> str:
        """Name what is sent: the method and the collection; or more of what was sent before."""
        head = bytes(memoryview(data)[:200]).split(b"\r\n")[0].decode("ascii", "replace").split(" ")
        if len(head) == 3 and head[2].startswith("HTTP/"):
            parts = head[1].partition("?")[0].strip("/").split("/")
            self._talks[id(this)] = f"{head[0]} {'/'.join(parts[:2])}{'/ID' if len(parts) > 2 else ''}"
            return self._talks[id(this)]
        return self._talks.get(id(this), "?") + ", body"

    # files

    def _hook_files(self) -> None:
        for name in ("open", "write", "fsync", "rename", "replace", "link", "unlink", "remove", "chmod", "mkdir"):
            self._real[name] = getattr(os, name)
        self._real["io"] = io.open
        if not self.orders.has_links:
            self._real["link"] = _no_link
        os.open = self._open
        os.write = self._write
        os.fsync = self._fsync
        os.rename = self._two("rename")
        os.replace = self._two("replace")
        os.link = self._two("link")
        os.unlink = os.remove = self._one("unlink")
        os.chmod = self._one("chmod")
        os.mkdir = self._one("mkdir")
        io.open = builtins.open = self._open_stream  # type: ignore[assignment]

    def is_watched(self, path: Any) -> bool:
        """Tell whether a path is inside the watched folder."""
        return isinstance(path, str | bytes | os.PathLike) and os.fsdecode(path).startswith(self.orders.root)

    def kind(self, path: str) -> str:
        """Return what sort of file it is: "state", "journal", …"""
        name = Path(path).name
        for word in ("journal", "holder", "lock", "backup", "new", "logins"):
            if word in name:
                return {"new": "temporary", "logins": "log-in"}.get(word, word)
        return "state" if name.endswith(".json") else "folder"

    def operation(self, name: str) -> None:
        """Count an operation on a file, and let it fail if it is the one."""
        self.point(f"{name}: before")
        self.fail(name)

    def fail(self, name: str) -> None:
        """Raise what was ordered, if it was."""
        with self._lock:
            self.seen.operations.append(name)
            number, at = len(self.seen.operations), self.orders.fail_at
        if at and (number == at or (self.orders.lasts and number > at)):
            raise OSError(self.orders.error, os.strerror(self.orders.error))

    def did(self, *what: Any) -> None:
        """Write down what was done to the files."""
        with self._lock:
            self.seen.journal.append(list(what))

    def _two(self, name: str) -> Callable[..., None]:
        real = self._real[name]
        word = "rename" if name == "replace" else name

        def hooked(source: Any, target: Any, **more: Any) -> None:
            if not self.is_watched(target):
                return real(source, target, **more)
            what = f"{word} {self.kind(str(source))} to {self.kind(str(target))}"
            self.operation(what)
            real(source, target, **more)
            self.did(word, str(source), str(target))
            return self.point(f"{what}: after")

        return hooked

    def _one(self, name: str) -> Callable[..., None]:
        real = self._real[name]

        def hooked(path: Any, *arguments: Any, **more: Any) -> None:
            # What changes nothing is no moment that matters.
            if not self.is_watched(path) or os.path.lexists(path) == (name == "mkdir"):
                return real(path, *arguments, **more)
            what = f"{name} {self.kind(str(path))}"
            self.operation(what)
            real(path, *arguments, **more)
            self.did(name, str(path))
            return self.point(f"{what}: after")

        return hooked

    def _open(self, path: Any, flags: int, *arguments: Any, **more: Any) -> int:
        if not self.is_watched(path) or not flags & WRITING:
            handle: int = self._real["open"](path, flags, *arguments, **more)
            if self.is_watched(path):
                self._names[os.fstat(handle).st_ino] = os.fsdecode(path)
            return handle
        name = os.fsdecode(path)
        what = f"open {self.kind(name)}"
        self.operation(what)
        is_new = not os.path.lexists(name)
        handle = self._real["open"](path, flags, *arguments, **more)
        self._opened(handle, name, is_new=is_new, is_emptied=bool(flags & os.O_TRUNC))
        self.point(f"{what}: after")
        return handle

    def _opened(self, handle: int, name: str, *, is_new: bool, is_emptied: bool) -> None:
        inode = os.fstat(handle).st_ino
        self._names[inode] = name
        if is_new:
            self.did("create", name, inode)
        elif is_emptied:
            self.did("truncate", name, inode)
        if is_new or is_emptied:
            self.clock.stamp(handle, f"open {self.kind(name)}")

    def _write(self, handle: int, data: bytes) -> int:
        name = self._names.get(os.fstat(handle).st_ino)
        if name is None:
            return int(self._real["write"](handle, data))
        return self.written(handle, data, lambda piece: int(self._real["write"](handle, piece)))

    def written(self, handle: int, data: Any, write: Callable[[Any], int]) -> int:
        """Write to a watched file; half of it where the process is to die or the disk to be full."""
        inode = os.fstat(handle).st_ino
        name = self._names.get(inode, "")
        what = f"write {self.kind(name)}"
        data = bytes(data)
        half = data[: len(data) // 2]
        self.point(f"{what}: before")
        if self.is_last(f"{what}: in the middle"):
            self.did("write", name, inode, base64.b64encode(half).decode())
            write(half)
            self.die()
        was_full, self._is_full = self._is_full, False
        if was_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        try:
            self.fail(what)
        except OSError:
            if self.orders.error != errno.ENOSPC or not half:
                raise
            # A full disk takes what fits, and says that it is full when it is asked again.
            self._is_full, data = True, half
        size = write(data)
        self.clock.stamp(handle, what)
        self.did("write", name, inode, base64.b64encode(data[:size]).decode())
        self.point(f"{what}: after")
        return size

    def _fsync(self, handle: int) -> None:
        """Pretend: the disk of these trials is a model."""
        inode = os.fstat(handle).st_ino
        name = self._names.get(inode)
        if name is None:
            self._real["fsync"](handle)
            return
        what = f"fsync {self.kind(name)}"
        self.operation(what)
        self.did("fsync", name, inode)
        self.point(f"{what}: after")

    def _open_stream(self, file: Any, mode: str = "r", buffering: int = -1, *texts: Any, **more: Any) -> Any:
        given = isinstance(file, int)
        watched = self._names.get(os.fstat(file).st_ino) is not None if given else self.is_watched(file)
        if not watched or not set(mode) & set("wax+"):
            return self._real["io"](file, mode, buffering, *texts, **more)
        if not given:
            name = os.fsdecode(file)
            what = f"open {self.kind(name)}"
            self.operation(what)
            is_new = not os.path.lexists(name)
        raw = _raw(self)(file, mode.replace("b", "").replace("t", ""), closefd=more.pop("closefd", True))
        if not given:
            self._opened(raw.fileno(), name, is_new=is_new, is_emptied="w" in mode)
            self.point(f"{what}: after")
        if buffering == 0:
            return raw
        stream = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)  # type: ignore[arg-type]
        return stream if "b" in mode else io.TextIOWrapper(stream, *texts, **more)


def _no_link(*_paths: Any, **_more: Any) -> None:
    """Refuse, as a file system without hard links does."""
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def _raw(instruments: Instruments) -> type[io.FileIO]:
    class Raw(io.FileIO):
        """A file whose writes are seen."""

        def write(self, data: Any) -> int:
            return instruments.written(self.fileno(), data, super().write)

    return Raw
