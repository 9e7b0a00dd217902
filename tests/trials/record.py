"""Records what the sandbox answers to each command, in both dialects: the answers that `inputs` damages.

    PYTHONPATH=tests python -m trials.record

Lists are asked for one entity a page, so that they have pages. The sandbox's address is replaced by one that nobody
has; identifiers differ at each recording.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from trials.replay import RECORDINGS, SERVER, catalog

_KEPT = ("Content-Type", "Link", "Location", "Content-Encoding")


def _record(dialect: str, folder: Path) -> dict[str, Any]:
    from badgeops.api.transport import HttpRequest, Transport
    from badgeops.sandbox import PASSWORD, USERNAME, Sandbox, SandboxOptions

    variables = {
        "BADGEOPS_USERNAME": USERNAME,
        "BADGEOPS_PASSWORD": PASSWORD,
        "XDG_CACHE_HOME": f"{folder}/cache",
        "XDG_CONFIG_HOME": f"{folder}/config",
    }
    options = SandboxOptions(data=folder / "server", dialect="hosted" if dialect == "hosted" else "open-source")
    root, state = folder / "catalog", folder / "catalog/state/here.json"
    exchanges: list[dict[str, Any]] = []
    real = Transport._once

    with Sandbox(options) as sandbox, mock.patch("badgeops.api.client.PAGE", 1), mock.patch.dict(os.environ, variables):

        def plain(text: str) -> str:
            return text.replace(sandbox.url, SERVER)

        def once(transport: Transport, request: HttpRequest) -> Any:
            answer = real(transport, request)
            exchanges.append(
                {
                    "method": request.method,
                    "url": plain(request.url),
                    "status": answer.status,
                    "headers": {name: plain(answer.headers[name]) for name in _KEPT if name in answer.headers},
                    "body": plain(answer.body.decode("latin-1")),
                }
            )
            return answer

        def step(name: str, *arguments: str, changed: bool = False) -> dict[str, Any]:
            exchanges.clear()
            before = plain(state.read_text("utf-8")) if state.exists() else None
            for file, data in catalog(dialect, sandbox.url, changed=changed).items():
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                (root / file).write_bytes(data)
            command = [*arguments, str(root)]
            with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
                from badgeops.cli import run

                assert run(command) == 0, out.getvalue()
            return {
                "name": name,
                "command": list(arguments),
                "changed": changed,
                "state": before,
                "exchanges": list(exchanges),
            }

        with mock.patch.object(Transport, "_once", once):
            steps = [
                step("create", "apply", "--auto-approve", "--parallelism=1"),
                step("plan", "plan", "--show-unmanaged", "--format=json"),
                step("doctor", "doctor"),
                step("preview", "plan", changed=True),
                step("update", "apply", "--auto-approve", "--parallelism=1", changed=True),
            ]
            entity_id = {item["address"]: item["entityId"] for item in json.loads(state.read_text())["resources"]}
            for name in ("python", "rust"):
                step("let go", "state", "rm", f"badge_class.{name}", "--catalog")
                address = f"badge_class.{name}"
                steps.append(step(f"import-{name}", "import", address, entity_id[address], "--catalog"))
            steps.append(step("destroy", "destroy", "--auto-approve", "--allow=protected=badge_class.python"))
    return {"dialect": dialect, "steps": steps}


def main() -> None:
    """Write both recordings."""
    for dialect in ("open-source", "hosted"):
        with tempfile.TemporaryDirectory() as folder:
            recording = _record(dialect, Path(folder))
        path = RECORDINGS / f"{dialect}.json"
        path.write_text(json.dumps(recording, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
