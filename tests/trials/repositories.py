"""Repositories and pictures that lie: what somebody can send in a pull request, and a checkout can make of it.

A trial is a kind of mischief and a seed; its inputs are tried in one child process, like those of `inputs`, under the
same limits of time and memory. Beside the catalog lie secrets: outside of its folder, in hidden files and in files that
git ignores. Whatever a repository holds: each command ends with status 0, or with 1 and a message; nothing of a secret
is in what a command prints or a page shows; no program of the repository is started; and the same commit gives the same
plan whatever line ends a checkout has. A picture that stands for more than its bytes is refused.
"""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

from support.images import chunk

from trials.damage import png, unfolding_svg
from trials.inputs import Bench, carried_out, in_the_child, recorded_server

INPUTS = 60
"""In one trial."""
_PARTS = ("links", "references", "git", "line-ends", "pictures")
_SECRET = "s3cr3t-of-somebody"
"""Stands in every file that is none of the catalog's business."""
_RED = png(11, 13, pixels=b"".join(b"\0" + b"\xff\0\0\xff" * 11 for _ in range(13)))
"""A picture that only lies where no picture of a catalog may come from."""


def names(seeds: int) -> list[str]:
    """Return "links-0", "references-0", …: one part after the other, and all of them at least once."""
    count = max(seeds, len(_PARTS))
    return [f"{_PARTS[number % len(_PARTS)]}-{number // len(_PARTS)}" for number in range(count)]


def run(name: str) -> set[str]:
    """Try the inputs of one trial in a process of their own; return their digests."""
    return carried_out("repositories", name)


# --- in the child --------------------------------------------------------------------------------------------------


