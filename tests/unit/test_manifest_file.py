"""Where the manifest is looked for, and what its bytes may be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from release_tool.errors import AskedWrongly, ManifestError
from release_tool.manifest import FILE_NAME, find_manifest, read_manifest
from release_tool.manifest.file import MAX_BYTES

MANIFEST = "storage: {environments: [{id: prod}]}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """With a folder inside, and a manifest above it that is none of its business."""
    (tmp_path / FILE_NAME).write_text(MANIFEST)
    inside = tmp_path / "repository" / "services" / "api"
    inside.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    return tmp_path / "repository"


def test_the_manifest_is_found_in_the_folder_itself(repository: Path) -> None:
    (repository / FILE_NAME).write_text(MANIFEST)

    assert find_manifest(repository) == repository / FILE_NAME


def test_the_manifest_is_found_in_a_folder_above(repository: Path) -> None:
    (repository / FILE_NAME).write_text(MANIFEST)

    assert find_manifest(repository / "services" / "api") == repository / FILE_NAME


def test_the_nearest_manifest_is_the_one(repository: Path) -> None:
    for folder in (repository, repository / "services"):
        (folder / FILE_NAME).write_text(MANIFEST)

    assert find_manifest(repository / "services" / "api") == repository / "services" / FILE_NAME


def test_nothing_is_looked_for_above_the_repository(repository: Path) -> None:
    with pytest.raises(AskedWrongly) as refused:
        find_manifest(repository / "services")

    assert refused.value.message == (
        f"no `.wellcome_project` in {repository / 'services'}, nor in a folder above it up to {repository}"
    )
    assert refused.value.next is not None
    assert "release-tool init" in refused.value.next
    assert "--project_file" in refused.value.next


def test_a_linked_worktree_whose_git_is_a_file_is_a_repository_too(repository: Path) -> None:
    (repository / "services" / ".git").write_text("gitdir: elsewhere\n")
    (repository / FILE_NAME).write_text(MANIFEST)

    with pytest.raises(AskedWrongly) as refused:
        find_manifest(repository / "services")

    assert refused.value.message == f"no `.wellcome_project` in {repository / 'services'}"


def test_without_any_repository_the_search_ends_at_the_root_of_the_files() -> None:
    with pytest.raises(AskedWrongly) as refused:
        find_manifest(Path("/no-such-folder/inside"))

    assert refused.value.message.endswith("nor in a folder above it up to /")


def test_a_file_by_the_name_of_other_times_is_answered_with_todays(repository: Path) -> None:
    (repository / ".weco-project").write_text(MANIFEST)

    with pytest.raises(AskedWrongly, match=r"\.weco-project is not read any more: .* called `\.wellcome_project`"):
        find_manifest(repository / "services")


def test_a_file_by_the_name_of_other_times_stands_in_nobodys_way(repository: Path) -> None:
    (repository / "services" / ".weco-project").write_text(MANIFEST)
    (repository / FILE_NAME).write_text(MANIFEST)

    assert find_manifest(repository / "services") == repository / FILE_NAME


def test_a_folder_by_the_manifests_name_is_no_manifest(repository: Path) -> None:
    (repository / FILE_NAME).mkdir()

    with pytest.raises(AskedWrongly, match="is a folder, and should be a file"):
        find_manifest(repository)


def test_a_link_that_leads_nowhere_is_not_looked_past(repository: Path) -> None:
    (repository / FILE_NAME).write_text(MANIFEST)
    (repository / "services" / FILE_NAME).symlink_to("nowhere")

    with pytest.raises(AskedWrongly, match="no file at"):
        read_manifest(find_manifest(repository / "services"))


def test_a_manifest_is_read_from_any_path(tmp_path: Path) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(MANIFEST)

    assert read_manifest(path).project(None).id == "storage"


def test_places_are_shown_as_seen_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / FILE_NAME).write_text("storage: {}")
    (tmp_path / "elsewhere").mkdir()

    monkeypatch.chdir(tmp_path)
    with pytest.raises(ManifestError, match=r"^\.wellcome_project:1:1: "):
        read_manifest(tmp_path / FILE_NAME)

    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(ManifestError, match=f"^{tmp_path}/.wellcome_project:1:1: "):
        read_manifest(tmp_path / FILE_NAME)


def test_no_file_at_all_is_said_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly, match=f"no file at {tmp_path}/missing"):
        read_manifest(tmp_path / "missing")


def test_a_folder_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly, match="is a folder, and should be a file"):
        read_manifest(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_must_not_be_read_is_said_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(MANIFEST)
    path.chmod(0)

    with pytest.raises(AskedWrongly, match=r"can't read .*: Permission denied"):
        read_manifest(path)


def test_a_path_through_a_file_can_not_be_read(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(MANIFEST)

    with pytest.raises(AskedWrongly, match=r"can't read .*: Not a directory"):
        read_manifest(tmp_path / FILE_NAME / "inside")


def test_bytes_that_are_not_utf_8_are_told_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "latin"
    path.write_bytes("storage:\n  name: 'é Café'\n".encode().replace(b"Caf\xc3\xa9", b"Caf\xe9"))

    with pytest.raises(ManifestError) as refused:
        read_manifest(path)

    assert refused.value.faults == (f"{path}:2:15: this is not UTF-8: byte 0xe9; save the file as UTF-8",)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "marked"
    path.write_bytes(b"\xef\xbb\xbf" + MANIFEST.encode())

    assert read_manifest(path).project(None).id == "storage"


def test_windows_line_ends_count_as_one(tmp_path: Path) -> None:
    path = tmp_path / "windows"
    path.write_bytes(b"storage:\r\n  environments:\r\n    - id: a b\r\n")

    with pytest.raises(ManifestError, match=":3:11: `a b` can't be an id"):
        read_manifest(path)


def test_a_file_without_end_is_refused_all_the_same() -> None:
    with pytest.raises(ManifestError, match=r"/dev/zero:1:1: longer than 500000 characters"):
        read_manifest(Path("/dev/zero"))


def test_a_character_cut_in_two_by_the_limit_is_no_fault_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(b"#" * (MAX_BYTES - 1) + "é".encode() * 3)

    with pytest.raises(ManifestError, match="longer than"):
        read_manifest(path)
