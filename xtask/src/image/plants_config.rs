//! Planted settings and scripts: services, back doors, modes, updates.

use super::made::How;
use super::plants::{Part, Plant, What, data, file, made};

pub(super) const PLANTS: &[Plant] = &[
    file(
        "etc/init.d/S50telnet",
        0o755,
        "#!/bin/sh\n# remote support\n/bin/telnetd -l /bin/login -u support:Fr0ntD00r &\n",
        &[(&["backdoor-telnet-credential"], "telnetd -l"), (&["service-telnet"], "telnetd -l")],
    ),
    file(
        "etc/init.d/rcS",
        0o755,
        "#!/bin/sh\nmount -a\nfor script in /etc/init.d/S??*; do\n    [ -x \"$script\" ] && \
         \"$script\" start\ndone\n",
        &[],
    ),
    file(
        "etc/inittab",
        0o644,
        "::sysinit:/etc/init.d/rcS\nttyS0::respawn:/bin/sh\n::ctrlaltdel:/bin/reboot\n",
        &[(&["boot-console-shell"], "ttyS0")],
    ),
    file(
        "etc/init.d/S60net",
        0o777,
        "#!/bin/sh\nifconfig lo 127.0.0.1 up\n",
        &[(&["mode-world-writable"], "")],
    ),
    file(
        "etc/init.d/S70debug",
        0o755,
        "#!/bin/sh\ncase \"$1\" in\nstart)\n    nc -l -p 4444 -e /bin/sh &\n    gdbserver :2345 \
         /usr/sbin/camd &\n    ;;\nesac\n",
        &[(&["backdoor-shell-listener"], "nc -l"), (&["service-gdbserver"], "gdbserver")],
    ),
    file(
        "etc/init.d/S10accounts",
        0o755,
        "#!/bin/sh\necho root:toor | chpasswd\n",
        &[(&["credential-script"], "toor")],
    ),
    file(
        "etc/passwd",
        0o644,
        "root:x:0:0:root:/root:/bin/sh\nsupport:x:0:0:support:/:/bin/sh\nnobody:x:65534:65534:\
         nobody:/:/bin/false\nfactory::500:500::/tmp:/bin/sh\n",
        &[(&["credential-uid0-twin"], "support"), (&["credential-empty-password"], "factory")],
    ),
    // The password is "admin"; the hash was made with `openssl passwd`.
    file(
        "etc/shadow",
        0o644,
        "root:$1$abcdefgh$l/LAqC8oJERu7Cmx6trtY/:18000:0:99999:7:::\nnobody:*:18000:0:99999:7:::\n",
        &[
            (&["credential-guessable-hash", "credential-password-file"], "root"),
            (&["mode-shadow-readable"], ""),
        ],
    ),
    Plant {
        path: "usr/bin/rootsh",
        mode: 0o4755,
        part: Part::Root,
        what: What::Copy("bin/busybox"),
        flaws: &[(&["mode-setuid"], "")],
    },
    file(
        "etc/hostapd.conf",
        0o644,
        "interface=wlan0\nssid=Example\nwpa=1\nwpa_key_mgmt=WPA-PSK\nwpa_pairwise=TKIP\n\
         wpa_psk=9b0c2d9f6a71e35b6f0d1c4f2a7e88c65d3b9a0f41e27c8d5b6a9f3e0c1d2b47\nwps_state=2\n\
         ap_pin=12345670\n",
        &[
            (&["credential-config"], "wpa_psk"),
            (&["service-wps"], "ap_pin"),
            (&["protocol-wifi-weak"], ""),
        ],
    ),
    file(
        "etc/snmp/snmpd.conf",
        0o600,
        "agentAddress udp:161\nrwcommunity private\n",
        &[(&["service-snmp"], "rwcommunity")],
    ),
    file(
        "etc/mosquitto/mosquitto.conf",
        0o644,
        "listener 1883\nallow_anonymous true\n",
        &[(&["service-mqtt-open"], "")],
    ),
    file(
        "etc/vsftpd.conf",
        0o644,
        "listen=YES\nanonymous_enable=YES\nanon_upload_enable=YES\nwrite_enable=YES\n",
        &[(&["service-ftp"], "")],
    ),
    file(
        "etc/ssh/sshd_config",
        0o644,
        "Port 22\nPermitRootLogin yes\nPasswordAuthentication yes\n",
        &[(&["service-ssh-root"], "PermitRootLogin")],
    ),
    file(
        "etc/exports",
        0o644,
        "/mnt/disk *(rw,no_root_squash,insecure)\n",
        &[(&["service-nfs-open"], "")],
    ),
    file(
        "etc/lighttpd/lighttpd.conf",
        0o644,
        "server.document-root = \"/www\"\nserver.port = 443\nssl.engine = \"enable\"\nssl.pemfile = \
         \"/etc/ssl/private/server.pem\"\nssl.use-sslv3 = \"enable\"\nssl.cipher-list = \
         \"RC4-SHA:DES-CBC3-SHA\"\n",
        &[(&["tls-weak-protocol"], "sslv3"), (&["tls-weak-cipher"], "cipher-list")],
    ),
    file(
        "usr/bin/update.sh",
        0o755,
        "#!/bin/sh\nwget -O /tmp/fw.bin http://updates.voltrans-router.net/router/latest.bin\nmd5sum -c \
         /tmp/fw.md5 || exit 1\nmtd write /tmp/fw.bin linux\nreboot\n",
        &[(&["update-plain-http"], "http://"), (&["update-signing-absent"], "")],
    ),
    file(
        "usr/bin/report.sh",
        0o755,
        "#!/bin/sh\ncurl -k -s https://cloud.voltrans-router.net/v1/report --data @/tmp/status.json\n",
        &[(&["tls-verification-off"], "curl -k")],
    ),
    made(
        "usr/sbin/camd",
        0o755,
        How::Daemon,
        &[
            (&["credential-elf-literal"], ""),
            (&["injection-elf-command"], ""),
            (&["elf-no-pie"], ""),
        ],
    ),
    made(
        "etc/lighttpd/router.pem",
        0o644,
        How::WeakCertificate,
        &[(&["certificate-weak"], ""), (&["certificate-long-lived"], "")],
    ),
    data(
        "etc/config/wireless",
        0o644,
        "config wifi-iface\n\toption ssid 'Example'\n\toption encryption 'psk2'\n\toption key \
         'summer-garden-77'\n",
        &[(&["credential-config"], "option key")],
    ),
    data(
        "etc/config/ddns",
        0o600,
        "config service 'home'\n\toption update_url 'ftp://backup:Kar7ofel@files.voltrans-router.net/'\n",
        &[(&["credential-url"], "ftp://")],
    ),
    file(
        "www/.git/config",
        0o644,
        "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = \
         git@git.example.net:router/web.git\n",
        &[(&["leftover-vcs"], "")],
    ),
    file("etc/network.conf.bak", 0o644, "ip=192.168.0.1\n", &[(&["leftover-backup"], "")]),
];
