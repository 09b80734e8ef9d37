"""The update protocol (MS-WUSP), as a client speaks it: SOAP over HTTP."""

import time
import urllib.error
import urllib.request
import uuid
from xml.etree import ElementTree as ET

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
CLIENT = "http://www.microsoft.com/SoftwareDistribution/Server/ClientWebService"
SIMPLE_AUTH = "http://www.microsoft.com/SoftwareDistribution/Server/SimpleAuthWebService"
REPORTING = "http://www.microsoft.com/SoftwareDistribution"
VERSION = "1.8"
MOST_ROUNDS = 10
AGENT = "Windows-Update-Agent"


class Refused(Exception):
    """What a server says no with."""


class Connection:
    """A server, and what this client has agreed on with it."""

    def __init__(self, place, reports_to, client, name):
        self.place, self.reports_to, self.client, self.name = place, reports_to, client, name
        self.cookie = None

    def ask(self, page, namespace, request, place=""):
        """Send a request; give its answer, without namespaces. Raises: Refused, OSError."""
        method = request.tag
        request.set("xmlns", namespace)
        envelope = ET.Element("s:Envelope", {"xmlns:s": SOAP})
        ET.SubElement(envelope, "s:Body").append(request)
        content = ET.tostring(envelope, encoding="utf-8", xml_declaration=True)
        headers = {
            "Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{namespace}/{method}"', "User-Agent": AGENT,
        }  # fmt: skip
        try:
            sent = urllib.request.Request(f"{place or self.place}/{page}", content, headers)
            with urllib.request.urlopen(sent, timeout=60) as answer:
                content = answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(f"{method}: {error.code} {fault_of(error.read())}") from error
        except ValueError as error:  # what the registry names is no address
            raise Refused(f"{method}: {error}") from error
        return body_of(content)

    def begin(self):
        """Agree with the server: who this is, and what later requests have to show."""
        config = self.ask("ClientWebService/client.asmx", CLIENT, tree("GetConfig", protocolVersion=VERSION))
        result = part(config, "GetConfigResult")
        page = part(result, "AuthInfo/AuthPlugInInfo/ServiceUrl").text
        request = tree("GetAuthorizationCookie", clientId=self.client, targetGroupName="", dnsName=self.name)
        allowed = self.ask(page, SIMPLE_AUTH, request)
        request = ET.Element("GetCookie")
        cookie = part(allowed, "GetAuthorizationCookieResult")
        ET.SubElement(request, "authCookies").append(renamed(cookie, "AuthorizationCookie"))
        add(request, lastChange=result.findtext("LastChange"), currentTime=now(), protocolVersion=VERSION)
        answer = self.ask("ClientWebService/client.asmx", CLIENT, request)
        self.cookie = renamed(part(answer, "GetCookieResult"), "cookie")
        if result.findtext("IsRegistrationRequired") == "true":
            self.register()

    def register(self):
        """Tell the server what kind of computer this is: Windows as Wine says it is."""
        request = self.request("RegisterComputer")
        request.append(tree(
            "computerInfo", DnsName=self.name, OSMajorVersion="6", OSMinorVersion="1", OSBuildNumber="7601",
            OSServicePackMajorNumber="1", OSServicePackMinorNumber="0", OSLocale="en-US",
            BiosReleaseDate="2026-01-01T00:00:00Z", ProcessorArchitecture="AMD64", SuiteMask="0", OldProductType="0",
            NewProductType="0", SystemMetrics="0", ClientVersionMajorNumber="7", ClientVersionMinorNumber="9",
            ClientVersionBuildNumber="9600", ClientVersionQfeNumber="0",
        ))  # fmt: skip
        self.ask("ClientWebService/client.asmx", CLIENT, request)

    def sync(self, is_installed):
        """Give what the server tells of all updates that are no categories; nothing is remembered of earlier times.

        It is asked again as long as something new is no leaf, since more may follow from that.
        """
        self.begin()
        installed, others, leaves = [], [], {}
        for _ in range(MOST_ROUNDS):
            request = self.request("SyncUpdates")
            parameters = tree("parameters", ExpressQuery="false")
            add_numbers(parameters, "InstalledNonLeafUpdateIDs", installed)
            add_numbers(parameters, "OtherCachedUpdateIDs", [*others, *leaves])
            add(parameters, SkipSoftwareSync="false")
            request.append(parameters)
            result = part(self.ask("ClientWebService/client.asmx", CLIENT, request), "SyncUpdatesResult")
            self.cookie = renamed(part(result, "NewCookie"), "cookie")
            new = result.findall("NewUpdates/UpdateInfo")
            for info in new:
                revision = revision_of(info)
                if info.findtext("IsLeaf") == "true":
                    leaves[revision] = info
                else:
                    (installed if is_installed(info) else others).append(revision)
            more = any(info.findtext("IsLeaf") == "false" for info in new)
            if not more and result.findtext("Truncated") == "false":
                return list(leaves.values())
        raise Refused(f"SyncUpdates: not told in {MOST_ROUNDS} answers")

    def details(self, revisions):
        """Give (pieces of metadata by revision, addresses of files by digest)."""
        if not revisions:
            return {}, {}
        request = self.request("GetExtendedUpdateInfo")
        add_numbers(request, "revisionIDs", revisions)
        kinds = ET.SubElement(request, "infoTypes")
        for kind in ("Extended", "LocalizedProperties"):
            ET.SubElement(kinds, "XmlUpdateFragmentType").text = kind
        ET.SubElement(ET.SubElement(request, "locales"), "string").text = "en"
        answer = part(self.ask("ClientWebService/client.asmx", CLIENT, request), "GetExtendedUpdateInfoResult")
        pieces = {}
        for update in answer.findall("Updates/Update"):
            pieces.setdefault(revision_of(update), []).append(update.findtext("Xml") or "")
        places = {each.findtext("FileDigest"): each.findtext("Url") for each in answer.findall("FileLocations/*")}
        return pieces, places

    def report(self, events):
        """Tell the server of events: (number, update, code, texts, moment). Nothing is told without a cookie."""
        if self.cookie is None or not events:
            return
        request = self.request("ReportEventBatch")
        add(request, clientTime=now())
        batch = ET.SubElement(request, "eventBatch")
        for event, identity, code, texts, moment in events:
            basic = tree("BasicData")
            basic.append(tree("TargetID", Sid=self.client))
            add(basic, SequenceNumber="0", TimeAtTarget=stamp(moment), EventInstanceID=str(uuid.uuid4()),
                NamespaceID="1", EventID=str(event), SourceID="101")  # fmt: skip
            basic.append(tree("UpdateID", UpdateID=identity, RevisionNumber="1"))
            add(basic, Win32Hresult=str(code - (1 << 32) if code >> 31 else code), AppName="AutomaticUpdates")
            more = tree("ExtendedData")
            strings = ET.SubElement(more, "ReplacementStrings")
            for text in texts:
                ET.SubElement(strings, "string").text = text
            add(more, ProcessorArchitecture="Amd64Compatible")
            more.append(tree("OSVersion", Major="6", Minor="1", Build="7601", Revision="0", ServicePackMajor="1",
                             ServicePackMinor="0"))  # fmt: skip
            add(more, OSLocaleID="1033", DeviceID="")
            reporting = ET.SubElement(batch, "ReportingEvent")
            reporting.extend((basic, more, tree("PrivateData", ComputerDnsName="", UserAccountName="")))
        page = "ReportingWebService/ReportingWebService.asmx"
        self.ask(page, REPORTING, request, self.reports_to)

    def request(self, method):
        """Give a request that shows the cookie."""
        request = ET.Element(method)
        request.append(self.cookie)
        return request


