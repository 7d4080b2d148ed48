"""Attempts to reach the network, or anything that listens."""

import contextlib
import os
import socket

from .tools import attempt, text_of


@attempt("network")
def connect_over_tcp(at):
    with socket.create_connection(("127.0.0.1", at["tcp"]), 2):
        return "a connection to the grading host"


@attempt("network")
def send_over_udp(at):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return sender.sendto(b"x", ("127.0.0.1", at["tcp"])) and "a datagram out"


@attempt("network")
def connect_to_an_abstract_socket(at):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("\0" + at["abstract"])
        return "a connection to an abstract socket of the host"


@attempt("network")
def connect_to_a_socket_file(at):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(at["socket"])
        return "a connection to a socket of the host"


@attempt("network")
def listen_on_a_port(at):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        return f"a port to listen on: {server.getsockname()[1]}"


@attempt("network")
def make_a_raw_netlink_or_vsock_socket(at):
    got = []
    for family, kind in ((17, socket.SOCK_RAW), (16, socket.SOCK_RAW), (40, socket.SOCK_STREAM), (38, 5)):
        with contextlib.suppress(OSError):
            socket.socket(family, kind).close()
            got.append(str(family))
    return got and f"sockets of the families {', '.join(got)}"


@attempt("network")
def rename_the_wire(at):
    with socket.socket(fileno=os.dup(at["wire"])) as wire:
        wire.bind("\0tito-probe-name")
        return "a name that others could connect to"


@attempt("network")
def see_interfaces_and_connections(at):
    return text_of("/proc/net/tcp")[:60] or text_of("/proc/net/dev")[:60]
