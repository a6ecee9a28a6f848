const { execFile, exec, spawn } = require('child_process');
app.get('/ping', (req, res) => {
  // exec(req.query.host)
  const host = req.query.host;
  execFile("ping", ["-c", "1", host]);
  spawn("ping", [host]);
  exec("seq " + parseInt(req.query.n));
  if (!/^[A-Za-z0-9.]+$/.test(host)) return res.end();
  exec("ping " + host);
  const m = req.body.mode;
  if (["on", "off"].includes(m)) exec("radio " + m);
  if (m === "up") { exec("if" + m); }
  exec("date");
  pattern.exec(req.query.x);
});
