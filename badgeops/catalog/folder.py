"""The catalog's folder -> documents. Reads YAML files and nothing else; `referenced_files` reads what they refer to.

Whatever lies around in the folder ends in a diagnostic, never in a crash or a hang: a pipe, a loop of links, a file
without permission, a file in another encoding.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from badgeops.catalog import looking
from badgeops.catalog.content import MAX_BYTES, Kept, UndecodableText, decode, is_own_result
from badgeops.catalog.foreign import foreign_file, is_foreign
from badgeops.catalog.git_ignored import GitCannotTellError, GitIgnored
from badgeops.catalog.ignore import IGNORE_FILE, Ignore
from badgeops.catalog.parse_cache import ParsedFiles
from badgeops.catalog.withheld import ignored, is_hidden
from badgeops.errors import Diagnostic, Severity, Source
from badgeops.helpers.process import WORTH, Helpers
from badgeops.safe_files.reading import NotRegular, read_bounded
from badgeops.yamldoc.parse import Document, YamlFile, parse

SETTINGS_FILE = "badgeops.yaml"
MAX_IGNORE = 64 * 1024
"""Bytes of .badgeopsignore; every entry of the folder is compared with every pattern in it."""

_SUFFIXES = (".yaml", ".yml")
_AT_ONCE = 100
"""Files of a share that one process reads at a time: a fiftieth of a second."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """All documents of a catalog, in the order of their files, and what was wrong with reading them."""

    documents: tuple[Document, ...]
    settings: Document | None
    diagnostics: tuple[Diagnostic, ...]


def load(
    root: Path,
    shown: str,
    cache: Path | None = None,
    helpers: Helpers | None = None,
    meanwhile: Callable[[Document], None] | None = None,
) -> Loaded:
    """Read the catalog in the folder `root`; `shown` is that folder as the user named it.

    `cache` is a folder for what files were parsed to, so that the same text need not be parsed again. `helpers` take a
    share of the files. If there are many, `meanwhile` is given the settings before they are read.
    """
    problem = _not_a_folder(root, shown)
    if problem is not None:
        return Loaded((), None, (problem,))
    folder = _Folder(root, shown, ParsedFiles(cache, root))
    settings = folder.settings()
    if folder.is_no_catalog:  # it may be a home folder: nobody asked us to look through it
        return Loaded((), None, tuple(folder.diagnostics))
    entries = sorted(folder.entries()) if folder.knows_ignored else []
    helpers = helpers or Helpers(most=0)
    helpers.engage(len(entries))
    if settings is not None and meanwhile is not None and len(entries) >= WORTH:
        meanwhile(settings)
    documents = folder.documents(entries, helpers)
    folder.parsed.save()
    if settings is not None and not documents and not folder.diagnostics:
        folder.diagnostics.append(_empty_catalog(shown_name(shown, SETTINGS_FILE)))
    return Loaded(tuple(documents), settings, tuple(sorted(folder.diagnostics, key=Diagnostic.sort_key)))


def load_settings(root: Path, shown: str) -> Loaded:
    """Read badgeops.yaml alone."""
    problem = _not_a_folder(root, shown)
    if problem is not None:
        return Loaded((), None, (problem,))
    folder = _Folder(root, shown, ParsedFiles(None, root))
    settings = folder.settings()
    return Loaded((), settings, tuple(folder.diagnostics))


def yaml_files(
    root: Path, shown: str, is_wanted: Callable[[str], bool] = bool
) -> tuple[list[RawFile], list[Diagnostic]]:
    """Read the text of a catalog's YAML files, badgeops.yaml first, without making documents of it.

    `is_wanted` picks some of them by their paths inside the catalog; what is ignored or hidden is not read even then.
    """
    folder = _Folder(root, shown, ParsedFiles(None, root))
    settings = os.path.join(folder.root, SETTINGS_FILE)  # noqa: PTH118
    entries = [(SETTINGS_FILE, settings)] if os.path.lexists(settings) else []
    found = []
    for relative, path in entries + sorted(folder.entries()):
        if is_wanted(relative):
            data = folder.content_of(relative, path)
            file = folder.decoded(relative, data) if data is not None and not is_own_result(data) else None
            if data is not None and file is not None:
                found.append(RawFile(relative, os.path.realpath(path), data, file))
    return found, folder.diagnostics


@dataclass(frozen=True, slots=True)
class RawFile:
    """One YAML file as it lies on the disk."""

    relative: str
    path: str
    """What a link leads to, too."""
    data: bytes
    file: YamlFile


def catalog_around(path: str) -> str | None:
    """Return the nearest folder with a badgeops.yaml that a path lies in, or is."""
    folder = os.path.abspath(path)  # noqa: PTH100 (links stay: the catalog is where the user sees it)
    while not os.path.isfile(os.path.join(folder, SETTINGS_FILE)):  # noqa: PTH113, PTH118
        above = os.path.dirname(folder)  # noqa: PTH120
        if above == folder:
            return None
        folder = above
    return folder


def shown_name(shown: str, relative: str) -> str:
    """Return a file's name as the user can open it: joined to the folder as they named it."""
    return relative if shown in ("", ".") else f"{shown.rstrip('/')}/{relative}"


