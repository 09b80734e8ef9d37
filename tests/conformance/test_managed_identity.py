"""azure-identity signs in as the machine, on a real machine where the agent's package is installed and connected.

The SDK is this environment's own, which the machine sees in a folder; both have the same version of Python.
"""

from __future__ import annotations

import json
import shlex
import sys
import sysconfig
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.model.scenario import ConfigureRepository, Connect, Install, Refresh
from harness.steps import STEPS
from tests.conformance.test_credentials import claims_of
from tests.e2e.conftest import engine, make_arclab  # noqa: F401 - fixtures
from tests.e2e.running_lab import running_lab

if TYPE_CHECKING:
    from harness.context import Context
    from harness.model.record import CommandRecord
    from tests.e2e.conftest import Arclab

# httpcore leaves a unix socket to the garbage collector when nobody listens there yet.
pytestmark = [
    pytest.mark.engine,
    pytest.mark.filterwarnings("ignore:.*unclosed <socket:pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

#: The distro whose Python can load this environment's packages.
_DISTROS = {(3, 11): "debian-12", (3, 12): "ubuntu-24.04", (3, 13): "debian-13"}
_SDK = "/opt/sdk"
_APPLICATION = Path(__file__).with_name("application.py")
_ALTERED_AGENT = Path(__file__).with_name("altered_agent.py")
_SIGN_INS = Path(__file__).with_name("sign_ins.py")
_READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
_ASK = (
    'ask() { curl -sS -H "$1" -H "$2" "$IDENTITY_ENDPOINT?api-version=2020-06-01&resource=https://management.azure.com"'
    ' -o "${3:-/dev/null}" -w "%{http_code} %header{Www-Authenticate}\\n"; }\n'
)


@pytest.fixture(scope="module")
def lab(make_arclab: Callable[[], Arclab]) -> Iterator[Context]:  # noqa: F811 - a fixture
    """Give a lab whose machine is connected by the agent's package and sees the SDK."""
    distro = _DISTROS.get(sys.version_info[:2])
    if distro is None:
        pytest.skip("no distro has this environment's version of Python")
    text = f"scenario: identity\nmatrix: {{distro: [{distro}]}}\nsteps: [refresh: {{}}]\n"
    with running_lab(make_arclab(), text, {Path(sysconfig.get_path("purelib")): _SDK}) as context:
        for word, arguments in (("configure-repository", ConfigureRepository()), ("refresh", Refresh()),
                                ("install", Install()), ("connect", Connect(name="box-1"))):  # fmt: skip
            STEPS[word](context, arguments)
        assert [machine.status for machine in context.control.machines()] == ["Connected"]
        yield context


@pytest.fixture
def as_service(lab: Context) -> Callable[..., CommandRecord]:
    """Give what runs a program of the user `tester` below systemd, where the package has set the environment."""

    def run(*words: str, groups: str = "himds", stdin: str = "") -> CommandRecord:
        properties = {
            "User": "tester", "SupplementaryGroups": groups, "StandardInput": "file:/run/given",
            "StandardOutput": "truncate:/run/printed", "StandardError": "truncate:/run/complaints",
        }  # fmt: skip
        variables = {"PYTHONPATH": _SDK, "REQUESTS_CA_BUNDLE": lab.distro.trust.bundle}
        options = [f"--property={name}={value}" for name, value in properties.items()]
        options += [f"--setenv={name}={value}" for name, value in variables.items()]
        line = shlex.join(["systemd-run", "--quiet", "--collect", "--service-type=oneshot", *options, *words])
        return lab.machine.run(
            f"cat > /run/given; {line}; ended=$?; cat /run/printed; cat /run/complaints >&2; exit $ended", stdin=stdin
        )

    return run


@pytest.fixture
def application(lab: Context, as_service: Callable[..., CommandRecord]) -> Callable[..., dict[str, str]]:
    """Give what runs the application, and what it printed."""

    def run(**options: str) -> dict[str, str]:
        words = ("python3", "-", lab.azure.subscription_id, lab.azure.resource_group, "box-1")
        done = as_service(*words, stdin=_APPLICATION.read_text(), **options)

        assert done.exit == 0, done.stderr
        told: dict[str, str] = json.loads(done.stdout)
        return told

    return run


def test_the_machine_signs_in_and_may_nothing_without_a_role(
    lab: Context, application: Callable[..., dict[str, str]]
) -> None:
    """The token names the machine; ARM refuses it even its own resource until somebody gives it a role there."""
    resource = lab.resource_id("box-1")
    before = application()
    claims = claims_of(before["token"])
    role = f"{lab.subscription}/providers/Microsoft.Authorization/roleDefinitions/{_READER}"
    given = lab.in_azure(
        "PUT", f"{resource}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}", api_version="2022-04-01",
        body={"properties": {"roleDefinitionId": role, "principalId": claims["oid"]}},
    )  # fmt: skip

    assert (claims["aud"], claims["xms_mirid"]) == ("https://management.azure.com", resource)
    assert before["refused"] == "403 AuthorizationFailed"
    assert given.status_code == 201
    assert application()["machine"] == "box-1"


def test_who_is_not_in_the_group_gets_no_token(application: Callable[..., dict[str, str]]) -> None:
    """The challenge is a file that only root and the group himds can read."""
    told = application(groups="tester")

    assert told["no token"].startswith("[Errno 13] Permission denied: '/var/opt/azcmagent/tokens/")


def test_a_key_is_readable_by_its_group_and_good_for_one_request(as_service: Callable[..., CommandRecord]) -> None:
    """It holds no newline and at most 4096 bytes, and is gone once it was used."""
    done = as_service("bash", stdin=_ASK + """\
        file=$(ask 'Metadata: true' 'A: b' | cut -d = -f 2)
        stat -c '%U %G %a' "$file"; dirname "$file"; wc -l < "$file"; [ $(stat -c %s "$file") -le 4096 ] && echo small
        key=$(cat "$file")
        ask 'Metadata: true' "Authorization: Basic $key"; ls "$file" 2>/dev/null
        ask 'Metadata: true' "Authorization: Basic $key"
    """)  # fmt: skip

    assert done.stdout.split("\n") == [
        "himds himds 640", "/var/opt/azcmagent/tokens", "0", "small", "200 ", "401 ", ""
    ]  # fmt: skip


def test_a_wrong_answer_uses_a_key_up(as_service: Callable[..., CommandRecord]) -> None:
    """Nobody can try twice."""
    done = as_service("bash", stdin=_ASK + """\
        file=$(ask 'Metadata: true' 'A: b' | cut -d = -f 2); key=$(cat "$file")
        ask 'Metadata: true' "Authorization: Basic ${key}0"; ls "$file" 2>/dev/null
        ask 'Metadata: true' "Authorization: Basic $key"
    """)  # fmt: skip

    assert done.stdout == "401 \n401 \n"


def test_without_the_metadata_header_there_is_no_challenge(as_service: Callable[..., CommandRecord]) -> None:
    """What a browser can be made to ask gets neither a token nor a key."""
    done = as_service("bash", stdin=_ASK + """\
        count() { ls /var/opt/azcmagent/tokens | wc -l; }
        before=$(count); ask 'A: b' 'C: d' -; [ $(count) = $before ] && echo none
    """)  # fmt: skip

    assert json.loads(done.stdout.partition("}")[0] + "}") == {
        "error": "invalid_request", "error_description": "Required metadata header not specified",
    }  # fmt: skip
    assert done.stdout.partition("}")[2] == "400 \nnone\n"


#: What an agent alters, and what azure-identity makes of it. Source: its behaviour, seen with 1.27.0.
_ALTERED = {
    "nothing": "signed in",
    "newline": "ServiceResponseError",
    "too-long": "ClientAuthenticationError",
    "elsewhere": "signed in",
    "lower-case": "signed in",
    "bearer": "ClientAuthenticationError",
    "no-challenge": "CredentialUnavailableError",
    "no-expires-in": "CredentialUnavailableError",
    "number-expires-in": "signed in",
    "second-401": "CredentialUnavailableError",
    "second-500": "CredentialUnavailableError",
    "names-no-identity": "ClientAuthenticationError",
    "echoes-identity": "signed in",
    "equals-sign": "ClientAuthenticationError",
}


def test_the_sdk_refuses_what_breaks_a_rule(lab: Context, as_service: Callable[..., CommandRecord]) -> None:
    """The agent keeps rules that matter: each one broken is refused, and what is not looked at is taken."""
    lab.machine.run("cat > /run/altered_agent.py", stdin=_ALTERED_AGENT.read_text())
    lab.machine.run("systemd-run --quiet --unit=altered-agent python3 /run/altered_agent.py")
    base = "http://127.0.0.1:40399"
    assert lab.machine.run(f"curl -sS --retry 20 --retry-delay 1 --retry-connrefused {base}/no-challenge/").exit == 0
    words = [f"{base}/{altered}/metadata/identity/oauth2/token" for altered in _ALTERED]
    words = [f"{word} {uuid.UUID(int=1)}" if "identity/metadata" in word else word for word in words]

    done = as_service("python3", "-", *words, stdin=_SIGN_INS.read_text())

    lab.machine.run("systemctl stop altered-agent")
    assert done.exit == 0, done.stderr
    assert dict(zip(_ALTERED, json.loads(done.stdout), strict=True)) == _ALTERED
