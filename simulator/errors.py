"""What the simulator says when something is wrong.

ApiError          an answer of an imitated service: status, code, message; rendered once, in the host's wire form
└── NotKnown      a request that the simulator cannot answer; it is journaled whole
SimulatorError    an error for a person: reference, message, place, hint
└── BadInput      a file, a flag or a body that cannot be used; exit 5, or 400 on /_sim
"""

from __future__ import annotations


class Dropped(Exception):  # noqa: N818 - an order, not a mistake
    """Break the connection instead of answering."""


class ApiError(Exception):
    """A refusal by an imitated service. `headers` are added to the answer; `extra` to the error's object."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: dict[str, str] | None = None,
        extra: dict[str, object] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}
        self.extra = extra or {}


class NotKnown(ApiError):  # noqa: N818 - reads better where it is raised
    """A request that a real service may know and the simulator does not: 501, and the journal keeps all of it."""

    def __init__(self, message: str, *, status: int = 501, code: str = "NotKnown") -> None:
        super().__init__(status, code, message)


class SimulatorError(Exception):
    """An error for a person."""

    exit_code = 2

    def __init__(self, reference: str, message: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.reference = reference
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        first = f"{self.place}: {self.message}" if self.place else self.message
        hint = "".join(f"\nhint: {line}" for line in self.hint.splitlines())
        return f"{first} [{self.reference}]{hint}"


class BadInput(SimulatorError):  # noqa: N818 - reads better where it is raised
    """What was given cannot be used; nothing was changed."""

    exit_code = 5
