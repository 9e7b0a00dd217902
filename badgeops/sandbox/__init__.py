"""An Open Badges server for rehearsals and tests: real HTTP, real storage, the real servers' ways.

It answers as the v2 API does, as observed on the open-source server or as documented of the hosted service: it
normalises, refuses and breaks like they do, so that an empty plan after an apply here means something. It shares
no code with the client, so that one checks the other; it imports nothing else of badgeops.

    with Sandbox(SandboxOptions(data=Path(".badgeops/sandbox"))) as sandbox:
        requests.post(f"{sandbox.url}/o/token", data={"username": USERNAME, "password": PASSWORD})

Data outlives the sandbox: the next start in the same folder has it all again. Every `openBadgeId` begins with
one fixed origin (`ORIGIN`) and not with the address of the sandbox, whose port may differ at each start: so what
was stored stays what it was, and no start looks like drift. Its path is served on whatever port is current.
Image addresses begin with the host of the request, as on the real server; their paths never change between starts.

`badgeops.sandbox.faults` has the grammar of fault rules. Importing this package costs nothing; Flask, waitress
and Pillow come with the first start.
"""

from badgeops.sandbox.faults import FaultRule, parse_rule
from badgeops.sandbox.options import (
    ORIGIN,
    PASSWORD,
    USERNAME,
    Dialect,
    FaultRuleError,
    RequestRecord,
    SandboxError,
    SandboxOptions,
)
from badgeops.sandbox.server import Sandbox

__all__ = [
    "ORIGIN",
    "PASSWORD",
    "USERNAME",
    "Dialect",
    "FaultRule",
    "FaultRuleError",
    "RequestRecord",
    "Sandbox",
    "SandboxError",
    "SandboxOptions",
    "parse_rule",
]
