local args = ngx.req.get_uri_args()
local name = args.name
for k, v in pairs(args) do
  os.execute("set " .. k .. "=" .. v)
end
os.execute("touch /tmp/" .. name)
