"""The process in which an application is asked."""

import socket

import pytest

import application_process


def test_without_a_network_names_are_looked_up_and_nothing_is_connected_to():
    with application_process.network_is_down():
        # The driver of Postgres looks up the name of its server, and connects by itself.
        assert socket.getaddrinfo("localhost", 5432)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("localhost", 5432))
