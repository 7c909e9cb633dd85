# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors
"""Where the hashing schedulers place a client, by a second implementation (docs/schedulers.md says how)."""
import ipaddress
import struct

MASK = (1 << 64) - 1
KEY = struct.unpack("<QQ", b"HVS placement v1")

Weights = dict[tuple[str, int], int]  # by address and port


def rotl(value: int, bits: int) -> int:
    return (value << bits | value >> (64 - bits)) & MASK


def siphash24(key: tuple[int, int], text: bytes) -> int:
    v = [key[0] ^ 0x736F6D6570736575, key[1] ^ 0x646F72616E646F6D, key[0] ^ 0x6C7967656E657261, key[1] ^ 0x7465646279746573]

    def rounds(count: int) -> None:
        for _ in range(count):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = rotl(v[1], 13) ^ v[0]
            v[0] = rotl(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = rotl(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = rotl(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = rotl(v[1], 17) ^ v[2]
            v[2] = rotl(v[2], 32)

    padded = text + bytes(7 - len(text) % 8) + bytes([len(text) & 0xFF])
    for (word,) in struct.iter_unpack("<Q", padded):
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def placement_hash(address: str, port: int, salt: int) -> int:
    addr = ipaddress.ip_address(address)
    return siphash24(KEY, addr.packed.ljust(16, b"\0") + bytes([addr.version, 0]) + struct.pack(">HI", port, salt))


def scaled(value: int, size: int) -> int:
    return ((value >> 32) * size) >> 32


def ascending(weights: Weights) -> list[tuple[str, int]]:
    return sorted(weights, key=lambda dest: (ipaddress.ip_address(dest[0]).packed, dest[1]))


def sh_table(weights: Weights) -> list[tuple[str, int]]:
    """Entries in proportion to the weights: the middle of each on a line of all weights."""
    dests = ascending(weights)
    total = sum(max(weights[dest], 1) for dest in dests)
    table = []
    for entry in range(256):
        at = (2 * entry + 1) * total // 512
        for dest in dests:
            at -= max(weights[dest], 1)
            if at < 0:
                table.append(dest)
                break
    return table


def mh_table(weights: Weights, size: int) -> list[tuple[str, int]]:
    """Maglev's pseudocode (NSDI 2016, 3.4) over whole permutations, with turns by weight."""
    dests = [dest for dest in ascending(weights) if weights[dest]]
    permutations = []
    for address, port in dests:
        offset = placement_hash(address, port, 1) % size
        skip = placement_hash(address, port, 2) % (size - 1) + 1
        permutations.append([(offset + j * skip) % size for j in range(size)])
    credit = [0] * len(dests)
    table: dict[int, tuple[str, int]] = {}
    while True:
        for i, dest in enumerate(dests):
            credit[i] += weights[dest]
            if credit[i] < max(weights.values()):
                continue
            credit[i] -= max(weights.values())
            table[next(entry for entry in permutations[i] if entry not in table)] = dest
            if len(table) == size:
                return [table[entry] for entry in range(size)]


def place(table: list[tuple[str, int]], client: str, port: int = 0) -> tuple[str, int]:
    return table[scaled(placement_hash(client, port, 0), len(table))]
