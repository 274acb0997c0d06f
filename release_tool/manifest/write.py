"""Nodes as YAML, laid out as the annotated example is: blocks, but for short lists of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import yaml

from release_tool.manifest.nodes import Entry, Mapping, Node, Scalar, Sequence

NEVER_FOLDED = 2**31


def written(entries: Iterable[Entry]) -> str:
    """Reads as the same nodes again, but for their places, and for whether a text had quotes that it did not need."""
    return "".join(f"{line}\n" for entry in entries for line in _entry(entry, 0))


def _entry(entry: Entry, indent: int) -> Iterator[str]:
    key, value = f"{' ' * indent}{_scalar(entry.key)}:", entry.value
    if isinstance(value, Mapping) and value.entries:
        yield key
        for below in value.entries:
            yield from _entry(below, indent + 2)
    elif isinstance(value, Sequence) and any(not isinstance(item, Scalar) for item in value.items):
        yield key
        for item in value.items:
            yield from _item(item, indent + 2)
    else:
        yield f"{key} {_in_one_line(value)}"


def _item(item: Node, indent: int) -> Iterator[str]:
    if not isinstance(item, Mapping) or not item.entries:
        yield f"{' ' * indent}- {_in_one_line(item)}"
        return
    first, *others = (line for entry in item.entries for line in _entry(entry, indent + 2))
    yield f"{' ' * indent}- {first[indent + 2 :]}"
    yield from others


def _in_one_line(node: Node, *, within_brackets: bool = False) -> str:
    if isinstance(node, Scalar):
        return _scalar(node, within_brackets=within_brackets)
    if isinstance(node, Sequence):
        return f"[{', '.join(_in_one_line(item, within_brackets=True) for item in node.items)}]"
    pairs = ((e.key, _in_one_line(e.value, within_brackets=True)) for e in node.entries)
    return f"{{{', '.join(f'{_scalar(key, within_brackets=True)}: {value}' for key, value in pairs)}}}"


def _scalar(scalar: Scalar, *, within_brackets: bool = False) -> str:
    """What means nothing, true or false stays bare; any other text gets quotes where it would be misread."""
    if scalar.is_nothing:
        return "~"
    if scalar.plain and scalar.text.lower() in ("true", "false"):
        return scalar.text
    listed: str = yaml.safe_dump(
        [scalar.text],
        default_flow_style=within_brackets,
        default_style=None if scalar.text.isprintable() else '"',  # any other style may need several lines
        allow_unicode=True,
        width=NEVER_FOLDED,
    )
    return listed.strip()[1:-1] if within_brackets else listed[2:].strip()
