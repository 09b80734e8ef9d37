"""Microsoft Update and an organization's update server: each method's form, what is offered to whom, and the files.

The forms are those of MS-WUSP. The image's own client is let loose on the application too, so that both are seen to
mean the same. Not checked here: that Windows' own client takes the answers; there is none without Windows.
"""

from __future__ import annotations

import hashlib
import io
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.app import Cloud, build_cloud
from simulator.contract import PackageFile, PackageIndex
from simulator.identity.tokens import TokenKey
from simulator.packaging import write_index
from simulator.services.microsoft_update import soap
from simulator.store import Store
from tests.simulator.conftest import sender_to

Send = Callable[..., httpx.Response]
Control = Callable[..., httpx.Response]
IMAGE = Path(__file__).resolve().parents[3] / "distro-images" / "include"
MICROSOFT = "https://fe2.update.microsoft.com/v6"
OWN = "http://wsus.arclab.example"
CLIENT_PAGE = "ClientWebService/client.asmx"
EXTENDED = "<XmlUpdateFragmentType>Extended</XmlUpdateFragmentType>"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
RELEASES = {"1.9": "1.9.00001.1", "1.57": "1.57.03197.2885", "1.67": "1.67.03504.3207"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with three releases, whose files tell their version."""
    entries = []
    for release, version in RELEASES.items():
        name, content = f"AzureConnectedMachineAgent-{version}.msi", version.encode()
        (tmp_path / name).write_bytes(content)
        entries.append(PackageFile("azcmagent", version, release, "msi", name, hashlib.sha256(content).hexdigest(),
                                   len(content)))  # fmt: skip
    write_index(tmp_path, PackageIndex(entries))
    return tmp_path


@pytest.fixture
def cloud(cloud_store: Store, signing_key: TokenKey, folder: Path) -> Cloud:
    """Give a cloud that offers them."""
    return build_cloud(cloud_store, signing_key, extensions=None, packages=None, windows=folder)


def posted(send: Send, place: str, page: str, content: str, envelope: str = soap.SOAP) -> ET.Element:
    """Send a method's element; give what is in the answer's body, without namespaces."""
    text = f'<e:Envelope xmlns:e="{envelope}"><e:Body>{content}</e:Body></e:Envelope>'
    answer = send("POST", f"{place}/{page}", content=text)
    root = ET.fromstring(answer.content)
    for each in root.iter():
        each.tag = each.tag.rpartition("}")[2]
    found = root.find("Body/*")
    assert found is not None
    return found


def cookie(send: Send, place: str, computer: str = "pc-1") -> str:
    """Go through the hand-shake; give the cookie's element."""
    allowed = posted(send, place, "SimpleAuthWebService/SimpleAuth.asmx",
                     f"<GetAuthorizationCookie><clientId>{computer}</clientId></GetAuthorizationCookie>")  # fmt: skip
    data = allowed.findtext("GetAuthorizationCookieResult/CookieData")
    inner = f"<AuthorizationCookie><CookieData>{data}</CookieData></AuthorizationCookie>"
    answer = posted(send, place, CLIENT_PAGE, f"<GetCookie><authCookies>{inner}</authCookies></GetCookie>")
    sealed = answer.findtext("GetCookieResult/EncryptedData")
    return f"<cookie><EncryptedData>{sealed}</EncryptedData></cookie>"


def sync(
    send: Send, place: str, shown: str, installed: tuple[int, ...] = (1, 2, 3), *, cached: tuple[int, ...] = (),
    more: str = "",
) -> ET.Element:  # fmt: skip
    """Ask for updates; give the result, or the fault."""
    arrays = "".join(
        f"<{name}>{''.join(f'<int>{number}</int>' for number in numbers)}</{name}>"
        for name, numbers in (("InstalledNonLeafUpdateIDs", installed), ("OtherCachedUpdateIDs", cached))
    )
    return posted(send, place, CLIENT_PAGE,
                  f"<SyncUpdates>{shown}<parameters>{arrays}{more}</parameters></SyncUpdates>")  # fmt: skip


def leaves(result: ET.Element) -> dict[str, str]:
    """Give the action of each update of the agent, by the version that it brings."""
    told = {}
    for info in result.iter("UpdateInfo"):
        if info.findtext("IsLeaf") == "true":
            piece = ET.fromstring(f"<p>{info.findtext('Xml')}</p>")
            rule = piece.find("ApplicabilityRules/IsInstallable//b.RegSzToVersion")
            assert rule is not None
            told[rule.attrib["Data"]] = info.findtext("Deployment/Action") or ""
    return told


def registered(send: Send) -> str:
    """Register a computer with the organization's server; give its cookie."""
    shown = cookie(send, OWN)
    posted(send, OWN, CLIENT_PAGE, f"<RegisterComputer>{shown}<computerInfo><DnsName>pc</DnsName></computerInfo>"
                                   "</RegisterComputer>")  # fmt: skip
    return shown


def fault_code(found: ET.Element) -> str | None:
    """Give the error code of a fault."""
    return found.findtext(".//ErrorCode")


def test_each_answer_has_its_parts_in_the_order_of_the_protocol(send: Send) -> None:
    """MS-WUSP's types are sequences."""
    shown = cookie(send, MICROSOFT)
    config = posted(send, MICROSOFT, CLIENT_PAGE, "<GetConfig><protocolVersion>1.8</protocolVersion></GetConfig>")
    told = sync(send, MICROSOFT, shown)
    revision = told.findtext("SyncUpdatesResult/NewUpdates/UpdateInfo/ID")
    wanted = f"<revisionIDs><int>{revision}</int></revisionIDs><infoTypes>{EXTENDED}</infoTypes>"
    extended = posted(send, MICROSOFT, CLIENT_PAGE, f"<GetExtendedUpdateInfo>{shown}{wanted}</GetExtendedUpdateInfo>")
    parts: dict[str, list[str]] = {}
    for answer in (config, told, extended):
        for each in answer.iter():
            parts.setdefault(each.tag, [part.tag for part in each])

    assert parts["GetConfigResult"] == ["LastChange", "IsRegistrationRequired", "AuthInfo", "Properties"]
    assert parts["AuthPlugInInfo"] == ["PlugInID", "ServiceUrl"]
    assert parts["SyncUpdatesResult"] == [
        "NewUpdates", "OutOfScopeRevisionIDs", "ChangedUpdates", "Truncated", "NewCookie"
    ]  # fmt: skip
    assert parts["UpdateInfo"] == ["ID", "Deployment", "IsLeaf", "Xml"]
    assert parts["Deployment"] == ["ID", "Action", "IsAssigned", "LastChangeTime"]
    assert parts["NewCookie"] == ["Expiration", "EncryptedData"]
    assert parts["GetExtendedUpdateInfoResult"] == ["Updates", "FileLocations", "OutOfScopeRevisionIDs"]
    assert parts["Update"] == ["ID", "Xml"]
    assert parts["FileLocation"] == ["FileDigest", "Url"]


def test_categories_come_before_what_asks_for_them(send: Send) -> None:
    """A computer that has told of no category hears of categories alone; of one that it lacks, of nothing more."""
    shown = cookie(send, MICROSOFT)
    first, second, third = (sync(send, MICROSOFT, shown, installed) for installed in ((), (1, 3), (1, 2)))

    assert [each.text for each in first.iter("IsLeaf")] == ["false"] * 3
    assert leaves(second) == dict.fromkeys(["1.9.1.1", "1.57.3197.2885", "1.67.3504.3207"], "Install")
    assert leaves(third) == {}


def test_what_is_known_is_not_told_again_and_what_is_gone_is_named(send: Send) -> None:
    """A cached revision has no metadata; one that the server does not have is out of scope; drivers there are none."""
    shown = cookie(send, MICROSOFT)
    known = int(next(info.findtext("ID") or "" for info in sync(send, MICROSOFT, shown).iter("UpdateInfo")
                     if info.findtext("IsLeaf") == "true"))  # fmt: skip
    again = sync(send, MICROSOFT, shown, cached=(known, 77))
    drivers = sync(send, MICROSOFT, shown, cached=(known, 77), more="<SkipSoftwareSync>1</SkipSoftwareSync>")

    assert [each.text for each in again.findall(".//OutOfScopeRevisionIDs/int")] == ["77"]
    assert str(known) in [each.text for each in again.findall(".//ChangedUpdates/UpdateInfo/ID")]
    assert again.findall(".//ChangedUpdates/UpdateInfo/Xml") == []
    assert drivers.findall(".//UpdateInfo") == []
    assert [each.text for each in drivers.findall(".//OutOfScopeRevisionIDs/int")] == ["77"]


def test_an_approval_is_a_change(send: Send, control: Control, cloud_store: Store) -> None:
    """What a computer knows is told to it again when its action is another one, with the day of the decision."""
    cloud_store.clock.advance(86400 - 60)
    control("POST", "/update-server", json={"synchronize": ["Updates"]})
    first = sync(send, OWN, registered(send))
    known = tuple(int(each.text or "") for each in first.findall(".//NewUpdates/UpdateInfo/ID"))

    def again(last: ET.Element) -> ET.Element:
        shown = f"<cookie><EncryptedData>{last.findtext('.//NewCookie/EncryptedData')}</EncryptedData></cookie>"
        return sync(send, OWN, shown, cached=known)

    second = again(first)
    cloud_store.clock.advance(120)
    control("POST", "/update-server", json={"approve": ["1.67"]})
    third = again(second)
    fourth = again(third)

    assert [len(each.findall(".//ChangedUpdates/*")) for each in (first, second, third, fourth)] == [3, 0, 1, 0]
    assert third.findtext(".//ChangedUpdates/UpdateInfo/Deployment/Action") == "Install"
    days = [each.findtext(".//UpdateInfo[IsLeaf='true']/Deployment/LastChangeTime") for each in (first, third)]
    assert days == ["2026-01-01", "2026-01-02"]


def test_a_category_has_a_title(send: Send) -> None:
    """A computer may ask for what people read of the product and of classifications; nothing is downloaded."""
    wanted = "<revisionIDs><int>1</int><int>3</int><int>77</int></revisionIDs><infoTypes>{}</infoTypes>".format(
        EXTENDED + EXTENDED.replace("Extended", "LocalizedProperties")
    )
    shown = cookie(send, MICROSOFT)
    told = posted(send, MICROSOFT, CLIENT_PAGE, f"<GetExtendedUpdateInfo>{shown}{wanted}</GetExtendedUpdateInfo>")
    pieces = [each.text or "" for each in told.iter("Xml")]

    assert [each.text for each in told.findall(".//OutOfScopeRevisionIDs/int")] == ["77"]
    assert ["<Title>Updates</Title>" in piece for piece in pieces].count(True) == 1
    assert ["UpdateHandlers/Category" in piece for piece in pieces].count(True) == 2
    assert told.findall(".//FileLocation") == []


def test_a_cookie_outlives_a_restart(send: Send, cloud_store: Store, signing_key: TokenKey, folder: Path) -> None:
    """A cloud that goes on with the same state takes the cookies that it has given before."""
    shown = cookie(send, MICROSOFT)
    restarted = build_cloud(cloud_store, signing_key, extensions=None, packages=None, windows=folder)

    assert fault_code(sync(sender_to(restarted), MICROSOFT, shown)) is None


def test_an_update_takes_the_place_of_older_ones(send: Send) -> None:
    """Each names all before it."""
    told = sync(send, MICROSOFT, cookie(send, MICROSOFT))
    pieces = [ET.fromstring(f"<p>{info.findtext('Xml')}</p>") for info in told.iter("UpdateInfo")]
    software = [piece for piece in pieces if piece.find("Relationships") is not None]

    assert [len(piece.findall("Relationships/SupersededUpdates/*")) for piece in software] == [0, 1, 2]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([], {}),
        ([{"approve": ["1.67"]}], {}),
        ([{"synchronize": ["Critical Updates"], "approve": ["1.67"]}], {}),
        ([{"synchronize": ["Updates"]}], dict.fromkeys(["1.9.1.1", "1.57.3197.2885", "1.67.3504.3207"],
                                                       "PreDeploymentCheck")),
        ([{"synchronize": ["Updates"], "approve": ["1.67"], "decline": ["1.9"]}],
         {"1.57.3197.2885": "PreDeploymentCheck", "1.67.3504.3207": "Install"}),
        ([{"synchronize": ["Updates"], "decline": ["1.67"]}, {"approve_automatically": True}],
         {"1.9.1.1": "Install", "1.57.3197.2885": "Install"}),
        ([{"synchronize": ["Updates"], "approve_automatically": True, "decline": ["1.67"]}, {"forget": ["1.67"]}],
         dict.fromkeys(["1.9.1.1", "1.57.3197.2885", "1.67.3504.3207"], "Install")),
    ],
    ids=["nothing", "not synchronized", "another class", "undecided", "decided", "declined", "forgotten"],
)  # fmt: skip
def test_the_organization_decides(
    send: Send, control: Control, changes: list[dict[str, Any]], told: dict[str, str]
) -> None:
    """What computers are to do with an update follows from what its administrator has done; Microsoft offers all."""
    for change in changes:
        assert control("POST", "/update-server", json=change).status_code == 204

    assert leaves(sync(send, OWN, registered(send))) == told
    assert len(leaves(sync(send, MICROSOFT, cookie(send, MICROSOFT)))) == 3


