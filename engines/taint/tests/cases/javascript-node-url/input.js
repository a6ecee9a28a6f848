const { exec } = require("child_process");
const { execSync: run } = require("node:child_process");
const http = require("http");
const url = require("url");
http.createServer((q, s) => {
  const ip = new URL(q.url, "http://x").searchParams.get("ip");
  exec("ping -c 1 " + ip);
  const u = url.parse(q.url, true);
  run(`nslookup ${u.query.host}`);
});
http.createServer(function (req, res) {
  const x = url.parse(req.url, true).query.x;
  exec("traceroute " + x, (e, out) => res.end(out));
});
function handler(q, s) { exec("dig " + q.query.name); }
app.get("/dig", handler);
app.post("/a", (r, s) => exec(`a ${r.body.a}`));
app.put("/b/:b", (r, s, next) => { exec("b " + r.params.b); });
