"""What an installation brings: asked of the installed distribution, which under tox is the built wheel."""

import ast
import configparser
import os
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

import release_tool

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "release_tool"
UNDER_TOX = "TOX_ENV_NAME" in os.environ
of_a_wheel = pytest.mark.skipif(not UNDER_TOX, reason="only tox installs a built wheel")
# Where the two names differ. flask is the face of werkzeug, and says which it goes with.
DISTRIBUTIONS = {
    "docopt": "docopt-ng",
    "git": "gitpython",
    "werkzeug": "flask",
    "yaml": "pyyaml",
}


@pytest.fixture
def installed() -> Distribution:
    try:
        return distribution("release-tool")
    except PackageNotFoundError:
        if UNDER_TOX:
            raise
        pytest.skip("release-tool is not installed here; tox installs it")


@of_a_wheel
def test_the_tests_meet_the_built_wheel_and_not_the_checkout() -> None:
    assert PACKAGE not in Path(release_tool.__file__).parents


@of_a_wheel
def test_the_wheel_carries_every_file_of_the_package_and_no_other(installed: Distribution) -> None:
    carried = {file.as_posix() for file in installed.files or () if file.parts[0] == "release_tool"}

    written = {path.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*") if path.is_file()}

    assert without_bytecode(carried) == without_bytecode(written)


def test_the_package_the_distribution_and_the_changelog_name_one_version(installed: Distribution) -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first, *released = re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)

    assert first == "Unreleased"
    assert installed.version == release_tool.__version__ == (released[0] if released else "0.1.0")


def test_the_command_is_there_after_an_installation(installed: Distribution) -> None:
    (command,) = installed.entry_points.select(group="console_scripts")

    assert command.name == "release-tool"
    assert callable(command.load())


def whole_runs_with(tox: configparser.ConfigParser) -> str:
    return str(tox["testenv:whole"]["base_python"].split()[0].removeprefix("python"))


def test_every_python_that_is_promised_is_tested(installed: Distribution) -> None:
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    of_the_list = re.findall(r"\d+", re.search(r"py\{(.+?)\}", tox["tox"]["env_list"])[1])
    tested = [*(f"{version[0]}.{version[1:]}" for version in of_the_list), whole_runs_with(tox)]

    promised = re.findall(r"Python :: (3\.\d+)", str(installed.metadata.get_all("Classifier")))

    assert sorted(tested) == promised
    assert installed.metadata["Requires-Python"] == f">={promised[0]}"


@pytest.mark.parametrize("module", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_what_a_module_imports_is_declared(module: Path, installed: Distribution) -> None:
    demo = "demo" in module.relative_to(PACKAGE).parts
    declared = required(installed, *(["demo"] if demo else []))

    imported = packages_imported_by(module) - sys.stdlib_module_names - {"release_tool"}

    assert {DISTRIBUTIONS.get(package, package) for package in imported} - declared.keys() == set()


def test_the_oldest_releases_that_are_tested_are_the_oldest_that_are_allowed(installed: Distribution) -> None:
    allowed = {name: release(lowest(bounds)) for name, bounds in required(installed, "demo").items()}

    tested = {name: release(version) for name, version in pins("oldest").items() if name in allowed}

    assert tested == allowed


def test_the_releases_that_are_tested_stand_in_for_everything_that_is_installed(installed: Distribution) -> None:
    asked = required(installed, "demo", "test", "browser", "lint")

    assert asked.keys() - pins("tested").keys() == set()


def without_bytecode(files: set[str]) -> set[str]:
    return {file for file in files if "__pycache__" not in file}


def packages_imported_by(module: Path) -> set[str]:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    plain = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    origins = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in [*plain, *origins]}


def normal(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def required(installed: Distribution, *extras: str) -> dict[str, str]:
    """Name → bounds, of what is always needed and of what these extras add."""
    lines = [
        line
        for line in installed.requires or ()
        if "extra ==" not in line or any(f'extra == "{extra}"' in line for extra in extras)
    ]
    found = [re.match(r"([\w.-]+)([^;]*)", line) for line in lines]
    return {normal(name): bounds for name, bounds in (match.groups() for match in found if match)}


def lowest(bounds: str) -> str:
    return re.search(r">=([\d.]+)", bounds)[1]


def release(version: str) -> tuple[int, ...]:
    """3, 3.0 and 3.0.0 are one release."""
    numbers = [int(number) for number in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "constraints" / f"{name}.txt").read_text(encoding="utf-8")
    return {normal(package): version for package, version in re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE)}
