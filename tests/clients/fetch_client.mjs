// One request with Node's own fetch: METHOD URL, the body on standard input, the answer as one JSON line.
// Proxy and CA come from the environment (NODE_USE_ENV_PROXY, HTTPS_PROXY, NODE_EXTRA_CA_CERTS).
import { readFileSync } from "node:fs";

const [method, url] = process.argv.slice(2);
const body = readFileSync(0);
const request = { method };
if (body.length > 0) {
  request.body = body;
  request.headers = { "content-type": "application/json" };
}
const answer = await fetch(url, request);
const text = await answer.text();
console.log(JSON.stringify({ status: answer.status, body: text, code: answer.headers.get("holdpoint-code") }));
