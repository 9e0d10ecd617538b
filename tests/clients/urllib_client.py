"""One request with Python's urllib: METHOD URL, the body on standard input, the answer as one JSON line.

Proxy and CA come from the environment (HTTPS_PROXY, SSL_CERT_FILE), as an agent has them.
"""

import json
import sys
import urllib.error
import urllib.request

method, url = sys.argv[1:3]
body = sys.stdin.buffer.read()
headers = {"content-type": "application/json"} if body else {}
request = urllib.request.Request(url, data=body or None, headers=headers, method=method)
try:
    answer = urllib.request.urlopen(request, timeout=120)
except urllib.error.HTTPError as error:
    answer = error
print(json.dumps({"status": answer.status, "body": answer.read().decode()}))
