"""Whatever happens in whichever order, the ledger, SSM and ECS agree in the end, and nothing is called COMPLETE that
ECS does not run."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from release_tool.model import Word
from release_tool.rollout import EcsDeployment
from tests.builders import a_project, a_service, fields_of, uri_of
from tests.commands.world import SIDECAR, World
from tests.fakes.trouble import Killed

# Shrinking a sequence of commands takes minutes; what failed is told step by step all the same.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)

CLUSTER = "catalogue-prod"
NAMES = ("web", "api")
services = st.sampled_from(NAMES)
writes = st.sampled_from(["put", "register", "update"])


class Sequences(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World(a_project(a_service("web"), a_service("api")))
        self.builds = 0
        self.completed: set[str] = set()
        self.touched_outside: set[str] = set()
        for name in NAMES:
            self._register(name, "good")
        self.world.deploy()
        self._end_all()

    # --- people

    @rule(service=services, kind=st.sampled_from(["good", "bad"]))
    def a_build_is_registered(self, service: str, kind: str) -> None:
        self._register(service, kind)

    @rule(asked=st.sampled_from(["all", *NAMES]), source=st.sampled_from(["latest", "prod"]))
    def somebody_deploys(self, asked: str, source: str) -> None:
        self._command("deploy", asked, "prod", "--skip_confirm", f"--from={source}")

    @rule(service=services)
    def somebody_rolls_back(self, service: str) -> None:
        self._command("rollback", service, "prod", "--skip_confirm")

    @rule()
    def somebody_waits_a_moment(self) -> None:
        self._command("wait", "prod", "--timeout=0.01")

    @rule(call=writes, acted=st.booleans(), of=services, command=st.sampled_from(["deploy", "rollback"]))
    def a_command_is_killed(self, call: str, acted: bool, of: str, command: str) -> None:
        self.world.services.troubles.kill(call, acted=acted) if call != "put" else None
        self.world.parameters.troubles.kill(call, acted=acted) if call == "put" else None
        with suppress(Killed):
            self._command(command, "all", "prod", "--skip_confirm")
        self.world.services.troubles.forget()
        self.world.parameters.troubles.forget()

    @rule(call=st.sampled_from(["register", "update"]), acted=st.booleans())
    def an_answer_is_lost(self, call: str, acted: bool) -> None:
        self.world.services.troubles.lose_answer(call, acted=acted)
        self._command("deploy", "all", "prod", "--skip_confirm")
        self.world.services.troubles.forget()

    # --- ECS and others

    @rule(service=services)
    def ecs_ends_a_rollout(self, service: str) -> None:
        self._end(service)

    @rule(service=services)
    def somebody_deploys_around_us(self, service: str) -> None:
        self.world.clock.sleep(1)
        images = {"app": uri_of(service, f"outside{self.builds}"), "log_router": SIDECAR}
        self.builds += 1
        definition = self.world.services.registered_outside(fields_of(f"{CLUSTER}-{service}", images))
        self.world.services.deployed_outside(CLUSTER, service, definition.arn)
        self.touched_outside.add(service)

    # --- what holds

    @invariant()
    def nothing_is_called_complete_that_ecs_did_not_complete(self) -> None:
        for deployment in self.world.ledger.current("catalogue", "prod"):
            for rollout in deployment.rollouts:
                if rollout.outcome is Word.COMPLETE:
                    assert rollout.ecs_deployment_id in self.completed

    @invariant()
    def nobody_holds_the_environment_between_commands(self) -> None:
        assert self.world.ledger.holder("catalogue", "prod") is None

    @precondition(lambda self: not self.touched_outside)
    @rule()
    def in_the_end_all_agree(self) -> None:
        for _ in range(2):  # a command that was cut off is finished, then what ended is settled
            self._command("deploy", "all", "prod", "--skip_confirm")
            self._end_all()
            self._command("wait", "prod")

        self._agree()
        before = (list(self.world.services.registered), list(self.world.services.updated))
        self._command("deploy", "all", "prod", "--skip_confirm", "--from=prod")
        assert (self.world.services.registered, self.world.services.updated) == before
        self._agree()

    def _agree(self) -> None:
        for name in NAMES:
            assert self.world.parameter(name) == self.world.runs(name)
            assert self.world.newest(name) == self.world.runs(name)

    # --- how

    def _register(self, service: str, kind: str) -> None:
        self.builds += 1
        self.world.register(service, f"{kind}{self.builds}")

    def _command(self, *argv: str) -> Any:
        result = self.world.run(*argv)
        assert "Traceback" not in result.err
        return result

    def _end_all(self) -> None:
        for name in NAMES:
            self._end(name)

    def _end(self, name: str) -> None:
        """A bad build fails, and ECS goes back; a good one completes."""
        self.world.clock.sleep(1)
        if self._primary(name).rollout_state == "COMPLETED":
            return
        if "bad" in self.world.runs(name):
            self.world.services.fail(CLUSTER, name)
            self.world.services.roll_back(CLUSTER, name)
            self.world.clock.sleep(1)
        self.world.services.complete(CLUSTER, name)
        self.completed.add(self._primary(name).id)

    def _primary(self, name: str) -> EcsDeployment:
        primary = self.world.services.describe(CLUSTER, [name])[name].primary
        assert primary is not None
        return primary


TestSequences = Sequences.TestCase
TestSequences.settings = settings(max_examples=60, stateful_step_count=25, deadline=None, phases=UNSHRUNK)
