//! Settings files of services that let anybody in.

use super::report::{Context, at_line, pair, settings};
use crate::ids;
use crate::shell::uci;
use crate::tree::Tree;
use duecare_base::{Confidence, Finding, Severity};
use duecare_unpack::Node;

/// Reports a settings file's weak entries, told by the file's name.
pub(crate) fn check(
    context: &Context<'_>,
    tree: &Tree<'_>,
    (node, text): (&Node, &str),
    starts_vsftpd: bool,
    out: &mut Vec<Finding>,
) {
    let path = node.path.as_str();
    let name = node.file_name();
    match name {
        _ if name.starts_with("vsftpd") && name.ends_with(".conf") => {
            let used = starts_vsftpd || context.has("vsftpd");
            vsftpd(tree, path, text, used, out);
        }
        "proftpd.conf" if context.has_any(&["proftpd"]) => proftpd(tree, path, text, out),
        "exports" if path.starts_with("/etc") => exports(tree, path, text, out),
        "snmpd.conf" => snmp(tree, path, text, out),
        "mini_snmpd" if path.contains("/config/") => {}
        "smb.conf" | "smb.conf.template"
            if context.has_any(&["smbd", "samba", "ksmbd", "usmbd"]) =>
        {
            samba(tree, path, text, out);
        }
        "miniupnpd.conf" | "upnpd.conf" => upnp(tree, path, text, out),
        "upnpd" if path.contains("/config/") => upnp_uci(tree, path, text, out),
        _ if name.ends_with(".conf") && path.contains("mosquitto") => {
            mosquitto(tree, path, text, out)
        }
        _ => {}
    }
    if name == "default.prop" || name == "build.prop" || name == "prop.default" {
        adb(tree, path, text, out);
    }
}

fn is_yes(value: &str) -> bool {
    uci::truthy(value)
}

/// `used`: the server is in the image or boot starts it; else the settings may be left over.
fn vsftpd(tree: &Tree<'_>, path: &str, text: &str, used: bool, out: &mut Vec<Finding>) {
    let value = |wanted: &str| {
        settings(text, &['#'])
            .filter_map(|(number, line)| Some((number, line, pair(line)?)))
            .filter(|(.., (key, _))| key == wanted)
            .last()
            .map(|(number, line, (_, value))| (number, line, is_yes(value)))
    };
    let writes = ["write_enable", "anon_upload_enable"]
        .iter()
        .all(|key| value(key).is_some_and(|(.., on)| on));
    match value("anonymous_enable") {
        Some((number, line, true)) => {
            let (severity, rest) = if writes {
                (Severity::High, " and lets them write")
            } else {
                (Severity::Medium, "")
            };
            let message = format!("the FTP server lets anybody in without a password{rest}");
            let sure = if used {
                (severity, Confidence::High)
            } else {
                (severity.min(Severity::Medium), Confidence::Medium)
            };
            out.push(at_line(
                tree,
                path,
                (number, line),
                ids::SERVICE_FTP,
                sure,
                "anonymous",
                message,
            ));
        }
        None if used => {
            let sure = (Severity::Medium, Confidence::Medium);
            let message = "the FTP server lets anybody in: anonymous_enable is not set and vsftpd's default is yes";
            out.push(at_line(
                tree,
                path,
                (1, "anonymous_enable is absent"),
                ids::SERVICE_FTP,
                sure,
                "anonymous",
                message,
            ));
        }
        Some(_) | None => {}
    }
}

fn proftpd(tree: &Tree<'_>, path: &str, text: &str, out: &mut Vec<Finding>) {
    if let Some((number, line)) =
        settings(text, &['#']).find(|(_, line)| line.to_ascii_lowercase().starts_with("<anonymous"))
    {
        let sure = (Severity::Medium, Confidence::High);
        let message = "the FTP server lets anybody in without a password";
        out.push(at_line(tree, path, (number, line), ids::SERVICE_FTP, sure, "anonymous", message));
    }
}

fn exports(tree: &Tree<'_>, path: &str, text: &str, out: &mut Vec<Finding>) {
    for (number, line) in settings(text, &['#']) {
        let Some(folder) = line.split_whitespace().next().filter(|f| f.starts_with('/')) else {
            continue;
        };
        let root = line.contains("no_root_squash");
        let all = line.contains(" *(") || line.contains("\t*(") || line.contains("0.0.0.0/0");
        let writes = line.contains("rw");
        let (severity, message) = match (root, all && writes) {
            (true, _) => {
                (Severity::High, format!("NFS gives {folder} with root's rights to other machines"))
            }
            (false, true) => {
                (Severity::Medium, format!("NFS lets every machine write to {folder}"))
            }
            _ => continue,
        };
        out.push(at_line(
            tree,
            path,
            (number, line),
            ids::SERVICE_NFS_OPEN,
            (severity, Confidence::High),
            folder,
            message,
        ));
    }
}

