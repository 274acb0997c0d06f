"""`release-tool dashboard` as it is typed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from release_tool.cli import main

ROOT = Path(__file__).parents[2]
MANIFEST = """
shop: {environments: [{id: prod}], services: [{id: web}]}
other: {environments: [{id: stage}]}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".wellcome_project").write_text(MANIFEST)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--host=0.0.0.0", "--port=0"], "0.0.0.0 is not a loopback address"),
        (["--port=65536"], "--port=65536 is not a number from 0 to 65535"),
        (["--refresh=0"], "--refresh=0 is not a number from 2 to 3600"),
        (["--project=nowhere"], "no project called `nowhere`"),
        (["--token_file=short"], "the token in short is shorter than 16 characters"),
        (["--token_file=."], "could not use the token file ."),
    ],
)
def test_what_cant_be_served_is_refused_before_anything_listens(
    arguments: list[str], sentence: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "short").write_text("secret")

    code = main(["dashboard", *arguments])

    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert sentence in told.err


def test_a_taken_port_is_told_with_the_way_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        code = main(["dashboard", f"--port={taken.getsockname()[1]}"])

    assert code == 2
    assert "--port=0 takes a free port" in capsys.readouterr().err


def test_it_prints_its_address_alone_serves_every_project_and_ends_well(folder: Path) -> None:
    """AWS is nowhere here: it serves all the same, and says so."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    program = subprocess.Popen(
        [sys.executable, "-m", "release_tool", "dashboard", "--port=0", "--token_file=token"],
        env=environ, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert program.stdout is not None
        address = program.stdout.readline().strip()
        token = (folder / "token").read_text().strip()
        connection = HTTPConnection("127.0.0.1", int(address.rstrip("/").rpartition(":")[2]), timeout=30)
        connection.request("GET", "/api/v1/projects", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        served = answer.read().decode()
        connection.close()
        program.send_signal(signal.SIGTERM)
        rest, complaints = program.communicate(timeout=30)
    finally:
        program.kill()

    assert address.startswith("http://127.0.0.1:")
    assert rest == ""
    assert '"project":"shop"' in served
    assert '"project":"other"' in served
    assert (folder / "token").stat().st_mode & 0o777 == 0o600
    assert token not in complaints
    assert "Traceback" not in complaints
    assert program.returncode == 0
