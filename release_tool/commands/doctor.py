"""Look whether all is well, and say what to do where it is not.

Usage:
  release-tool doctor [<env>] [--project=<name>] [--policy=<kind>] [options]

Options:
  --project=<name>        The project, where the manifest holds several.
  --policy=<kind>         Print the IAM policy for a `deployer`, a `registrar` or a `reader` instead.
  --project_file=<path>   Another manifest than .wellcome_project.
  --output=<form>         text or json [default: text].

Looks at the manifest, credentials and region, the ledger's table, parameters, the cluster, ECS services and their
containers, task definition families, images and their platform, permissions, Git's history, and whether the Terraform
recipe is in step. Without <env>: in every environment. Writes nothing. Exits with 0 only where nothing is to be done.

Examples:
  release-tool doctor
  release-tool doctor prod
  release-tool doctor prod --policy=deployer
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from release_tool import documents, text
from release_tool.checks import builds, families, history, intent, reality, recipe, rights
from release_tool.checks.asking import Examining
from release_tool.checks.examined import Examined
from release_tool.checks.findings import Finding, Result, failed, not_checked, ok, told
from release_tool.checks.gathering import examined
from release_tool.commands import Arguments, Context
from release_tool.console import Console
from release_tool.errors import AskedWrongly, ExitCode, ManifestError, NoManifest, did_you_mean
from release_tool.gather import known_services
from release_tool.model import Environment, Project
from release_tool.parallel import in_parallel
from release_tool.policies import KINDS, policy

MANIFEST, REGION, IDENTITY, TABLE = "manifest", "region", "identity", "table"
ON_AWS = (intent.SUBJECT, reality.CLUSTER, reality.SUBJECT, families.SUBJECT, builds.SUBJECT, recipe.SUBJECT)


def run(args: Arguments, context: Context) -> ExitCode:
    environments = _environments(args["<env>"], context.project)
    if args["--policy"] is not None:
        return print_policy(args, context.project, context.console)
    assert context.examining is not None
    findings = list(_findings(environments, context, context.examining()))
    return _answer(context.project.id, findings, context.console)


def print_policy(args: Arguments, project: Project, console: Console) -> ExitCode:
    """A document of IAM's, and so the answer in either form."""
    kind = args["--policy"]
    if kind not in KINDS:
        raise AskedWrongly(
            f"--policy={kind} is none of {', '.join(KINDS)}",
            next=did_you_mean(kind, KINDS) or "release-tool doctor --help says who is who",
        )
    document = policy(kind, project, _environments(args["<env>"], project))
    console.say(json.dumps(document, indent=2))
    console.document(document)
    return ExitCode.DONE


def cannot_begin(error: ManifestError | NoManifest, console: Console) -> ExitCode:
    """Without a manifest, that is all that can be found; and still it is an answer."""
    faults = [AskedWrongly(fault) for fault in error.faults] if isinstance(error, ManifestError) else [error]
    return _answer(None, [failed(MANIFEST, None, fault) for fault in faults], console)


def _environments(asked: str | None, project: Project) -> tuple[Environment, ...]:
    return project.environments if asked is None else (project.environment(asked),)


def _answer(project: str | None, findings: Sequence[Finding], console: Console) -> ExitCode:
    console.say(text.findings(findings))
    console.document(documents.examined(project, findings))
    return ExitCode.FAILED if any(f.result is Result.TO_DO for f in findings) else ExitCode.DONE


# --- looking


def _findings(environments: Sequence[Environment], context: Context, examining: Examining) -> Iterator[Finding]:
    yield ok(MANIFEST, None, _in_short(context.project))
    places: list[Environment | None] = [None, *environments]
    reachable = []
    for place in places:
        who = list(_whereabouts(place, context.project, examining))
        yield from who
        reachable.append(all(finding.result is Result.OK for finding in who))
    if not reachable[0]:
        yield not_checked(TABLE, None, "AWS can't be asked")
        yield from (not_checked(subject, e.id, "AWS can't be asked") for e in environments for subject in ON_AWS)
        return
    yield from _table(examining)
    there = [environment for environment, can in zip(environments, reachable[1:], strict=True) if can]
    yield from _in_environments(there, context, examining)


def _in_short(project: Project) -> str:
    services = "services found in parameters" if project.services is None else _count(project.services, "service")
    return f"{project.name}: {_count(project.environments, 'environment')}, {services}"


def _count(of: Sequence[object], what: str) -> str:
    return f"{len(of)} {what}" if len(of) == 1 else f"{len(of)} {what}s"


def _whereabouts(place: Environment | None, project: Project, examining: Examining) -> Iterator[Finding]:
    """Said of an environment only where it is elsewhere than its project."""
    if place is not None and (place.role_arn or project.role_arn, place.aws_region_name or project.aws_region_name) == (
        project.role_arn,
        project.aws_region_name,
    ):
        return
    here = None if place is None else place.id
    region = told(lambda: examining.region_of(place))
    if region.error is not None:
        yield failed(REGION, here, region.error)
        return
    yield ok(REGION, here, region.value)
    who = told(lambda: examining.identity_of(place).arn())
    yield failed(IDENTITY, here, who.error) if who.error is not None else ok(IDENTITY, here, who.value)


def _table(examining: Examining) -> Iterator[Finding]:
    faults = told(examining.table.faults)
    if faults.error is not None:
        yield failed(TABLE, None, faults.error)
        return
    for fault in faults.value or ():
        yield failed(TABLE, None, AskedWrongly(fault, next="the Terraform module `ledger` has it as it has to be"))
    if not faults.value:
        yield ok(TABLE)


def _in_environments(environments: Sequence[Environment], context: Context, examining: Examining) -> Iterator[Finding]:
    known = told(lambda: known_services(context.project, context.asking))
    if known.error is not None:
        yield failed(intent.SUBJECT, None, known.error)
        return
    services = known.value or ()
    everywhere = in_parallel(
        lambda environment: examined(context.project, environment, services, context.asking, examining),
        context.project.environments,
    )
    for seen in (seen for seen in everywhere if seen.environment in environments):
        yield from _in_one(seen, everywhere, context, examining)


def _in_one(
    seen: Examined, everywhere: Sequence[Examined], context: Context, examining: Examining
) -> Iterator[Finding]:
    yield from intent.check(seen)
    yield from reality.check(seen)
    yield from families.check(seen, everywhere)
    yield from builds.check(seen)
    yield from recipe.check(seen)
    yield from history.check(seen, context.asking.reasons)
    yield from _rights(seen.environment, context.project, examining)


def _rights(environment: Environment, project: Project, examining: Examining) -> Iterator[Finding]:
    who = told(lambda: examining.identity_of(environment).arn())
    if who.value is None:
        yield not_checked(rights.SUBJECT, environment.id, "AWS does not say who we are")
        return
    region, permissions = examining.region_of(environment), examining.permissions_of(environment)
    yield from rights.check(project, environment, who.value, region, permissions)
