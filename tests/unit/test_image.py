from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from release_tool.errors import AskedWrongly
from release_tool.image import Image, same_repository, short_hash

COMMIT = "4246187c0ffee0123456789abcdef0123456789a"
DIGEST = "sha256:" + "0123456789abcdef" * 4
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


# --- the parts


@pytest.mark.parametrize(
    ("uri", "registry", "repository", "tag", "digest"),
    [
        (
            "account.amazonaws.com/uk.ac.wellcome/bag_register:4246187",  # as RFC 013 writes it
            "account.amazonaws.com",
            "uk.ac.wellcome/bag_register",
            "4246187",
            None,
        ),
        (f"{ECR}/bag_register:ref.{COMMIT}", ECR, "bag_register", f"ref.{COMMIT}", None),
        ("app", "docker.io", "app", None, None),
        ("app:1", "docker.io", "app", "1", None),
        ("user/app", "docker.io", "user/app", None, None),
        ("user/group/app:1", "docker.io", "user/group/app", "1", None),
        ("library/nginx", "docker.io", "library/nginx", None, None),
        ("docker.io/app", "docker.io", "app", None, None),
        ("index.docker.io/user/app", "index.docker.io", "user/app", None, None),
        ("host.example/app", "host.example", "app", None, None),
        ("localhost/app", "localhost", "app", None, None),
        ("localhost:5000/app", "localhost:5000", "app", None, None),
        ("localhost:5000", "docker.io", "localhost", "5000", None),
        ("host:5000/a/b:v1.2", "host:5000", "a/b", "v1.2", None),
        ("127.0.0.1:5000/app", "127.0.0.1:5000", "app", None, None),
        ("[2001:db8::1]:5000/app:1", "[2001:db8::1]:5000", "app", "1", None),
        ("Host.Example/app", "Host.Example", "app", None, None),
        ("public.ecr.aws/x/y:1", "public.ecr.aws", "x/y", "1", None),
        (f"ghcr.io/o/r@{DIGEST}", "ghcr.io", "o/r", None, DIGEST),
        (f"localhost:5000/app:1@{DIGEST}", "localhost:5000", "app", "1", DIGEST),
        (f"app@sha512:{'a' * 128}", "docker.io", "app", None, f"sha512:{'a' * 128}"),
        ("g/a.b_c__d-e---f:_T-1.x", "docker.io", "g/a.b_c__d-e---f", "_T-1.x", None),
        (f"app:{'t' * 128}", "docker.io", "app", "t" * 128, None),
    ],
)
def test_a_reference_is_taken_apart(
    uri: str, registry: str, repository: str, tag: str | None, digest: str | None
) -> None:
    image = Image.parse(uri)

    assert (image.registry, image.repository, image.tag, image.digest) == (registry, repository, tag, digest)
    assert image.uri == str(image) == uri


@pytest.mark.parametrize(
    ("uri", "complaint"),
    [
        ("", "no image was given"),
        ("  \t", "no image was given"),
        ("my app", "has a space"),
        ("app:1\n", "has a space"),
        ("app\x1b[31m", r"`app\x1b[31m` has a space or a character in it that can't be seen"),
        ("app\u202egpj", "can't be seen"),
        ("https://ghcr.io/o/r:1", "begins with `https://`; write `ghcr.io/o/r:1`"),
        ("docker://app", "begins with `docker://`; write `app`"),
        ("User/app", "capital letters in its repository; write `user/app`"),
        ("ghcr.io/o/App:V1", "capital letters in its repository; write `o/app`"),
        ("ghcr.io/", "names no repository"),
        (":1", "names no repository"),
        (f"@{DIGEST}", "names no repository"),
        ("app/", "has the repository `app/`"),
        ("/app", "has the repository `/app`"),
        ("a//b", "has the repository `a//b`"),
        ("a..b", "has the repository `a..b`"),
        ("a___b", "has the repository `a___b`"),
        ("-app", "has the repository `-app`"),
        ("app_", "has the repository `app_`"),
        ("café", "has the repository `café`"),
        ("a" * 256, "has a repository of 256 characters; 255 is the most"),
        ("ho_st.example/app", "has the registry `ho_st.example`"),
        ("host:port/app", "has the registry `host:port`"),
        (".example/app", "has the registry `.example`"),
        ("app:", "has a colon and no tag after it"),
        (f"app:@{DIGEST}", "has a colon and no tag after it"),
        ("app:-1", "has the tag `-1`"),
        ("app:a:b", "has the tag `a:b`"),
        ("app:é", "has the tag `é`"),
        (f"app:{'t' * 129}", "has the tag `ttt"),
        ("app@", "has the digest ``"),
        ("app@sha256:abc", "has the digest `sha256:abc`"),
        (f"app@{DIGEST.upper()}", "has the digest `SHA256:"),
        (f"app@md5:{'a' * 32}", "has the digest `md5:"),
        (f"app@{DIGEST}:1", "has the digest `sha256:"),
        ("user:password@host/app", "has the digest `host/app`"),
    ],
)
def test_what_is_no_reference_is_refused_with_the_part_that_is_wrong(uri: str, complaint: str) -> None:
    with pytest.raises(AskedWrongly) as refused:
        Image.parse(uri)

    assert complaint in refused.value.message
    assert refused.value.next is not None
    assert "123456789012.dkr.ecr.eu-west-1.amazonaws.com/my_service:4246187" in refused.value.next


