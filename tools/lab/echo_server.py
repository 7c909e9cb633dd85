# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""echo_server.py NAME ADDRESS PORT: gives every datagram and every byte of a connection back unchanged.

A datagram "who", or a line "who" of a connection, is answered by the server's name instead. Datagrams are answered from the
address that they came to, which may be a VIP on the loopback.
"""
import asyncio
import socket
import struct
import sys

IP_PKTINFO = 8  # <linux/in.h>; the socket module has it only since Python 3.13
PKTINFO_V4 = struct.Struct("=I4s4s")  # interface, our address, destination in the header
PKTINFO_V6 = struct.Struct("=16sI")


def answer_from(control: list) -> list:
    """The received packet's destination as the answer's source, by whatever interface."""
    for level, kind, data in control:
        if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
            destination = PKTINFO_V4.unpack(data)[2]
            return [(level, kind, PKTINFO_V4.pack(0, destination, bytes(4)))]
        if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            return [(level, kind, PKTINFO_V6.pack(PKTINFO_V6.unpack(data)[0], 0))]
    return []


def udp_echo(name: bytes, sock: socket.socket) -> None:
    """Answers all that waits. Not an asyncio transport: those send no empty datagrams."""
    try:
        while True:
            data, control, _, addr = sock.recvmsg(65536, 256)
            sock.sendmsg([name if data.strip() == b"who" else data], answer_from(control), 0, addr)
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
    if family == socket.AF_INET6:
        udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        udp.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    loop.add_reader(udp, udp_echo, name.encode(), udp)
    server = await asyncio.start_server(lambda r, w: tcp_echo(name.encode(), r, w), sock=tcp, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
