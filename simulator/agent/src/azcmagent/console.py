"""What the command line prints: lines with a level, or one JSON object. Source: console logs of 1.51 and 1.58."""

import json
import sys

from azcmagent.log import Log, redacted


class Console:
    """Prints for a person, or with `as_json` one object at the end; everything also goes to azcmagent.log."""

    def __init__(self, paths, as_json=False, verbose=False, log_stderr=False):
        self.as_json = as_json
        self._verbose = verbose
        self._stream = sys.stderr if log_stderr else sys.stdout
        self._log = Log(paths.agent_log)

    def info(self, text):
        """Say something."""
        self._log.write("info", text)
        if not self.as_json:
            self._line("INFO", text)

    def debug(self, text):
        """Say something with --verbose only; the log has it always."""
        self._log.write("debug", text)
        if self._verbose:
            self._line("DEBUG", text)

    def warning(self, text):
        """Warn."""
        self._log.write("warning", text)
        self._line("WARNING", text)

    def plain(self, text):
        """Print a line as it stands; not for JSON."""
        if not self.as_json:
            print(redacted(text), file=self._stream, flush=True)

    def progress(self, percent):
        """Show the progress bar."""
        filled = "=" * (percent // 10)
        self.plain(
            " %3d%% [%s>%s]" % (percent, filled, " " * (12 - len(filled))) if percent < 100 else " 100% [=============]"
        )

    def result(self, value, lines=()):
        """Give the result: JSON, or lines."""
        if self.as_json:
            print(json.dumps(value, indent=2), flush=True)
        else:
            for line in lines:
                print(redacted(line), flush=True)

    def failure(self, error):
        """Say why the command failed."""
        self._log.write("fatal", "%s: %s" % (error.name, error.message))
        if self.as_json:
            value = {"status": "failed", "error": {"code": error.name, "message": redacted(error.message)}}
            print(json.dumps(value, indent=2), flush=True)
            return
        self._line("INFO", "Exit Code:  %s: %s" % (error.name, error.title))
        self._line("INFO", "For troubleshooting, see https://aka.ms/arc/azcmerror")
        details = "".join("  %s: %s" % (label, value) for label, value in error.details if value not in ("", None))
        self._line("FATAL", error.message + details)

    def _line(self, level, text):
        print("%-8s%s" % (level, redacted(text)), file=self._stream, flush=True)
