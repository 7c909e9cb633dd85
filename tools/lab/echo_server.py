# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""echo_server.py NAME ADDRESS PORT: gives every datagram and every byte of a connection back unchanged.

A datagram "who", or a line "who" of a connection, is answered by the server's name instead.
"""
import asyncio
import socket
import sys


def udp_echo(name: bytes, sock: socket.socket) -> None:
    """Answers all that waits. Not an asyncio transport: those send no empty datagrams."""
    try:
        while True:
            data, addr = sock.recvfrom(65536)
            sock.sendto(name if data.strip() == b"who" else data, addr)
    except (BlockingIOError, ConnectionError):
        pass


async def tcp_echo(name: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(name + b"\n" if data.strip() == b"who" else data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main(name: str, address: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    udp = socket.socket(family, socket.SOCK_DGRAM)
    tcp = socket.socket(family, socket.SOCK_STREAM)
    for sock in (udp, tcp):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind((address, port))
        sock.setblocking(False)
    loop.add_reader(udp, udp_echo, name.encode(), udp)
    server = await asyncio.start_server(lambda r, w: tcp_echo(name.encode(), r, w), sock=tcp, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