def test_the_example_in_the_refusal_is_itself_an_image() -> None:
    with pytest.raises(AskedWrongly) as refused:
        Image.parse("")

    assert Image.parse(str(refused.value.next).rpartition(" ")[2]).is_ecr


def answer_to(text: str) -> Image | AskedWrongly:
    try:
        return Image.parse(text)
    except AskedWrongly as refusal:
        return refusal


@settings(deadline=None)
@given(st.text() | st.text(alphabet="aA0._-:/@[]", max_size=60))
def test_any_text_is_an_image_or_a_refusal_that_a_terminal_can_show(text: str) -> None:
    answer = answer_to(text)

    if isinstance(answer, Image):
        assert answer.uri == text
    else:
        assert answer.message.isprintable()
        assert len(answer.message) < 1000


COMPONENTS = st.from_regex(r"[a-z0-9]{1,8}(([._]|__|-{1,3})[a-z0-9]{1,8}){0,2}", fullmatch=True)
HOSTS = st.one_of(
    st.just("localhost"),
    st.from_regex(r"[a-z0-9]{1,8}(\.[a-z0-9]{1,8}){1,3}(:[0-9]{1,5})?", fullmatch=True),
    st.from_regex(r"[a-z0-9]{1,8}:[0-9]{1,5}", fullmatch=True),
)
REPOSITORIES = st.lists(COMPONENTS, min_size=1, max_size=4).map("/".join)
TAGS = st.from_regex(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}", fullmatch=True)
DIGESTS = st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True)


@settings(deadline=None)
@given(HOSTS, REPOSITORIES, st.none() | TAGS, st.none() | DIGESTS)
def test_a_reference_put_together_from_its_parts_is_taken_apart_into_them(
    host: str, repository: str, tag: str | None, digest: str | None
) -> None:
    uri = f"{host}/{repository}" + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")

    image = Image.parse(uri)

    assert image == Image(host, repository, tag, digest, uri)


# --- the build


@pytest.mark.parametrize(
    ("end", "shown"),
    [
        (":4246187", "4246187"),
        (f":{COMMIT}", "4246187"),
        (f":{COMMIT.upper()}", "4246187"),
        (":ref.4246187", "4246187"),
        (f":ref.{COMMIT}", "4246187"),
        (f":{COMMIT[:39]}", COMMIT[:39]),
        (f":{COMMIT}0", f"{COMMIT}0"),
        (":ref.", "ref."),
        (":ref.v1.2", "v1.2"),
        (":v1.2.3-rc.1", "v1.2.3-rc.1"),
        (":latest", "latest"),
        (f"@{DIGEST}", "sha256:0123456789ab"),
        (f"@sha512:{'b' * 128}", "sha512:bbbbbbbbbbbb"),
        (f":ref.{COMMIT}@{DIGEST}", "4246187"),
        ("", "latest"),
    ],
)
def test_the_release_hash_is_what_the_tag_says_and_no_longer_than_it_must_be(end: str, shown: str) -> None:
    image = Image.parse(f"{ECR}/app{end}")

    assert image.release_hash == shown


@pytest.mark.parametrize(
    ("end", "commit"),
    [
        (":4246187", "4246187"),
        (":ref.4246187", "4246187"),
        (f":{COMMIT}", COMMIT),
        (f":ref.{COMMIT.upper()}@{DIGEST}", COMMIT),
        (":424618", None),
        (f":{COMMIT}0", None),
        (":v1.2.3", None),
        (":latest", None),
        (f"@{DIGEST}", None),
        ("", None),
    ],
)
def test_git_is_asked_only_of_tags_that_can_be_commits(end: str, commit: str | None) -> None:
    image = Image.parse(f"{ECR}/app{end}")

    assert image.commit == commit


def test_only_a_whole_commit_is_cut() -> None:
    assert short_hash(COMMIT) == "4246187"
    assert short_hash(COMMIT[:12]) == COMMIT[:12]
    assert short_hash("v1") == "v1"