fn snmp(tree: &Tree<'_>, path: &str, text: &str, out: &mut Vec<Finding>) {
    for (number, line) in settings(text, &['#']) {
        let words: Vec<&str> = line.split_whitespace().map(|w| w.trim_matches('"')).collect();
        let (community, source, writes) = match words.as_slice() {
            ["rwcommunity" | "rwcommunity6", community, rest @ ..] => {
                (*community, rest.first(), true)
            }
            ["rocommunity" | "rocommunity6", community, rest @ ..] => {
                (*community, rest.first(), false)
            }
            ["com2sec" | "com2sec6", _, source, community, ..] => (*community, Some(source), false),
            _ => continue,
        };
        if matches!(source, Some(&("localhost" | "127.0.0.1" | "::1")))
            || community.contains(['$', '<', '%'])
        {
            continue;
        }
        let common =
            matches!(community, "public" | "private" | "admin" | "snmp" | "community" | "password");
        let secret =
            if common { community.to_owned() } else { duecare_base::mask::secret(community) };
        let line =
            if common { line.to_owned() } else { duecare_base::mask::in_line(line, &[community]) };
        let (severity, what) = match (writes, common) {
            (true, _) => (Severity::High, "change settings"),
            (false, true) => (Severity::Medium, "read everything"),
            (false, false) => (Severity::Low, "read everything"),
        };
        let message =
            format!("SNMP lets whoever says the community {secret} {what}, without encryption");
        let key = if writes { "write" } else { "read" };
        out.push(at_line(
            tree,
            path,
            (number, &line),
            ids::SERVICE_SNMP,
            (severity, Confidence::High),
            key,
            message,
        ));
    }
}

#[derive(Default)]
struct Share<'t> {
    name: &'t str,
    guest: bool,
    writable: bool,
    line: Option<(u32, &'t str)>,
}

fn samba(tree: &Tree<'_>, path: &str, text: &str, out: &mut Vec<Finding>) {
    let mut share = Share::default();
    let end = [(0, "[end]")];
    for (number, line) in settings(text, &['#', ';']).chain(end) {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.split(']').next()) {
            if let Some(at) =
                share.line.filter(|_| share.guest && share.writable && share.name != "global")
            {
                let message =
                    format!("the share {} can be written to without a password", share.name);
                let sure = (Severity::High, Confidence::High);
                out.push(at_line(
                    tree,
                    path,
                    at,
                    ids::SERVICE_SAMBA_OPEN,
                    sure,
                    share.name,
                    message,
                ));
            }
            share = Share { name, ..Share::default() };
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        match key.as_str() {
            "guest ok" | "public" | "guest only" if is_yes(value) => {
                share.guest = true;
                share.line = Some((number, line));
            }
            "writable" | "writeable" | "write ok" => share.writable = is_yes(value),
            "read only" => share.writable = !is_yes(value),
            "min protocol" | "server min protocol" => {
                let old = ["NT1", "LANMAN1", "LANMAN2", "CORE", "COREPLUS"];
                if old.contains(&value.to_ascii_uppercase().as_str()) {
                    let message =
                        format!("the file server accepts SMB 1 ({value}), which has no protection");
                    let sure = (Severity::Medium, Confidence::High);
                    out.push(at_line(
                        tree,
                        path,
                        (number, line),
                        ids::SERVICE_SAMBA_OPEN,
                        sure,
                        "min protocol",
                        message,
                    ));
                }
            }
            _ => {}
        }
    }
}

fn upnp(tree: &Tree<'_>, path: &str, text: &str, out: &mut Vec<Finding>) {
    let lines: Vec<(u32, &str)> = settings(text, &['#']).collect();
    for (number, line) in &lines {
        let Some((key, value)) = pair(line) else { continue };
        if key == "secure_mode" && !is_yes(value) {
            let sure = (Severity::Medium, Confidence::High);
            let message =
                "UPnP lets any machine inside open ports towards others (secure_mode is off)";
            out.push(at_line(
                tree,
                path,
                (*number, line),
                ids::SERVICE_UPNP,
                sure,
                "secure_mode",
                message,
            ));
        }
        if key == "allow" && value.contains("0.0.0.0/0") && value.starts_with("0-65535") {
            let sure = (Severity::Medium, Confidence::Medium);
            let message = "UPnP lets any address open any port, those of system services included";
            out.push(at_line(
                tree,
                path,
                (*number, line),
                ids::SERVICE_UPNP,
                sure,
                "allow",
                message,
            ));
        }
    }
}

fn upnp_uci(tree: &Tree<'_>, path: &str, text: &str, out: &mut Vec<Finding>) {
    for section in uci::parse(text).iter().filter(|section| section.kind == "upnpd") {
        if section.flag("enabled", true) && !section.flag("secure_mode", true) {
            let line = section.line_of("secure_mode");
            let sure = (Severity::Medium, Confidence::High);
            let message =
                "UPnP lets any machine inside open ports towards others (secure_mode is off)";
            out.push(at_line(
                tree,
                path,
                (line, "option secure_mode 0"),
                ids::SERVICE_UPNP,
                sure,
                "secure_mode",
                message,
            ));
        }
    }
}

