"""The methods of the update protocol, a function each: what a computer asks and what a server says.

Source: MS-WUSP. Not played: drivers, filters by category, computer groups, self-update; docs/wire/microsoft-update.md.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree import ElementTree as ET

from simulator.clock import iso
from simulator.resources.entities import UpdateComputer
from simulator.resources.transition import Transition
from simulator.services.microsoft_update import fragments
from simulator.services.microsoft_update.catalogue import CATEGORIES, CLASSES, Category, Update
from simulator.services.microsoft_update.soap import add, element, fault, numbers
from simulator.store import Store

_CHANGED = "2026-01-01T00:00:00Z"  # when the configuration of a server has changed last: never
_COOKIE_S = 3600
_MOST_EXTENDED = 50
_PROTOCOL = "3.2"
_NOBODY = str(uuid.UUID(int=0))


@dataclass(frozen=True)
class Server:
    """An update server as one request meets it.

    `actions` has an action for each update that it tells of; `decided` is when its administrator last did something.
    """

    name: str
    store: Store
    key: bytes
    now: float
    needs_registration: bool
    actions: tuple[tuple[Update, str], ...]
    decided: float
    locate: Callable[[Update], str]


class Caller(NamedTuple):
    """What a cookie says of who shows it: its id, and the action that it was told for each revision."""

    computer: str
    told: dict[int, str]


def get_config(server: Server, _: ET.Element) -> list[ET.Element]:
    """Tell how the server is talked to."""
    result = element("GetConfigResult", LastChange=_CHANGED,
                     IsRegistrationRequired=str(server.needs_registration).lower())  # fmt: skip
    plug_in = add(add(result, "AuthInfo"), "AuthPlugInInfo")
    add(plug_in, "PlugInID", "SimpleTargeting")
    add(plug_in, "ServiceUrl", "SimpleAuthWebService/SimpleAuth.asmx")
    properties = add(result, "Properties")
    for name, value in (("MaxExtendedUpdatesPerRequest", str(_MOST_EXTENDED)), ("ProtocolVersion", _PROTOCOL),
                        ("IsInventoryRequired", "0"), ("ClientReportingLevel", "2")):  # fmt: skip
        properties.append(element("ConfigurationProperty", Name=name, Value=value))
    return [result]


def get_authorization_cookie(server: Server, request: ET.Element) -> list[ET.Element]:
    """Let a computer in, whatever it is called. Raises: ApiError where it gives no id."""
    computer = request.findtext("clientId") or ""
    if not computer:
        raise fault("InvalidParameters", "clientId")
    return [
        element(
            "GetAuthorizationCookieResult", PlugInId="SimpleTargeting", CookieData=_sealed(server, "let in", computer)
        )
    ]


def get_cookie(server: Server, request: ET.Element) -> list[ET.Element]:
    """Give the cookie of all later requests. Raises: ApiError for an authorization that is not the server's."""
    computer = _opened(server, "let in", request.findtext("authCookies/AuthorizationCookie/CookieData"))
    if computer is None:
        raise fault("InvalidAuthorizationCookie", "authCookies")
    return [_cookie(server, Caller(computer, {}), "GetCookieResult")]


def register_computer(server: Server, request: ET.Element) -> list[ET.Element]:
    """Note a computer. Raises: ApiError without a cookie, and where nobody has to."""
    computer = caller(server, request).computer
    if not server.needs_registration:
        raise fault("RegistrationNotRequired", "")
    name = request.findtext("computerInfo/DnsName") or ""
    known = UpdateComputer(key=computer, name=name, since=server.now)
    server.store.apply(Transition("updates.register", (known,), data={"computer": computer, "name": name}))
    return []


def sync_updates(server: Server, request: ET.Element) -> list[ET.Element]:
    """Tell of the updates that a computer has not heard of, as far as it has what they ask for, and of changed actions.

    Raises: ApiError without a cookie, and where the computer has to register first.
    """
    computer, earlier = caller(server, request)
    if server.needs_registration and server.store.get(UpdateComputer, computer) is None:
        raise fault("RegistrationRequired", "")
    installed = set(numbers(request, "parameters/InstalledNonLeafUpdateIDs"))
    known = installed | set(numbers(request, "parameters/OtherCachedUpdateIDs"))
    in_scope = _in_scope(server, installed)
    only_drivers = (request.findtext("parameters/SkipSoftwareSync") or "").strip() in ("true", "1")
    told = {} if only_drivers else in_scope
    result = ET.Element("SyncUpdatesResult")
    new, gone, changed = (ET.Element(name) for name in ("NewUpdates", "OutOfScopeRevisionIDs", "ChangedUpdates"))
    for revision, (action, is_leaf, text) in told.items():
        if revision in known and earlier.get(revision) == action:
            continue
        info = ET.Element("UpdateInfo")
        add(info, "ID", str(revision))
        moment = max(iso(server.decided), _CHANGED) if is_leaf else _CHANGED
        info.append(
            element("Deployment", ID=str(revision), Action=action, IsAssigned="true", LastChangeTime=moment[:10])
        )
        add(info, "IsLeaf", str(is_leaf).lower())
        if revision not in known:
            add(info, "Xml", text)
        (changed if revision in known else new).append(info)
    for revision in sorted(known - in_scope.keys()):
        add(gone, "int", str(revision))
    result.extend((new, gone, changed))
    add(result, "Truncated", "false")
    now = earlier | {revision: action for revision, (action, _, _) in told.items()}
    result.append(_cookie(server, Caller(computer, now), "NewCookie"))
    return [result]