_Visit = tuple[str, str, tuple[str, ...]]
"""A folder to visit: its path inside the catalog, the path to open, and the resolved folders it lies in."""


class _Folder:
    """Walks one catalog and collects documents and diagnostics."""

    def __init__(self, root: Path, shown: str, parsed: ParsedFiles) -> None:
        self.parsed = parsed
        self.root = os.fspath(root)
        self.real_root = os.path.realpath(root)
        self.shown = shown
        self.git = GitIgnored(self.real_root)
        self.diagnostics: list[Diagnostic] = []
        self.is_no_catalog = False
        self.ignore = self._ignore()
        self.knows_ignored = not self.diagnostics
        """Whether .badgeopsignore could be read: without it, files would be taken for documents that are none."""

    def settings(self) -> Document | None:
        """Read badgeops.yaml."""
        name = shown_name(self.shown, SETTINGS_FILE)
        path = os.path.join(self.root, SETTINGS_FILE)  # noqa: PTH118 (os.path is quicker by far than pathlib here)
        if not os.path.lexists(path):
            self.diagnostics.append(_no_settings(name, self.shown, self.root))
            self.is_no_catalog = True
            return None
        if os.path.islink(path) and not self._may_follow(SETTINGS_FILE, os.path.realpath(path), is_folder=False):  # noqa: PTH114
            return None
        documents = self.documents([(SETTINGS_FILE, path)], Helpers(most=0))
        if len(documents) > 1:
            detail = "badgeops.yaml holds one document. Move the other ones, below ---, to a file of their own."
            self._report("settings-documents", "badgeops.yaml has more than one document", detail, documents[1].start)
        elif not documents and not any(d.source and d.source.filename == name for d in self.diagnostics):
            self._report("missing-settings", "badgeops.yaml is empty", _EXAMPLE, Source(name))
        return documents[0] if documents else None

    def documents(self, entries: list[tuple[str, str]], helpers: Helpers) -> list[Document]:
        """Return the documents of some files, parsed before, here or by a helper."""
        paths = [os.fsencode(path) for _, path in entries]
        share = helpers.share(looking.documents, paths, self.parsed.known(), size=_AT_ONCE)
        digests: list[str | None] = []
        for found, block in share.results():
            digests += found
            self.parsed.take(block)
        documents: list[Document] = []
        for (relative, path), digest in zip(entries, digests, strict=True):
            known = None
            if digest is not None:
                name = shown_name(self.shown, relative)
                file = YamlFile(name, Kept(name if name == path else path, bytes.fromhex(digest)))
                known = self.parsed.get(digest, file)
            # Of the others there is something to say, or they are of an unusual kind.
            documents += known if known is not None else self._read(relative, path)
        return documents

    def entries(self) -> Iterator[tuple[str, str]]:
        """Yield (path inside the catalog, path to open) of the YAML files."""
        folders: list[_Visit] = [("", self.root, (self.real_root,))]
        while folders:
            relative, path, parents = folders.pop()
            try:
                with os.scandir(path) as entries:
                    found = list(entries)
            except OSError as error:
                self._unreadable("folder", relative, error)
                continue
            for entry in found:
                if not entry.name.startswith("."):
                    yield from self._entry(entry, f"{relative}{entry.name}", parents, folders)

    def _entry(
        self, entry: os.DirEntry[str], relative: str, parents: tuple[str, ...], folders: list[_Visit]
    ) -> Iterator[tuple[str, str]]:
        """Yield a YAML file, or put a folder on the list of those to visit."""
        is_folder = _is_folder(entry)
        is_yaml = is_folder or entry.name.lower().endswith(_SUFFIXES)
        if relative == SETTINGS_FILE or not is_yaml or self.ignore.matches(relative, folder=is_folder):
            return
        if entry.is_symlink() and not self._follow(entry, relative, parents, is_folder=is_folder):
            return
        if is_folder:
            folders.append((f"{relative}/", entry.path, (*parents, os.path.realpath(entry.path))))
        else:
            yield relative, entry.path

    def _follow(self, entry: os.DirEntry[str], relative: str, parents: tuple[str, ...], *, is_folder: bool) -> bool:
        """Tell whether a symbolic link may be followed."""
        target = os.path.realpath(entry.path)
        if not self._may_follow(relative, target, is_folder=is_folder):
            return False
        if is_folder and target in parents:
            detail = "It leads to a folder that contains the link itself. Delete the link."
            self._report("link-loop", "this link leads in circles", detail, self._place(relative))
            return False
        return True

    def _may_follow(self, relative: str, target: str, *, is_folder: bool) -> bool:
        """Tell whether a link leads to a part of the catalog: messages quote what they are about."""
        if not self._is_inside(relative, target):
            return False
        inside = os.path.relpath(target, self.real_root).replace(os.sep, "/")
        if inside != "." and is_hidden(inside):
            detail = "Hidden files hold settings and secrets, and are not part of a catalog. Delete the link."
            self._report("hidden-file", "this link leads to a hidden file", detail, self._place(relative))
            return False
        if not is_folder and self._is_ignored(target):
            problem = ignored(inside, inside)
            self._report(problem.code, problem.summary, problem.detail, self._place(relative))
            return False
        return True

    def _is_inside(self, relative: str, target: str) -> bool:
        if is_inside(target, self.real_root):
            return True
        detail = "All files of a catalog must be in its folder. Copy the file or folder to here."
        self._report("link-outside", "this link leads out of the catalog", detail, self._place(relative))
        return False

    def _is_ignored(self, target: str) -> bool:
        try:
            return self.git.has(target)
        except GitCannotTellError:
            return True

    def _read(self, relative: str, path: str) -> list[Document]:
        data = self.content_of(relative, path)
        file = self.decoded(relative, data) if data is not None and not is_own_result(data) else None
        if data is None or file is None:
            return []
        documents, diagnostics = parse(file)
        if relative != SETTINGS_FILE and is_foreign(file, documents):
            documents, diagnostics = [], [foreign_file(relative, file, documents)]
        self.diagnostics += diagnostics
        return documents

    def decoded(self, relative: str, data: bytes) -> YamlFile | None:
        """Return the text of a file; report where it is none."""
        name = shown_name(self.shown, relative)
        text = decode(data)
        if isinstance(text, UndecodableText):
            self._report("not-utf-8", text.summary, text.detail, Source(name, text.line, text.column, text=text.shown))
            return None
        return YamlFile(name, text)

    def content_of(self, relative: str, path: str, most: int = MAX_BYTES) -> bytes | None:
        """Return what is in a file; report where it cannot be read."""
        try:
            found = read_bounded(path, 2 * most)
        except OSError as error:
            self._unreadable("file", relative, error)
            return None
        if isinstance(found, NotRegular):
            detail = "It is a pipe, a socket or a device. Delete it, or name it in .badgeopsignore."
            self._report("not-a-file", "this is not a regular file", detail, self._place(relative))
            return None
        if len(found) > most and len(found.replace(b"\r\n", b"\n")) > most:  # as long on every computer
            detail = "A YAML file of a catalog has at most 1 MiB. Split it, or name it in .badgeopsignore."
            if most == MAX_IGNORE:
                detail = "It has at most 64 KiB. Use patterns such as *.tmp instead of naming each file."
            self._report("file-too-large", "this file is too large", detail, self._place(relative))
            return None
        return found

    def _ignore(self) -> Ignore:
        path = os.path.join(self.root, IGNORE_FILE)  # noqa: PTH118
        if not os.path.lexists(path):
            return Ignore(())
        is_link = os.path.islink(path)  # noqa: PTH114
        if is_link and not self._is_inside(IGNORE_FILE, os.path.realpath(path)):
            return Ignore(())
        data = self.content_of(IGNORE_FILE, path, MAX_IGNORE) or b""
        text = decode(data)
        if isinstance(text, UndecodableText):
            # A link may lead to .gitignore, which is fine, or to .env, whose lines are not to be quoted.
            shown = None if is_link else text.shown
            source = Source(shown_name(self.shown, IGNORE_FILE), text.line, text.column, text=shown)
            self._report("not-utf-8", text.summary, text.detail, source)
            return Ignore(())
        return Ignore.parse(text)

    def _unreadable(self, what: str, relative: str, error: OSError) -> None:
        code, summary, detail = why_unreadable(what, error)
        self._report(code, summary, detail, self._place(relative))

    def _report(self, code: str, summary: str, detail: str, source: Source) -> None:
        self.diagnostics.append(Diagnostic(Severity.ERROR, code, summary, detail, source=source))

    def _place(self, relative: str) -> Source:
        return Source(shown_name(self.shown, relative.rstrip("/")) or ".")