def test_a_decision_is_one(control: Control) -> None:
    """A release is approved or declined, not both at once; a classification has to be one of the document's."""
    both = control("POST", "/update-server", json={"approve": ["1.67"], "decline": ["1.67"]})
    other = control("POST", "/update-server", json={"synchronize": ["Drivers"]})

    assert (both.status_code, both.json()["error"]["code"]) == (400, "update-server")
    assert (other.status_code, other.json()["error"]["code"]) == (400, "body")


def test_only_the_organizations_server_wants_to_know_a_computer(send: Send) -> None:
    """It refuses one that has not registered; Microsoft refuses one that registers."""
    strange = sync(send, OWN, cookie(send, OWN))
    microsoft = posted(send, MICROSOFT, CLIENT_PAGE, f"<RegisterComputer>{cookie(send, MICROSOFT)}</RegisterComputer>")

    assert (fault_code(strange), fault_code(microsoft)) == ("RegistrationRequired", "RegistrationNotRequired")
    assert fault_code(sync(send, OWN, registered(send))) is None


def test_a_cookie_is_the_servers_own_and_ends(send: Send, cloud_store: Store) -> None:
    """One of the other server, an authorization in its place, one that is made up, none, and one that is too old."""
    allowed = posted(send, MICROSOFT, "SimpleAuthWebService/SimpleAuth.asmx",
                     "<GetAuthorizationCookie><clientId>1 1</clientId></GetAuthorizationCookie>")  # fmt: skip
    other = f"<cookie><EncryptedData>{allowed.findtext('.//CookieData')}</EncryptedData></cookie>"
    made_up = "<cookie><EncryptedData>YWFh</EncryptedData></cookie>"
    codes = [fault_code(sync(send, MICROSOFT, shown)) for shown in (cookie(send, OWN), other, made_up, "")]
    shown = cookie(send, MICROSOFT)
    cloud_store.clock.advance(3601)

    assert codes == ["InvalidCookie"] * 4
    assert fault_code(sync(send, MICROSOFT, shown)) == "CookieExpired"
    assert fault_code(posted(send, MICROSOFT, CLIENT_PAGE, "<GetCookie/>")) == "InvalidAuthorizationCookie"


