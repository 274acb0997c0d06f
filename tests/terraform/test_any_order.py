"""Whatever happens in whichever order: in the end nothing is left for Terraform to plan. And where Terraform is changed
and applied whenever somebody likes, an `apply` brings no image in the end but the one that runs."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from release_tool.rollout import EcsDeployment
from tests.builders import a_project, a_service
from tests.fakes.trouble import Killed
from tests.terraform.world import TerraformedWorld

# Shrinking a sequence of commands takes minutes; what failed is told step by step all the same.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)

CLUSTER = "catalogue-prod"
NAMES = ("web", "api")
services = st.sampled_from(NAMES)


class AnyOrder(RuleBasedStateMachine):
    @initialize()
    def everything_runs_a_good_build(self) -> None:
        self.world = TerraformedWorld(a_project(a_service("web"), a_service("api")))
        self.builds = 0
        self.changes = 0
        self.registered: set[str] = set()
        for name in NAMES:
            self._register(name, "good")
        self._command("deploy", "all", "prod", "--skip_confirm")
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

    @rule(call=st.sampled_from(["put", "register", "update", "deregister"]), acted=st.booleans(), asked=services)
    def a_command_is_killed(self, call: str, acted: bool, asked: str) -> None:
        troubles = self.world.parameters.troubles if call == "put" else self.world.services.troubles
        troubles.kill(call, acted=acted)
        with suppress(Killed):
            self._command("deploy", asked, "prod", "--skip_confirm")
        troubles.forget()

    # --- ECS

    @rule(service=services)
    def ecs_ends_a_rollout(self, service: str) -> None:
        self._end(service)

    # --- what holds

    @invariant()
    def an_apply_would_bring_only_what_somebody_registered(self) -> None:
        assert self.world.images_that_would_be_deployed() <= self.registered

    @rule()
    def in_the_end_all_is_finished_and_settled(self) -> None:
        for _ in range(2):  # a command that was cut off is finished, then what ended is settled
            self._command("deploy", "all", "prod", "--skip_confirm")
            self._end_all()
            self._command("wait", "prod")

        for name in NAMES:
            assert self.world.parameter(name) == self.world.runs(name)
        self._nothing_is_in_the_way()

    def _nothing_is_in_the_way(self) -> None:
        assert self.world.plan() == {}

    # --- how

    def _register(self, service: str, kind: str) -> None:
        self.builds += 1
        self.world.register(service, f"{kind}{self.builds}")
        self.registered.add(f"{kind}{self.builds}")

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

    def _primary(self, name: str) -> EcsDeployment:
        primary = self.world.services.describe(CLUSTER, [name])[name].primary
        assert primary is not None
        return primary


class AnyOrderWithTerraform(AnyOrder):
    """A change of Terraform's may wait for its apply; and a revision that Terraform registered is never deregistered,
    not even where ECS has gone back from it. What is left to plan then is Terraform's own, with the image that runs."""

    @rule()
    def somebody_changes_the_files(self) -> None:
        self.changes += 1
        self.world.files_say(memory=str(1024 + self.changes))

    @rule()
    def somebody_applies(self) -> None:
        self._apply()

    @rule(asked=services, call=st.sampled_from(["register", "update"]))
    def somebody_applies_in_the_midst_of_a_deployment(self, asked: str, call: str) -> None:
        self.world.services.troubles.then(call, self._apply, acted=False)
        self._command("deploy", asked, "prod", "--skip_confirm")
        self.world.services.troubles.forget()

    def _nothing_is_in_the_way(self) -> None:
        running = {self.world.runs(name) for name in NAMES}
        assert self.world.images_that_would_be_deployed() <= running
        self._apply()
        self._end_all()
        assert {self.world.runs(name) for name in NAMES} == running
        assert self.world.plan() == {}

    def _apply(self) -> None:
        self.world.clock.sleep(1)
        self.world.apply()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=30, stateful_step_count=25, deadline=None, phases=UNSHRUNK)
TestAnyOrderWithTerraform = AnyOrderWithTerraform.TestCase
TestAnyOrderWithTerraform.settings = TestAnyOrder.settings
