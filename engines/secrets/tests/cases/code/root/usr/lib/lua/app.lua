-- password = "LuaC0mment"
local password = "Lu4Local"
local passwd = nixio.getenv("PASSWD")
--[[ passwd = "LuaBl0ck" ]]
