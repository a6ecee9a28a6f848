os.execute("touch /tmp/" .. ngx.var.server_port)
local n = tonumber(ngx.var.arg_count)
os.execute("ping -c " .. n)
