"""Where the app is found."""

import socket

import pytest

from neurotomy.errors import OutputError
from neurotomy.web import server


@pytest.fixture
def free_port(monkeypatch):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    monkeypatch.setattr(server, "PORT", port)
    return port


def test_it_is_at_the_same_place_each_time_and_beside_it_when_that_is_taken(free_port):
    with server.listening_at("127.0.0.1", None) as first:
        assert first.getsockname()[1] == free_port
        with server.listening_at("127.0.0.1", None) as second:
            assert second.getsockname()[1] not in {0, free_port}
    with server.listening_at("127.0.0.1", None) as again:
        assert again.getsockname()[1] == free_port


def test_a_port_that_was_asked_for_and_is_taken_is_told(free_port):
    told = f"Cannot listen on 127.0.0.1:{free_port}.*another --port"
    with server.listening_at("127.0.0.1", free_port), pytest.raises(OutputError, match=told):
        server.listening_at("127.0.0.1", free_port)


def test_zero_takes_a_free_one(free_port):
    with server.listening_at("127.0.0.1", 0) as found:
        assert found.getsockname()[1] not in {0, free_port}
