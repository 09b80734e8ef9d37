"""SOAP 1.1 and 1.2 as the update protocol uses them: a request's method and its parts, an answer, a fault."""

from __future__ import annotations

import uuid
from xml.etree import ElementTree as ET

from simulator.errors import ApiError

ENVELOPES = {
    "http://schemas.xmlsoap.org/soap/envelope/": "text/xml; charset=utf-8",
    "http://www.w3.org/2003/05/soap-envelope": "application/soap+xml; charset=utf-8",
}
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_LARGEST_BYTES = 512 * 1024


def read_request(body: bytes) -> tuple[str, ET.Element]:
    """Give the envelope's namespace and the method's element, without namespaces. Raises: ApiError for what is none.

    A document type is refused. Source: SOAP 1.1, section 3. Assumed: how large a message may be.
    """
    if len(body) > _LARGEST_BYTES:
        raise ApiError(413, "RequestEntityTooLarge", f"A message has at most {_LARGEST_BYTES} bytes.")
    try:
        root = ET.fromstring(body, ET.XMLParser(target=_Tree()))  # noqa: S314 - without a document type nothing expands
    except (ET.ParseError, ValueError, LookupError) as error:  # LookupError: an encoding that nobody knows
        raise fault("InvalidParameters", f"the message is no XML: {error}") from error
    namespace, _, name = root.tag.removeprefix("{").rpartition("}")
    content = root.find(f"{{{namespace}}}Body") if namespace in ENVELOPES and name == "Envelope" else None
    if content is None or len(content) != 1:
        raise fault("InvalidParameters", "the message is no envelope with one method")
    for element in content.iter():
        element.tag = element.tag.rpartition("}")[2]
    return namespace, content[0]


class _Tree(ET.TreeBuilder):
    """Builds a tree of what has no document type."""

    def doctype(self, *_: object) -> None:
        """Refuse one. Raises: ApiError."""
        raise fault("InvalidParameters", "a message has no document type")


def answer(envelope: str, namespace: str, method: str, *parts: ET.Element) -> bytes:
    """Give the answer of a method."""
    response = ET.Element(f"{method}Response", xmlns=namespace)
    response.extend(parts)
    return _enveloped(envelope, response)


def fault(code: str, message: str) -> ApiError:
    """Give a refusal. Source: MS-WUSP 2.2.2.4 and HTTP's status of SOAP faults."""
    return ApiError(500, code, message)


def fault_body(envelope: str, error: ApiError, method: str) -> bytes:
    """Give a refusal as an envelope, in SOAP 1.1's form or in 1.2's."""
    response = ET.Element("s:Fault")
    if envelope == SOAP:
        add(response, "faultcode", "s:Server")
        add(response, "faultstring", "Fault occurred")
        detail = add(response, "detail")
    else:
        add(add(response, "s:Code"), "s:Value", "s:Receiver")
        add(add(response, "s:Reason"), "s:Text", "Fault occurred").set("xml:lang", "en")
        detail = add(response, "s:Detail")
    for name, text in (("ErrorCode", error.code), ("Message", error.message), ("ID", str(uuid.uuid4())),
                       ("Method", method)):  # fmt: skip
        add(detail, name, text)
    return _enveloped(envelope, response)


def add(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    """Add an element, with a text."""
    element = ET.SubElement(parent, name)
    element.text = text
    return element


def element(name: str, **texts: str) -> ET.Element:
    """Give an element with elements of text in it, in their order."""
    made = ET.Element(name)
    for part, text in texts.items():
        add(made, part, text)
    return made


def numbers(request: ET.Element, path: str) -> list[int]:
    """Read an array of numbers. Raises: ApiError for what is none."""
    try:
        return [int(each.text or "") for each in request.findall(f"{path}/int")]
    except ValueError as error:
        raise fault("InvalidParameters", path) from error


def _enveloped(envelope: str, content: ET.Element) -> bytes:
    root = ET.Element("s:Envelope", {"xmlns:s": envelope})
    add(root, "s:Body").append(content)
    return f'<?xml version="1.0" encoding="utf-8"?>{ET.tostring(root, encoding="unicode")}'.encode()
