"""One mapping of the manifest, read key by key, with all that is wrong about it."""

from __future__ import annotations

from difflib import get_close_matches

from release_tool.errors import nearest
from release_tool.manifest import former, rules
from release_tool.manifest.findings import Findings, Place, shown
from release_tool.manifest.forms import FORMS, Form
from release_tool.manifest.nodes import Entry, Mapping, Node, Scalar, Sequence
from release_tool.manifest.rules import Rule


class Fields:
    """What is faulty is told to `findings` and read as though it were left out, so that reading can go on."""

    def __init__(self, form: Form, node: Node, findings: Findings) -> None:
        self.form = form
        self.place = node.place
        self.findings = findings
        self._is_misread = not isinstance(node, Mapping)
        self._entries = _by_key(form, _as_mapping(form, node, findings), findings)

    def entry(self, key: str) -> Entry | None:
        return self._entries.get(key)

    def lacks(self, key: str) -> bool:
        """Whether it is left out; where the whole is of another form, that is told already."""
        return key not in self._entries and not self._is_misread

    def scalar(self, key: str, rule: Rule) -> Scalar | None:
        entry = self.entry(key)
        return None if entry is None else self.checked(entry.value, f"`{key}`", rule)

    def text(self, key: str, rule: Rule) -> str | None:
        scalar = self.scalar(key, rule)
        return None if scalar is None else scalar.text

    def checked(self, node: Node, what: str, rule: Rule) -> Scalar | None:
        if isinstance(node, Scalar) and not node.is_nothing:
            complaint = rule(node.text)
            if complaint is None:
                return node
        else:
            complaint = f"{what} is text; this is {_kind(node)}"
        self.findings.fault(node.place, complaint)
        return None

    def flag(self, key: str) -> bool:
        entry = self.entry(key)
        if entry is None:
            return False
        if _is_plain(entry.value, "true"):
            return True
        if not _is_plain(entry.value, "false"):
            self.findings.fault(entry.value.place, f"`{key}` is `true` or `false`, without quotes")
        return False

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """One of `choices`; the first where the key is left out."""
        text = self.text(key, lambda text: _not_among(choices, key, text))
        return choices[0] if text is None else text

    def items(self, key: str, written: str, *, may_be_empty: bool = True) -> tuple[Node, ...] | None:
        """The list at `key`; None where there is none, or something else."""
        entry = self.entry(key)
        if entry is None:
            return None
        if not isinstance(entry.value, Sequence):
            self.findings.fault(entry.value.place, f"`{key}` is a list, {written}; this is {_kind(entry.value)}")
            return None
        if not entry.value.items and not may_be_empty:
            self.findings.fault(entry.value.place, f"`{key}` is a list, {written}; this one is empty")
        return entry.value.items

    def texts(self, key: str, written: str, rule: Rule, *, may_be_empty: bool = False) -> tuple[Scalar, ...] | None:
        """The list of texts at `key`, of which none stands twice."""
        items = self.items(key, written, may_be_empty=may_be_empty)
        if items is None:
            return None
        texts = [self.checked(item, f"an item of `{key}`", rule) for item in items]
        taken: dict[str, Place] = {}
        return tuple(text for text in texts if text is not None and self.is_new(text, taken))

    def identity(self, taken: dict[str, Place]) -> Scalar:
        """The `id`, which is noted in `taken`, and told where it is there already; an empty text for none."""
        if self.lacks("id"):
            self.findings.fault(self.place, f"{self.form.kind} needs an `id`")
        identity = self.scalar("id", rules.identity)
        if identity is None:
            return Scalar(self.place, "")
        self.is_new(identity, taken)
        return identity

    def is_new(self, scalar: Scalar, taken: dict[str, Place]) -> bool:
        first = taken.get(scalar.text)
        if first is None:
            taken[scalar.text] = scalar.place
        else:
            self.findings.fault(scalar.place, f"`{shown(scalar.text)}` stands twice; first on line {first.line}")
        return first is None


def _as_mapping(form: Form, node: Node, findings: Findings) -> Mapping:
    if isinstance(node, Mapping):
        return node
    if "id" in form.keys and isinstance(node, Scalar) and not node.is_nothing:
        findings.fault(node.place, f"{form.kind} is written `- id: {shown(node.text)}`, not as bare text")
        # Read on with the id that was meant, so that what names it elsewhere is not wrong too.
        return Mapping(node.place, (Entry(Scalar(node.place, "id"), node),))
    findings.fault(node.place, f"{form.kind} is written {form.written}; this is {_kind(node)}")
    return Mapping(node.place, ())


def _by_key(form: Form, mapping: Mapping, findings: Findings) -> dict[str, Entry]:
    """A key that is all but another is told, and read as that one, so that what is wrong below it is told too."""
    known = {entry.key.text: entry for entry in mapping.entries if entry.key.text in form.keys}
    for entry in mapping.entries:
        key = entry.key.text
        if key not in form.keys:
            findings.fault(entry.key.place, _unknown_key(key, form))
            for meant in () if key in former.KEYS else get_close_matches(key, form.keys, n=1, cutoff=0.8):
                known.setdefault(meant, entry)
    return known


def _unknown_key(key: str, form: Form) -> str:
    if key in former.KEYS:
        return former.KEYS[key]
    owner = next((other.kind for other in FORMS if key in other.keys), None)
    if (near := nearest(key, form.keys)) is not None:
        return f"{form.kind} has no `{shown(key)}`; did you mean `{near}`?"
    if owner is not None:
        return f"{form.kind} has no `{key}`; that belongs to {owner}"
    known = ", ".join(k for k in form.keys if k != former.TF_STACK_ROOT)
    return f"{form.kind} has no `{shown(key)}`; its keys are {known}"


def _is_plain(node: Node, text: str) -> bool:
    return isinstance(node, Scalar) and node.plain and node.text in (text, text.capitalize(), text.upper())


def _not_among(choices: tuple[str, ...], key: str, text: str) -> str | None:
    either = " or ".join(f"`{choice}`" for choice in choices)
    return None if text in choices else f"`{key}` is {either}; this is the text `{shown(text)}`"


def _kind(node: Node) -> str:
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Mapping):
        return "a mapping"
    if node.is_nothing:
        return f"nothing, as `{node.text}` has no quotes" if node.text else "nothing"
    return f"the text `{shown(node.text)}`"
