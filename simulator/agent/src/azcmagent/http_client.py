"""HTTPS to Azure: keep-alive, the effective proxy with its bypass list, and nothing in logs but host and status.

Source: names are resolved by the proxy, never here (release 1.31 had to be repeated because they were).
"""

import base64
import http.client
import json
import os
import socket
import ssl
import urllib.parse

from azcmagent.proxies import effective_proxy, is_bypassed


class NetworkError(Exception):
    """No answer came: no route, no name, no TLS, or the proxy refused."""


class Response:
    """An answer: status, headers (case does not matter), body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        """Give the body as JSON; an empty mapping where it is none."""
        try:
            return json.loads(self.body.decode("utf-8")) if self.body else {}
        except ValueError:
            return {}


class HttpClient:
    """One client keeps one connection for each host. Not for several threads at once."""

    def __init__(self, config, environment=None, timeout_s=30):
        self._config = config
        self._environment = os.environ if environment is None else environment
        self._timeout_s = timeout_s
        self._context = None
        self._connections = {}
        self.tls_version = ""

    def request(self, method, url, body=None, headers=None):
        """Send a request; a `body` of a dict goes as JSON, bytes as they are. Raises: NetworkError."""
        parts = urllib.parse.urlsplit(url)
        data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        send = {"User-Agent": "azcmagent", "Accept": "application/json"}
        if isinstance(body, (dict, list)):
            send["Content-Type"] = "application/json"
        if data is None and method in ("POST", "PUT"):
            data = b""
        send.update(headers or {})
        target = parts.path + ("?" + parts.query if parts.query else "")
        proxy, bypass = effective_proxy(self._config, self._environment)
        via = "" if is_bypassed(parts.hostname, bypass) else proxy
        key = (parts.hostname, parts.port or 443, via)
        reused = key in self._connections
        try:
            return self._exchange(key, method, target, data, send)
        except (http.client.HTTPException, ConnectionError, BrokenPipeError) as error:
            self._drop(key)
            if not reused:
                raise NetworkError("%s: %s" % (parts.hostname, error)) from error
        except OSError as error:
            self._drop(key)
            raise NetworkError("%s: %s" % (parts.hostname, error)) from error
        try:
            return self._exchange(key, method, target, data, send)
        except (http.client.HTTPException, OSError) as error:
            self._drop(key)
            raise NetworkError("%s: %s" % (parts.hostname, error)) from error

    def close(self):
        """Close all connections."""
        for key in list(self._connections):
            self._drop(key)

    def _exchange(self, key, method, target, data, headers):
        connection = self._connections.get(key)
        if connection is None:
            connection = self._connections[key] = self._connect(key)
        connection.request(method, target, body=data, headers=headers)
        self.tls_version = connection.sock.version() if isinstance(connection.sock, ssl.SSLSocket) else ""
        answer = connection.getresponse()
        content = answer.read()
        if answer.will_close:
            self._drop(key)
        return Response(answer.status, answer.headers, content)

    def _connect(self, key):
        host, port, proxy = key
        if self._context is None:
            self._context = ssl.create_default_context()
            # From 3.13 on Python asks more of certificates than the real agent's Go; inspecting proxies do not give it.
            self._context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if not proxy:
            return http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=self._context)
        parts = urllib.parse.urlsplit(proxy)
        connection = http.client.HTTPSConnection(
            parts.hostname, parts.port or 80, timeout=self._timeout_s, context=self._context
        )
        headers = {}
        if parts.username:
            secret = "%s:%s" % (urllib.parse.unquote(parts.username), urllib.parse.unquote(parts.password or ""))
            headers["Proxy-Authorization"] = "Basic " + base64.b64encode(secret.encode()).decode()
        connection.set_tunnel(host, port, headers)
        return connection

    def _drop(self, key):
        connection = self._connections.pop(key, None)
        if connection is not None:
            connection.close()


def reachable(host, config, timeout_s=5):
    """Say whether TLS with a host works, and with which version: (True, "TLS 1.3") or (False, why)."""
    client = HttpClient(config, timeout_s=timeout_s)
    try:
        client.request("HEAD", "https://%s/" % host)
    except NetworkError as error:
        return False, str(error)
    finally:
        client.close()
    return True, client.tls_version.replace("TLSv", "TLS ")


def local_names():
    """Give the machine's short and full host name."""
    name = socket.gethostname()
    return name.split(".")[0], name
