"""`.wellcome_project`: found, read, and understood or refused with every fault and its place."""

from release_tool.manifest.file import (
    FILE_NAME,
    annotated_example,
    find_manifest,
    find_of_any_time,
    in_todays_words,
    read_manifest,
)
from release_tool.manifest.load import Manifest, load_manifest
from release_tool.manifest.translate import Translation

__all__ = [
    "FILE_NAME",
    "Manifest",
    "Translation",
    "annotated_example",
    "find_manifest",
    "find_of_any_time",
    "in_todays_words",
    "load_manifest",
    "read_manifest",
]
