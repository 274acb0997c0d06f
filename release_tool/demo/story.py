"""The demo's story: real commands, shown before they run, and what to look at in between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from release_tool.demo.sample import BAD, Sample


@dataclass(frozen=True, slots=True)
class Scene:
    """A word to the newcomer, then the command lines. `exit_code` is what the last one is expected to end with."""

    text: str
    commands: tuple[tuple[str, ...], ...]
    exit_code: int = 0


def story(sample: Sample) -> Iterable[Scene]:
    second, third, newest = sample.hashes[1], sample.hashes[3], sample.hashes[-1]
    yield Scene("Nothing was deployed by this tool yet. First its ledger, a DynamoDB table.", (("init",),))
    yield Scene("What runs where? Ask for every environment at once.", (("status",),))
    yield Scene(
        "Your CI builds images, and registers each: this writes an SSM parameter that Terraform reads as well.",
        (
            ("register", sample.image("bag_register", second), "bag_register"),
            ("register", sample.image("bag_replicator", second), "bag_replicator"),
            ("register", sample.image("bags_api", third), "bags_api"),
        ),
    )
    yield Scene(
        "Deploy it all to staging. The plan says what changes and why; --wait follows it to the end.",
        (("deploy", "all", "stage", "--wait"),),
    )
    yield Scene(
        "It works there, so promote exactly that to production.",
        (("deploy", "all", "prod", "--from=stage", "--wait"),),
    )
    yield Scene(
        "Now a bad build: its container exits at once. ECS notices and goes back; you are told why, and parameter and "
        "revision are put right, so that Terraform does not deploy it again.",
        (
            ("register", sample.image("bags_api", f"{newest}-{BAD}"), "bags_api"),
            ("deploy", "bags_api", "prod", "--wait"),
        ),
        exit_code=6,
    )
    yield Scene("What runs is the good build.", (("status", "all", "prod"),))
    yield Scene(
        "A build that starts well can be wrong as well. Deploy one, then go back to what completed before.",
        (
            ("register", sample.image("bags_api", newest), "bags_api"),
            ("deploy", "bags_api", "prod", "--wait"),
            ("rollback", "bags_api", "prod", "--wait"),
        ),
    )
    yield Scene("Who did what, when, and how did it end?", (("history",), ("diff", "prod", "stage")))
