"""Accepts connections at an address and some ports, and closes them at once.

Usage: serve.py ADDRESS PORT...
"""

import selectors
import socket
import sys

address, *ports = sys.argv[1:]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
selector = selectors.DefaultSelector()
for port in ports:
    selector.register(
        socket.create_server((address, int(port)), family=family), selectors.EVENT_READ
    )
while True:
    for key, _ in selector.select():
        key.fileobj.accept()[0].close()