# --- also for `referenced_files` ----------------------------------------------------------------------------------


def is_inside(path: str, folder: str) -> bool:
    """Tell whether a resolved path lies in a resolved folder."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself; opening it says so
        return False


def why_unreadable(what: str, error: OSError) -> tuple[str, str, str]:
    """Return code, summary and detail for an error of the operating system."""
    if isinstance(error, PermissionError):
        detail = "The account that runs badgeops may not read it. Change its permissions."
        return "unreadable", f"this {what} cannot be read: no permission", detail
    if isinstance(error, FileNotFoundError):
        return "unreadable", f"this {what} does not exist", "Perhaps it is a link to something that was deleted."
    reason = (error.strerror or "unknown reason").lower()
    return "unreadable", f"this {what} cannot be read: {reason}", "The operating system refused it."


# --- messages about the folder -------------------------------------------------------------------------------------

_EXAMPLE = "Write at least its name into it:\n\n  catalog: acme-academy"


def _not_a_folder(root: Path, shown: str) -> Diagnostic | None:
    # os.path says no where pathlib raises, as for a folder inside one without permission.
    if os.path.isdir(root):  # noqa: PTH112
        return None
    if os.path.exists(root):  # noqa: PTH110
        code, summary = "not-a-folder", f'"{shown}" is not a folder'
        detail = (
            "A catalog is a folder with a badgeops.yaml in it. Name the folder, not a file. A plan that was saved is "
            "applied with `badgeops apply --plan FILE`."
        )
    else:
        code, summary = "missing-catalog", f'there is no folder "{shown}"'
        detail = "Check the path; it is relative to the folder in which you start the command."
    return Diagnostic(Severity.ERROR, code, summary, detail)


def _no_settings(name: str, shown: str, root: str) -> Diagnostic:
    folder = "this folder" if shown in ("", ".") else f'"{shown}"'
    detail = f"Is {folder} the catalog's folder? Its settings are in {SETTINGS_FILE}. {_EXAMPLE}"
    above = os.path.dirname(os.path.realpath(root))  # noqa: PTH120 (paths are text here)
    if os.path.isfile(os.path.join(above, SETTINGS_FILE)):  # noqa: PTH113, PTH118
        detail = f"There is one in the folder above {folder}: run badgeops there."
    return Diagnostic(Severity.ERROR, "missing-settings", f"there is no {name}", detail)


def _empty_catalog(name: str) -> Diagnostic:
    detail = (
        "There is no YAML file besides badgeops.yaml. Write the first issuer and badge class into files that end in "
        ".yaml; any name and folder will do."
    )
    return Diagnostic(Severity.WARNING, "empty-catalog", "the catalog has no documents", detail, source=Source(name))
