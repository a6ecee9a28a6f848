import os, subprocess as sp, pickle
from subprocess import check_output, Popen as P
from flask import request

@app.route("/ping")
def ping():
    host = request.args.get("host", "")
    os.system("ping -c 1 " + host)
    sp.run(f"nslookup {host}", shell=True)
    check_output("dig %s" % host, shell=True)
    P(["sh", "-c", "whois {}".format(host)])
    return eval(request.form["expr"])

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        q = urllib.parse.parse_qs(self.path)
        self.run(q["cmd"][0])

    def run(self, cmd):
        os.popen(cmd)

def serve(conn):
    data = conn.recv(1024)
    obj = pickle.loads(data)
    os.system(data.decode())
