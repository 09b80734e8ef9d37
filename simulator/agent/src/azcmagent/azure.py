"""What the agent asks of Azure: Entra tokens, ARM resources, the hybrid identity service."""

import os
import time
import urllib.parse

from azcmagent.errors import AgentError
from azcmagent.http_client import NetworkError

LOGIN = "https://login.microsoftonline.com"
ARM = "https://management.azure.com"
HIS_GLOBAL = "https://gbl.his.arc.azure.com"
AGENT_SERVICE = "eec53b1f-b9a4-4479-acf5-6b247c6a49f2"
MACHINES_API = "2026-06-16-preview"  # Source: what release 1.67 sends
GROUPS_API = "2024-11-01"
HIS_API = "2.1"
CLI_CLIENT_ID = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
DEVICE_PAGE = "https://microsoft.com/devicelogin"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_DEVICE_WINDOW_S = 300  # Source: release 1.15
_TRANSIENT = (429, 500, 502, 503, 504)


def _token_url(tenant):
    return "%s/%s/oauth2/v2.0/token" % (LOGIN, tenant)


def post_form(client, url, fields):
    """Send a form; transient answers are repeated a few times."""
    data = urllib.parse.urlencode(fields).encode()
    return repeated(lambda: client.request("POST", url, data, _FORM))


def repeated(send, tries=4, pause_s=0.5):
    """Send until the answer is not transient; gives the last one. Source: release 1.63 repeats on 5xx."""
    for attempt in range(tries):
        answer = send()
        if answer.status not in _TRANSIENT or attempt == tries - 1:
            return answer
        time.sleep(min(float(retry_after(answer)), 5.0) or pause_s * 2**attempt)
    raise AssertionError("unreachable")


def retry_after(answer):
    """Give the seconds of an answer's Retry-After header; 0 without one, and for a date."""
    text = answer.headers.get("Retry-After") or ""
    return int(text) if text.isdigit() else 0


def _token(answer):
    body = answer.json()
    if answer.status != 200 or "access_token" not in body:
        text = body.get("error_description") or body.get("error") or "status %d" % answer.status
        raise AgentError(
            41, "Signing in failed: %s" % text, (("Code", body.get("error", "")), ("httpStatusCode", answer.status))
        )
    return body


def sign_in_with_secret(client, tenant, client_id, secret):
    """Give an ARM token for a service principal. Raises: AgentError 41."""
    fields = {
        "client_id": client_id,
        "client_secret": secret,
        "grant_type": "client_credentials",
        "scope": ARM + "/.default",
    }
    return _token(post_form(client, _token_url(tenant), fields))["access_token"]


def sign_in_with_assertion(client, tenant, client_id, assertion, scope):
    """Give the token answer for a certificate assertion. Raises: AgentError 41."""
    fields = {
        "client_id": client_id, "grant_type": "client_credentials", "scope": scope, "client_assertion": assertion,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }  # fmt: skip
    return _token(post_form(client, _token_url(tenant), fields))


def sign_in_with_code(client, tenant, show):
    """Let a person sign in on another device; `show` gets the line with page and code. Raises: AgentError 41."""
    scope = ARM + "/.default offline_access openid profile"
    answer = post_form(
        client, "%s/%s/oauth2/v2.0/devicecode" % (LOGIN, tenant), {"client_id": CLI_CLIENT_ID, "scope": scope}
    )
    code = answer.json()
    if answer.status != 200:
        _token(answer)
    show(
        "To sign in, use a web browser to open the page %s and enter the code %s to authenticate."
        % (DEVICE_PAGE, code["user_code"])
    )
    fields = {
        "client_id": CLI_CLIENT_ID, "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "code": code["device_code"], "device_code": code["device_code"],
    }  # fmt: skip
    pause_s = min(float(code.get("interval", 5)), 5.0)
    deadline = time.monotonic() + _DEVICE_WINDOW_S
    while time.monotonic() < deadline:
        answer = client.request("POST", _token_url(tenant), urllib.parse.urlencode(fields).encode(), _FORM)
        error = answer.json().get("error")
        if error == "slow_down":
            pause_s += 5.0
        elif error != "authorization_pending":
            return _token(answer)["access_token"]
        time.sleep(pause_s)
    raise AgentError(41, "Nobody signed in within %d seconds." % _DEVICE_WINDOW_S)