fn mosquitto(tree: &Tree<'_>, path: &str, text: &str, out: &mut Vec<Finding>) {
    let local = settings(text, &['#']).any(|(_, line)| {
        matches!(pair(line), Some((key, value)) if matches!(key.as_str(), "bind_address" | "listener")
            && (value.ends_with("127.0.0.1") || value.ends_with("localhost")))
    });
    for (number, line) in settings(text, &['#']) {
        if matches!(pair(line), Some((key, value)) if key == "allow_anonymous" && is_yes(value))
            && !local
        {
            let sure = (Severity::High, Confidence::High);
            let message = "the MQTT broker lets anybody in without a password";
            out.push(at_line(
                tree,
                path,
                (number, line),
                ids::SERVICE_MQTT_OPEN,
                sure,
                "allow_anonymous",
                message,
            ));
        }
    }
}

fn adb(tree: &Tree<'_>, path: &str, text: &str, out: &mut Vec<Finding>) {
    for (number, line) in settings(text, &['#']) {
        let message = match line.split_once('=') {
            Some(("ro.adb.secure", "0")) => "the Android debug bridge asks for no key",
            Some(("service.adb.tcp.port" | "persist.adb.tcp.port", port))
                if port.parse::<u16>().is_ok_and(|p| p > 0) =>
            {
                "the Android debug bridge answers on the network"
            }
            _ => continue,
        };
        let key = line.split('=').next().unwrap_or_default();
        out.push(at_line(
            tree,
            path,
            (number, line),
            ids::SERVICE_ADB,
            (Severity::High, Confidence::High),
            key,
            message,
        ));
    }
}

/// Default settings of devices as `key=value` lines: remote management, WPS, streams without a
/// password. Names differ from maker to maker, so these are hints.
pub(crate) fn defaults(tree: &Tree<'_>, node: &Node, text: &str, out: &mut Vec<Finding>) {
    let script = text.starts_with("#!");
    for (number, line) in settings(text, &['#', ';', '!']) {
        // Settings only: no code, no prose, no page.
        if script || line.len() > 200 || line.starts_with(['{', '[']) {
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let key =
            key.trim().trim_start_matches("nvram set ").trim_matches('"').to_ascii_lowercase();
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-:".contains(&b))
        {
            continue;
        }
        let value = value.trim().trim_matches(['"', '\'']);
        let on = matches!(
            value.to_ascii_lowercase().as_str(),
            "1" | "on" | "yes" | "true" | "enable" | "enabled"
        );
        let off = matches!(
            value.to_ascii_lowercase().as_str(),
            "0" | "off" | "no" | "none" | "false" | "disable" | "disabled"
        );
        let mut push = |id, severity, message: String| {
            let sure = (severity, Confidence::Low);
            out.push(at_line(tree, &node.path, (number, line), id, sure, &key, message));
        };
        if on && is_remote_management(&key) {
            push(
                ids::SERVICE_REMOTE_MANAGEMENT,
                Severity::Medium,
                format!("the device can be managed from the internet by default ({key})"),
            );
        } else if on && is_telnet_switch(&key) {
            push(
                ids::SERVICE_TELNET,
                Severity::Medium,
                format!("telnet is switched on by default ({key})"),
            );
        } else if off && (key.contains("rtsp") || key.contains("onvif")) && key.contains("auth") {
            push(
                ids::SERVICE_RTSP_OPEN,
                Severity::High,
                format!("the video stream asks for no password by default ({key})"),
            );
        } else if on
            && matches!(
                key.as_str(),
                "wps_enable" | "wps_enabled" | "wsc_enable" | "wps_pin_enable"
            )
        {
            push(ids::SERVICE_WPS, Severity::Low, format!("WPS is switched on by default ({key})"));
        }
    }
}

fn is_remote_management(key: &str) -> bool {
    const NAMES: [&str; 12] = [
        "remote_management",
        "remote_mgmt",
        "remote_mgt",
        "remotemanagement",
        "remote_manage",
        "remote_mgmt_enable",
        "remote_management_enable",
        "remotemanagementenable",
        "rm_enable",
        "remote_web_enable",
        "wan_web_enable",
        "misc_http_x",
    ];
    NAMES.contains(&key)
}

fn is_telnet_switch(key: &str) -> bool {
    const NAMES: [&str; 8] = [
        "telnetd_enable",
        "telnet_enable",
        "telnet_enabled",
        "telnetenable",
        "telnetd_enabled",
        "telnetd",
        "enable_telnet",
        "wan_telnet",
    ];
    NAMES.contains(&key)
}
