"""One request with curl: VERSION CURL ARGUMENT..., the answer as one JSON line, as the other clients print it.

The arguments end curl's output with a line of status and HTTP version, which must be VERSION.
"""

import json
import subprocess
import sys

version, *command = sys.argv[1:]
curl = subprocess.run(command, stdin=sys.stdin, capture_output=True)
if curl.returncode != 0:
    sys.exit(curl.stderr.decode())
body, _, last = curl.stdout.decode().rpartition("\n")
status, spoken = last.split()
assert spoken == version, f"spoke HTTP/{spoken}"
print(json.dumps({"status": int(status), "body": body}))
