const { exec } = require("child_process");
cache.get("name", (e, value) => { exec("ls"); });
http.createServer((q, s) => {
  const n = parseInt(new URL(q.url, "http://x").searchParams.get("n"), 10);
  exec("sleep " + n);
});
