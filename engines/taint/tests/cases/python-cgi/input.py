#!/usr/bin/python
import cgi, os, commands
form = cgi.FieldStorage()
name = form.getvalue("name")
qs = os.environ["QUERY_STRING"]
cmd = "useradd "
cmd += name
print(commands.getoutput(cmd))
os.system(qs)
