local http = require "luci.http"
-- os.execute(http.formvalue("x"))
local n = tonumber(http.formvalue("n"))
os.execute("led " .. n)
local host = http.formvalue("host")
if not host:match("^[%w%.]+$") then return end
os.execute("ping " .. host)
local u = luci.util
os.execute("ping " .. luci.util.shellquote(http.formvalue("h")))
local a = http.formvalue("a")
if a == "on" or a == "off" then os.execute("radio " .. a) end
os.execute(string.format("seq %d", http.formvalue("n")))
local x = os.getenv("HOME")
os.execute("ls " .. x)
nixio.exec("/bin/ping", http.formvalue("z"))
