"""DNS for a phone that looks for the internet: every name is here (RFC 1035).

It answers questions for A in class IN with its own address, questions for anything else with
nothing, and bytes that are no question not at all.
"""

import asyncio
import socket
import struct

from micropython import const

_MOST_BYTES = const(512)
_MOST_NAME = const(255)
_TTL_S = const(10)  # the phone should soon ask somebody better
PAUSE_S = 0.05
_AT_ONCE = const(8)  # questions before others get a turn
_A = const(1)  # kinds of a question
_ANY = const(255)
_IN = const(1)
LATER = (OSError, MemoryError)  # made once: where memory is short there is none for a tuple


def answer(question, address):
    """Return the answer to a packet, b"" for none; `address` is four bytes."""
    end = _end_of_name(question)
    if not end or len(question) < end + 4:
        return b""
    kind, family = struct.unpack("!HH", question[end : end + 4])
    here = kind in (_A, _ANY) and family == _IN
    flags = bytes((0x84 | question[2] & 1, 0x80))  # authoritative; recursion as it was asked
    out = question[:2] + flags + struct.pack("!HHHH", 1, 1 if here else 0, 0, 0)
    out += question[12 : end + 4]
    if here:
        out += struct.pack("!HHHIH", 0xC00C, _A, _IN, _TTL_S, 4) + address
    return out


def _end_of_name(question):
    """Return where the one name of a standard question ends, 0 when it is not one."""
    if not 17 <= len(question) <= _MOST_BYTES or question[2] & 0xF8 or question[4:6] != b"\0\1":
        return 0
    place = 12
    while place < len(question) and question[place]:
        if question[place] > 63 or place > 12 + _MOST_NAME:
            return 0
        place += 1 + question[place]
    return place + 1 if place < len(question) else 0


def four_bytes(address):
    """Return "192.168.4.1" as bytes."""
    return bytes([int(part) for part in address.split(".")])


def open_socket(port, kind=socket.SOCK_DGRAM):
    """Return a socket that never waits. Raises OSError when the port cannot be had."""
    sock = socket.socket(socket.AF_INET, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(socket.getaddrinfo("0.0.0.0", port)[0][-1])
    sock.settimeout(0)
    return sock


async def serve(sock, address):
    """Answer with our address until cancelled."""
    mine = four_bytes(address)
    while True:
        try:
            await asyncio.sleep(PAUSE_S)
            for _ in range(_AT_ONCE):
                question, whence = sock.recvfrom(_MOST_BYTES + 1)
                found = answer(question, mine)
                if found:
                    sock.sendto(found, whence)
        except LATER:  # nobody asks, or it will ask again
            await asyncio.sleep(0)  # which needs no memory
