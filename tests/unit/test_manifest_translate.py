"""A manifest of other times, said in today's words: what it meant is what the new text means."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from release_tool.errors import ManifestError
from release_tool.manifest import annotated_example, load_manifest
from release_tool.manifest.compose import read_node
from release_tool.manifest.findings import Findings, Place
from release_tool.manifest.former import KEYS
from release_tool.manifest.nodes import Entry, Mapping, Node, Scalar, Sequence
from release_tool.manifest.translate import Translation, translation
from release_tool.manifest.write import written
from release_tool.model import Project

PAGE = (Path(__file__).parents[2] / "docs" / "manifest.md").read_text("utf-8")
ENVIRONMENTS = "environments: [{id: prod}]"
OF_2022 = """
storage_service:
  name: Storage service
  role_arn: arn:aws:iam::123456789012:role/ci
  aws_region_name: eu-west-1
  environments:
    - id: stage
      name: Stage
    - id: prod
      name: Production
  image_repositories:
    - id: bag_register
      services:
        - id: bag-register
    - id: bag_replicator
      services:
        - id: bag-replicator-primary
        - id: bag-replicator-glacier
    - id: bag_tagger
      services: []
    - id: notifier
      services:
        - id: notifier
"""
TODAY = """\
storage_service:
  name: Storage service
  role_arn: arn:aws:iam::123456789012:role/ci
  aws_region_name: eu-west-1
  environments:
    - id: stage
      name: Stage
    - id: prod
      name: Production
  services:
    - id: bag_register
      ecs_services: [bag-register]
    - id: bag_replicator
      ecs_services: [bag-replicator-primary, bag-replicator-glacier]
    - id: bag_tagger
      ecs_services: []
    - id: notifier
"""
A_LIST = """
[
    {"id": "storage", "name": "Storage", "environments": [{"id": "prod"}]},
    {"id": "items", "environments": [{"id": "prod"}]}
]
"""
PROJECTS_BY_ID = """\
storage:
  name: Storage
  environments:
    - id: prod
items:
  environments:
    - id: prod
