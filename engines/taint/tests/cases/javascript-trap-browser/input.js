function go(){var h=location.search;$.get("/cgi?x="+h);eval("("+xhr.responseText+")");var r=/x/.exec(h);new Function("return "+h)()}
var process={env:{}};
