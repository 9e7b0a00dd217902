"""Behind an office's proxy, and with broken settings of one, rehearsals stay on this computer."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.programme import Programme

VARIABLES = [
    {"HTTP_PROXY": "http://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1"},
    {"ALL_PROXY": "socks5h://127.0.0.1:1"},
    {"http_proxy": "http://[bad"},
]


@pytest.mark.parametrize("variables", VARIABLES, ids=["refused", "SOCKS", "broken"])
def test_the_first_commands_of_the_tutorial_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    """Validate, plan, apply, doctor and an empty plan, all with the server inside badgeops."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    made = Programme(tmp_path / "catalog")
    made.embedded()

    for name, *arguments in (["validate"], ["plan"], ["apply", "--auto-approve"], ["doctor"]):
        ran = made.run(name, *arguments)
        assert ran.status == 0, ran.out + ran.err
    made.assert_settled()
