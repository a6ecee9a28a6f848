//! The functions that OpenWrt's `/etc/rc.common` and `/lib/functions` give to every init script.
//!
//! They are known here by name, because following their code gives less: they talk to `procd`.

use super::eval::{Field, Flow, Frame, Machine};
use super::test::Truth;
use super::uci::{Section, truthy};

impl Machine<'_, '_> {
    /// Calls what `rc.common` would for an action.
    pub(super) fn openwrt_action(&mut self, frame: &mut Frame, action: &str) {
        let wanted: &[&str] = match action {
            "boot" => &["boot", "start", "start_service"],
            "" | "start" | "restart" | "reload" => &["start", "start_service"],
            _ => return,
        };
        for name in wanted {
            if self.call(name, Vec::new(), 0, frame).is_some() {
                return;
            }
        }
    }

    /// An OpenWrt function; `None` when the name is none of them.
    pub(super) fn openwrt(
        &mut self,
        argv: &[Field],
        line: u32,
        frame: &mut Frame,
    ) -> Option<(Flow, Truth)> {
        let (name, rest) = argv.split_first()?;
        let text = |at: usize| rest.get(at).map_or("", |field| field.text.as_str());
        let done = |truth| Some((Flow::Next, truth));
        match name.text.as_str() {
            "procd_open_instance" | "procd_close_instance" => {
                self.flush_instance(frame);
                done(Truth::Assumed)
            }
            "procd_set_param" | "procd_append_param" => {
                if text(0) == "command" {
                    let words = rest.get(1..).unwrap_or_default().to_vec();
                    match frame.instance.as_mut() {
                        Some((command, _)) if name.text == "procd_append_param" => {
                            command.extend(words);
                        }
                        _ => frame.instance = Some((words, line)),
                    }
                }
                done(Truth::Assumed)
            }
            "service_start" => Some(self.start(rest.to_vec(), Vec::new(), line, frame)),
            "start" | "boot" if frame.functions.contains_key(&name.text) => None,
            "start" if frame.functions.contains_key("start_service") => {
                self.call("start_service", rest.to_vec(), line, frame)
            }
            "config_load" => {
                frame.uci = Some(text(0).to_owned());
                done(Truth::Assumed)
            }
            "config_foreach" => {
                self.for_each(rest, line, frame);
                done(Truth::Assumed)
            }
            "config_get" | "config_get_bool" => {
                let (section, option, default) = (text(1), text(2), text(3));
                let mut value = self.option(frame, section, option, default);
                if name.text == "config_get_bool" && value.known {
                    value.text = if truthy(&value.text) { "1" } else { "0" }.to_owned();
                }
                let variable = text(0).to_owned();
                frame.variables.insert(variable, value);
                done(Truth::Assumed)
            }
            "uci_validate_section" | "uci_load_validate" => {
                self.validate(rest, line, frame);
                done(Truth::Yes)
            }
            "config_list_foreach"
            | "procd_add_reload_trigger"
            | "procd_open_trigger"
            | "procd_close_trigger"
            | "procd_add_validation"
            | "procd_add_interface_trigger"
            | "procd_add_jail"
            | "procd_add_jail_mount"
            | "include"
            | "json_init" => done(Truth::Assumed),
            _ => None,
        }
    }

    /// Records the instance that `procd` was told of so far.
    pub(super) fn flush_instance(&mut self, frame: &mut Frame) {
        if let Some((argv, line)) = frame.instance.take()
            && !argv.is_empty()
        {
            self.start(argv, Vec::new(), line, frame);
        }
    }

    fn for_each(&mut self, rest: &[Field], line: u32, frame: &mut Frame) {
        let Some((function, kind)) = rest.first().zip(rest.get(1)) else { return };
        let extra = rest.get(2..).unwrap_or_default();
        let name = function.text.clone();
        let package = frame.uci.clone().unwrap_or_default();
        let names: Vec<Field> = match self.uci_sections(&package) {
            Some(sections) => sections
                .iter()
                .filter(|section| section.kind == kind.text)
                .map(|section| Field::sure(&section.name))
                .collect(),
            None => vec![Field::unknown(&format!("each {} of {package}", kind.text))],
        };
        for section in names {
            let mut args = vec![section];
            args.extend(extra.iter().cloned());
            self.call(&name, args, line, frame);
        }
    }

    fn option(&self, frame: &Frame, section: &str, option: &str, default: &str) -> Field {
        let unknown = || Field::unknown(&format!("${{{section}.{option}}}"));
        let Some(package) = &frame.uci else { return unknown() };
        let Some(sections) = self.uci_sections(package) else { return unknown() };
        match sections.iter().find(|candidate| candidate.name == section) {
            Some(found) => settled(found, option, default),
            None => unknown(),
        }
    }

    /// `uci_validate_section PACKAGE TYPE NAME 'option:type:default'…` sets a variable for each;
    /// `uci_load_validate` has the function to call in the fourth place.
    fn validate(&mut self, rest: &[Field], line: u32, frame: &mut Frame) {
        let text = |at: usize| rest.get(at).map_or("", |field| field.text.as_str());
        let section_name = text(2).to_owned();
        let sections = self.uci_sections(text(0));
        let section = sections
            .as_ref()
            .and_then(|all| all.iter().find(|section| section.name == section_name));
        let mut callback = None;
        for (index, field) in rest.iter().enumerate().skip(3) {
            let mut parts = field.text.split(':');
            let option = parts.next().unwrap_or_default();
            let Some(kind) = parts.next() else {
                if index == 3 {
                    callback = Some(field.text.clone());
                }
                continue;
            };
            let default = parts.next_back().unwrap_or_default();
            let mut value = match section {
                Some(section) => settled(section, option, default),
                None => Field::unknown(&format!("${{{option}}}")),
            };
            if kind == "bool" && value.known && !value.text.is_empty() {
                value.text = if truthy(&value.text) { "1" } else { "0" }.to_owned();
            }
            frame.variables.insert(option.to_owned(), value);
        }
        if let Some(name) = callback {
            let args = vec![Field::sure(&section_name), Field::sure("0")];
            self.call(&name, args, line, frame);
        }
    }
}

fn settled(section: &Section, option: &str, default: &str) -> Field {
    match section.get(option) {
        Some(value) => Field::sure(&value),
        None => Field::sure(default),
    }
}
