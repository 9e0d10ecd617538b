// Node's own fetch, once: POST to URL. undici's timeout for the head is 300 s and cannot be set without its package, so
// this one only has to take what comes. One JSON line.
const [url] = process.argv.slice(2);
const begun = Date.now();
const said = await fetch(url, { method: "POST", body: "x" }).then(
  (answer) => ({ answer: answer.status }),
  (error) => ({ error: String(error.cause ?? error) }),
);
console.log(JSON.stringify({ name: "fetch", seconds: (Date.now() - begun) / 1000, ...said }));
