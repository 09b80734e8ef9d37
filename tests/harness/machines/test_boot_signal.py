"""What a machine has on the host: the socket on which its systemd says that it has booted."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.machines.boot_signal import BootSignal


@pytest.fixture
def signal(tmp_path: Path) -> Iterator[BootSignal]:
    """Give an open signal in the test's folder; it is `s` there."""
    made = BootSignal(tmp_path)
    yield made
    made.close()


def _say(folder: Path, *messages: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.connect(str(folder / "s"))
        for message in messages:
            sender.send(message.encode())


def test_hears_that_the_machine_is_ready(signal: BootSignal, tmp_path: Path) -> None:
    """Other news before it are passed over."""
    _say(tmp_path, "STATUS=starts", "X_SYSTEMD_UNIT_ACTIVE=a.target", "STATUS=up\nREADY=1")

    assert signal.wait(5)


def test_a_machine_that_has_booted_speaks_to_nobody(signal: BootSignal, tmp_path: Path) -> None:
    """What it says later is refused instead of being kept until the queue is full."""
    _say(tmp_path, "READY=1")
    signal.wait(5)

    with pytest.raises(ConnectionRefusedError):
        _say(tmp_path, "RELOADING=1")


def test_what_one_boot_said_is_not_the_next_ones(signal: BootSignal, tmp_path: Path) -> None:
    """Each boot is listened to anew."""
    _say(tmp_path, "READY=1", "READY=1")
    signal.wait(5)
    signal.open()

    assert not signal.wait(0.01)


def test_what_was_said_before_listening_anew_is_forgotten(signal: BootSignal, tmp_path: Path) -> None:
    """Also when nobody had waited for it."""
    _say(tmp_path, "READY=1")
    signal.open()

    assert not signal.wait(0.01)


def test_other_news_are_no_boot(signal: BootSignal, tmp_path: Path) -> None:
    """Only the word itself, as a line of its own, says that boot is done."""
    _say(tmp_path, "STATUS=starts", "STATUS=not READY=1", "RELOADING=1")

    assert not signal.wait(0.01)


def test_silence_is_told(signal: BootSignal) -> None:
    """A machine that never says so has not booted; asked again without a new beginning, nor has it then."""
    assert not signal.wait(0.01)
    assert not signal.wait(5)
