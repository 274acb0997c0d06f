"""What is published can be installed into an empty environment of each Python, and starts there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import release_tool

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / "constraints" / "tested.txt"
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
PATIENCE_SECONDS = 900
MANIFEST = "storage:\n  environments: [{id: prod}]\n"
NOT_OURS = shutil.ignore_patterns(
    ".*_cache", ".git", ".hypothesis", ".tox", ".venv", "*.egg-info", "__pycache__", "build"
)

pytestmark = pytest.mark.smoke


def ran(*command: str | Path, folder: Path) -> str:
    """In an environment in which nothing says where packages, credentials or a project are."""
    told = ("PATH", "PIP_", "LANG", "SSL_CERT", "HTTP", "http", "NO_PROXY", "no_proxy", "REQUESTS_CA")
    environ = {name: value for name, value in os.environ.items() if name.startswith(told)}
    result = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**environ, "HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def found(version: str) -> str | None:
    """A name on the path may be a shim that answers for another Python."""
    for name in (f"python{version}", sys.executable):
        asked = "import sys; print('%d.%d' % sys.version_info[:2])"
        try:
            told = subprocess.run([name, "-c", asked], capture_output=True, text=True, check=False)
        except OSError:
            continue
        if told.returncode == 0 and told.stdout.strip() == version:
            return name
    return None


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The two files, built from a copy of the source as whoever downloads it has it."""
    folder = tmp_path_factory.mktemp("published")
    source, builder, files = folder / "source", folder / "builder", folder / "files"
    shutil.copytree(ROOT, source, ignore=NOT_OURS)
    files.mkdir()
    ran(sys.executable, "-m", "venv", builder, folder=folder)
    ran(builder / "bin/pip", "install", "-q", "setuptools>=77,<84", folder=folder)
    for what in ("wheel", "sdist"):
        ran(
            builder / "bin/python", "-c", f"from setuptools.build_meta import *; build_{what}('{files}')", folder=source
        )
    (wheel,), (sdist,) = files.glob("*.whl"), files.glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


@pytest.mark.parametrize(("what", "version"), [*(("wheel", version) for version in PYTHONS), ("sdist", "3.11")])
def test_an_empty_environment_is_all_that_it_needs(
    published: dict[str, Path], what: str, version: str, tmp_path: Path
) -> None:
    python = found(version)
    if python is None:
        pytest.skip(f"no Python {version} here")
    place, project = tmp_path / "environment", tmp_path / "project"
    project.mkdir()
    (project / ".wellcome_project").write_text(MANIFEST)
    program = place / "bin" / "release-tool"

    ran(python, "-m", "venv", place, folder=tmp_path)
    ran(place / "bin/pip", "install", "-q", "-c", CONSTRAINTS, f"{published[what]}[demo]", folder=tmp_path)

    assert ran(program, "--version", folder=project) == f"release-tool {release_tool.__version__}\n"
    assert ran(program, "--help", folder=project).startswith("release-tool: ")
    assert '"Version": "2012-10-17"' in ran(program, "doctor", "--policy=reader", folder=project)
    assert "prod" in ran(program, "completion", "words", "release-tool wait ", folder=project)
    assert "complete -F" in ran(program, "completion", "bash", folder=project)
    assert (place / "share" / "man" / "man1" / "release-tool.1").is_file()
    assert "COMPLETE" in ran(program, "demo", "--speed=60", folder=project)
