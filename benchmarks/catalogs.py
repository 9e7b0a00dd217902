"""Makes catalogs of any size to measure with: one file and one image for each badge class."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

LARGE, SMALL = 100, 24
"""Pixels. A server decodes and encodes each image again: where its time must not hide ours, they are small."""


def png(seed: int, side: int) -> bytes:
    """Return a square RGBA image of about two kilobytes, another one for each seed."""
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


_NARRATIVE = """\
The participant has:

- attended at least **{days} of 16** sessions;
- handed in every exercise of course {number};
- passed the final project with 70 % or more.
"""

_DOCUMENT = """\
kind: BadgeClass
key: course-{number:06d}
issuer: academy
name: {name}
description: {description}
image: ../images/course-{number:06d}.png
criteriaNarrative: |
{narrative}
criteriaUrl: {url}
tags: [course, level {level}, "{number}"]
alignments:
  - targetName: Subject {subject}
    targetUrl: https://frameworks.example/subjects/{subject}
    targetCode: S-{subject}
  - targetName: Working alone
    targetUrl: https://frameworks.example/skills/alone
expires: {{amount: {years}, duration: years}}
"""


def values(number: int) -> dict[str, Any]:
    """Return what badge class `number` says, by the API's names, as a server holds it."""
    return {
        "name": f"Course {number}",
        "description": f"Has completed course {number} with all of its exercises and the final project.",
        "criteriaUrl": f"https://academy.example/courses/{number}",
        "criteriaNarrative": _NARRATIVE.format(number=number, days=number % 7 + 8).strip(),
        "tags": ["course", f"level {number % 4 + 1}", str(number)],
        "alignments": [
            {
                "targetName": f"Subject {number % 50}",
                "targetUrl": f"https://frameworks.example/subjects/{number % 50}",
                "targetCode": f"S-{number % 50}",
            },
            {"targetName": "Working alone", "targetUrl": "https://frameworks.example/skills/alone"},
        ],
        "expires": {"amount": number % 5 + 1, "duration": "years"},
    }


def document(number: int) -> str:
    """Return the same as YAML, the way a person would write it."""
    said = values(number)
    return _DOCUMENT.format(
        number=number,
        name=said["name"],
        description=said["description"],
        narrative="\n".join(f"  {line}".rstrip() for line in said["criteriaNarrative"].split("\n")),
        url=said["criteriaUrl"],
        level=number % 4 + 1,
        subject=number % 50,
        years=number % 5 + 1,
    )


def paths(root: Path, number: int) -> tuple[Path, Path]:
    """Return where the document and the image of badge class `number` are."""
    name = f"course-{number:06d}"
    return root / "badges" / f"{name}.yaml", root / "images" / f"{name}.png"


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
    extend(root, range(size), side=side)


def extend(root: Path, numbers: range, *, side: int = LARGE) -> None:
    """Write the documents and images of these badge classes."""
    for number in numbers:
        text, image = paths(root, number)
        text.write_text(document(number))
        image.write_bytes(png(number, side))
