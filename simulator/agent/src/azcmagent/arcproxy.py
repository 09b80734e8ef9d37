"""arcproxy: a forward proxy for CONNECT on localhost:40343. Source: port and role; Assumed: everything else."""

import select
import socket
import socketserver

from azcmagent.log import Log
from azcmagent.paths import Paths
from azcmagent.service import end_on_signal

PORT = 40343
_SUFFIXES = (".azure.com", ".microsoft.com", ".windows.net", ".microsoftonline.com")


class _Tunnel(socketserver.StreamRequestHandler):
    """One CONNECT."""

    def handle(self):
        words = self.rfile.readline(8192).split()
        while self.rfile.readline(8192).strip():
            pass
        if len(words) < 2 or words[0] != b"CONNECT":
            self.wfile.write(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            return
        host, _, port = words[1].decode("ascii", "replace").rpartition(":")
        if port != "443" or not host.endswith(_SUFFIXES):
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        try:
            upstream = socket.create_connection((host, 443), timeout=30)
        except OSError:
            self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        with upstream:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _pump(self.connection, upstream)


def _pump(left, right):
    other = {left: right, right: left}
    while True:
        for source in select.select([left, right], [], [])[0]:
            data = source.recv(65536)
            if not data:
                return
            other[source].sendall(data)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def main():
    """Run the daemon."""
    end_on_signal()
    Log(Paths().arcproxy_log).write("info", "arcproxy listens on %d" % PORT)
    _Server(("127.0.0.1", PORT), _Tunnel).serve_forever(poll_interval=3600)