@pytest.mark.parametrize("envelope", [soap.SOAP, SOAP12])
@pytest.mark.parametrize("content", ["<SyncUpdates/>", "<GetExtendedUpdateInfo/>", "<GetCookie/>"])
def test_a_refusal_is_a_fault_in_the_askers_form(send: Send, envelope: str, content: str) -> None:
    """SOAP 1.1 and 1.2, status 500, with what the protocol wants in it."""
    found = posted(send, MICROSOFT, CLIENT_PAGE, content, envelope)
    detail = found.find("detail" if envelope == soap.SOAP else "Detail")

    assert found.tag == "Fault"
    assert detail is not None
    assert [part.tag for part in detail] == ["ErrorCode", "Message", "ID", "Method"]


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("POST", f"{MICROSOFT}/Other/Other.asmx", 501),
        ("GET", f"{MICROSOFT}/{CLIENT_PAGE}", 501),
        ("GET", f"{OWN}/Content/AA/{'A' * 40}.msi", 404),
        ("GET", f"{OWN}/Content/AA/{'A' * 40}.msi%0A", 501),
        ("GET", f"{OWN}/", 501),
        (
            "GET",
            "https://fe2.update.microsoft.com/c/msdownload/update/software/updt/2026/01/x_" + 40 * "a" + ".msi",
            501,
        ),
    ],
)
def test_what_is_not_played_is_said(send: Send, method: str, url: str, status: int) -> None:
    """Unknown pages, methods of HTTP and files; never an answer of something else."""
    assert send(method, url).status_code == status


