//! Wireless networks set up open or with broken protection, and WPS.

use super::report::{at_line, pair, settings};
use crate::ids;
use crate::shell::uci;
use crate::tree::Tree;
use duecare_base::{Confidence, Finding, Severity};
use duecare_unpack::Node;
use std::collections::BTreeMap;

type Values<'t> = BTreeMap<String, (u32, &'t str, &'t str)>;

/// Reports weak settings of access points.
pub(crate) fn check(tree: &Tree<'_>, node: &Node, text: &str, out: &mut Vec<Finding>) {
    let (path, name) = (node.path.as_str(), node.file_name());
    if name.starts_with("hostapd") && name.ends_with(".conf") || name.ends_with("_hostapd.conf") {
        hostapd(tree, path, text, out);
    } else if path.ends_with("/config/wireless") {
        openwrt(tree, path, text, out);
    } else if name.ends_with(".dat") && text.contains("AuthMode=") {
        mediatek(tree, path, text, out);
    }
}

fn values<'t>(text: &'t str) -> Values<'t> {
    settings(text, &['#'])
        .filter_map(|(number, line)| {
            let (key, value) = pair(line)?;
            Some((key, (number, line, value)))
        })
        .collect()
}

fn hostapd(tree: &Tree<'_>, path: &str, text: &str, out: &mut Vec<Finding>) {
    let values = values(text);
    let get = |key: &str| values.get(key).copied();
    let mut weak = |at: (u32, &str), severity, key: &str, message: &str| {
        let sure = (severity, Confidence::High);
        out.push(at_line(tree, path, at, ids::PROTOCOL_WIFI_WEAK, sure, key, message));
    };
    let wpa = get("wpa").map_or(0, |(.., value)| value.parse::<u32>().unwrap_or(0));
    if let Some((number, ..)) = get("wep_key0") {
        weak(
            (number, "wep_key0=****"),
            Severity::High,
            "wep",
            "the wireless network uses WEP, which is broken",
        );
    } else if let (0, Some((number, line, _)), None) = (wpa, get("ssid"), get("ieee8021x")) {
        weak((number, line), Severity::Medium, "open", "the wireless network is open");
    }
    if let Some((number, line, _)) = get("wpa").filter(|_| wpa & 1 == 1) {
        weak((number, line), Severity::Medium, "wpa1", "the wireless network accepts WPA 1");
    }
    for key in ["wpa_pairwise", "rsn_pairwise"] {
        if let Some((number, line, value)) = get(key)
            && value.split_whitespace().any(|word| word == "TKIP")
        {
            weak(
                (number, line),
                Severity::Medium,
                key,
                "the wireless network accepts TKIP, which is broken",
            );
        }
    }
    wps(tree, path, &values, out);
}

fn wps(tree: &Tree<'_>, path: &str, values: &Values<'_>, out: &mut Vec<Finding>) {
    let get = |key: &str| values.get(key).copied();
    if let Some((number, line, value)) = get("wps_state")
        && matches!(value, "1" | "2")
    {
        let methods = get("config_methods").map_or("", |(.., value)| value);
        let pin = get("ap_pin")
            .filter(|(.., pin)| pin.len() >= 4 && pin.bytes().all(|b| b.is_ascii_digit()));
        let fixed = methods.split_whitespace().any(|m| m == "label" || m == "keypad");
        if let Some((number, _, pin)) = pin {
            let message = format!(
                "WPS takes the PIN {}, the same on every device",
                duecare_base::mask::secret(pin)
            );
            let sure = (Severity::High, Confidence::High);
            out.push(at_line(
                tree,
                path,
                (number, "ap_pin=****"),
                ids::SERVICE_WPS,
                sure,
                "ap_pin",
                message,
            ));
        } else {
            let severity = if fixed { Severity::Medium } else { Severity::Low };
            let message = if fixed {
                "WPS is on and takes PINs, which can be guessed in hours"
            } else {
                "WPS is on"
            };
            out.push(at_line(
                tree,
                path,
                (number, line),
                ids::SERVICE_WPS,
                (severity, Confidence::High),
                "wps_state",
                message,
            ));
        }
    }
}

