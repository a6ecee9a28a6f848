module("luci.controller.tool", package.seeall)
local http = require "luci.http"
local sys = require("luci.sys")
function action_ping()
  local host = http.formvalue("host") or "localhost"
  os.execute("ping -c 1 " .. host)
  sys.exec(string.format("nslookup %s", host))
  local f = io.popen(("traceroute %s 2>&1"):format(host))
  luci.util.exec("arp -d '" .. luci.http.formvalue("ip") .. "'")
  nixio.exec("/bin/sh", "-c", "wget " .. host)
  loadstring(http.formvalue("code"))()
end
function helper(cmd) return luci.sys.call(cmd) end
function action_apply() helper("apply " .. luci.http.formvalue("x")) end