def test_an_unknown_method_is_noticed(send: Send) -> None:
    """As a request that the simulator does not know."""
    answer = send("POST", f"{MICROSOFT}/{CLIENT_PAGE}",
                  content=f'<e:Envelope xmlns:e="{soap.SOAP}"><e:Body><Other/></e:Body></e:Envelope>')  # fmt: skip

    assert (answer.status_code, "NotKnown" in answer.text) == (501, True)


@given(
    st.one_of(
        st.binary(max_size=200), st.text(max_size=200).map(str.encode), st.just(b"<!DOCTYPE a><a/>"),
        st.sampled_from(["klingon", "base64", "rot13", "utf-16", "idna"])
        .map(lambda name: f'<?xml version="1.0" encoding="{name}"?><a/>'.encode()),
    )
)  # fmt: skip
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_no_message_is_refused(send: Send, content: bytes) -> None:
    """Whatever is sent, the answer is a fault and no mistake of ours."""
    answer = send("POST", f"{MICROSOFT}/{CLIENT_PAGE}", content=content)

    assert (answer.status_code, "InvalidParameters" in answer.text) == (500, True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused(send: Send, encoding: str) -> None:
    """So nothing in a message can grow, in whatever encoding; text that looks like one is none."""
    method = f'<e:Envelope xmlns:e="{soap.SOAP}"><e:Body><GetConfig><a>{{}}</a></GetConfig></e:Body></e:Envelope>'
    typed = '<!DOCTYPE e [<!ENTITY a "b">]>' + method.format("&a;")
    answers = [
        send("POST", f"{MICROSOFT}/{CLIENT_PAGE}", content=text.encode(encoding))
        for text in (typed, method.format("<![CDATA[<!DOCTYPE e>]]>"))
    ]

    assert "a message has no document type" in answers[0].text
    assert answers[1].status_code == 200


def test_a_message_has_a_bound(send: Send) -> None:
    """Well below that of other hosts, as reading XML is slow."""
    answer = send("POST", f"{MICROSOFT}/{CLIENT_PAGE}", content=b"<a/>" * 150_000)

    assert (answer.status_code, "RequestEntityTooLarge" in answer.text) == (413, True)


@pytest.mark.parametrize(
    ("content", "method"),
    [("<GetCookie/>", "GetCookie"), ("<Other/>", None)],
)
def test_a_fault_names_a_method_that_is_known(send: Send, content: str, method: str | None) -> None:
    """And never a page in its place."""
    assert posted(send, MICROSOFT, CLIENT_PAGE, content).findtext(".//Method") == (method or "")


def test_no_letters_size_counts(send: Send) -> None:
    """A server of Windows finds pages and files whatever the size of letters; a file lies in its own folder only."""
    page = CLIENT_PAGE.upper().replace("CLIENT.ASMX", "Client.ASMX")
    assert posted(send, MICROSOFT.upper().replace("HTTPS", "https"), page, "<GetConfig/>").tag == "GetConfigResponse"
    for version in RELEASES.values():
        digest = hashlib.sha1(version.encode(), usedforsecurity=False).hexdigest()
        other = "00" if digest[-2:] != "00" else "01"
        paths = (f"/Content/{digest[-2:]}/{digest}.msi", f"/content/{digest[-2:].upper()}/{digest.upper()}.MSI",
                 f"/Content/{other}/{digest}.msi")  # fmt: skip
        place = f"https://download.windowsupdate.com/C/msdownload/update/software/updt/2026/01/x_{digest.upper()}.msi"
        assert send("GET", place).status_code == 200

        assert [send("GET", OWN + path).status_code for path in paths] == [200, 200, 501]


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 200), ({"Range": "bytes=0-3"}, 206), ({"Range": "bytes=0-1,3-4"}, 206), ({"Range": "bogus"}, 400),
     ({"Range": "bytes=99999999-"}, 416), ({"Range": "bytes=0-3", "If-Range": '"other"'}, 200)],
)  # fmt: skip
def test_the_journal_has_the_status_of_a_range(
    send: Send, cloud_store: Store, headers: dict[str, str], status: int
) -> None:
    """The one that the answer has."""
    digest = hashlib.sha1(RELEASES["1.67"].encode(), usedforsecurity=False).hexdigest()
    answer = send("GET", f"{OWN}/Content/{digest[-2:]}/{digest}.msi", headers=headers)

    assert (answer.status_code, cloud_store.events[-1].status) == (status, status)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, send: Send) -> ModuleType:
    """Give the image's client of the protocol, whose requests go to the application."""
    monkeypatch.syspath_prepend(str(IMAGE))
    protocol = __import__("windows_update_protocol")

    def urlopen(request: urllib.request.Request, timeout: float) -> io.BytesIO:
        answer = send("POST", request.full_url, content=request.data, headers=dict(request.headers))
        if answer.status_code >= 400:
            body = io.BytesIO(answer.content)
            raise urllib.error.HTTPError(request.full_url, answer.status_code, "", Message(), body)
        return io.BytesIO(answer.content)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    return protocol


