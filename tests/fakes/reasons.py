"""A Git repository in memory: one line of commits, oldest first."""

from __future__ import annotations

from collections.abc import Sequence

from release_tool.model import Commit, Commits


class MemoryReasons:
    """Release hashes are found by the beginning of a commit's sha, as Git finds them."""

    def __init__(self, commits: Sequence[Commit] = (), author: tuple[str | None, str | None] = (None, None)) -> None:
        self._commits = tuple(commits)
        self._author = author

    def author(self) -> tuple[str | None, str | None]:
        return self._author

    def commits_between(self, old: str, new: str, limit: int = 20) -> Commits:
        before, after = self._position(old), self._position(new)
        if before is None or after is None:
            return Commits(unknown_because=f"the repository has no commit {old if before is None else new}")
        first, last = sorted((before, after))
        between = self._commits[first + 1 : last + 1][::-1]
        left_out = between[limit:]
        return Commits(
            listed=between[:limit],
            left_out=len(left_out),
            oldest_left_out_at=left_out[-1].authored_at if left_out else None,
            undone=after < before,
        )

    def _position(self, sha: str) -> int | None:
        return next((n for n, commit in enumerate(self._commits) if commit.sha.startswith(sha)), None)
