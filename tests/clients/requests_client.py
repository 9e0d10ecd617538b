"""One request with Python requests: METHOD URL, the body on standard input, the answer as one JSON line.

Proxy and CA come from the environment (HTTPS_PROXY, REQUESTS_CA_BUNDLE), as an agent has them.
"""

import json
import sys

import requests

method, url = sys.argv[1:3]
body = sys.stdin.buffer.read()
headers = {"content-type": "application/json"} if body else {}
answer = requests.request(method, url, data=body or None, headers=headers, timeout=120)
print(json.dumps({"status": answer.status_code, "body": answer.text, "code": answer.headers.get("holdpoint-code")}))