class Repository(Bench):
    """The small catalog of `inputs` in a repository, with secrets around it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.template = folder / "template.git"
        subprocess.run(["git", "init", "-q", "--template=", str(self.template / "x")], check=True)
        super().__init__(folder, name)
        self.outside = folder / "outside"
        self.marker = folder / "a-program-was-started"
        self.recording = folder / "live.json"
        self.recording.write_text(recorded_server(), "utf-8")

    def restore(self) -> None:
        """Write the catalog, its repository and the secrets as they should be."""
        super().restore()
        outside = self.folder / "outside"
        shutil.rmtree(outside, ignore_errors=True)
        shutil.copytree(self.template / "x" / ".git", self.root / ".git")
        for path, data in {
            outside / "secret.md": _SECRET.encode(),
            outside / "secret.yaml": f"kind: Issuer\nkey: {_SECRET}\nname: {_SECRET}\n".encode(),
            outside / "secret.png": _RED,
            outside / "deep" / "secret.md": _SECRET.encode(),
            self.root / ".env": _SECRET.encode(),
            self.root / ".hidden" / "secret.md": _SECRET.encode(),
            self.root / ".hidden" / "secret.png": _RED,
            self.root / ".gitignore": b"/local/\n*.private.md\n",
            self.root / "local" / "secret.md": _SECRET.encode(),
            self.root / "notes.private.md": _SECRET.encode(),
            self.root / "state" / "prod.json": f'"{_SECRET}"'.encode(),
        }.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        with (self.root / ".git" / "config").open("a", encoding="utf-8") as config:
            config.write(f'[remote "origin"]\n\turl = https://{_SECRET}@git.example/x\n')

    def look(self, about: str) -> tuple[int, str]:
        """Validate, plan and draw the page: nothing of a secret comes out. Return how validate ends, and the plan."""
        status, out, err = self.badgeops("validate", str(self.root), "--format=json", about=about)
        plan = self.badgeops("plan", str(self.root), f"--snapshot={self.recording}", "--format=json", about=about)
        page = self.folder / "page.html"
        page.unlink(missing_ok=True)
        said = [out, err, *plan[1:]]
        self.said = out
        if self.dice.random() < 0.3:
            said += self.badgeops("preview", str(self.root), f"--out={page}", about=about)[1:]
            said += [page.read_text("utf-8", "replace")] if page.exists() else []
        for text in said:
            assert _SECRET not in text, f"a secret is told about {about!a}: {text[:3000]}"
            assert '"width": 11' not in text, f"a secret picture is told of about {about!a}: {text[:3000]}"
        assert not self.marker.exists(), f"a program was started about {about!a}"
        return status, plan[1]

    def put(self, name: str, data: bytes | str) -> None:
        """Write one file, in place of whatever is there."""
        path = self.root / name
        if path.is_symlink() or path.is_file():
            path.unlink()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data)

    def criteria(self, path: str) -> None:
        """Let the badge class take its criteria from a file."""
        old = b"criteriaNarrative: {file: criteria.md}"
        written = '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
        self.put(
            "documents.yaml",
            self.files["documents.yaml"].replace(old, f"criteriaNarrative: {{file: {written}}}".encode()),
        )

    def picture(self, path: str) -> None:
        """Let the badge class take its picture from a file."""
        self.put("documents.yaml", self.files["documents.yaml"].replace(b"images/badge.png", path.encode()))


# --- links ---------------------------------------------------------------------------------------------------------

_LINKS = (
    "../outside/secret.md",
    "../outside/secret.yaml",
    "../outside/secret.png",
    "../outside",
    "../outside/deep",
    "../outside/nothing",
    "..",
    ".",
    ".git",
    ".git/config",
    ".env",
    ".hidden",
    "local/secret.md",
    "notes.private.md",
    "/proc/self/environ",
    "/proc/self/fd/0",
    "/dev/zero",
    "/dev/stdin",
    "/",
    "loop",
    "criteria.md",
    "images",
    "images/badge.png",
    "x" * 255,
)
_PLACES = (
    "criteria.md",
    "images",
    "images/badge.png",
    "images/logo.svg",
    "documents.yaml",
    "more.yaml",
    "more",
    "loop",
    "sub/criteria.md",
    "badgeops.yaml",
    ".badgeopsignore",
    ".gitattributes",
    "state/here.json",
    "state",
)


def _led(bench: Repository, place: str, target: str) -> str:
    """Return what to write into a link, so that it leads from a place to a target."""
    if target.startswith("/"):
        return target
    if target.startswith("../") and bench.dice.random() < 0.2:
        return str(bench.folder / target[3:])
    return "../" * place.count("/") + target


def _link(path: Path, target: str) -> bool:
    """Put a link in place of whatever is there; tell whether there is a folder for it."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
    except OSError:  # another link is in the way
        return False
    return True


def _links(bench: Repository) -> None:
    """Put links in place of files and folders, to everything that a link can lead to."""
    for _ in range(INPUTS):
        bench.restore()
        told = []
        for place in bench.dice.sample(_PLACES, bench.dice.choice((1, 1, 2, 3))):
            target = bench.dice.choice((*_LINKS, *_PLACES))
            if _link(bench.root / place, _led(bench, place, target)):
                told.append(f"{place} -> {target}")
        if bench.dice.random() < 0.3:
            bench.criteria(bench.dice.choice(("more/secret.md", "loop/criteria.md", "sub/criteria.md", "more/config")))
        bench.count(*told)
        bench.look(", ".join(told))


# --- references ----------------------------------------------------------------------------------------------------