class ResourceManager:
    """ARM calls for one machine resource, with one token."""

    def __init__(self, client, token, correlation_id):
        self._client = client
        self._headers = {"Authorization": "Bearer " + token, "x-ms-correlation-request-id": correlation_id,
                         "x-ms-client-request-id": correlation_id}  # fmt: skip

    def send(self, method, path, api_version, body=None):
        """Send a request to ARM."""
        url = "%s%s?api-version=%s" % (ARM, urllib.parse.quote(path), api_version)
        return repeated(lambda: self._client.request(method, url, body, self._headers))

    def subscription_id(self, name):
        """Give the id of a subscription by its display name. Raises: AgentError 68."""
        answer = self.send("GET", "/subscriptions", "2022-12-01")
        for item in answer.json().get("value", ()):
            if item.get("displayName") == name or item.get("subscriptionId") == name:
                return item["subscriptionId"]
        raise AgentError(68, "There is no subscription '%s' that this account can see." % name)

    def ensure_group(self, subscription, group, location):
        """Create the resource group if it is not there. Refusals are left to the machine's own creation."""
        path = "/subscriptions/%s/resourceGroups/%s" % (subscription, group)
        if self.send("GET", path, GROUPS_API).status == 404:
            self.send("PUT", path, GROUPS_API, {"location": location})

    def wait_until_deleted(self, answer):
        """Follow a 202 until the operation ends; give (ended well, code, message)."""
        url = answer.headers.get("Azure-AsyncOperation") or answer.headers.get("Location")
        deadline = time.monotonic() + 120
        while url and time.monotonic() < deadline:
            step = self._client.request("GET", url, None, self._headers)
            status = step.json().get("status", "Succeeded" if step.status in (200, 204) else "InProgress")
            if status == "Succeeded":
                return True, "", ""
            if status in ("Failed", "Canceled"):
                error = step.json().get("error", {})
                return False, error.get("code", status), error.get("message", "")
            time.sleep(min(float(step.headers.get("Retry-After") or 1), 1.0))
        return (not url), "Timeout", "the operation did not end in time"


def arm_error(answer):
    """Give (code, message) of an ARM error."""
    error = answer.json().get("error", {})
    error = error if isinstance(error, dict) else {"message": str(error)}
    return error.get("code", ""), error.get("message", "")


def failure_details(answer, correlation_id):
    """Give the lines that the console shows below a refusal."""
    code, message = arm_error(answer)
    return (
        ("RequestCorrelationId", correlation_id),
        ("Message", message),
        ("Code", code),
        ("httpStatusCode", answer.status),
    )


def discover(client, location):
    """Give the regional endpoints. Raises: AgentError 20 for an unknown region, 26 when nothing answers."""
    query = urllib.parse.urlencode({"location": location, "api-version": HIS_API})
    try:
        answer = repeated(lambda: client.request("GET", "%s/discovery?%s" % (HIS_GLOBAL, query)))
    except NetworkError as error:
        raise AgentError(26, "The hybrid identity service cannot be reached: %s" % error) from error
    if answer.status == 400:
        raise AgentError(20, "The region '%s' is not known." % location)
    if answer.status != 200:
        raise AgentError(26, "The hybrid identity service answered %d." % answer.status)
    return answer.json()


def machine_facts(paths):
    """Give what the machine tells Azure about itself."""
    system = {}
    try:
        with open(os.path.join(paths.root, "etc/os-release"), encoding="utf-8") as file:
            system = dict(line.rstrip("\n").replace('"', "").split("=", 1) for line in file if "=" in line)
    except OSError:
        pass
    node = os.uname()
    memory = 0
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            memory = int(file.readline().split()[1]) * 1024
    except (OSError, ValueError):
        pass
    cores = str(os.cpu_count() or 1)
    return {
        "osName": "linux", "osType": "linux", "osSku": system.get("PRETTY_NAME", ""), "osVersion": node.release,
        "machineFqdn": node.nodename,
        "detectedProperties": {
            "architecture": node.machine, "cloudprovider": "N/A", "coreCount": cores, "logicalCoreCount": cores,
            "manufacturer": "", "model": "", "mssqldiscovered": "false", "mysqldiscovered": "false",
            "pgsqldiscovered": "false",
            "totalPhysicalMemoryInBytes": str(memory), "totalPhysicalMemoryInGigabytes": str(memory // 2**30),
        },
    }  # fmt: skip
