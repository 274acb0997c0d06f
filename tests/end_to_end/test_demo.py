"""The demo, from nothing to its end, as it is on a machine where nobody sits."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from release_tool.demo.sample import environ_for, image_of, make_sample
from tests.end_to_end.world import serving

pytestmark = pytest.mark.end_to_end


def demo(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "release_tool", "demo", "--speed=60", *options]
    environ = os.environ | {"TMPDIR": str(folder), "AWS_ACCESS_KEY_ID": "somebody's", "AWS_PROFILE": "somebody's"}
    return subprocess.run(
        command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300
    )


def test_the_demo_tells_its_story_reads_no_credentials_and_leaves_nothing_behind(tmp_path: Path) -> None:
    told = demo(tmp_path)

    assert told.returncode == 0, told.stderr
    assert "ROLLED_BACK" in told.stdout + told.stderr
    assert "Back to" in told.stdout
    assert "Traceback" not in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_shell_needs_a_terminal(tmp_path: Path) -> None:
    told = demo(tmp_path, "--shell")

    assert told.returncode == 2
    assert "needs a terminal" in told.stderr


def test_once_all_is_registered_and_deployed_doctor_finds_the_sample_well(tmp_path: Path) -> None:
    with serving("-m", "release_tool.demo.emulator", "--speed=200") as endpoint_url:
        sample = make_sample(tmp_path, endpoint_url)

        def ran(*words: str) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "-m", "release_tool", *words]
            environ = environ_for(endpoint_url, os.environ)
            return subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=300)

        assert ran("init").returncode == 0
        for service in ("bag_register", "bag_replicator", "bags_api"):
            assert ran("register", image_of(service, sample.hashes[-1]), service).returncode == 0
        for environment in ("stage", "prod"):
            assert ran("deploy", "all", environment, "--skip_confirm", "--wait").returncode == 0
        told = ran("doctor")

    assert told.returncode == 0, told.stdout
    assert "not checked" not in told.stdout, told.stdout
