"""Log files in logfmt. Secrets never get here; text of others is escaped. Source: published himds.log lines."""

import os
import re
import time

_CREDENTIALS = re.compile(r"(https?://)[^/@\s:]+:[^/@\s]+@")


class Log:
    """Appends lines to one file; a file that cannot be written is silently skipped, as a full disk must not stop us."""

    def __init__(self, path):
        self._path = path

    def write(self, level, message):
        """Write one line."""
        text = redacted(message).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = 'time="%s" level=%s msg="%s"\n' % (moment, level, text)
        try:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(line)
        except OSError:
            return


def redacted(text):
    """Hide the credentials of a proxy URL. Source: release 1.66 redacts them."""
    return _CREDENTIALS.sub(r"\1***:***@", str(text))
