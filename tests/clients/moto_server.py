"""AWS for the tests: moto's server, every request that arrives written down.

    moto_server.py RECORD

RECORD gets one JSON line a request: method, path, operation. The first line printed is the port. moto has no CBOR
protocol: such a request is answered with an empty map.
"""

import io
import json
import sys
import threading
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

RECORD = sys.argv[1]
WRITING = threading.Lock()


def operation(request):
    """As the request names it, where it does: the target, the form's action, the last part of a CBOR path."""
    if target := request.headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    if request.headers.get("smithy-protocol"):
        return request.path.rpartition("/")[2]
    if "form-urlencoded" in request.headers.get("content-type", ""):
        return parse_qs(request.get_data(cache=True).decode()).get("Action", [""])[0]
    return ""


class Recorded:
    def __init__(self, application):
        self.application = application

    def __call__(self, environment, start):
        request = Request(environment)
        line = {"method": request.method, "path": request.full_path.rstrip("?"), "operation": operation(request)}
        with WRITING, open(RECORD, "a") as record:
            record.write(json.dumps(line) + "\n")
        if request.headers.get("smithy-protocol"):
            answer = Response(b"\xa0", content_type="application/cbor", headers={"smithy-protocol": "rpc-v2-cbor"})
            return answer(environment, start)
        body = request.get_data(cache=True)
        environment["wsgi.input"] = io.BytesIO(body)
        environment["CONTENT_LENGTH"] = str(len(body))
        return self.application(environment, start)


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_):
        pass


application = Recorded(DomainDispatcherApplication(create_backend_app))
server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
print(server.server_port, flush=True)
server.serve_forever()
