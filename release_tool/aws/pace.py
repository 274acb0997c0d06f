"""Full speed until AWS throttles, then AWS's own published speed: a throttle costs time, never the deployment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from release_tool.aws.failures import is_throttle
from release_tool.ports import Clock

# Calls a second that AWS sustains, per account and region. The ECS figures are of
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/request-throttling.html; SSM's of its endpoints' quotas.
SUSTAINED = {
    "RegisterTaskDefinition": 1.0,
    "DeregisterTaskDefinition": 1.0,
    "UpdateService": 5.0,
    "DescribeServices": 20.0,
    "DescribeTaskDefinition": 20.0,
    "PutParameter": 3.0,
    "GetParameters": 40.0,
}
SHARED_BUCKET = {"DeregisterTaskDefinition": "RegisterTaskDefinition"}
LONGEST_PATIENCE_SECONDS = 600.0


class Pace:
    """One bucket's worth of calls, in one account and region.

    From the first throttle on, its calls go one after another at the bucket's sustained rate.
    """

    def __init__(self, clock: Clock, per_second: float = 5.0) -> None:
        self._clock = clock
        self._interval = 1.0 / per_second
        self._turn = threading.Lock()
        self._throttled = False

    def call(self, operation: Callable[..., Any], **arguments: Any) -> Any:
        """Call it until it is not throttled any more; any other error is raised as it comes."""
        waited = 0.0
        while True:
            if self._throttled:
                waited += self._wait_for_a_turn()
            try:
                return operation(**arguments)
            except Exception as error:
                if not is_throttle(error) or waited > LONGEST_PATIENCE_SECONDS:
                    raise
                self._throttled = True

    def _wait_for_a_turn(self) -> float:
        with self._turn:
            self._clock.sleep(self._interval)
        return self._interval


class Paces:
    """A pace for each bucket of AWS's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._paces: dict[str, Pace] = {}

    def of(self, operation: str) -> Pace:
        bucket = SHARED_BUCKET.get(operation, operation)
        if bucket not in self._paces:
            self._paces[bucket] = Pace(self._clock, SUSTAINED.get(bucket, 5.0))
        return self._paces[bucket]