def tree(name, **texts):
    """Give an element with elements of text in it, in their order."""
    return add(ET.Element(name), **texts)


def add(element, **texts):
    """Add elements of text."""
    for name, text in texts.items():
        ET.SubElement(element, name).text = text
    return element


def add_numbers(element, name, numbers):
    """Add an array of numbers."""
    array = ET.SubElement(element, name)
    for number in numbers:
        ET.SubElement(array, "int").text = str(number)


def renamed(element, name):
    """Give an element's content under another name."""
    made = ET.Element(name)
    made.extend(list(element))
    return made


def body_of(content):
    """Give the one element of an envelope's body, without namespaces. Raises: Refused for what is no envelope."""
    try:
        root = ET.fromstring(content)
    except (ET.ParseError, ValueError, LookupError) as error:
        raise Refused(f"the answer is no XML: {error}") from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return part(root, "Body/*")


def part(element, path):
    """Give what an answer has to have. Raises: Refused where it is missing."""
    found = element.find(path)
    if found is None:
        raise Refused(f"the answer is not the protocol's: <{element.tag}> has no {path}")
    return found


def revision_of(element):
    """Give the number that a server knows an update by. Raises: Refused for what is none."""
    text = part(element, "ID").text or ""
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        raise Refused(f"the answer is not the protocol's: '{text}' is no revision")
    return int(text)


def fault_of(content):
    """Give what a refusal says."""
    try:
        found = body_of(content)
    except Refused:
        return content[:200].decode("utf-8", "replace")
    return f"{found.findtext('.//ErrorCode')} {found.findtext('.//Message')}"


def now():
    """Give the present moment as the protocol writes it."""
    return stamp(time.time())


def stamp(moment):
    """Give a moment as the protocol writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