def _in_scope(server: Server, installed: set[int]) -> dict[int, tuple[str, bool, str]]:
    """Give action, whether it is a leaf, and what decides about it, by revision."""
    found = {one.revision: ("Evaluate", False, fragments.category_core(one)) for one in CATEGORIES}
    revisions = {category.identity: category.revision for category in CATEGORIES}
    for update, action in server.actions:
        if {CATEGORIES[0].revision, revisions[CLASSES[update.classification]]} <= installed:
            found[update.revision] = (action, True, fragments.core(update))
    return found


def get_extended_update_info(server: Server, request: ET.Element) -> list[ET.Element]:
    """Tell how updates are got and installed. Raises: ApiError without a cookie, for too many at once."""
    caller(server, request)
    wanted = numbers(request, "revisionIDs")
    if len(wanted) > _MOST_EXTENDED:
        raise fault("InvalidParameters", "revisionIDs")
    kinds = {each.text or "" for each in request.findall("infoTypes/XmlUpdateFragmentType")}
    known: dict[int, Category | Update] = {category.revision: category for category in CATEGORIES}
    known |= {update.revision: update for update, _ in server.actions}
    result = ET.Element("GetExtendedUpdateInfoResult")
    updates, places, gone = (add(result, name) for name in ("Updates", "FileLocations", "OutOfScopeRevisionIDs"))
    for revision in wanted:
        update = known.get(revision)
        if update is None:
            add(gone, "int", str(revision))
            continue
        details = fragments.extended(update) if isinstance(update, Update) else fragments.category_extended()
        texts = {"Extended": details, "LocalizedProperties": fragments.localized(update)}
        for kind in texts.keys() & kinds:
            updates.append(element("Update", ID=str(revision), Xml=texts[kind]))
        if isinstance(update, Update):
            places.append(element("FileLocation", FileDigest=update.sha1, Url=server.locate(update)))
    return [result]


def report_event_batch(server: Server, request: ET.Element) -> list[ET.Element]:
    """Write down what a computer has done. Raises: ApiError without a cookie."""
    caller(server, request)
    titles = {str(update.identity): update for update, _ in server.actions}
    for event in request.findall("eventBatch/ReportingEvent"):
        identity = event.findtext("BasicData/UpdateID/UpdateID") or _NOBODY
        update = titles.get(identity.strip("{}").lower())
        data = {
            "server": server.name, "computer": event.findtext("BasicData/TargetID/Sid") or "",
            "event": event.findtext("BasicData/EventID") or "", "update": identity,
            "release": update.entry.release if update else "",
            "result": event.findtext("BasicData/Win32Hresult") or "0",
            "texts": [each.text or "" for each in event.findall("ExtendedData/ReplacementStrings/string")],
        }  # fmt: skip
        server.store.apply(Transition("updates.report", data=data))
    result = ET.Element("ReportEventBatchResult")
    result.text = "true"
    return [result]


Method = Callable[[Server, ET.Element], list[ET.Element]]
_CLIENT = "http://www.microsoft.com/SoftwareDistribution/Server/ClientWebService"
#: Of each page: the namespace of its answers and its methods.
PAGES: dict[str, tuple[str, dict[str, Method]]] = {
    "clientwebservice/client.asmx": (_CLIENT, {
        "GetConfig": get_config, "GetCookie": get_cookie, "RegisterComputer": register_computer,
        "SyncUpdates": sync_updates, "GetExtendedUpdateInfo": get_extended_update_info,
    }),
    "simpleauthwebservice/simpleauth.asmx": (
        "http://www.microsoft.com/SoftwareDistribution/Server/SimpleAuthWebService",
        {"GetAuthorizationCookie": get_authorization_cookie},
    ),
    "reportingwebservice/reportingwebservice.asmx": (
        "http://www.microsoft.com/SoftwareDistribution", {"ReportEventBatch": report_event_batch},
    ),
}  # fmt: skip


def caller(server: Server, request: ET.Element) -> Caller:
    """Give the computer whose cookie this is. Raises: ApiError for one that is not the server's, or old."""
    content = _opened(server, "asks", request.findtext("cookie/EncryptedData"))
    if content is None:
        raise fault("InvalidCookie", "cookie")
    moment, told, computer = content.split(" ", 2)
    if server.now > float(moment):
        raise fault("CookieExpired", "cookie")
    pairs = (pair.split("=") for pair in told.split(",") if pair)
    return Caller(computer, {int(revision): action for revision, action in pairs})


def _cookie(server: Server, who: Caller, name: str) -> ET.Element:
    ends, told = server.now + _COOKIE_S, ",".join(f"{revision}={action}" for revision, action in who.told.items())
    return element(name, Expiration=iso(ends), EncryptedData=_sealed(server, "asks", f"{ends} {told} {who.computer}"))


def _sealed(server: Server, purpose: str, text: str) -> str:
    """Give a text that only this server can have given. The real one encrypts it; a computer cannot tell."""
    return base64.b64encode(_seal(server, purpose, text.encode()) + text.encode()).decode()


def _opened(server: Server, purpose: str, sealed: str | None) -> str | None:
    try:
        content = base64.b64decode(sealed or "", validate=True)
    except (binascii.Error, ValueError):
        return None
    seal, text = content[:32], content[32:]
    return text.decode() if hmac.compare_digest(seal, _seal(server, purpose, text)) else None


def _seal(server: Server, purpose: str, text: bytes) -> bytes:
    return hmac.digest(server.key, f"{server.name} {purpose}\0".encode() + text, hashlib.sha256)
