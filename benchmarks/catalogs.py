"""Makes catalogs of any size to measure with: one file and one picture for each badge class."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

LARGE, SMALL = 100, 24
"""Pixels. A server decodes and encodes each picture again: where its time must not hide ours, they are small."""


def png(seed: int, side: int) -> bytes:
    """Return a square RGBA picture of about two kilobytes, another one for each seed."""
    row = bytes((x * 7 + seed * 13) % 256 if channel < 3 else 255 for x in range(side) for channel in range(4))
    rows = b"".join(b"\0" + row[4 * (y % 16) :] + row[: 4 * (y % 16)] for y in range(side))
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0))
        + _chunk(b"tEXt", f"Comment\0{seed}".encode())
        + _chunk(b"IDAT", zlib.compress(rows, 6))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


_DOCUMENT = """\
kind: BadgeClass
key: course-{number:06d}
issuer: academy
name: Course {number}
description: Has completed course {number} with all of its exercises and the final project.
image: ../images/course-{number:06d}.png
criteriaNarrative: |
  The participant has:

  - attended at least **{days} of {all_days}** sessions;
  - handed in every exercise of course {number};
  - passed the final project with 70 % or more.
criteriaUrl: https://academy.example/courses/{number}
tags: [course, level {level}, "{number}"]
alignments:
  - targetName: Subject {subject}
    targetUrl: https://frameworks.example/subjects/{subject}
    targetCode: S-{subject}
  - targetName: Working alone
    targetUrl: https://frameworks.example/skills/alone
expires: {{amount: {years}, duration: years}}
"""


def write(root: Path, size: int, server: str, *, side: int = LARGE) -> None:
    """Write a catalog of `size` badge classes under one issuer, for a server at the given address."""
    (root / "badges").mkdir(parents=True)
    (root / "images").mkdir()
    (root / "badgeops.yaml").write_text(
        f"catalog: benchmark\nenvironments:\n  bench: {{server: {server}, dialect: open-source}}\n"
    )
    (root / "issuer.yaml").write_text(
        "kind: Issuer\nkey: academy\nname: Academy\nurl: https://academy.example\nemail: admin@example.org\n"
        "description: The academy.\n"
    )
    for number in range(size):
        text = _DOCUMENT.format(
            number=number,
            days=number % 7 + 8,
            all_days=16,
            level=number % 4 + 1,
            subject=number % 50,
            years=number % 5 + 1,
        )
        (root / "badges" / f"course-{number:06d}.yaml").write_text(text)
        (root / "images" / f"course-{number:06d}.png").write_bytes(png(number, side))
