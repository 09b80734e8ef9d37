"""The machine's identity: its certificate, its tokens, its heartbeats."""

import os
import time
import urllib.parse
import uuid

from azcmagent import azure
from azcmagent.crypto import CryptoError, certificate_end, client_assertion, sign_pss
from azcmagent.errors import AgentError
from azcmagent.state import himds_owner, read_json, write_bytes

RENEW_BEFORE_S = 45 * 86400  # Source: renewed while at most 45 of 90 days are left


def agent_configuration(config):
    """Give the mirror of the local settings that ARM shows. Proxy credentials are left out."""
    url = config.effective("proxy.url")
    return {
        "proxyUrl": url.rpartition("@")[2] and (url if "@" not in url else "http://" + url.rpartition("@")[2]),
        "proxyBypass": config.effective("proxy.bypass"),
        "incomingConnectionsPorts": config.effective("incomingconnections.ports"),
        "extensionsAllowList": [_named(item) for item in config.effective("extensions.allowlist")],
        "extensionsBlockList": [_named(item) for item in config.effective("extensions.blocklist")],
        "extensionsEnabled": str(config.effective("extensions.enabled")).lower(),
        "guestConfigurationEnabled": str(config.effective("guestconfiguration.enabled")).lower(),
        "configMode": config.effective("config.mode"),
    }


def _named(item):
    publisher, _, kind = item.partition("/")
    return {"publisher": publisher, "type": kind}


def request_certificate(client, endpoint, agent, private_key, public_key, token=""):
    """Ask HIS for the identity certificate; gives its answer. Raises: AgentError 81."""
    resource = agent["resourceId"]
    headers = {"signedMessage": "%s:rsapss %s" % (resource, sign_pss(private_key, resource))}
    if token:
        headers["Authorization"] = "Bearer " + token
    url = "%s/machine/%s/identity?api-version=%s" % (endpoint, agent["vmId"], azure.HIS_API)
    answer = azure.repeated(
        lambda: client.request("POST", url, {"resourceId": resource, "publicKey": public_key}, headers)
    )
    if answer.status != 200:
        raise AgentError(81, "The certificate was refused: %s: %s" % azure.arm_error(answer))
    return answer.json()


def store_certificate(paths, certificate):
    """Keep a certificate."""
    write_bytes(paths.certificate, certificate.encode(), 0o640, himds_owner())


class Identity:
    """The identity of a connected machine: gives tokens, caching each until five minutes before its end."""

    def __init__(self, paths, client):
        self._paths = paths
        self._client = client
        self._tokens = {}

    def agent(self):
        """Give `agentconfig.json`; empty when the machine is not connected."""
        agent = read_json(self._paths.agent_config)
        return agent if agent.get("resourceId") else {}

    def certificate(self):
        """Give the certificate's text; empty where there is none."""
        try:
            with open(self._paths.certificate, encoding="ascii") as file:
                return file.read()
        except OSError:
            return ""

    def needs_renewal(self):
        """Say whether at most 45 days are left."""
        certificate = self.certificate()
        return bool(certificate) and certificate_end(certificate) - time.time() <= RENEW_BEFORE_S

    def has_ended(self):
        """Say whether the certificate is over: only disconnecting and connecting helps. An unreadable one is not."""
        try:
            certificate = self.certificate()
            return bool(certificate) and certificate_end(certificate) <= time.time()
        except CryptoError:
            return False

    def token(self, resource, fresh=False):
        """Give Entra's answer with a token for a resource, and since when it is held. Raises: AgentError 41.

        A token of the identity that the machine had before it was connected anew is never given.
        """
        agent = self.agent()
        held = self._tokens.get(resource)
        if held and not fresh and held["until"] - 300 > time.time() and held["clientId"] == agent.get("clientId"):
            return held
        certificate = self.certificate()
        if not agent or not certificate:
            raise AgentError(41, "The machine is not connected.")
        tenant, client_id = agent["tenantId"], agent["clientId"]
        audience = "%s/%s/oauth2/v2.0/token" % (azure.LOGIN, tenant)
        assertion = client_assertion(self._paths.private_key, certificate, client_id, audience)
        body = dict(azure.sign_in_with_assertion(self._client, tenant, client_id, assertion, resource + "/.default"))
        body["clientId"], body["since"] = client_id, int(time.time())
        body["until"] = body["since"] + int(body.get("expires_in", 3599))
        self._tokens[resource] = body
        return body

    def forget(self):
        """Forget all tokens."""
        self._tokens.clear()

    def heartbeat(self, endpoint, release, facts, services, configuration, upgrade):
        """Send one heartbeat, with the last automatic upgrade; gives the answer. Raises: NetworkError, AgentError."""
        agent = self.agent()
        token = self.token(azure.AGENT_SERVICE)["access_token"]
        url = "%s/machine/%s/heartbeat?api-version=%s" % (endpoint, agent["vmId"], azure.HIS_API)
        body = dict(facts, agentVersion=release.version, status="Connected", errorDetails=[], serviceStatuses=services,
                    agentConfiguration=configuration, agentUpgrade=upgrade,
                    timestamp=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))  # fmt: skip
        headers = {"Authorization": "Bearer " + token, "x-ms-client-request-id": str(uuid.uuid4())}
        return self._client.request("POST", url, body, headers)

    def renew(self, endpoint):
        """Get a new certificate for the same key."""
        with open(self._paths.private_key, "rb") as file:
            private_key = file.read()
        agent = self.agent()
        token = self.token(azure.AGENT_SERVICE)["access_token"]
        answer = request_certificate(self._client, endpoint, agent, private_key, agent["publicKey"], token)
        store_certificate(self._paths, answer["certificate"])
        self.forget()


def regional(paths, key, fallback):
    """Give an endpoint from `cloudconfig.json`."""
    return read_json(paths.cloud_config).get(key) or fallback


def host_of(url):
    """Give the host of a URL."""
    return urllib.parse.urlsplit(url).hostname or ""


def is_connected_locally(paths):
    """Say whether the local files say that the machine is connected."""
    return bool(read_json(paths.agent_config).get("resourceId")) and os.path.exists(paths.certificate)
