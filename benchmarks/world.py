"""A catalog of any size together with a server that has it all, made in seconds.

Applying ten thousand badge classes takes minutes, and what a plan costs does not depend on how they got there. So a
catalog of two badge classes is applied for real, and then the second one is copied, in the sandbox's database and in
the state, as often as it takes, each copy with the values that its own document has. That the copies are right is
proven by the plan, which must be empty.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import catalogs
import measure

_ALIGNMENT = ("targetName", "targetUrl", "targetDescription", "targetFramework", "targetCode")


@contextmanager
def sandbox(data: Path, *options: str, port: int = 0) -> Iterator[str]:
    """Run a sandbox in a process of its own and give its address."""
    command = [*measure.BADGEOPS, "sandbox", "serve", "--port", str(port), "--data", str(data), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def environment(home: Path) -> dict[str, str]:
    """Return the environment of the measured commands: credentials, and a home of their own."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "BADGEOPS_USERNAME": "admin@example.org",
        "BADGEOPS_PASSWORD": "sandbox",
    }


@contextmanager
def applied(root: Path, size: int) -> Iterator[tuple[Path, str]]:
    """Give the catalog's folder and the address of a sandbox that holds all of it."""
    data, catalog = root / "data", root / "catalog"
    with sandbox(data) as url:
        catalogs.write(catalog, min(size, 2), url)
        measure.measured([*measure.BADGEOPS, "apply", str(catalog), "--auto-approve"], environment(root))
    if size > 2:
        catalogs.extend(catalog, range(2, size))
        _copy(data / "sandbox.sqlite3", catalog, size)
    with sandbox(data, port=int(url.rpartition(":")[2])) as again:
        yield catalog, again


def _copy(database: Path, catalog: Path, size: int) -> None:
    """Put badge classes 2 to `size` where the first two are: into the server's tables and into the state."""
    path = catalog / "state" / "bench.json"
    state = json.loads(path.read_text())
    model = next(item for item in state["resources"] if item["address"] == "badge_class.course-000001")
    connection = sqlite3.connect(database)
    with connection:
        connection.row_factory = sqlite3.Row
        row = dict(connection.execute("SELECT * FROM entities WHERE entity_id = ?", (model["entityId"],)).fetchone())
        del row["row"]
        doc = json.loads(row["doc"])
        names = ", ".join(row)
        marks = ", ".join("?" * len(row))
        for number in range(2, size):
            values = catalogs.values(number)
            seed = hashlib.sha256(str(number).encode()).digest()
            entity_id = base64.urlsafe_b64encode(seed[:16]).rstrip(b"=").decode()
            copy = {
                **row,
                "entity_id": entity_id,
                "hex_id": seed[:12].hex(),
                "doc": json.dumps({**doc, **_held(values)}),
            }
            insert = f"INSERT INTO entities ({names}) VALUES ({marks})"  # noqa: S608 (names of the columns just read)
            connection.execute(insert, tuple(copy.values()))
            state["resources"].append(_recorded(model, number, entity_id, catalogs.paths(catalog, number)[1]))
    connection.close()
    state["resources"].sort(key=lambda item: item["address"])
    head = [f"  {json.dumps(key)}: {json.dumps(value)}," for key, value in state.items() if key != "resources"][:-1]
    lines = ",\n".join(f"    {json.dumps(item)}" for item in state["resources"])
    path.write_text("\n".join(["{", *head, '  "resources": [', lines, "  ],", '  "pending": []', "}", ""]))


def _held(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values as the sandbox keeps them: alignments with all of their members."""
    alignments = [{name: item.get(name) for name in _ALIGNMENT} for item in values["alignments"]]
    return {**values, "alignments": alignments}


def _recorded(model: dict[str, Any], number: int, entity_id: str, file: Path) -> dict[str, Any]:
    """Return the state's record of a copy."""
    data = file.read_bytes()
    image = {**model["image"], "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    return {
        **model,
        "address": f"badge_class.course-{number:06d}",
        "entityId": entity_id,
        "openBadgeId": model["openBadgeId"].replace(model["entityId"], entity_id),
        "sent": {name: value for name, value in catalogs.values(number).items() if name in model["sent"]},
        "image": image,
    }
