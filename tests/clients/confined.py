"""Runs a program that knows no proxy, in a network of its own where the one way out leads through the proxy.

    confined.py PROXY TARGET COMMAND...

Inside, the loopback address and port TARGET is a listener; each connection to it becomes a CONNECT to TARGET at
PROXY, outside. Nothing else is reachable. Ends with the program's code. Needs `unshare` and a kernel that lets this
user make a network namespace.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
import threading

IFF_UP, SIOCSIFFLAGS = 1, 0x8914


def pair(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def inside(channel, target, command):
    """In the new network: loopback up, the listener handed out, then the program itself."""
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    listener = socket.create_server(pair(target))
    with socket.socket(fileno=channel) as outside:
        socket.send_fds(outside, [b"listener"], [listener.fileno()])
    listener.close()
    os.execvp(command[0], command)


def pour(source, sink):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            end.close()


def carry(near, proxy, target):
    far = socket.create_connection(pair(proxy))
    far.sendall(f"CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n") and (byte := far.recv(1)):
        head += byte
    if b" 200 " not in head.split(b"\r\n")[0] + b" ":
        print(f"the proxy says {head!r}", file=sys.stderr)
        near.close()
        return
    threading.Thread(target=pour, args=(near, far), daemon=True).start()
    pour(far, near)


def outside(proxy, target, command):
    ours, theirs = socket.socketpair()
    names = ["unshare", "--user", "--map-root-user", "--net", sys.executable, __file__, "--inside"]
    child = subprocess.Popen([*names, str(theirs.fileno()), target, *command], pass_fds=[theirs.fileno()])
    theirs.close()
    _, descriptors, _, _ = socket.recv_fds(ours, 16, 1)
    if descriptors:
        listener = socket.socket(fileno=descriptors[0])
        threading.Thread(target=accept, args=(listener, proxy, target), daemon=True).start()
    return child.wait()


def accept(listener, proxy, target):
    while True:
        near, _ = listener.accept()
        threading.Thread(target=carry, args=(near, proxy, target), daemon=True).start()


if sys.argv[1] == "--inside":
    inside(int(sys.argv[2]), sys.argv[3], sys.argv[4:])
sys.exit(outside(sys.argv[1], sys.argv[2], sys.argv[3:]))
