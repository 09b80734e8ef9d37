"""Find the file that a request's path means, and none outside the folder that is served; and answer with it."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import FileResponse, MalformedRangeHeader, RangeNotSatisfiable
from starlette.types import Receive, Scope, Send

from simulator.call import Call


def find_served(root: Path, path: str) -> Path | None:
    """Give the file at a path below `root`; None for what is not there, is no file, or lies outside."""
    try:
        found = (root / path.lstrip("/")).resolve()
        return found if found.is_relative_to(root.resolve()) and found.is_file() else None
    except (OSError, ValueError):  # a name too long for the file system, a zero byte
        return None


class ServedFile(FileResponse):
    """A file, whole or in ranges. Its status is known before it is sent, so that the journal has it."""

    def __init__(self, call: Call, path: Path, media_type: str) -> None:
        super().__init__(path, media_type=media_type, stat_result=path.stat())
        self.status_code = self._status(call.header("range"), call.header("if-range"), path.stat().st_size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; the framework finds the ranges again, in what is not decided yet."""
        self.status_code = 200
        await super().__call__(scope, receive, send)

    def _status(self, ranges: str, condition: str, size: int) -> int:
        if not ranges or (condition and not self._should_use_range(condition)):
            return 200
        try:
            return 206 if self._parse_range_header(ranges, size) else 200
        except MalformedRangeHeader:
            return 400
        except RangeNotSatisfiable:
            return 416
