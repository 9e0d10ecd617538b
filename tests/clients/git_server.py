"""A git server for the tests: smart HTTP through `git http-backend`, every request written down byte by byte.

    git_server.py ROOT RECORD [CERTIFICATE KEY]

ROOT holds bare repositories. RECORD gets one JSON line a request: method, path, the raw bytes (base64), the
status of the answer. With a certificate it speaks HTTPS. The first line printed is the port.
"""

import base64
import json
import os
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT, RECORD = sys.argv[1:3]
WRITING = threading.Lock()


class Tee:
    """Reads through, and keeps what was read."""

    def __init__(self, stream):
        self.stream, self.kept = stream, b""

    def read(self, count):
        piece = self.stream.read(count)
        self.kept += piece
        return piece

    def readline(self, limit=-1):
        piece = self.stream.readline(limit)
        self.kept += piece
        return piece

    def close(self):
        self.stream.close()

    @property
    def closed(self):
        return self.stream.closed


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.rfile = Tee(self.rfile)

    def body(self):
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer(self):
        body = self.body()
        raw, self.rfile.kept = self.rfile.kept, b""
        path, _, query = self.path.partition("?")
        environment = dict(
            os.environ,
            GIT_PROJECT_ROOT=ROOT,
            GIT_HTTP_EXPORT_ALL="1",
            REQUEST_METHOD=self.command,
            PATH_INFO=path,
            QUERY_STRING=query,
            CONTENT_TYPE=self.headers.get("content-type", ""),
            CONTENT_LENGTH=str(len(body)),
            HTTP_CONTENT_ENCODING=self.headers.get("content-encoding", ""),
            GIT_PROTOCOL=self.headers.get("git-protocol", ""),
            REMOTE_ADDR="127.0.0.1",
        )
        backend = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True)
        head, _, content = backend.stdout.partition(b"\r\n\r\n")
        status, fields = 200, []
        for line in head.decode().split("\r\n"):
            name, _, value = line.partition(": ")
            if name.lower() == "status":
                status = int(value.split()[0])
            elif name:
                fields.append((name, value))
        with WRITING, open(RECORD, "a") as record:
            line = {"method": self.command, "path": path, "status": status, "raw": base64.b64encode(raw).decode()}
            record.write(json.dumps(line) + "\n")
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
