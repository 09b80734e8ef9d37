"""The local endpoints: the challenge as SDKs check it, the refusals, and what a program learns about its machine.

Requests go through the handler in memory. What azure-identity and MSAL accept and refuse is asked here of the answers:
the header's name and form, the folder, the end of the file's name, its size, no newline, one use.
"""

from __future__ import annotations

import io
import json
import os
import re
import ssl
from collections.abc import Callable
from http.client import HTTPSConnection, parse_headers
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import jwt
import pytest

from simulator.store import Store

pytestmark = pytest.mark.process

TOKEN = "/metadata/identity/oauth2/token?api-version=2020-06-01&resource=https://management.azure.com"
METADATA = {"Metadata": "true"}
Ask = Callable[..., "Answer"]
Make = Callable[..., Any]


class Answer:
    """An answer: status, headers as they were written, and its JSON."""

    def __init__(self, raw: bytes) -> None:
        file = io.BytesIO(raw)
        self.status = int(file.readline().split()[1])
        self.raw_headers = raw.partition(b"\r\n\r\n")[0].decode()
        self.headers = parse_headers(file)
        self.body: Any = json.loads(file.read())

    @property
    def failure(self) -> tuple[int, str]:
        """Give status and error."""
        return self.status, self.body["error"]

    @property
    def key_file(self) -> Path:
        """Give the file of the challenge, cut out of the header as the documented script does it."""
        line = next(line for line in self.raw_headers.split("\r\n") if "Www-Authenticate" in line)
        return Path(line.split("=")[1].strip())


class Connection:
    """A socket in memory: what is asked, and what was answered."""

    def __init__(self, asked: bytes) -> None:
        self._asked = asked
        self.answered = b""

    def makefile(self, *_: Any) -> io.BytesIO:
        """Give what is asked."""
        return io.BytesIO(self._asked)

    def sendall(self, data: bytes) -> None:
        """Take what is answered."""
        self.answered += data


@pytest.fixture
def ask_of(agent_module: Callable[[str], ModuleType]) -> Callable[[Any], Ask]:
    """Give a maker of senders to the local endpoint of a himds."""
    handler = agent_module("himds_http").Handler

    def make(himds: Any) -> Ask:
        bound = type("Bound", (handler,), {"daemon": himds})

        def ask(path: str, headers: dict[str, str] | None = None, method: str = "GET") -> Answer:
            lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in (headers or {}).items())]
            connection = Connection("\r\n".join([*lines, "Connection: close", "", ""]).encode())
            bound(connection, ("127.0.0.1", 1), None)
            return Answer(connection.answered)

        return ask

    return make


@pytest.fixture
def ask(make_himds: Make, ask_of: Callable[[Any], Ask]) -> Ask:
    """Give a sender to the local endpoint of a connected machine."""
    return ask_of(make_himds())


def answered(ask: Ask, path: str = TOKEN, scheme: str = "Basic") -> Answer:
    """Meet the challenge as an SDK does, and give the second answer."""
    content = ask(path, METADATA).key_file.read_text()
    return ask(path, {**METADATA, "Authorization": f"{scheme} {content}"})


def test_the_challenge_is_what_sdks_check(ask: Ask) -> None:
    """401, the header in Go's spelling, one `=`, an unquoted path below the tokens folder that ends in `.key`."""
    challenge = ask(TOKEN, METADATA)
    value = challenge.headers["www-authenticate"]
    file = challenge.key_file

    assert (challenge.status, value) == (401, f"Basic realm={file}")
    assert "\r\nWww-Authenticate: " in challenge.raw_headers
    assert (value.count("="), file.parent.name, file.suffix) == (1, "tokens", ".key")
    assert re.fullmatch(r"[0-9a-f-]{36}", file.stem)


def test_the_key_file_is_what_sdks_check(ask: Ask) -> None:
    """The file is there, has at most 4096 bytes and no newline, and only its owner and group may read it."""
    file = ask(TOKEN, METADATA).key_file
    content = file.read_bytes()

    assert (0 < len(content) <= 4096, content.strip() == content) == (True, True)
    assert file.stat().st_mode & 0o777 == 0o640 & ~current_umask()


