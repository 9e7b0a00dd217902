"""The tools of other fields on the same machine: what they take to find that nothing has changed.

octoDNS (from PyPI, in an environment of its own) compares 10,000 records of two lines each in two YAML folders.
Terraform, where the machine has it, compares 10,000 built-in resources with their state. Neither talks to a network,
and their entities are much smaller than badge classes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import Measure, best, measured

ENTITIES = 10_000
OCTODNS = "1.22.*"

_OCTODNS = """\
providers:
  config: {{class: octodns.provider.yaml.YamlProvider, directory: {root}/source}}
  target: {{class: octodns.provider.yaml.YamlProvider, directory: {root}/target}}
zones:
  example.com.: {{sources: [config], targets: [target]}}
"""


@dataclass(frozen=True)
class Peer:
    """A tool and what its plan of `ENTITIES` without changes took."""

    name: str
    plan: Measure


def peers(repeat: int) -> Iterator[Peer]:
    """Measure each that can be had here."""
    with tempfile.TemporaryDirectory() as folder:
        yield _octodns(Path(folder), repeat)
    terraform = shutil.which("terraform")
    if terraform:
        with tempfile.TemporaryDirectory() as folder:
            yield _terraform(Path(folder), terraform, repeat)


def rows(found: list[Peer], plan: Measure | None) -> Iterator[str]:
    """Give a table, with the plan of as many badge classes beside it where that was measured too."""
    yield f"| {ENTITIES:,} of what each tool manages | plan, no changes | memory | time × badgeops |"
    yield "|---|--:|--:|--:|"
    for peer in [*([Peer("badgeops", plan)] if plan else []), *found]:
        ratio = f"{peer.plan.seconds / plan.seconds:.1f}" if plan else ""
        yield f"| {peer.name} | {peer.plan.seconds:.2f} s | {peer.plan.megabytes:.0f} MiB | {ratio} |"


def _octodns(root: Path, repeat: int) -> Peer:
    subprocess.run([sys.executable, "-m", "venv", str(root / "venv")], check=True)
    python = str(root / "venv" / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", f"octodns=={OCTODNS}"]
    subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
    zone = "".join(
        f"name{number:05}:\n  type: A\n  value: 10.0.{number // 250}.{number % 250 + 1}\n" for number in range(ENTITIES)
    )
    for side in ("source", "target"):
        (root / side).mkdir()
        (root / side / "example.com.yaml").write_text("---\n" + zone)
    config = root / "config.yaml"
    config.write_text(_OCTODNS.format(root=root))
    command = [str(root / "venv" / "bin" / "octodns-sync"), "--config-file", str(config)]
    ask = [python, "-c", "from importlib.metadata import version; print(version('octodns'))"]
    version = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip()
    return Peer(f"octoDNS {version}", best(command, dict(os.environ), repeat))


def _terraform(root: Path, terraform: str, repeat: int) -> Peer:
    """Apply one resource and copy it in the state: applying ten thousand takes Terraform many minutes."""
    variables = dict(os.environ)
    blocks = [
        f'resource "terraform_data" "r{number}" {{\n  input = "value {number}"\n}}\n' for number in range(ENTITIES)
    ]
    main = root / "main.tf"
    main.write_text(blocks[0])
    measured([terraform, "init", "-no-color"], variables, cwd=root)
    measured([terraform, "apply", "-auto-approve", "-no-color"], variables, cwd=root)
    path = root / "terraform.tfstate"
    state = json.loads(path.read_text())
    state["resources"] = [_copy(state["resources"][0], number) for number in range(ENTITIES)]
    path.write_text(json.dumps(state))
    main.write_text("".join(blocks))
    # Status 0 says that there is nothing to change, and so that the copies are right.
    command = [terraform, "plan", "-detailed-exitcode", "-no-color"]
    version = json.loads(subprocess.run([terraform, "version", "-json"], check=True, capture_output=True).stdout)
    return Peer(f"Terraform {version['terraform_version']}", best(command, variables, repeat, cwd=root))


def _copy(resource: dict[str, Any], number: int) -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(json.dumps(resource))
    attributes = copied["instances"][0]["attributes"]
    copied["name"] = f"r{number}"
    attributes["id"] = f"{attributes['id'][:-6]}{number:06}"
    attributes["input"]["value"] = attributes["output"]["value"] = f"value {number}"
    return copied