_REFERENCES = (
    ".env",
    "./.env",
    "images/../.env",
    "x/../.env",
    ".git/config",
    ".GIT/config",
    ".git//config",
    "./.git/./config",
    "sub/.git/config",
    "sub/../.git/config",
    ".hidden/secret.md",
    ".hidden/secret.png",
    "local/secret.md",
    "LOCAL/secret.md",
    "notes.private.md",
    "state/prod.json",
    "STATE/prod.json",
    "state/../state/prod.json",
    "state/here.json",
    "badgeops.yaml",
    "../outside/secret.md",
    "../outside/secret.png",
    "images/../../outside/secret.md",
    "../catalog/../outside/secret.md",
    "../catalog/.env",
    "/etc/passwd",
    "~/.ssh/id_rsa",
    "file:///etc/passwd",
    "/proc/self/environ",
    "..\\outside\\secret.md",
    ".git\\config",
    "outside/secret.md",
    "modules/theirs/.git",
    "modules/theirs/secret.md",
    ".",
    "..",
    "",
    "images",
    ".git",
)
_TWISTS: tuple[Callable[[str], str], ...] = (
    lambda path: path,
    lambda path: path,
    lambda path: path,
    lambda path: f"./{path}",
    lambda path: f"images/../{path}",
    lambda path: path.replace(".", "\u2024"),
    lambda path: path.replace("/", "\u2215"),
    lambda path: path.replace("/", "//"),
    lambda path: path + "\0.md",
    lambda path: path + " ",
    lambda path: path + ".",
    lambda path: path + "/",
    lambda path: path.replace(".", ".\u200c", 1),
    lambda path: path.upper(),
    lambda path: path.replace(".", "%2e"),
)


def _references(bench: Repository) -> None:
    """Let documents name files that are none of theirs, in every spelling."""
    for _ in range(INPUTS):
        bench.restore()
        bench.put("modules/theirs/.git", "gitdir: ../../.git/modules/theirs\n")
        bench.put("sub/.git/config", _SECRET)
        path = bench.dice.choice(_TWISTS)(bench.dice.choice(_REFERENCES))
        is_picture = bench.dice.random() < 0.3 and path.isascii() and path.isprintable()
        (bench.picture if is_picture else bench.criteria)(path)
        about = f"{'image' if is_picture else 'criteria'}: {path!r}"
        bench.count(about)
        status, _ = bench.look(about)
        assert status == 1 or "theirs/secret" in path, f"it passes: {about}"


# --- git's own files -----------------------------------------------------------------------------------------------


def _git(bench: Repository) -> None:
    """Plant settings that name programs, submodules, other folders, and attributes of every kind."""
    program = f"touch {bench.marker}; cat"
    configs = (
        f"[core]\n\tfsmonitor = {program}\n",
        f"[core]\n\tpager = {program}\n\teditor = {program}\n\tsshCommand = {program}\n",
        f'[filter "x"]\n\tclean = {program}\n\tsmudge = {program}\n\tprocess = {program}\n\trequired = true\n',
        f'[diff "x"]\n\ttextconv = {program}\n\tcommand = {program}\n[diff]\n\texternal = {program}\n',
        f"[core]\n\thooksPath = hooks\n\tworktree = {bench.outside}\n",
        f"[include]\n\tpath = {bench.outside}/secret.md\n",
        f"[credential]\n\thelper = !{program}\n[gpg]\n\tprogram = {program}\n",
        f"[core]\n\texcludesFile = {bench.outside}/secret.md\n\tattributesFile = /dev/zero\n",
        "[core]\n\trepositoryformatversion = 99\n",
        "[extensions]\n\tpartialClone = origin\n[core]\n\tbare = true\n",
        "[broken\n",
        "",
    )
    attributes = (
        "* filter=x diff=x\n",
        "* text eol=crlf\n",
        "* -text ident working-tree-encoding=UTF-16\n",
        "*.md filter=x\n* export-ignore merge=x\n",
        "[attr]x filter=x\n* x\n" * 500,
        "\0" * 99,
        "",
    )
    modules = (
        '[submodule "theirs"]\n\tpath = modules/theirs\n\turl = ../outside\n\tupdate = !touch x\n',
        '[submodule "../../outside"]\n\tpath = -u./payload\n\turl = ext::sh -c touch\n',
        "",
    )
    dot_gits = ("gitdir: ../outside/deep\n", "gitdir: ../catalog\n", "gitdir: .\n", "gitdir: /dev/zero\n", "x", "")
    for _ in range(INPUTS):
        bench.restore()
        dice = bench.dice
        with (bench.root / ".git" / "config").open("a", encoding="utf-8") as config:
            config.write(mine := dice.choice(configs))
        bench.put(".gitattributes", attribute := dice.choice(attributes))
        bench.put(".gitmodules", module := dice.choice(modules))
        bench.put("hooks/post-index-change", f"#!/bin/sh\n{program}\n")
        (bench.root / "hooks/post-index-change").chmod(0o700)
        dot_git = dice.choice(dot_gits) if dice.random() < 0.4 else ""
        if dot_git:
            shutil.rmtree(bench.root / ".git")
            bench.put(".git", dot_git)
            bench.put("../outside/deep/HEAD", "ref: refs/heads/main\n")
            bench.put("../outside/deep/config", f"[core]\n\tfsmonitor = {program}\n")
            for name in ("objects", "refs"):
                (bench.outside / "deep" / name).mkdir()
        if dice.random() < 0.3:  # a bare repository that looks like a folder of the catalog
            shutil.copytree(bench.template / "x" / ".git", bench.root / "images" / "bare")
            bench.put("images/bare/config", f"[core]\n\tbare = true\n\tfsmonitor = {program}\n")
            shutil.copy(bench.root / "criteria.md", bench.root / "images/bare/criteria.md")
            bench.criteria("images/bare/criteria.md")
        about = f"{mine!r} {attribute[:60]!r} {module!r} {dot_git!r}"
        bench.count(about)
        bench.look(about)