@pytest.mark.parametrize(
    ("end", "moves"),
    [
        ("", True),
        (":latest", True),
        (":Latest", True),
        (":main", True),
        (":master", True),
        (":develop", True),
        (":stable", True),
        (":edge", True),
        (":4246187", False),
        (":v1.2", False),
        (f":latest@{DIGEST}", False),
        (f"@{DIGEST}", False),
    ],
)
def test_a_tag_that_people_move_is_known_unless_a_digest_pins_it(end: str, moves: bool) -> None:
    image = Image.parse(f"{ECR}/app{end}")

    assert image.moves_by_habit is moves


@pytest.mark.parametrize(
    ("end", "pinned", "either"),
    [("", False, False), (":1", False, True), (f"@{DIGEST}", True, True), (f":1@{DIGEST}", True, True)],
)
def test_a_digest_pins_and_either_a_tag_or_a_digest_names_a_build(end: str, pinned: bool, either: bool) -> None:
    image = Image.parse(f"app{end}")

    assert (image.is_pinned, image.has_tag_or_digest) == (pinned, either)


# --- the registry


@pytest.mark.parametrize(
    ("host", "account", "region", "partition"),
    [
        (ECR, "123456789012", "eu-west-1", "aws"),
        (ECR.replace("dkr.ecr", "dkr.ecr-fips"), "123456789012", "eu-west-1", "aws"),
        (ECR.upper(), "123456789012", "eu-west-1", "aws"),
        ("000000000001.dkr.ecr.us-gov-west-1.amazonaws.com", "000000000001", "us-gov-west-1", "aws-us-gov"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "123456789012", "cn-north-1", "aws-cn"),
        ("123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu", "123456789012", "eusc-de-east-1", "aws-eusc"),
        ("123456789012.dkr-ecr.us-east-2.on.aws", "123456789012", "us-east-2", "aws"),
        ("123456789012.dkr-ecr-fips.us-gov-east-1.on.aws", "123456789012", "us-gov-east-1", "aws-us-gov"),
        (
            "123456789012.dkr-ecr.cn-northwest-1.on.amazonwebservices.com.cn",
            "123456789012",
            "cn-northwest-1",
            "aws-cn",
        ),
    ],
)
def test_an_ecr_registry_names_its_account_region_and_partition(
    host: str, account: str, region: str, partition: str
) -> None:
    image = Image.parse(f"{host}/team/app:1")

    assert image.is_ecr
    assert (image.account, image.region, image.partition) == (account, region, partition)


@pytest.mark.parametrize(
    "host",
    [
        "account.amazonaws.com",
        "public.ecr.aws",
        "ghcr.io",
        "12345678901.dkr.ecr.eu-west-1.amazonaws.com",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com.example.com",
        "x123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        "123456789012.dkr.ecr.cn-north-1.amazonaws.com",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com.cn",
        "123456789012.dkr.ecr.eu-west-1.on.aws",
        "123456789012.dkr-ecr.eu-west-1.amazonaws.com",
    ],
)
def test_any_other_host_is_a_plain_registry(host: str) -> None:
    image = Image.parse(f"{host}/app:1")

    assert not image.is_ecr
    assert (image.account, image.region, image.partition) == (None, None, None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{ECR}/app:1", f"{ECR}/app:2"),
        (f"{ECR}/app:1", f"{ECR}/app@{DIGEST}"),
        (f"{ECR}/app:1", "999999999999.dkr.ecr.us-east-1.amazonaws.com/app:1"),
        (f"{ECR}/app:1", "123456789012.dkr-ecr.eu-west-1.on.aws/app:1"),
        (f"{ECR}/app:1", "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app:1"),
        ("nginx", "docker.io/library/nginx:1.27"),
        ("nginx", "index.docker.io/nginx"),
        ("user/app", "registry-1.docker.io/user/app"),
        ("ghcr.io/o/r:1", "GHCR.io/o/r:2"),
        ("localhost:5000/app", "localhost:5000/app:1"),
    ],
)
def test_builds_of_the_same_thing_are_recognised(one: str, other: str) -> None:
    assert same_repository(Image.parse(one), Image.parse(other))
    assert same_repository(Image.parse(other), Image.parse(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{ECR}/app:1", f"{ECR}/app2:1"),
        (f"{ECR}/app:1", f"{ECR}/team/app:1"),
        (f"{ECR}/app:1", "app:1"),
        (f"{ECR}/app:1", "public.ecr.aws/app:1"),
        (f"{ECR}/app:1", "account.amazonaws.com/app:1"),
        ("nginx", "user/nginx"),
        ("nginx", "ghcr.io/library/nginx"),
        ("ghcr.io/nginx", "ghcr.io/library/nginx"),
        ("localhost:5000/app", "localhost:5001/app"),
        ("ghcr.io/o/r", "quay.io/o/r"),
    ],
)
def test_different_things_are_told_apart(one: str, other: str) -> None:
    assert not same_repository(Image.parse(one), Image.parse(other))
    assert not same_repository(Image.parse(other), Image.parse(one))
