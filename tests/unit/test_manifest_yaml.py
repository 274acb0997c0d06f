"""What YAML can hold that no manifest should: always a place and a sentence, and never for long."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from release_tool.errors import ManifestError
from release_tool.manifest import annotated_example, load_manifest
from release_tool.manifest.file import _text

PLACED = re.compile(r"file:[1-9][0-9]*:[1-9][0-9]*: \S.*")


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(ManifestError) as refused:
        load_manifest(text, "file")
    return refused.value.faults


@pytest.mark.parametrize(
    "text", ["", "\n", "# a comment\n", "---\n", "~", "{}", "null", "\ufeff", "--- # and no more\n...\n"]
)
def test_an_empty_file_is_told_what_a_manifest_holds(text: str) -> None:
    (told,) = faults(text)

    assert told.endswith(
        "there is no project here; a manifest holds projects by id: `storage: {environments: [{id: stage}]}`"
    )


def test_bare_text_is_told_what_a_manifest_holds() -> None:
    assert faults("storage")[0].startswith("file:1:1: this is bare text; a manifest holds projects by id")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("storage:\n\tenvironments: []", "2:1: a tab can't indent YAML; use blanks"),
        ("a: b: c", "1:5: this is not YAML: mapping values are not allowed here"),
        (
            '{"a": {"b": 1',
            "1:14: this is not YAML: expected ',' or '}', but got '<stream end>' while parsing a flow mapping, "
            "which begins on line 1",
        ),
        ("a: {}\n---\nb: {}", "2:1: a second document begins here; a manifest is one, with all its projects in it"),
        ("a: \x07", "1:4: the control character U+0007 can't stand in YAML"),
        ("a:\n- \x00", "2:3: the control character U+0000 can't stand in YAML"),
        ("a: \ud800", "1:4: the control character U+D800 can't stand in YAML"),
        ('"\\UFFFFFFFF": a', "1:4: this is not YAML: a number out of range"),
        (f"%YAML {'1' * 5000}.1\n--- {{}}", "1:7: this is not YAML: a number out of range"),
        ("a: *b", "1:4: the alias `*b` has no anchor `&b` before it"),
        ("a: &a [*a]", "1:8: the alias `*a` stands within what it names"),
        ("a: &a {b: {<<: *a}}", "1:16: the alias `*a` stands within what it names"),
        ("[" * 50_000, "1:21: more than 20 levels deep; a manifest needs five"),
        ("- " * 50_000, "1:41: more than 20 levels deep; a manifest needs five"),
        ("a: " + "{a: " * 50_000, "1:77: more than 20 levels deep; a manifest needs five"),
        ("#" * 500_001, "1:1: longer than 500000 characters: this is no manifest"),
    ],
    ids=lambda text: text[:20],
)
def test_what_can_not_be_read_is_told_at_its_place(text: str, told: str) -> None:
    assert faults(text) == (f"file:{told}",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("? [a]\n: {}", "1:3: a key must be text"),
        ("~: {}", "1:1: a key must be text"),
        ("storage: {environments: !Environments [{id: prod}]}", "1:25: the tag `!Environments` means nothing here"),
        ("storage: {environments: [{id: !!int 7}]}", "1:31: the tag `tag:yaml.org,2002:int` means nothing here"),
        ("storage: !!python/object:os.system {}", "1:10: the tag `tag:yaml.org,2002:python/object:os.system` means"),
        ("storage: {<<: 1, environments: [{id: prod}]}", "1:15: `<<` merges mappings, such as `<<: *defaults`"),
        ("storage: {<<: [1], environments: [{id: prod}]}", "1:16: `<<` merges mappings, such as `<<: *defaults`"),
    ],
)
def test_what_has_no_meaning_is_told_at_its_place(text: str, told: str) -> None:
    assert any(fault.startswith(f"file:{told}") for fault in faults(text))


def test_tags_that_say_what_is_so_anyhow_are_taken() -> None:
    text = "!!map {storage: {environments: !!seq [{id: !!str 007}, {id: ! prod}]}}"

    stage, prod = load_manifest(text, "file").project(None).environments

    assert (stage.id, prod.id) == ("007", "prod")


def test_a_mountain_of_aliases_is_refused_before_it_is_climbed() -> None:
    lines = ["a: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 60)]

    (told,) = faults("\n".join(lines))

    assert told.startswith("file:5:")
    assert told.endswith("with its aliases written out, this is more than 100000 values")


def test_a_mountain_of_merged_aliases_is_refused_before_it_is_climbed() -> None:
    lines = ["a: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 60)]

    (told,) = faults("\n".join(lines))

    assert told.endswith("with its aliases written out, this is more than 100000 values")


def test_a_long_chain_of_aliases_is_no_deep_recursion() -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 400))]

    assert len(faults("\n".join(lines))) == 400


def test_many_services_are_no_mountain() -> None:
    services = "".join(f"    - id: service_{n}\n      name: Service {n}\n" for n in range(2_000))

    project = load_manifest(f"storage:\n  environments: [{{id: prod}}]\n  services:\n{services}", "file").project(None)

    assert len(project.services or ()) == 2_000


def is_understood_or_told(text: str | bytes) -> bool:
    """Anything else that is raised ends the test."""
    try:
        manifest = load_manifest(text if isinstance(text, str) else _text(text, "file"), "file")
    except ManifestError as refused:
        return all(PLACED.fullmatch(fault) and fault.isprintable() for fault in refused.faults)
    return len(manifest.projects) > 0


everything = settings(deadline=None, database=None, max_examples=300)


@everything
@given(st.binary())
@example(b"\xff")
@example(b"\xef\xbb\xbf")
def test_whatever_the_bytes_they_are_understood_or_told(data: bytes) -> None:
    assert is_understood_or_told(data)


@everything
@given(st.text())
@example("\ufeff\ufeff")
@example("a: \x85b")
@example("\u2028- a")
def test_whatever_the_text_it_is_understood_or_told(text: str) -> None:
    assert is_understood_or_told(text)


@everything
@given(st.text(alphabet="ab:-?[]{},#&*!|>'\"%@`~<= \n\t\r\\x0uU1.\ufeff\x85"))
@example("? - a\n")
@example("a: |9\n b")
@example("&a *a")
@example("%TAG ! a\n--- !b c")
@example("%")
@example("--- |\n%a")
def test_whatever_yamls_own_signs_they_are_understood_or_told(text: str) -> None:
    assert is_understood_or_told(text)


@everything
@given(st.data())
def test_whatever_slip_of_the_hand_it_is_understood_or_told(data: st.DataObject) -> None:
    text = annotated_example()
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, min(first + 40, len(text))))

    assert is_understood_or_told(text[:first] + data.draw(st.text(max_size=4)) + text[last:])
