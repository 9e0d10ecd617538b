// One request with Node's node:https: METHOD URL, the body on standard input, the answer as one JSON line.
// Proxy and CA come from the environment (NODE_USE_ENV_PROXY, HTTPS_PROXY, NODE_EXTRA_CA_CERTS).
import { readFileSync } from "node:fs";
import { request } from "node:https";

const [method, url] = process.argv.slice(2);
const body = readFileSync(0);
const headers = body.length > 0 ? { "content-type": "application/json", "content-length": body.length } : {};
const asked = request(url, { method, headers }, async (answer) => {
  let text = "";
  for await (const piece of answer) text += piece;
  console.log(JSON.stringify({ status: answer.statusCode, body: text }));
});
asked.end(body);
