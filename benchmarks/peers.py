"""The tools of other fields on the same machine: what they take to find that nothing has changed.

octoDNS (from PyPI, in an environment of its own) compares 10,000 records of two lines each in two YAML folders.
Terraform, where the machine has it, compares 3,000 built-in resources, made for this, with their state. Neither talks
to a network, and their entities are much smaller than badge classes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measure import Measure, best, measured

RECORDS = 10_000
RESOURCES = 3_000

_OCTODNS = """\
providers:
  config: {{class: octodns.provider.yaml.YamlProvider, directory: {root}/source}}
  target: {{class: octodns.provider.yaml.YamlProvider, directory: {root}/target}}
zones:
  example.com.: {{sources: [config], targets: [target]}}
"""


def rows(repeat: int) -> Iterator[str]:
    """Measure both and give a table."""
    yield "| beside it | entities | plan, no changes | memory |"
    yield "|---|--:|--:|--:|"
    with tempfile.TemporaryDirectory() as folder:
        yield _row("octoDNS", RECORDS, _octodns(Path(folder), repeat))
    terraform = shutil.which("terraform")
    if terraform:
        with tempfile.TemporaryDirectory() as folder:
            yield _row("Terraform", RESOURCES, _terraform(Path(folder), terraform))


def _row(name: str, entities: int, found: Measure) -> str:
    return f"| {name} | {entities:,} | {found.seconds:.2f} s | {found.megabytes:.0f} MiB |"


def _octodns(root: Path, repeat: int) -> Measure:
    subprocess.run([sys.executable, "-m", "venv", str(root / "venv")], check=True)
    pip = [str(root / "venv" / "bin" / "python"), "-m", "pip", "install", "--quiet", "octodns"]
    subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
    zone = "".join(
        f"name{number:05}:\n  type: A\n  value: 10.0.{number // 250}.{number % 250 + 1}\n" for number in range(RECORDS)
    )
    for side in ("source", "target"):
        (root / side).mkdir()
        (root / side / "example.com.yaml").write_text("---\n" + zone)
    config = root / "config.yaml"
    config.write_text(_OCTODNS.format(root=root))
    return best([str(root / "venv" / "bin" / "octodns-sync"), "--config-file", str(config)], dict(os.environ), repeat)


def _terraform(root: Path, terraform: str) -> Measure:
    blocks = (
        f'resource "terraform_data" "r{number}" {{\n  input = "value {number}"\n}}\n' for number in range(RESOURCES)
    )
    (root / "main.tf").write_text("".join(blocks))
    variables = dict(os.environ)
    measured([terraform, "init", "-no-color"], variables, cwd=root)
    measured([terraform, "apply", "-auto-approve", "-no-color"], variables, cwd=root)
    return measured([terraform, "plan", "-detailed-exitcode", "-no-color"], variables, cwd=root)
