"""The load generator counts what was answered, whole answers only, and survives what servers do to connections."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from harness.bench.cloud.load import Sample, Target, send_for
from harness.errors import LabError

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
Serve = Callable[[Sequence[Sequence[bytes]]], Target]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers; each answers the requests of one connection after the other with given pieces of bytes.

    An answer that is said to close the connection closes it; after the last one, everything is closed.
    """
    listeners: list[socket.socket] = []

    def start(answers: Sequence[Sequence[bytes]]) -> Target:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=_answer, args=(listener, iter(answers)), daemon=True).start()
        return Target("127.0.0.1", listener.getsockname()[1])

    yield start
    for listener in listeners:
        listener.close()


def _answer(listener: socket.socket, answers: Iterator[Sequence[bytes]]) -> None:
    for _ in range(10):
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            while connection.recv(65536):
                pieces = next(answers, None)
                if pieces is None:
                    return
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for piece in pieces:
                    connection.sendall(piece)
                if not pieces or b"close" in pieces[0]:
                    break


def ask(target: Target, count: int) -> Sample:
    """Send some requests over one connection."""
    return send_for(20, target, itertools.repeat(b"GET / HTTP/1.1\r\n\r\n", count), 1, 200)


@pytest.mark.parametrize(
    "pieces",
    [[GOOD], [GOOD[:10], GOOD[10:]], [GOOD[:-2], GOOD[-2:]], [b"HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n"],
     [b"HTTP/1.1 200 OK\r\n\r\n"]],
    ids=["at once", "head in two", "body in two", "empty body", "no length"],
)  # fmt: skip
def test_whole_answers_are_counted(serve: Serve, pieces: list[bytes]) -> None:
    """However an answer comes, it is one answer, and the next request waits for all of it."""
    sample = ask(serve([pieces] * 3), 3)

    assert (sample.good, sample.bad, len(sample.latencies_s)) == (3, {}, 3)


def test_other_statuses_are_told_apart(serve: Serve) -> None:
    """An answer with another status is no good one, and is counted by its status."""
    sample = ask(serve([[GOOD], [GOOD.replace(b"200", b"429")], [GOOD.replace(b"200", b"500")]]), 3)

    assert (sample.good, sample.bad) == (1, {429: 1, 500: 1})
    assert sample.per_second < 3 / sample.seconds


def test_a_server_that_closes_gets_a_new_connection(serve: Serve) -> None:
    """What a server says it closes is opened again, and no answer is lost or counted twice."""
    closing = GOOD.replace(b"\r\nContent", b"\r\nConnection: close\r\nContent")
    sample = ask(serve([[closing], [closing], [GOOD]]), 3)

    assert (sample.good, sample.bad) == (3, {})


def test_a_broken_answer_is_a_failure(serve: Serve) -> None:
    """A connection that ends in the middle of an answer is counted, and the others go on."""
    sample = ask(serve([[], [GOOD]]), 2)

    assert (sample.good, sample.bad) == (1, {0: 1})


def test_the_time_ends_it(serve: Serve) -> None:
    """Requests without end are sent until the time is over."""
    sample = send_for(0.05, serve([[GOOD]] * 100_000), itertools.repeat(b"GET / HTTP/1.1\r\n\r\n"), 1, 200)

    assert sample.good > 0
    assert sample.bad == {}


def test_nobody_there_is_an_error() -> None:
    """A server that does not listen is named."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(LabError, match=f"127.0.0.1:{port}"):
        ask(Target("127.0.0.1", port), 1)


def test_percentiles_are_of_all_answers() -> None:
    """The median and the greatest of a hundred latencies; none without answers."""
    sample = Sample(1.0, 100, {}, [number / 1000 for number in range(100, 0, -1)])

    assert (sample.percentile_ms(0.5), sample.percentile_ms(0.99), sample.percentile_ms(1)) == (51.0, 100.0, 100.0)
    assert Sample(1.0, 0, {}, []).percentile_ms(0.5) == 0.0
