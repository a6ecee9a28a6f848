//! Planted passwords, keys and tokens. Every one is invented.

use super::made::How;
use super::plants::{Part, Plant, What, file, made, pieces};

pub(super) const PLANTS: &[Plant] = &[
    file(
        "etc/defaults.xml",
        0o644,
        "<?xml version=\"1.0\"?>\n<config>\n  <user>\n    <name>guest</name>\n    <password>guest\
         </password>\n  </user>\n</config>\n",
        &[(&["credential-config"], "<password>")],
    ),
    file(
        "etc/lighttpd/htpasswd",
        0o644,
        "admin:Cam3raAdm1n\n",
        &[(&["credential-password-file", "credential-web"], "admin")],
    ),
    file(
        "etc/nvram.defaults",
        0o644,
        "lan_ipaddr=192.168.0.1\nhttp_username=admin\nhttp_passwd=Rout3rPass\nwl0_wpa_psk=\
         blue-lamp-42\n",
        &[(&["credential-config"], "http_passwd"), (&["credential-config"], "wl0_wpa_psk")],
    ),
    file(
        "www/db.php",
        0o644,
        "<?php\n$link = mysql_connect('localhost', 'root', 'R0uter-db');\nif (!$link) { die('no \
         database'); }\n",
        &[(&["credential-code"], "mysql_connect")],
    ),
    file(
        "www/diag.php",
        0o644,
        "<?php\n$host = $_GET['host'];\nsystem(\"ping -c 1 \" . $host);\n",
        &[(&["injection-php-command"], "system(")],
    ),
    file(
        "www/cgi-bin/trace.cgi",
        0o755,
        "#!/bin/sh\necho Content-type: text/plain\necho\nhost=`echo \"$QUERY_STRING\" | sed \
         's/host=//'`\neval \"traceroute $host\"\n",
        &[(&["injection-shell-command"], "eval")],
    ),
    file(
        "root/.ash_history",
        0o600,
        "ls\nmysql -u root -pGard3nGate\ncurl -u admin:W1nterSun http://192.168.0.1/\nexit\n",
        &[(&["leftover-history"], "")],
    ),
    made("usr/share/router/users.db", 0o644, How::Database, &[(&["credential-database"], "")]),
    made("etc/ssl/private/server.pem", 0o644, How::RsaKey, &[(&["key-private"], "")]),
    made("etc/keys/firmware-signing.pem", 0o600, How::EcKey, &[(&["key-signing"], "")]),
    Plant {
        path: "etc/vpn/client.key",
        mode: 0o600,
        part: Part::Data,
        what: What::Made(How::RsaKey),
        flaws: &[(&["key-private"], "")],
    },
    file(
        "root/.ssh/authorized_keys",
        0o600,
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2f8m0o6G0n3nEw3ZVbQe1JX0Vn2sJbqf0pXk7tQm1L \
         build@factory\n",
        &[(&["key-authorized"], "ssh-ed25519")],
    ),
    pieces(
        "etc/cloud.conf",
        &[
            "region=eu-west-1\naws_access_key_id=AK",
            "IAZ7QK4M2XWB6TJ3PD\naws_secret_access_key=",
            "h7Kq2LmZx9Vb4RtYc6WnPd1JsGfE8uAoQ3iTyXzB\n",
        ],
        &[(&["token-cloud"], "aws_access"), (&["token-cloud", "token-generic"], "aws_secret")],
    ),
    pieces(
        "www/js/app.js",
        &[
            "var api='/api';\nvar hook=\"xox",
            "b-482910375566-730184629917-Qm4Zt8RkVw2LxYc7NbHs5DfJ\";\n",
        ],
        &[(&["token-cloud", "token-generic"], "hook")],
    ),
    pieces(
        "usr/bin/nightly",
        &[
            "#!/bin/sh\nTOKEN=gh",
            "p_Zk8vQ2mXr5TnWb7LcYd4JhGfS1aPu90gXKpn\ncurl -s -H \"Authorization: \
         token $TOKEN\" https://api.github.com/user\n",
        ],
        &[(&["token-cloud", "token-generic"], "TOKEN=")],
    ),
    pieces(
        "www/api.json",
        &[
            "{\n  \"endpoint\": \"/v1\",\n  \"bearer\": \"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
            "eyJzdWIiOiJyb3V0ZXItMDAxIiwicm9sZSI6ImFkbWluIn0.",
            "c2lnbmF0dXJlLW9mLW5vLWtleS1hdC1hbGwtMTIzNA\"\n}\n",
        ],
        &[(&["token-cloud", "token-generic"], "bearer")],
    ),
    file(
        "www/js/login.js",
        0o644,
        "function check(user, pass) {\n  if (user == 'admin' && pass == 'Gr33nApple') { return true; }\n  return \
         false;\n}\n",
        &[(&["credential-web", "credential-code"], "Gr33nApple")],
    ),
    file(
        "etc/web.conf",
        0o644,
        "user=admin\nadmin_password_md5=21232f297a57a5a743894a0e4a801fc3\n",
        &[(&["credential-hash-no-salt", "credential-guessable-hash", "credential-config"], "md5")],
    ),
    file(
        "usr/lib/lua/auth.lua",
        0o644,
        "local M = {}\nlocal password = \"Lant3rnFish\"\nfunction M.login(p) return p == password \
         end\nreturn M\n",
        &[(&["credential-code"], "Lant3rnFish")],
    ),
];

/// What looks like a flaw and is none.
pub(super) const TRAPS: &[Plant] = &[
    file(
        "etc/init.d/S51notelnet",
        0o755,
        "#!/bin/sh\n# /bin/telnetd -l /bin/login -u admin:admin\n#echo root:root | chpasswd\nexit 0\n",
        &[],
    ),
    file(
        "etc/mail.conf",
        0o600,
        "server=mail.example.net\nuser=\npassword=\npassword_file=/data/mail.pw\n",
        &[],
    ),
    file(
        "usr/bin/setpw",
        0o755,
        "#!/bin/sh\n[ $# -eq 2 ] || { echo \"usage: setpw USER PASSWORD\"; exit 1; }\necho \"$1:$2\" \
         | chpasswd\n",
        &[],
    ),
    file(
        "usr/bin/join",
        0o755,
        "#!/bin/sh\nPASSWORD=$(cat /data/wifi.pw)\nwpa_passphrase \"$SSID\" \"$PASSWORD\" > \
         /tmp/wpa.conf\n",
        &[],
    ),
    file(
        "www/help.html",
        0o644,
        "<html><body><p>Enter your password: the default password is printed on the label.</p>\n\
         <label>Password: <input type=\"password\" name=\"password\" value=\"\"></label></body></html>\n",
        &[],
    ),
    made("etc/keys/update-public.pem", 0o644, How::PublicKey, &[]),
    pieces(
        "usr/share/router/cloud.example",
        &["# aws_access_key_id=AK", "IAIOSFODNN7EXAMPLE\npassword=<your password>\n"],
        &[],
    ),
    file(
        "www/js/i18n.js",
        0o644,
        "var text = {password: 'Passwort', wrong_password: 'Falsches Passwort', token: 'Token'};\n",
        &[],
    ),
    file(
        "usr/bin/safe-ping",
        0o755,
        "#!/bin/sh\ncase \"$1\" in *[!0-9.]*|'') exit 1;; esac\nping -c 1 \"$1\"\n",
        &[],
    ),
];
