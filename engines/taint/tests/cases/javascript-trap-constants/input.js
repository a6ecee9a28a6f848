const cp = require('child_process');
const dirs = { a: "/tmp", b: "/var" };
app.get('/y', (req, res) => {
  cp.exec("ls " + dirs.a);
  res.send(req.query.x);
  cp.execFile("ls", [req.query.x], { shell: false });
  cp.exec("seq " + Number(req.query.n), (e, out) => res.send(out));
});
