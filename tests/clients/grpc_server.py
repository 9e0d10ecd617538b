"""A gRPC server for the tests, in the clear: `library.v1.Library`, messages as plain bytes.

    grpc_server.py RECORD

RECORD gets one JSON line a call: the method, and the messages that came. Whatever is asked is answered with what
was said, but the book `missing` is not found; `WatchBooks` answers each message as it comes. The first line printed is the port.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc

RECORD = sys.argv[1]


def record(method, messages):
    with open(RECORD, "a") as file:
        file.write(json.dumps({"method": method, "messages": [message.decode() for message in messages]}) + "\n")


class Library(grpc.GenericRpcHandler):
    def service(self, details):
        service, _, method = details.method[1:].partition("/")
        if service != "library.v1.Library":
            return None
        if method == "WatchBooks":
            return grpc.stream_stream_rpc_method_handler(self.watch)
        return grpc.unary_unary_rpc_method_handler(lambda message, context: self.answer(method, message, context))

    def answer(self, method, message, context):
        record(method, [message])
        if message == b"missing":
            context.abort(grpc.StatusCode.NOT_FOUND, "no such book")
        context.set_trailing_metadata((("library-shelf", "7"),))
        return method.encode() + b" " + message

    def watch(self, messages, context):
        seen = []
        for message in messages:
            seen.append(message)
            yield b"seen " + message
        record("WatchBooks", seen)


server = grpc.server(ThreadPoolExecutor(8), handlers=[Library()])
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
server.wait_for_termination()
