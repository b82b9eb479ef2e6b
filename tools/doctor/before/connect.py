"""Tries the network from a pod: prints `open`, or why not.

Usage: connect.py resolve NAME | connect HOST PORT | tls HOST PORT

`tls` trusts the certificate authorities in standard input, or those of the image if there are none.
"""

import socket
import ssl
import sys

SECONDS = 3


def main() -> None:
    how, host, *port = sys.argv[1:]
    try:
        if how == "resolve":
            socket.getaddrinfo(host, None)
        else:
            with socket.create_connection((host, int(port[0])), SECONDS) as connection:
                if how == "tls":
                    context = ssl.create_default_context(
                        cadata=sys.stdin.read() or None
                    )
                    # As pgBackRest does: an authority may lack extensions of RFC 5280.
                    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
                    context.wrap_socket(connection, server_hostname=host).close()
        print("open")
    except OSError as error:
        print(error)


main()
