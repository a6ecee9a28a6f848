import os, subprocess, shlex, re
from flask import request

def ping():
    # os.system(request.args["x"])
    host = request.args.get("host", "")
    subprocess.call(["ping", host])
    subprocess.run("ping " + shlex.quote(host), shell=True)
    os.system("seq %d" % int(request.args["n"]))
    if not re.match(r"^[A-Za-z0-9.]+$", host):
        return "bad"
    os.system("ping " + host)

def mode():
    m = request.form["mode"]
    if m not in ("on", "off"):
        return
    os.system("radio " + m)
    port = request.form["port"]
    if port.isdigit():
        os.system("open " + port)
    """os.system(request.args)"""
    db.execute("select " + request.args["q"])
    os.system("date")
