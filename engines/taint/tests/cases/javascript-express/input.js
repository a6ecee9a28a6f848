const { exec, spawn: run } = require('child_process');
const cp = require("child_process");
const express = require('express');
app.get('/ping', (req, res) => {
  const host = req.query.host;
  exec(`ping -c 1 ${host}`, (err, out) => res.send(out));
  cp.execSync("nslookup " + req.body["name"]);
  run("sh", ["-c", "dig " + host]);
  run("dig " + host, { shell: true });
  const { file } = req.params;
  check(file, () => { cp.exec("cat " + file); });
  eval(req.query.code);
  new Function(req.body.fn)();
});
function shell(c) { return cp.execSync(c); }
app.post('/x', async (request, reply) => { await shell("x " + request.body.a); });
