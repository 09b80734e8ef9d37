"""The pages of `/_sim`: rendered here, whole, without script and without anything from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from simulator.clock import iso
from simulator.services.control.lab import Lab

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def ago(seconds: float) -> str:
    """Give a span of time as a person reads it: `45 s`, `14 min`, `2 h`, `60 d`."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def short_time(moment: float) -> str:
    """Give a moment to the second."""
    return iso(moment)[:19].replace("T", " ")


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _compact(value: Any) -> str:
    return msgspec.json.encode(value).decode()


_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip
_PAGES.filters.update(
    ago=ago, short_time=short_time, json=_json, compact=_compact, last_word=lambda text: text.rpartition("/")[2]
)  # fmt: skip


def render(name: str, lab: Lab, values: dict[str, Any], status: int = 200) -> Response:
    """Give a page by its name, with what every page needs."""
    shared = {"page": name, "now": lab.store.clock.now(), "token": lab.form_token, "problem": "", "done": ""}
    page = _PAGES.get_template(f"{name}.html.j2").render(**{**shared, **values})
    return Response(page, status, _HEADERS, "text/html")