def current_umask() -> int:
    """Give the umask of this process."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_the_token(ask: Ask, cloud_store: Store) -> None:
    """The members that SDKs read are there as texts, the token is the machine's, for what was asked, for a day."""
    answer = answered(ask)
    body = answer.body
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    now = int(cloud_store.clock.now())

    assert (answer.status, set(body)) == (200, {
        "access_token", "client_id", "expires_in", "expires_on", "ext_expires_in", "not_before", "resource",
        "token_type",
    })  # fmt: skip
    assert (body["expires_in"], body["expires_on"], body["token_type"]) == ("86400", str(now + 86400), "Bearer")
    assert (body["resource"], claims["aud"]) == ("https://management.azure.com",) * 2
    assert (claims["appid"], claims["xms_mirid"].rpartition("/")[2]) == (body["client_id"], "box-1")


def test_a_resource_keeps_its_slash(ask: Ask) -> None:
    """The CLI asks with an encoded address that ends in a slash; the token is for exactly that."""
    path = TOKEN.replace("https://management.azure.com", "https%3A%2F%2Fmanagement.core.windows.net%2F")
    body = answered(ask, path).body

    assert jwt.decode(body["access_token"], options={"verify_signature": False})["aud"] == body["resource"]
    assert body["resource"] == "https://management.core.windows.net/"


@pytest.mark.parametrize("version", ["2019-08-15", "2019-11-01", "2020-06-01", "2021-02-01"])
def test_versions_of_the_token_endpoint(ask: Ask, version: str) -> None:
    """Every version that a library sends is taken."""
    assert ask(TOKEN.replace("2020-06-01", version), METADATA).status == 401


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_the_scheme_in_any_case(ask: Ask, scheme: str) -> None:
    """Schemes are compared as HTTP does."""
    assert answered(ask, scheme=scheme).status == 200


def test_another_scheme(ask: Ask) -> None:
    """A bearer token is no answer to the challenge."""
    assert answered(ask, scheme="Bearer").failure == (401, "unauthorized")


def test_a_key_is_good_once(ask: Ask) -> None:
    """The file is gone after its use, and its content opens nothing any more."""
    file = ask(TOKEN, METADATA).key_file
    headers = {**METADATA, "Authorization": f"Basic {file.read_text()}"}
    first, second = ask(TOKEN, headers), ask(TOKEN, headers)

    assert (first.status, second.failure, file.exists()) == (200, (401, "unauthorized"), False)


def test_a_wrong_answer_uses_the_key_up(ask: Ask) -> None:
    """Whoever guesses has one try for each challenge."""
    file = ask(TOKEN, METADATA).key_file
    content = file.read_text()
    wrong = ask(TOKEN, {**METADATA, "Authorization": f"Basic {content}x"})
    right = ask(TOKEN, {**METADATA, "Authorization": f"Basic {content}"})

    assert (wrong.failure, right.failure, file.exists()) == ((401, "unauthorized"), (401, "unauthorized"), False)


@pytest.mark.parametrize("answer", ["Basic", "Basic ", "Basic x", "Basic ../../certs/myKey:x", "Basic :", "x"])
def test_answers_that_name_no_key(ask: Ask, answer: str) -> None:
    """Nothing else is read, least of all a file of another name."""
    assert ask(TOKEN, {**METADATA, "Authorization": answer}).failure == (401, "unauthorized")


def test_a_key_ends_after_five_minutes(ask: Ask, cloud_store: Store) -> None:
    """A key that nobody used opens nothing later, and the next challenge removes its file."""
    file = ask(TOKEN, METADATA).key_file
    content = file.read_text()
    cloud_store.clock.advance(300)
    ask(TOKEN, METADATA)

    assert file.exists() is False
    assert ask(TOKEN, {**METADATA, "Authorization": f"Basic {content}"}).failure == (401, "unauthorized")


