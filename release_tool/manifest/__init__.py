"""`.wellcome_project`: found, read, and understood or refused with every fault and its place."""

from release_tool.manifest.file import FILE_NAME, annotated_example, find_manifest, read_manifest
from release_tool.manifest.load import Manifest, load_manifest

__all__ = ["FILE_NAME", "Manifest", "annotated_example", "find_manifest", "load_manifest", "read_manifest"]
