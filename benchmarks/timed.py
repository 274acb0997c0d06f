"""Runs one command, and says in a line of JSON how long it took and how much memory it had at its peak.

A process of its own, and a small one: what a large parent holds counts as its child's peak on Linux.
"""

import json
import os
import sys
import time

began = time.monotonic()
process = os.posix_spawnp(
    sys.argv[2],
    sys.argv[2:],
    os.environ,
    file_actions=[
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ],
)
_, status, used = os.wait4(process, 0)
told = {
    "began": began,
    "seconds": time.monotonic() - began,
    "cpu": used.ru_utime + used.ru_stime,
    "peak_mb": used.ru_maxrss / 1024,
    "exit_code": os.waitstatus_to_exitcode(status),
}
print(json.dumps(told))