def test_a_late_answer(ask: Ask, cloud_store: Store) -> None:
    """A key that is over is refused also when no other challenge came."""
    content = ask(TOKEN, METADATA).key_file.read_text()
    cloud_store.clock.advance(300)

    assert ask(TOKEN, {**METADATA, "Authorization": f"Basic {content}"}).failure == (401, "unauthorized")


def test_keys_of_an_earlier_process(make_himds: Make, agent_module: Callable[[str], ModuleType]) -> None:
    """Keys that were left over are removed at the start; another file stays."""
    himds = make_himds(connected=False)
    left, other = Path(himds.paths.tokens, "old.key"), Path(himds.paths.tokens, "note.txt")
    left.write_text("x")
    other.write_text("x")
    agent_module("challenge").Challenges(himds.paths.tokens)

    assert (left.exists(), other.exists()) == (False, True)


def test_a_folder_that_cannot_be_written(make_himds: Make, ask_of: Callable[[Any], Ask]) -> None:
    """Without its folder there is no challenge: the program is told, and so is the log."""
    himds = make_himds()
    Path(himds.paths.tokens).rmdir()

    assert ask_of(himds)(TOKEN, METADATA).failure == (500, "server_error")
    assert "A challenge could not be written" in Path(himds.paths.himds_log).read_text()


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        (TOKEN, {}, (400, "invalid_request")),
        (TOKEN, {"Metadata": "false"}, (400, "invalid_request")),
        (TOKEN.replace("2020-06-01", "2018-02-01"), METADATA, (400, "invalid_request")),
        (TOKEN.partition("?")[0], METADATA, (400, "invalid_request")),
        (TOKEN.partition("&")[0], METADATA, (400, "invalid_request")),
        (TOKEN + "&client_id=7e1c2d34-0000-4000-8000-000000000009", METADATA, (400, "invalid_request")),
        (TOKEN + "&msi_res_id=/subscriptions/x", METADATA, (400, "invalid_request")),
        ("/metadata/instance", METADATA, (400, "invalid_request")),
        ("/metadata/instance?api-version=2999-01-01", METADATA, (400, "invalid_request")),
        ("/metadata/instance?api-version=2020-06-01", {}, (400, "invalid_request")),
        ("/metadata/attested", METADATA, (404, "not_found")),
        ("/", METADATA, (404, "not_found")),
    ],
    ids=["no header", "wrong header", "version", "no version", "no resource", "another identity", "another resource id",
         "instance without version", "instance in another version", "instance without header", "attested", "root"],
)  # fmt: skip
def test_refusals(ask: Ask, path: str, headers: dict[str, str], expected: tuple[int, str]) -> None:
    """Each mistake has its status, before any challenge."""
    assert ask(path, headers).failure == expected


def test_the_missing_header_is_named(ask: Ask) -> None:
    """The text is that of Azure's own instance metadata service."""
    assert ask(TOKEN).body["error_description"] == "Required metadata header not specified"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods(ask: Ask, method: str) -> None:
    """Only GET is answered; the connection ends, as a body would not be read."""
    answer = ask(TOKEN, METADATA, method=method)

    assert (answer.failure, answer.headers["allow"]) == ((405, "method_not_allowed"), "GET")


def test_the_machines_own_identity_by_name(ask: Ask) -> None:
    """Who names the machine's own client id gets its token, and the id back."""
    client_id = answered(ask).body["client_id"]

    assert answered(ask, f"{TOKEN}&client_id={client_id.upper()}").body["client_id"] == client_id


def test_a_token_is_held_until_it_is_nearly_over(ask: Ask, cloud_store: Store) -> None:
    """The same token is given again; `bypass_cache` and the last five minutes bring another one."""
    first = answered(ask).body["access_token"]
    again = answered(ask).body["access_token"]
    fresh = answered(ask, f"{TOKEN}&bypass_cache=true").body["access_token"]
    cloud_store.clock.advance(86400 - 299)
    late = answered(ask).body["access_token"]

    assert (first == again, first == fresh, fresh == late) == (True, False, False)