"""


def said(text: str) -> Translation:
    translated = translation(text, "old", "new")
    assert translated is not None
    return translated


def meant(text: str, name: str | None = None) -> Project:
    return load_manifest(said(text).text, "new").project(name)


def ecs_services(project: Project) -> dict[str, tuple[str, ...]]:
    return {service.id: service.ecs_services for service in project.services or ()}


# --- forms


def test_a_file_of_2022_says_its_images_as_services_with_their_ecs_services() -> None:
    translated = said(OF_2022)

    assert translated.text == TODAY
    assert translated.faults == ()


def test_one_is_told_to_look_at_the_names_of_ecs_services() -> None:
    (notice,) = said(OF_2022).notices

    assert notice.startswith("old:11:3: what stood beneath an image are `ecs_services` today")


def test_a_list_of_projects_says_them_by_id() -> None:
    assert said(A_LIST).text == PROJECTS_BY_ID


def test_a_bare_project_says_its_id_above() -> None:
    text = '{\n\t"id": "storage",\n\t"profile": "storage-dev",\n\t"environments": [{"id": "prod", "name": "Prod"}]\n}'

    translated = said(text)

    assert translated.text == "storage:\n  environments:\n    - id: prod\n      name: Prod\n"
    assert [notice.partition(" is ")[0] for notice in translated.notices] == ["old:3:2: `profile`"]


def test_what_a_form_of_two_times_has_is_said_together() -> None:
    text = f"[{{id: storage, {ENVIRONMENTS}, region_name: eu-west-1, image_repositories: [{{id: api}}]}}]"

    project = meant(text)

    assert project.aws_region_name == "eu-west-1"
    assert ecs_services(project) == {"api": ()}


# --- keys


def test_every_key_of_other_times_is_gone() -> None:
    values = {"image_repositories": "[{id: api}]", "region": "eu-west-1", "region_name": "eu-west-1"}
    for key in KEYS:
        text = f"storage: {{{ENVIRONMENTS}, {key}: {values.get(key, 'anything')}}}"

        assert not re.search(rf"\b{key}:", said(text).text)
        assert said(text).faults == ()


@pytest.mark.parametrize("key", ["region", "region_name"])
def test_a_region_keeps_its_meaning_under_its_new_name(key: str) -> None:
    text = f"storage: {{{key}: eu-west-1, environments: [{{id: prod, {key}: eu-west-2}}]}}"

    project = meant(text)

    assert project.aws_region_name == "eu-west-1"
    assert project.environment("prod").aws_region_name == "eu-west-2"


def test_todays_name_of_the_region_wins_over_an_old_one() -> None:
    text = f"storage: {{{ENVIRONMENTS}, region_name: eu-west-2, aws_region_name: eu-west-1}}"

    assert meant(text).aws_region_name == "eu-west-1"
    assert "`region_name` is called `aws_region_name` today" in said(text).notices[0]


def test_the_label_latest_is_left_out_and_told() -> None:
    text = "storage: {environments: [{id: latest}, {id: prod}], account_id: '123456789012'}"

    translated = said(text)

    assert "latest" not in translated.text
    assert any(notice.startswith("old:1:26: `latest` is the label") for notice in translated.notices)


@pytest.mark.parametrize(
    ("beneath", "named"),
    [
        ("[{id: a}, {id: b}]", ("a", "b")),
        ("[a, b]", ("a", "b")),
        ("[a, {id: b}, a]", ("a", "b")),
        ("[{id: api}]", ("{service}",)),
        ("[]", ()),
        ("~", ()),
    ],
)
def test_the_ecs_services_of_an_image_in_all_their_forms(beneath: str, named: tuple[str, ...]) -> None:
    text = f"storage: {{{ENVIRONMENTS}, image_repositories: [{{id: api, services: {beneath}}}]}}"

    assert ecs_services(meant(text)) == {"api": named}


def test_an_image_that_is_bare_text_runs_in_no_ecs_service() -> None:
    assert ecs_services(meant(f"storage: {{{ENVIRONMENTS}, image_repositories: [nginx]}}")) == {"nginx": ()}


def test_one_ecs_service_beneath_several_images_is_named_by_each() -> None:
    text = f"storage: {{{ENVIRONMENTS}, image_repositories: [{{id: api, services: [ingests]}}, " + (
        "{id: worker, services: [ingests]}]}"
    )

    assert ecs_services(meant(text)) == {"api": ("ingests",), "worker": ("ingests",)}


def test_services_of_today_stand_beside_those_that_were_images() -> None:
    text = f"storage: {{{ENVIRONMENTS}, services: [{{id: web, container: app}}], image_repositories: [{{id: api}}]}}"

    assert ecs_services(meant(text)) == {"web": ("{service}",), "api": ()}


def test_ids_stay_the_text_that_they_are() -> None:
    text = "storage: {environments: [{id: 2022-10-03}, {id: no}, {id: 007}], account_id: '1'}"

    assert [environment.id for environment in meant(text).environments] == ["2022-10-03", "no", "007"]


# --- what is not of other times, and what is wrong all the same


@pytest.mark.parametrize(
    "text",
    [
        f"storage: {{{ENVIRONMENTS}}}",
        f"storage: {{{ENVIRONMENTS}, tf_stack_root: terraform}}",
        "storage: {environments: [{id: latest}, {id: prod}]}",
        "storage: {enviroments: [{id: prod}]}",
        "storage: []",
        "just text",
        "",
        annotated_example(),
    ],
)
def test_a_file_without_words_of_other_times_is_not_said_anew(text: str) -> None:
    assert translation(text, "old", "new") is None


def test_what_today_refuses_in_the_new_text_is_told_with_its_place_there() -> None:
    text = "storage: {enviroments: [{id: prod}], image_repositories: [{id: api/v1}]}"

    translated = said(text)

    assert "  enviroments:\n    - id: prod\n" in translated.text
    assert [fault.partition(";")[0] for fault in translated.faults] == [
        "new:2:3: a project has no `enviroments`",
        "new:5:11: `api/v1` can't be an id: it becomes part of an SSM parameter's name, so letters, digits, `_`, `.` "
        "and `-` only, 255 at most",
    ]


def test_a_file_that_cannot_be_read_is_refused_with_its_own_places() -> None:
    with pytest.raises(ManifestError, match=r"old:1:\d+: this is not YAML"):
        translation("[{id: storage}", "old", "new")


def test_a_key_that_stands_twice_is_for_a_person_to_decide() -> None:
    with pytest.raises(ManifestError, match="stands here a second time"):
        translation(f"storage: {{{ENVIRONMENTS}, profile: a, profile: b}}", "old", "new")


def test_the_page_shows_what_is_printed() -> None:
    ((former, today),) = re.findall(
        r"^```yaml former\n(.*?)^```$.*?^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
    )

    assert said(former).text == today
    assert said(former).faults == ()


# --- the writing


def without_places(node: Node) -> object:
    if isinstance(node, Sequence):
        return [without_places(item) for item in node.items]
    if isinstance(node, Mapping):
        return {entry.key.text: without_places(entry.value) for entry in node.entries}
    return None if node.is_nothing else (node.text, node.plain and node.text.lower() in ("true", "false"))


def scalars(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Scalar]:
    return st.builds(Scalar, st.just(Place(1, 1)), texts, plain=st.just(False))


TEXTS = scalars(
    st.one_of(
        st.sampled_from(["true", "no", "2022-10-03", "~", "007", "a: b", "- a", "{a}", "[a]", "", " a ", "#a", "a,b"]),
        st.text(st.characters(codec="utf-8", exclude_characters="\ufeff"), max_size=8),
    )
)
KEYS_OF_A_MAPPING = scalars(st.text(alphabet="abc_-.", min_size=1, max_size=4))
NODES: st.SearchStrategy[Node] = st.recursive(
    TEXTS,
    lambda below: st.one_of(
        st.builds(Sequence, st.just(Place(1, 1)), st.lists(below, max_size=3).map(tuple)),
        st.lists(st.builds(Entry, KEYS_OF_A_MAPPING, below), max_size=3, unique_by=lambda entry: entry.key.text).map(
            lambda entries: Mapping(Place(1, 1), tuple(entries))
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.lists(st.builds(Entry, KEYS_OF_A_MAPPING, NODES), min_size=1, max_size=3, unique_by=lambda e: e.key.text))
def test_what_is_written_reads_as_what_it_was(entries: list[Entry]) -> None:
    findings = Findings()

    again = read_node(written(entries), findings)

    assert findings.faults("new") == ()
    assert again is not None
    assert without_places(again) == without_places(Mapping(Place(1, 1), tuple(entries)))


def test_the_annotated_example_means_the_same_when_it_is_written_anew() -> None:
    node = read_node(annotated_example(), Findings())
    assert isinstance(node, Mapping)

    anew = load_manifest(written(node.entries), "new")

    assert anew.projects == load_manifest(annotated_example(), "new").projects
