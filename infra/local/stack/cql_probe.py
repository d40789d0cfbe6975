"""One CQL query over a bare socket: a driver starts threads and retries, which is too much for a look."""

import socket
import struct

STARTUP, READY, QUERY, RESULT = 0x01, 0x02, 0x07, 0x08
VERSION = 0x04
CONSISTENCY_ONE = 0x0001
WITHIN_S = 3.0


def cql_answers(host: str, port: int, query: str) -> bool:
    """Whether the server answers the query with a result."""
    text = query.encode()
    options = struct.pack("!H", 1) + _string("CQL_VERSION") + _string("3.0.0")
    try:
        with socket.create_connection((host, port), WITHIN_S) as connection:
            started = _asked(connection, STARTUP, options) == READY
            asked = struct.pack("!i", len(text)) + text + struct.pack("!HB", CONSISTENCY_ONE, 0)
            return started and _asked(connection, QUERY, asked) == RESULT
    except OSError:
        return False


def _string(text: str) -> bytes:
    return struct.pack("!H", len(text)) + text.encode()


def _asked(connection: socket.socket, opcode: int, body: bytes) -> int:
    """Sends one frame and reads one; the kind of the answer."""
    connection.sendall(struct.pack("!BBhBi", VERSION, 0, 0, opcode, len(body)) + body)
    *_, answer, length = struct.unpack("!BBhBi", _read(connection, 9))
    _read(connection, length)
    return int(answer)


def _read(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        piece = connection.recv(count - len(received))
        if not piece:
            raise ConnectionResetError("the server closed the connection")
        received += piece
    return received