def test_an_old_release_does_not_bypass(make_himds: Make, ask_of: Callable[[Any], Ask]) -> None:
    """Before 1.66 `bypass_cache` changed nothing."""
    ask = ask_of(make_himds("1.57"))

    assert answered(ask).body["access_token"] == answered(ask, f"{TOKEN}&bypass_cache=true").body["access_token"]


def test_no_token_without_the_network(ask: Ask, azure: Any) -> None:
    """What the machine cannot get it does not give; metadata is answered as before."""
    azure.fail = True

    assert answered(ask).failure == (500, "server_error")
    assert ask("/metadata/instance?api-version=2020-06-01", METADATA).status == 200


def test_no_token_for_a_machine_that_is_not_connected(make_himds: Make, ask_of: Callable[[Any], Ask]) -> None:
    """Without an identity there is none to give."""
    assert answered(ask_of(make_himds(connected=False))).failure == (500, "server_error")


@pytest.mark.parametrize("version", ["2017-08-01", "2019-03-11", "2019-11-01", "2020-06-01"])
def test_instance_metadata(ask: Ask, version: str) -> None:
    """A program learns where its machine is in Azure, with no challenge."""
    whole = ask(f"/metadata/instance?api-version={version}", METADATA).body
    compute = ask(f"/metadata/instance/compute?api-version={version}", METADATA).body

    assert (whole, compute["name"], compute["location"]) == ({"compute": compute, "network": {}}, "box-1", "eastus")
    assert compute["resourceId"].endswith("/providers/Microsoft.HybridCompute/machines/box-1")
    assert (compute["provider"], compute["azEnvironment"]) == ("Microsoft.HybridCompute", "AzurePublicCloud")


def test_tags_in_the_metadata(
    make_himds: Make, ask_of: Callable[[Any], Ask], arm: Callable[..., httpx.Response]
) -> None:
    """Tags of the resource come in both of their forms."""
    himds = make_himds()
    arm("PATCH", "{M}/box-1", json={"tags": {"b": "2", "a": "1"}})
    himds.beat()
    compute = ask_of(himds)("/metadata/instance/compute?api-version=2020-06-01", METADATA).body

    assert compute["tags"] == "a:1;b:2"
    assert compute["tagsList"] == [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]


def test_the_tenant_of_the_identity(ask: Ask) -> None:
    """`/metadata/identity/info` names the tenant."""
    answer = ask("/metadata/identity/info?api-version=2018-02-01", METADATA)

    assert (answer.status, answer.body) == (200, {"tenantId": "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a1"})


def test_agent_status(ask: Ask, cloud_store: Store) -> None:
    """Connected until 15 minutes after the last heartbeat; no header is needed."""
    before = ask("/agentstatus").body
    cloud_store.clock.advance(900)

    assert before == {"status": "Connected", "lastHeartbeat": "2026-01-01T00:00:00Z"}
    assert ask("/agentstatus").body["status"] == "Disconnected"


def test_the_tls_port_answers(
    make_himds: Make, agent_module: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over TLS the answers are the same; the certificate is the machine's own, for localhost."""
    module, servers = agent_module("himds_http"), []
    monkeypatch.setattr(module.http.server.ThreadingHTTPServer, "serve_forever", lambda self, **_: servers.append(self))
    module.serve_http(make_himds(), 2, "127.0.0.1", 0, module.local_tls())
    thread = module.threading.Thread(target=servers[0].handle_request)
    thread.start()
    plain = ssl.create_default_context()
    plain.check_hostname, plain.verify_mode = False, ssl.CERT_NONE
    client = HTTPSConnection("127.0.0.1", servers[0].server_address[1], context=plain, timeout=10)
    client.request("GET", "/agentstatus")
    answer = client.getresponse()
    client.close()
    thread.join(10)
    servers[0].server_close()

    assert (answer.status, client.sock) == (200, None)