fn openwrt(tree: &Tree<'_>, path: &str, text: &str, out: &mut Vec<Finding>) {
    let sections = uci::parse(text);
    let line_text =
        |line: u32| text.lines().nth((line as usize).saturating_sub(1)).unwrap_or_default().trim();
    for section in sections.iter().filter(|section| section.kind == "wifi-iface") {
        let device = section.get("device").unwrap_or_default();
        let radio_off = sections
            .iter()
            .any(|s| s.kind == "wifi-device" && s.name == device && s.flag("disabled", false));
        if radio_off
            || section.flag("disabled", false)
            || section.get("mode").is_some_and(|m| m != "ap")
        {
            continue;
        }
        let encryption = section.get("encryption").unwrap_or_else(|| "none".to_owned());
        let found = match encryption.as_str() {
            "none" => Some((Severity::Medium, "the wireless network is open")),
            e if e.starts_with("wep") => {
                Some((Severity::High, "the wireless network uses WEP, which is broken"))
            }
            e if e.contains("tkip") => {
                Some((Severity::Medium, "the wireless network accepts TKIP, which is broken"))
            }
            "psk" | "wpa" | "psk-mixed" | "wpa-mixed" | "mixed-psk" | "mixed-wpa" => {
                Some((Severity::Medium, "the wireless network accepts WPA 1"))
            }
            _ => None,
        };
        let line = section.line_of("encryption");
        if let Some((severity, message)) = found {
            out.push(at_line(
                tree,
                path,
                (line, line_text(line)),
                ids::PROTOCOL_WIFI_WEAK,
                (severity, Confidence::High),
                &section.name,
                message,
            ));
        }
        for key in ["wps_pin", "wps_label", "wps_pushbutton"] {
            if section.get(key).is_some_and(|value| value != "0") {
                let line = section.line_of(key);
                let severity =
                    if key == "wps_pushbutton" { Severity::Low } else { Severity::Medium };
                let shown = if key == "wps_pin" { "option wps_pin ****" } else { line_text(line) };
                out.push(at_line(
                    tree,
                    path,
                    (line, shown),
                    ids::SERVICE_WPS,
                    (severity, Confidence::High),
                    key,
                    "WPS is on",
                ));
            }
        }
    }
}

/// The MediaTek (Ralink) drivers' file: one line a setting, `;` between the networks' values.
fn mediatek(tree: &Tree<'_>, path: &str, text: &str, out: &mut Vec<Finding>) {
    let values = values(text);
    let get = |key: &str| values.get(key).copied();
    if get("radioon").is_some_and(|(.., value)| value == "0") {
        return;
    }
    let first = |value: &str| value.split(';').next().unwrap_or_default().to_ascii_uppercase();
    let mut weak = |id, at: (u32, &str), severity, key: &str, message: &str| {
        out.push(at_line(tree, path, at, id, (severity, Confidence::Medium), key, message));
    };
    if let Some((number, line, value)) = get("encryptype") {
        match first(value).as_str() {
            "NONE" => weak(
                ids::PROTOCOL_WIFI_WEAK,
                (number, line),
                Severity::Medium,
                "open",
                "the wireless network is open by default",
            ),
            "WEP" => weak(
                ids::PROTOCOL_WIFI_WEAK,
                (number, line),
                Severity::High,
                "wep",
                "the wireless network uses WEP, which is broken",
            ),
            "TKIP" | "TKIPAES" => weak(
                ids::PROTOCOL_WIFI_WEAK,
                (number, line),
                Severity::Medium,
                "tkip",
                "the wireless network accepts TKIP, which is broken",
            ),
            _ => {}
        }
    }
    // WscConfMode: bit 0 enrollee, bit 1 proxy, bit 2 registrar; 0 is off.
    if let Some((number, line, value)) = get("wscconfmode")
        && first(value).parse::<u32>().is_ok_and(|mode| mode > 0)
    {
        weak(
            ids::SERVICE_WPS,
            (number, line),
            Severity::Low,
            "wscconfmode",
            "WPS is on by default",
        );
    }
}
