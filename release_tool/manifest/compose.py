"""YAML, and so JSON, into nodes.

Built from the parser's events: so an alias that holds itself, a mountain of aliases or a thousand brackets are
met where they stand, before anything recurses into them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

import yaml

from release_tool.manifest.findings import Findings, Place, shown
from release_tool.manifest.nodes import Entry, Mapping, Node, Scalar, Sequence

MAX_CHARACTERS = 500_000
MAX_DEPTH = 20
MAX_NODES = 100_000
"""Counted with every alias written out."""


def read_node(text: str, findings: Findings) -> Node | None:
    """The one document in `text`, a scalar that is nothing where it is empty; None where `findings` says why not."""
    try:
        return _document(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"), findings)
    except _Unreadable as unreadable:
        findings.fault(unreadable.place, unreadable.sentence)
        return None


class _Unreadable(Exception):
    """There is no way to read on from here."""

    def __init__(self, place: Place, sentence: str) -> None:
        super().__init__(sentence)
        self.place = place
        self.sentence = sentence


def _document(text: str, findings: Findings) -> Node:
    if len(text) > MAX_CHARACTERS:
        raise _Unreadable(Place(1, 1), f"longer than {MAX_CHARACTERS} characters: this is no manifest")
    events = _events(_with_blanks_for_tabs(text))
    next(events)  # the stream's start
    if isinstance(next(events), yaml.StreamEndEvent):
        return Scalar(Place(1, 1), "")
    node = _Composer(events, findings).node()
    next(events)  # the document's end
    _refuse_another(next(events))
    return node


def _refuse_another(event: yaml.Event) -> None:
    if isinstance(event, yaml.DocumentStartEvent):
        raise _Unreadable(
            _place(event.start_mark), "a second document begins here; a manifest is one, with all its projects in it"
        )


def _with_blanks_for_tabs(text: str) -> str:
    """JSON may be indented with tabs, and PyYAML takes none: a blank for each leaves every place as it is."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    return re.sub(r'"(?:[^"\\]|\\.)*(?:"|\Z)|\t', lambda m: " " if m[0] == "\t" else m[0], text, flags=re.DOTALL)


def _events(text: str) -> Iterator[yaml.Event]:
    """The parser's events; all that it can raise becomes a place and a sentence."""
    try:
        loader = yaml.SafeLoader(text)
    except yaml.reader.ReaderError as error:
        raise _Unreadable(*_unprintable(error, text)) from error
    try:
        while loader.check_event():
            yield loader.get_event()  # type: ignore[no-untyped-call]
    except yaml.MarkedYAMLError as error:
        raise _Unreadable(*_not_yaml(error)) from error
    except (ValueError, OverflowError) as error:
        # PyYAML turns `%YAML 99…9.1` and `"\UFFFFFFFF"` into numbers without a look at their size.
        raise _Unreadable(_place(loader.get_mark()), "this is not YAML: a number out of range") from error


def _unprintable(error: yaml.reader.ReaderError, text: str) -> tuple[Place, str]:
    before = text[: error.position]
    place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
    return place, f"the control character U+{error.character:04X} can't stand in YAML"


def _not_yaml(error: yaml.MarkedYAMLError) -> tuple[Place, str]:
    place = _place(error.problem_mark or error.context_mark)
    if error.problem and "'\\t'" in error.problem:
        return place, "a tab can't indent YAML; use blanks"
    beginning = error.context_mark
    context = f" {error.context}" if error.context else ""
    since = f", which begins on line {beginning.line + 1}" if context and beginning else ""
    return place, f"this is not YAML: {error.problem}{context}{since}"


class _Mark(Protocol):
    """PyYAML's, of which there are two classes; counted from 0."""

    line: int
    column: int


def _place(mark: _Mark | None) -> Place:
    return Place(1, 1) if mark is None else Place(mark.line + 1, mark.column + 1)


class _Composer:
    """Makes nodes of events, and keeps count of how many they are."""

    def __init__(self, events: Iterator[yaml.Event], findings: Findings) -> None:
        self._events = events
        self._findings = findings
        self._anchors: dict[str, tuple[Node, int] | None] = {}
        self._nodes = 0

    def node(self) -> Node:
        return self._node(next(self._events), depth=1)

    def _node(self, event: yaml.Event, depth: int) -> Node:
        place = _place(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(str(event.anchor), place)
        if depth > MAX_DEPTH:
            raise _Unreadable(place, f"more than {MAX_DEPTH} levels deep; a manifest needs five")
        assert isinstance(event, yaml.NodeEvent)
        return self._anchored(event, place, depth)

    def _alias(self, anchor: str, place: Place) -> Node:
        if anchor not in self._anchors:
            raise _Unreadable(place, f"the alias `*{shown(anchor)}` has no anchor `&{shown(anchor)}` before it")
        anchored = self._anchors[anchor]
        if anchored is None:
            raise _Unreadable(place, f"the alias `*{shown(anchor)}` stands within what it names")
        node, size = anchored
        self._count(size, place)
        return replace(node, place=place)

    def _anchored(self, event: yaml.NodeEvent, place: Place, depth: int) -> Node:
        before = self._nodes
        self._count(1, place)
        if event.anchor is not None:
            self._anchors[event.anchor] = None  # until it is whole
        node = self._of_its_kind(event, place, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node, self._nodes - before
        return node

    def _count(self, nodes: int, place: Place) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise _Unreadable(place, f"with its aliases written out, this is more than {MAX_NODES} values")

    def _of_its_kind(self, event: yaml.NodeEvent, place: Place, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            self._refuse_tag(event.tag, place, "str")
            return Scalar(place, _with_pairs_joined(event.value), plain=bool(event.implicit[0]))
        if isinstance(event, yaml.SequenceStartEvent):
            self._refuse_tag(event.tag, place, "seq")
            return Sequence(place, tuple(self._node(item, depth + 1) for item in self._until(yaml.SequenceEndEvent)))
        assert isinstance(event, yaml.MappingStartEvent)
        self._refuse_tag(event.tag, place, "map")
        return self._mapping(place, depth)

    def _refuse_tag(self, tag: str | None, place: Place, own: str) -> None:
        if tag not in (None, "!", f"tag:yaml.org,2002:{own}"):
            self._findings.fault(place, f"the tag `{shown(str(tag))}` means nothing here; leave it out")

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self._events), end):
            yield event

    def _mapping(self, place: Place, depth: int) -> Mapping:
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for event in self._until(yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar) or key.is_nothing:
                self._findings.fault(key.place, "a key must be text")
            elif key.plain and key.text == "<<":
                merged = {**self._merged(value), **merged}
            elif self._is_new(key, own):
                own[key.text] = Entry(key, value)
        return Mapping(place, tuple({**merged, **own}.values()))

    def _merged(self, value: Node) -> dict[str, Entry]:
        """What a merge key brings; of several mappings the earlier one holds."""
        mappings = value.items if isinstance(value, Sequence) else (value,)
        merged: dict[str, Entry] = {}
        for mapping in mappings:
            if isinstance(mapping, Mapping):
                merged = {**{entry.key.text: entry for entry in mapping.entries}, **merged}
            else:
                self._findings.fault(mapping.place, "`<<` merges mappings, such as `<<: *defaults`")
        return merged

    def _is_new(self, key: Scalar, own: dict[str, Entry]) -> bool:
        first = own.get(key.text)
        if first is not None:
            line = first.key.place.line
            self._findings.fault(key.place, f"`{shown(key.text)}` stands here a second time; first on line {line}")
        return first is None


def _with_pairs_joined(text: str) -> str:
    """JSON writes a character beyond U+FFFF as two escapes, which PyYAML takes for two characters."""
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return text
