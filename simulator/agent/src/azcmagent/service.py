"""What the daemons share: their names, a loop that looks at the wall clock, and the way to end.

A lab moves the wall clock by hours at once, a laptop sleeps, an administrator sets it: so no daemon trusts a long
sleep. It waits a short time and compares the clock with what is due.
"""

import contextlib
import os
import signal
import sys
import time

SERVICES = (  # the units that `show` lists, with their titles
    ("himdsd", "Agent Service"),
    ("arcproxyd", "Azure Arc Proxy"),
    ("extd", "Extension Service"),
    ("gcad", "GC Service"),
)


def end_on_signal():
    """End at once on SIGTERM; state files are always whole, so there is nothing to finish."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))


def run_forever(due, work, pause_s, lock=None):
    """Call `work` whenever the wall clock has reached `due()`, which may say "now".

    What is due at some time is due at once when the clock is set back: by the old clock the time may have come.
    Looking and working hold `lock`: what another thread has just done is not found due, and done again.
    """
    before = time.time()
    while True:
        time.sleep(pause_s)
        with lock or contextlib.nullcontext():
            moment = due()
            now = time.time()  # in this order: what is due now is not later than now
            if moment <= now or (now < before and moment < float("inf")):
                work()
        before = now


def die(text):
    """End with a message for the journal."""
    sys.stderr.write(text + "\n")
    sys.exit(1)
