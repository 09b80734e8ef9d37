"""The challenge of the token endpoint: a key file that only root and the group himds can read, good for one request.

Source: managed identity on Arc-enabled servers; what azure-identity and MSAL check: the folder, the name's end, a size
of at most 4096 bytes, no newline. Assumed: that a key nobody has used ends after five minutes.
"""

import hmac
import os
import threading
import time
import uuid

_GOOD_FOR_S = 300


class Challenges:
    """The keys that wait for their one use. What an earlier process has left in the folder is removed."""

    def __init__(self, folder):
        self._folder = folder
        self._waiting = {}  # name of a key to (its content, when it ends)
        self._lock = threading.Lock()
        for name in os.listdir(folder) if os.path.isdir(folder) else ():
            if name.endswith(".key"):
                self._remove(name[: -len(".key")])

    def issue(self):
        """Write a key and give its path. Raises: OSError when the folder cannot be written."""
        name, now = str(uuid.uuid4()), time.time()
        content = "%s:%s" % (name, uuid.uuid4().hex + uuid.uuid4().hex)
        path = self._path(name)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(content)
        with self._lock:
            ended = [other for other, (_, end) in self._waiting.items() if end <= now]
            for other in ended:
                del self._waiting[other]
            self._waiting[name] = (content, now + _GOOD_FOR_S)
        for other in ended:
            self._remove(other)
        return path

    def accept(self, authorization):
        """Say whether an Authorization header has a key's content. The key it names is used up, right or wrong."""
        scheme, _, secret = authorization.partition(" ")
        name = secret.partition(":")[0]
        with self._lock:
            content, end = self._waiting.pop(name, ("", 0))
        if not content:
            return False
        self._remove(name)
        is_right = hmac.compare_digest(secret.encode(), content.encode())
        return scheme.lower() == "basic" and is_right and time.time() < end

    def _path(self, name):
        return os.path.join(self._folder, name + ".key")

    def _remove(self, name):
        try:
            os.unlink(self._path(name))
        except FileNotFoundError:
            pass
