"""Cuts the pod, in whose network it runs as root, off from some IPv4 addresses for some seconds, then heals it.

Usage: cut.py SECONDS ADDRESS...

A route that leads nowhere also cuts existing connections, which a change of a NetworkPolicy does not.
"""

import socket
import struct
import sys
import time

# From linux/netlink.h and linux/rtnetlink.h.
NEW_ROUTE, DELETE_ROUTE = 24, 25
REQUEST, ACKNOWLEDGE, CREATE = 0x1, 0x4, 0x400
MAIN_TABLE, STATIC, UNIVERSE, BLACKHOLE = 254, 4, 0, 6
DESTINATION = 1


def change_route(kind: int, flags: int, address: str) -> None:
    body = struct.pack(
        "=8BI", socket.AF_INET, 32, 0, 0, MAIN_TABLE, STATIC, UNIVERSE, BLACKHOLE, 0
    ) + struct.pack("=HH4s", 8, DESTINATION, socket.inet_aton(address))
    header = struct.pack(
        "=IHHII", 16 + len(body), kind, REQUEST | ACKNOWLEDGE | flags, 1, 0
    )
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW) as kernel:
        kernel.send(header + body)
        (error,) = struct.unpack_from("=i", kernel.recv(4096), 16)
    if error:
        raise OSError(-error, f"the route to {address} could not be changed")


seconds, *addresses = sys.argv[1:]
for address in addresses:
    change_route(NEW_ROUTE, CREATE, address)
print(f"cut off from {' '.join(addresses)}", flush=True)
time.sleep(float(seconds))
for address in addresses:
    change_route(DELETE_ROUTE, 0, address)
print("healed", flush=True)
