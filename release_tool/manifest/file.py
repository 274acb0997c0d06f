"""Where the manifest lies, and the bytes in it."""

from __future__ import annotations

import os
from codecs import getincrementaldecoder
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from release_tool.errors import AskedWrongly, ManifestError, NoManifest
from release_tool.manifest import former
from release_tool.manifest.compose import MAX_CHARACTERS
from release_tool.manifest.load import Manifest, load_manifest
from release_tool.manifest.translate import Translation, translation

FILE_NAME = ".wellcome_project"

MAX_BYTES = 4 * MAX_CHARACTERS

_TO_DO = "`release-tool init` writes an annotated example; --project_file=<path> names a file elsewhere"


def find_manifest(start: Path) -> Path:
    """The manifest in `start` or the nearest folder above it, up to the repository's root."""
    found = find_of_any_time(start)
    if found.name == former.FILE_NAME:
        raise AskedWrongly(
            f"{found} is not read any more: today's file is called `{FILE_NAME}`",
            next="`release-tool init` prints what it says in today's words",
        )
    return found


def find_of_any_time(start: Path) -> Path:
    """The same; or, where there is none at all, the nearest file by the name of other times."""
    folders = tuple(_up_to_the_root(start.resolve()))
    for name in (FILE_NAME, former.FILE_NAME):
        for folder in folders:
            # Also a link that leads nowhere: reading it says so, where looking on would find another file.
            if os.path.lexists(folder / name):
                return _no_folder(folder / name)
    raise NoManifest(_not_found(folders), next=_TO_DO)


def _up_to_the_root(start: Path) -> Iterator[Path]:
    """`.git` is a folder, and in a linked worktree or a submodule a file."""
    for folder in (start, *start.parents):
        yield folder
        if os.path.lexists(folder / ".git"):
            return


def _not_found(folders: tuple[Path, ...]) -> str:
    above = f", nor in a folder above it up to {folders[-1]}" if len(folders) > 1 else ""
    return f"no `{FILE_NAME}` in {folders[0]}{above}"


def _no_folder(path: Path) -> Path:
    if os.path.isdir(path):
        raise AskedWrongly(
            f"{path} is a folder, and should be a file",
            next="give it another name; --project_file=<path> names a manifest elsewhere",
        )
    return path


def read_manifest(path: Path) -> Manifest:
    return load_manifest(*_text_and_source(path))


def in_todays_words(path: Path) -> Translation | None:
    """What a file of other times says; None where it is today's. By the name of other times alone, it is one."""
    text, source = _text_and_source(path)
    said = translation(text, source, FILE_NAME)
    if said is None and path.name == former.FILE_NAME:
        return Translation(text, (), ())
    return said


def _text_and_source(path: Path) -> tuple[str, str]:
    source = _as_seen_from_here(_no_folder(path))
    return _text(_bytes(path), source), source


def _as_seen_from_here(path: Path) -> str:
    """Short where it can be: these places are read by people, and clicked on."""
    with suppress(OSError, ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def _bytes(path: Path) -> bytes:
    """As many as can be a manifest and one more, so that even an endless file ends."""
    try:
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise AskedWrongly(f"no file at {path}", next=_TO_DO) from error
    except OSError as error:
        raise AskedWrongly(f"can't read {path}: {error.strerror or error}") from error


def _text(data: bytes, source: str) -> str:
    # Where there is more than was read, a character cut in two at the end is no fault of the file's.
    is_whole = len(data) <= MAX_BYTES
    try:
        return getincrementaldecoder("utf-8")().decode(data, final=is_whole)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        sentence = f"this is not UTF-8: byte 0x{data[error.start]:02x}; save the file as UTF-8"
        raise ManifestError([f"{source}:{line}:{column}: {sentence}"]) from error


def annotated_example() -> str:
    """A manifest that shows every key; `init` writes it where there is none."""
    return files("release_tool.manifest").joinpath("wellcome_project.example").read_text("utf-8")
