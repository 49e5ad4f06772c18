"""A bare asyncio server that answers everything with the same octets: what a turn over a port takes at least.

python -m tests.benchmarks.bare pty|tcp|rfc2217 OCTETS

It prints what a client opens. For RFC 2217 it agrees to whatever a client asks of the line, as much as pyserial's needs.
"""

import asyncio
import os
import re
import sys
import tty

IAC, WILL, DO, SB, COM_PORT = 0xFF, 0xFB, 0xFD, 0xFA, 44
COMMAND = re.compile(rb"\xff(?:([\xfb-\xfe])(.)|\xfa\x2c(.)(.*?)\xff\xf0)", re.DOTALL)


class Echo(asyncio.Protocol):
    """Answers on a socket."""

    def __init__(self, octets: int) -> None:
        self.answer = b"y" * octets

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(agreed(data) if data[0] == IAC else self.answer)


def agreed(commands: bytes) -> bytes:
    """The consent to Telnet options and to settings of the line."""
    answer = b""
    for verb, option, setting, value in COMMAND.findall(commands):
        if verb:
            answer += bytes([IAC, {WILL: DO, DO: WILL}.get(verb[0], verb[0])]) + option
        else:
            answer += bytes([IAC, SB, COM_PORT, setting[0] + 100]) + value + b"\xff\xf0"
    return answer


def on_pty(octets: int) -> str:
    """Answer on a pseudo-terminal; its path."""
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    answer = b"y" * octets

    def readable() -> None:
        os.read(master, 4_096)
        os.write(master, answer)

    asyncio.get_running_loop().add_reader(master, readable)
    return os.ttyname(slave)


async def main(kind: str, octets: int) -> None:
    """Answer until the process is ended."""
    if kind == "pty":
        print(on_pty(octets), flush=True)
    else:
        server = await asyncio.get_running_loop().create_server(lambda: Echo(octets), "127.0.0.1", 0)
        scheme = {"tcp": "socket", "rfc2217": "rfc2217"}[kind]
        print(f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
