local a = ngx.var.arg_host
os.execute("ping " .. a)
local p = io.popen("nslookup " .. ngx.var.arg_host)
local b = ngx.req.get_uri_args().ip
os.execute("ping " .. b)
os.execute("log " .. ngx.var.http_user_agent)
os.execute("log " .. ngx.var.cookie_id)
os.execute("log " .. ngx.var.request_body)
os.execute("log " .. ngx.var.query_string)
os.execute("log " .. ngx.var.request_uri)