# --- line ends -----------------------------------------------------------------------------------------------------


def _line_ends(bench: Repository) -> None:
    """Write the same commit as git does on other computers: each checkout gives the same plan."""
    words = ("Pass the *exam*.", "", "- one", "- two  ", "    code", "&amp; caf\u00e9", "tab\there", "# A", "a" * 200)
    for _ in range(INPUTS // 3):
        bench.restore()
        dice = bench.dice
        lines = [dice.choice(words) for _ in range(dice.randint(1, 9))]
        text = "\n".join(lines) + "\n" * dice.choice((0, 1, 1, 2))
        svg = bench.files["images/logo.svg"].replace(b"<style>", b"\n<style>\n").replace(b"</style>", b"\n</style>\n")
        document = bench.files["documents.yaml"].decode()
        if dice.random() < 0.5:
            block = "".join(f"  {line}\n" if line else "\n" for line in lines)
            document = document.replace(
                "criteriaNarrative: {file: criteria.md}\n", f"criteriaNarrative: |\n  .\n{block}"
            )
        files = {"criteria.md": text.encode(), "images/logo.svg": svg, "documents.yaml": document.encode()}
        plans = set()
        for crlf in ((), tuple(files), *((name,) for name in files)):
            for name, data in files.items():
                bench.put(name, data.replace(b"\n", b"\r\n") if name in crlf else data)
            about = f"{text!r} with CR LF in {crlf}"
            bench.count(about)
            status, plan = bench.look(about)
            assert status == 0, about
            plans.add(plan.partition('"digest"')[2].split('"')[1])
        assert len(plans) == 1, f"one commit, {len(plans)} plans: {text!r}"


# --- pictures ------------------------------------------------------------------------------------------------------

_SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {}>{}</svg>'


def _use_bomb(dice: random.Random) -> bytes:
    return unfolding_svg(dice)


def _filter(dice: random.Random) -> bytes:
    far = dice.choice(("1000000", "1e6 1e6", "99999", "1e30"))
    effect = dice.choice(
        (
            f'<feGaussianBlur stdDeviation="{far}"/>',
            f'<feMorphology operator="dilate" radius="{far}"/>',
            f'<feDropShadow stdDeviation="{far}" dx="1" dy="1"/>',
            f'<feTurbulence baseFrequency="0.1" numOctaves="{dice.choice((10**6, 10**9))}"/>',
            f'<feConvolveMatrix order="{dice.choice((1000, 99999))}" kernelMatrix="1"/>',
        )
    )
    return _SVG.format(
        'viewBox="0 0 9 9"', f'<filter id="f">{effect}</filter><rect width="9" height="9" filter="url(#f)"/>'
    ).encode()


def _canvas(dice: random.Random) -> bytes:
    box = dice.choice(("0 0 1e308 1e308", "0 0 nan inf", "0 0 1e9 1e9", "0 0 1e-300 1e-300", "0 0 100000000 1"))
    return _SVG.format(f'viewBox="{box}"', '<rect width="9" height="9"/>').encode()


def _png_of(*chunks: tuple[bytes, bytes], size: tuple[int, int] = (8, 8)) -> bytes:
    header = struct.pack(">IIBBBBB", *size, 8, 6, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + bytes(size[0] * 4) for _ in range(size[1])))
    parts = (chunk(b"IHDR", header), *(chunk(*each) for each in chunks), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk_bomb(dice: random.Random) -> bytes:
    packed = zlib.compress(bytes(dice.choice((50_000_000, 200_000_000))), 9)
    kind, head = dice.choice(((b"zTXt", b"a\0\0"), (b"iTXt", b"a\0\1\0\0\0"), (b"iCCP", b"a\0\0")))
    return _png_of((kind, head + packed))


def _pixel_bomb(dice: random.Random) -> bytes:
    """Promise few bytes that are millions of pixels."""
    side = dice.choice((30_000, 2**20, 2**31 - 1))
    header = struct.pack(">IIBBBBB", side, side, dice.choice((1, 8)), 0, 0, 0, 0)
    pixels = zlib.compress(bytes(min(side, 30_000) * 1000), 9)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _animation(dice: random.Random) -> bytes:
    frames = dice.choice((2000, 10**6, 2**31 - 1))
    control = struct.pack(">IIIIIHHBB", 0, 8, 8, 0, 0, 1, 100, 0, 0)
    return _png_of((b"acTL", struct.pack(">II", frames, 0)), *([(b"fcTL", control)] * dice.choice((0, 1, 2000))))


def _tail(dice: random.Random) -> bytes:
    """Hide something behind the end."""
    return png() + dice.choice((b"x", bytes(1_000_000), b"PK\3\4" + _SECRET.encode(), png()))


_BOMBS: dict[str, tuple[str, Callable[[random.Random], bytes]]] = {
    "a use bomb": ("images/logo.svg", _use_bomb),
    "a filter": ("images/logo.svg", _filter),
    "a canvas": ("images/logo.svg", _canvas),
    "a chunk bomb": ("images/badge.png", _chunk_bomb),
    "a pixel bomb": ("images/badge.png", _pixel_bomb),
    "an animation": ("images/badge.png", _animation),
    "a tail": ("images/badge.png", _tail),
}


def _pictures(bench: Repository) -> None:
    """Put pictures into the catalog that unfold: each is refused, within the limits.

    Of one whose notes unfold it is told: no browser unpacks them.
    """
    for _ in range(INPUTS // 2):
        bench.restore()
        about = bench.dice.choice([*_BOMBS])
        name, make = _BOMBS[about]
        data = make(bench.dice)
        bench.count(data)
        bench.put(name, data)
        status, _ = bench.look(f"{about}: {data[:1500]!r}")
        is_told = about == "a chunk bomb" and "image-large-metadata" in bench.said
        assert status == 1 or is_told, f"{about} passes: {data[:1500]!r}"


TRIALS: dict[str, Callable[[Repository], None]] = {
    "links": _links,
    "references": _references,
    "git": _git,
    "line-ends": _line_ends,
    "pictures": _pictures,
}


if __name__ == "__main__":
    in_the_child(Repository, TRIALS, *sys.argv[1:])
