"""Microsoft Update, and an organization's own update server (WSUS). See docs/wire/microsoft-update.md."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from starlette.responses import Response

from simulator.call import Answer, Call
from simulator.contract import MICROSOFT_UPDATE_SUFFIX, UPDATE_CONTENT_HOST, UPDATE_SERVER_HOST
from simulator.errors import ApiError
from simulator.resources.entities import Secret, UpdateServer
from simulator.resources.update_server import KEY, action_of
from simulator.served_files import ServedFile
from simulator.services.microsoft_update import fragments, soap
from simulator.services.microsoft_update.catalogue import Update, read_updates
from simulator.services.microsoft_update.methods import PAGES, Server
from simulator.store import Store

Role = Literal["microsoft-update", "update-server"]
_PAGE = re.compile(r"/(?:v6/)?(?P<page>\w+/\w+\.asmx)", re.IGNORECASE)
_OWN_CONTENT = re.compile(r"/content/(?P<folder>[0-9a-f]{2})/(?P<digest>[0-9a-f]{38}(?P=folder))\.msi", re.IGNORECASE)
_CONTENT = re.compile(
    r"/c/msdownload/update/software/updt/\d{4}/\d{2}/\w+_(?P<digest>[0-9a-f]{40})\.msi", re.IGNORECASE
)
_METHODS = {method for _, methods in PAGES.values() for method in methods}


class UpdateService:
    """Both servers, told apart by the host. `published` gives the releases that Microsoft offers; None for all.

    What an administrator has decided is kept in the store, and counts on the organization's server alone.
    """

    def __init__(self, store: Store, folder: Path | None, published: Callable[[], frozenset[str] | None]) -> None:
        self._store = store
        self._folder = folder
        self._published = published

    def name(self, call: Call) -> str:
        """Give the operation's name: the page's, since the method is in the body."""
        page = _page(call.path)
        if page and call.method == "POST":
            return f"updates.{page.partition('/')[0].removesuffix('webservice')}"
        if _digest(call) and call.method in ("GET", "HEAD"):
            return "updates.content"
        return "updates.unknown"

    async def answer(self, call: Call) -> Response:
        """Answer a method, or with an update's file. Raises: ApiError; NotKnown for another method."""
        if call.operation == "updates.content":
            return self._content(call)
        page = _page(call.path)
        if call.operation == "updates.unknown" or page not in PAGES:
            raise call.not_known()
        envelope, request = soap.read_request(call.body)
        namespace, methods = PAGES[page]
        if request.tag not in methods:
            raise call.not_known()
        call.operation = f"updates.{request.tag}"
        parts = methods[request.tag](self._server(call), request)
        return Answer(soap.answer(envelope, namespace, request.tag, *parts), media_type=soap.ENVELOPES[envelope])

    def render(self, error: ApiError, call: Call) -> Response:
        """Give a refusal: of a method as SOAP says it, else a line of text."""
        if not _page(call.path):
            return Answer(f"{error.message}\n".encode(), error.status, error.headers, "text/plain; charset=utf-8")
        envelope = next((name for name in soap.ENVELOPES if name.encode() in call.body), soap.SOAP)
        method = call.operation.removeprefix("updates.")
        body = soap.fault_body(envelope, error, method if method in _METHODS else "")
        return Answer(body, error.status, error.headers, soap.ENVELOPES[envelope])

    def _server(self, call: Call) -> Server:
        role = _role(call)
        issuer = self._store.get(Secret, "identity-issuer")
        key = issuer.pem.encode() if issuer is not None else b""  # kept, so that cookies outlive a restart
        updates = read_updates(self._folder, self._published())
        if role == "microsoft-update":
            offered = tuple((update, "Install") for update in updates)
            return Server(role, self._store, key, call.now, False, offered, 0.0, _place)
        state = self._store.get(UpdateServer, KEY) or UpdateServer(key=KEY)
        actions = ((one, action_of(state, one.entry.release, [one.classification])) for one in updates)
        offered = tuple((update, action) for update, action in actions if action)
        return Server(role, self._store, key, call.now, True, offered, state.decided, _own_place)

    def _content(self, call: Call) -> Response:
        digest = _digest(call)
        found = next((one for one in read_updates(self._folder, self._published()) if one.content == digest), None)
        if found is None:
            raise ApiError(404, "NotFound", f"{call.path} is not here")
        return ServedFile(call, found.file, "application/octet-stream")


def _role(call: Call) -> Role:
    return "update-server" if call.host == UPDATE_SERVER_HOST else "microsoft-update"


def _page(path: str) -> str:
    """Give the page of a path, in lower case: a server of Windows looks at no letter's size."""
    match = _PAGE.fullmatch(path)
    return match["page"].lower() if match else ""


def _digest(call: Call) -> str:
    """Give the SHA-1 of what a path means; empty for other paths, and on hosts that have no content."""
    if call.host.endswith(MICROSOFT_UPDATE_SUFFIX):
        return ""
    match = (_OWN_CONTENT if _role(call) == "update-server" else _CONTENT).fullmatch(call.path)
    return match["digest"].lower() if match else ""


def _own_place(update: Update) -> str:
    """Give where a WSUS has a file. Source: recorded answers of one."""
    digest = update.content.upper()
    return f"http://{UPDATE_SERVER_HOST}/Content/{digest[-2:]}/{digest}.msi"


def _place(update: Update) -> str:
    """Give where Microsoft has a file. Source: addresses of downloads of the update catalog. Assumed: the month."""
    return f"http://{UPDATE_CONTENT_HOST}/c/msdownload/update/software/updt/2026/01/{fragments.file_name(update)}"
