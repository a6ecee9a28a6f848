s/package org.example.viewer/package a.b/
s/class Flawed/class a/
s/class Trust/class b/
s/class AnyName/class c/
s/class Client/class d/
s/DEFAULT_PASSWORD/e/
s/KEY_PASSWORD/f/
s/String password;/String g;/
s/+ password)/+ g)/
s/return password/return g/
s/savePlain/h/
s/ put(/ a(/g
s/saveThroughHelper/i/
s/saveForEverybody/j/
s/void database/void k/
s/void external/void l/
s/void log/void m/
s/boolean factory/boolean n/
s/byte\[\] encrypt/byte[] o/
s/byte\[\] weak/byte[] p/
s/String stream/String q/
s/String update/String r/
s/void page/void s/
