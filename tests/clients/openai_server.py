"""A model for the tests, as OpenAI's API has it: a completion that streams, and files.

    openai_server.py RECORD GO

The completion's first chunk is sent at once, the others when the file GO exists. RECORD gets one JSON line a request
(method, path) when it has been answered whole. The first line printed is the port.
"""

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RECORD, GO = sys.argv[1:]
WRITING = threading.Lock()
FILE = {"id": "file-1", "object": "file", "bytes": 5, "created_at": 1, "filename": "a.jsonl", "purpose": "batch"}


def chunk(word, reason=None):
    choice = {"index": 0, "delta": {"content": word}, "finish_reason": reason}
    return {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def body(self):
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def event(self, text):
        event = f"data: {text}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
        self.wfile.flush()

    def stream(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self.event(json.dumps(chunk("one")))
        while not os.path.exists(GO):
            time.sleep(0.005)
        self.event(json.dumps(chunk("two")))
        self.event(json.dumps(chunk("", "stop")))
        self.event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def whole(self, answer):
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def answer(self):
        body = self.body()
        if self.path == "/v1/chat/completions" and json.loads(body).get("stream"):
            self.stream()
        elif self.path == "/v1/files" and self.command == "POST":
            self.whole(FILE)
        else:
            self.whole({"object": "list", "data": []})
        with WRITING, open(RECORD, "a") as record:
            record.write(json.dumps({"method": self.command, "path": self.path}) + "\n")

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
