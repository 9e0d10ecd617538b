// Node's own fetch as agents use it: POST to URL, and again for as long as the answer is a 503, after the time that it
// names. One JSON line for what it got in the end. The proxy comes from the environment.
const [url] = process.argv.slice(2);
for (let attempt = 1; ; attempt++) {
  const answer = await fetch(url, { method: "POST", body: "x" });
  const text = await answer.text();
  if (answer.status !== 503) {
    console.log(JSON.stringify({ status: answer.status, text, attempts: attempt }));
    break;
  }
  await new Promise((wake) => setTimeout(wake, 1000 * Number(answer.headers.get("retry-after"))));
}
