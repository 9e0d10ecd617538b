"""One request with Python httpx: METHOD URL VERSION, the body on standard input, the answer as one JSON line.

VERSION is 1 or 2. Proxy and CA come from the environment (HTTPS_PROXY, SSL_CERT_FILE), as an agent has them.
"""

import json
import sys

import httpx

method, url, version = sys.argv[1:4]
body = sys.stdin.buffer.read()
headers = {"content-type": "application/json"} if body else {}
with httpx.Client(http2=version == "2", timeout=120) as client:
    answer = client.request(method, url, content=body or None, headers=headers)
expected = "HTTP/2" if version == "2" else "HTTP/1.1"
assert answer.http_version == expected, f"spoke {answer.http_version}"
print(json.dumps({"status": answer.status_code, "body": answer.text, "code": answer.headers.get("holdpoint-code")}))
