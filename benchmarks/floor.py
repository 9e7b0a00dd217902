"""The least that any planner has to do, to measure against: parse, hash and decode the same bytes, and no more.

Run as `python floor.py CATALOG ANSWERS STATE`: C-loads every YAML file, hashes every image, decodes the API's
answers (one JSON document a line) and the state.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import yaml


def main(catalog: Path, answers: Path, state: Path) -> None:
    """Do the least."""
    for path in sorted((catalog / "badges").iterdir()):
        yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    for path in sorted((catalog / "images").iterdir()):
        hashlib.sha256(path.read_bytes()).hexdigest()
    with answers.open("rb") as lines:
        for line in lines:
            json.loads(line)
    json.loads(state.read_bytes())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
