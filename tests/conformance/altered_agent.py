"""An agent's token endpoint that breaks one rule: it hands requests on to the real one and alters what comes back.

It runs on the machine as root, with the standard library alone. The first part of a request's path names what is
altered, and is cut off.
"""

from __future__ import annotations

import http.client
import http.server
import json
import shutil
import urllib.parse
from pathlib import Path

PORT = 40399
_AGENT = ("127.0.0.1", 40342)
_KEYS = "/var/opt/azcmagent/tokens"
_UNASKED: dict[str, object] = {"access_token": "x", "expires_in": "86400", "resource": "r", "token_type": "Bearer"}


class Handler(http.server.BaseHTTPRequestHandler):
    """One request, and the agent's answer to it, altered."""

    def do_GET(self) -> None:
        """Answer."""
        altered, path = self.path.lstrip("/").split("/", 1)
        signed = "Authorization" in self.headers
        if altered == "no-challenge":
            self._answer(200, {}, _UNASKED)
        elif signed and altered in ("second-401", "second-500"):
            self._answer(int(altered.partition("-")[2]), {"Www-Authenticate": f"Basic realm={_KEYS}/x.key"}, {})
        else:
            self._hand_on(altered, "/" + path, signed)

    def _hand_on(self, altered: str, path: str, signed: bool) -> None:
        parts = urllib.parse.urlsplit(path)
        asked = urllib.parse.parse_qs(parts.query)
        named = asked.pop("client_id", [""])[0]
        agent = http.client.HTTPConnection(*_AGENT)
        passed = {name: self.headers[name] for name in ("Metadata", "Authorization") if name in self.headers}
        agent.request("GET", f"{parts.path}?{urllib.parse.urlencode(asked, doseq=True)}", headers=passed)
        answer = agent.getresponse()
        body = json.loads(answer.read())
        agent.close()
        if not signed:
            realm = answer.headers["Www-Authenticate"].partition("=")[2]
            return self._answer(answer.status, {"Www-Authenticate": challenge(altered, realm)}, body)
        if altered == "no-expires-in":
            del body["expires_in"]
        elif altered == "number-expires-in":
            body["expires_in"] = int(body["expires_in"])
        elif altered == "echoes-identity":
            body["client_id"] = named
        elif altered == "names-no-identity":
            del body["client_id"]
        return self._answer(answer.status, {}, body)

    def _answer(self, status: int, headers: dict[str, str], body: dict[str, object]) -> None:
        sent = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(sent))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)


def challenge(altered: str, realm: str) -> str:
    """Give the header of a challenge, with the rule broken; `realm` is the key file, which may be changed, too."""
    key = Path(realm)
    if altered == "newline":
        key.write_text(key.read_text(encoding="ascii") + "\n", encoding="ascii")
    elif altered == "too-long":
        key.write_text(key.read_text(encoding="ascii").ljust(4097, "x"), encoding="ascii")
    elif altered == "elsewhere":
        key = Path("/elsewhere", key.stem)
    elif altered == "equals-sign":
        key = Path(shutil.copy(key, key.with_name(key.stem + "=.key")))
    scheme = {"lower-case": "basic", "bearer": "Bearer"}.get(altered, "Basic")
    return f"{scheme} realm={key}"


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