@pytest.mark.parametrize("place", [MICROSOFT, OWN])
def test_the_images_client_understands_it(
    client: ModuleType, send: Send, control: Control, cloud_store: Store, place: str
) -> None:
    """It registers where it has to, hears of all updates, gets the newest one's file by its digest, and reports."""
    control("POST", "/update-server", json={"synchronize": ["Updates"], "approve": ["1.67"]})
    rules = __import__("windows_update_rules")
    connection = client.Connection(place, place, "{pc-1}", "pc")
    known = [rules.Core(info) for info in connection.sync(rules.is_installed_category)]
    newest = next(core for core in known if len(core.replaces) == 2)
    pieces, places = connection.details([newest.revision])
    update = rules.offered(newest, pieces[newest.revision], places)
    file = send("GET", update["url"])
    connection.report([(183, newest.identity, 0, ["x"], 0.0), (182, newest.identity, 0x80070643, [], 0.0)])
    told = [event.data for event in cloud_store.events if event.operation == "updates.report"]

    assert (update["title"], file.text) == ("Azure Connected Machine Agent 1.67 (1.67.3504.3207)", RELEASES["1.67"])
    assert send("GET", update["url"], headers={"Range": "bytes=0-3"}).text == "1.67"
    assert update["file"].startswith("azureconnectedmachineagent_")
    assert [(each["event"], each["release"], each["computer"], each["result"]) for each in told] == [
        ("183", "1.67", "{pc-1}", "0"), ("182", "1.67", "{pc-1}", "-2147023293"),
    ]  # fmt: skip


def test_the_images_client_says_why_it_was_refused(client: ModuleType) -> None:
    """With method, status and the server's word."""
    connection = client.Connection(MICROSOFT, MICROSOFT, "", "pc")

    with pytest.raises(client.Refused, match="GetAuthorizationCookie: 500 InvalidParameters clientId"):
        connection.begin()
