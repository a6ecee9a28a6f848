//! Functions of vendors' libraries and web servers, by name.
//!
//! Names and orders of arguments are those that public advisories and released sources show:
//! GoAhead, Boa of Realtek's kit, cgic, mongoose, libmicrohttpd, FastCGI; TP-Link, D-Link, Netgear,
//! Tenda, Totolink, Zyxel, Linksys, TRENDnet, ASUS, Broadcom's kit.

use crate::model::{Role, Source};

/// The role of a function that is not of the C library.
pub(crate) fn role(name: &str) -> Option<Role> {
    exact(name).or_else(|| named_alike(name))
}

fn exact(name: &str) -> Option<Role> {
    use Role::{Executes, Fills, Gives, Shell};
    let fills = |source, into, label| Fills { source, into, label: Some(label) };
    Some(match name {
        "websGetVar"
        | "websGetVarN"
        | "webGetVarString"
        | "req_get_cstream_var"
        | "httpdGetVariableByName"
        | "evhttp_find_header"
        | "mg_get_header" => Gives(Source::Request, 1),
        "websGetFormVar" | "httpGetEnv" | "httpd_get_parm" | "web_get" | "get_cgi" | "getCgi"
        | "cgi_get" | "GetWebParam" | "web_getvar" | "getCgiVar" | "webs_get_cgi"
        | "get_single_value" | "getVar" | "get_var" | "cgiGetVal" | "cgi_val" | "find_var"
        | "find_val" | "get_param" | "getParam" | "getParameter" | "get_parameter" | "get_arg"
        | "getArg" | "get_val" | "qValue" | "qGetValue" | "sess_get" | "sobj_get_string"
        | "get_request_value" | "http_get_arg" | "getInputValue" | "get_input" | "GetPara"
        | "getElement" | "cgi_cookie_value" => Gives(Source::Request, 0),
        "MHD_lookup_connection_value" => Gives(Source::Request, 2),
        "json_object_get_string"
        | "json_string_value"
        | "json_object_object_get"
        | "cJSON_GetObjectItem"
        | "cJSON_GetObjectItemCaseSensitive"
        | "cJSON_GetStringValue"
        | "json_object_get"
        | "jsonObjectGetString"
        | "json_object_dotget_string"
        | "jsonGetString" => Gives(Source::Request, 1),
        "FCGX_GetParam" => Gives(Source::Environment, 0),
        "FCGX_GetStr" | "FCGX_GetLine" => Fills { source: Source::Request, into: 0, label: None },
        "mg_get_var" => fills(Source::Request, 3, 2),
        "mg_get_http_var" | "httpd_query_key_value" => fills(Source::Request, 2, 1),
        "mg_read" => Fills { source: Source::Network, into: 1, label: None },
        "cgiFormString"
        | "cgiFormStringNoNewlines"
        | "cgiCookieString"
        | "cgiFormFileName"
        | "cgiFormStringSpaceNeeded" => fills(Source::Request, 1, 0),
        "nvram_get"
        | "nvram_safe_get"
        | "acosNvramConfig_get"
        | "uci_get"
        | "apmib_get_str"
        | "rdb_get"
        | "nvram_get_s" => Gives(Source::Stored, 0),
        "nvram_bufget" => Gives(Source::Stored, 1),
        "apmib_get" | "GetValue" | "get_mib" => fills(Source::Stored, 1, 0),
        "tcapi_get" => fills(Source::Stored, 2, 1),
        "xmldbc_get_wb" => fills(Source::Stored, 3, 2),
        "ezplib_get_attr_val" => fills(Source::Stored, 3, 2),
        "util_execSystem" | "rut_doSystemAction" => Shell { command: 1 },
        // Broadcom's takes an argument vector, not a command line.
        "eval" => Executes,
        _ => return None,
    })
}

/// Functions that run a command line, lower case, without leading underscores.
const SHELLS: &[&str] = &[
    "dosystem",
    "dosystemcmd",
    "dosystembk",
    "do_system",
    "do_system_cmd",
    "twsystem",
    "cstesystem",
    "bl_do_system",
    "lxmldbc_system",
    "tp_system",
    "tp_systemex",
    "vsystem",
    "systemf",
    "xsystem",
    "my_system",
    "mysystem",
    "safe_system",
    "bsystem",
    "bstar_system",
    "cmdsystem",
    "cmd_system",
    "system_cmd",
    "systemcmd",
    "rtl_system",
    "va_system",
    "va_cmd_system",
    "execsystem",
    "exec_system",
    "system_ex",
    "systemex",
    "wp_system",
    "swsystem",
    "ssystem",
    "fmt_system",
    "eval_system",
    "shell_system",
    "run_system",
    "dosystemv",
    "zte_system",
    "sal_system",
    "os_system",
    "ossystem",
    "systemcall",
    "libsystem",
    "run_shell",
    "runshell",
    "exec_shell",
    "execshell",
    "shell_exec",
    "run_command",
    "runcommand",
    "exec_cmd",
    "execcmd",
    "run_cmd",
    "runcmd",
    "do_cmd",
    "docmd",
    "execformatcmd",
    "formatcmd",
    "notdolog_system",
    "bcmsystem",
    "bcm_dosystem",
    "system",
    "lib_system",
    "utils_system",
    "util_system",
    "cmd_exec",
    "cmdexec",
    "exe_system",
    "exesystem",
    "dbg_system",
    "log_system",
    "popen_cmd",
    "cmd_popen",
    "popen2",
    "my_popen",
    "mypopen",
    "safe_popen",
    "vpopen",
    "popenf",
    "system_nonblock",
    "systembk",
    "dosystembg",
    "ez_system",
    "msystem",
    "call_system",
    "callsystem",
    "system_exec",
    "systemexec",
    "exec_sh",
    "exec_sh_cmd",
    "execute_cmd",
    "executecmd",
    "execute_command",
    "executecommand",
    "execcommand",
    "exec_command",
    "exeshell",
    "exe_cmd",
    "execmd",
    "execute_shell",
    "execshellcmd",
    "exec_shell_cmd",
    "runshellcmd",
    "run_shell_cmd",
    "shell_cmd",
    "shellcmd",
    "shell_command",
    "bcmsystemex",
    "bcmsystemmute",
    "prctl_runcommandinshellwithtimeout",
    "prctl_runcommandinshellblocking",
    "runcommandinshell",
    "runcommandinshellwithtimeout",
    "runcommandinshellblocking",
    "runsystemcmd",
    "run_system_cmd",
    "mtk_system",
    "sysprintf",
    "system_printf",
    "sysexec",
    "do_shell",
    "doshell",
    "doshellcmd",
    "shell_run",
    "posix_system",
    "jcs_system",
    "bs_system",
    "vos_system",
    "tpsystem",
    "tp_system_ex",
    "tcsystem",
    "system_call",
    "systemcallback_cmd",
    "dosystemwait",
    "dosystemcmdex",
    "websystem",
    "web_system",
    "http_system",
    "cgi_system",
    "cgisystem",
    "ubus_system",
    "qcsystem",
    "sys_system",
    "syssystem",
    "sys_cmd",
    "do_sys_cmd",
    "xmldbc_system",
    "lxmldbc_system_ex",
    "cos_system",
    "zy_system",
    "zysh_system",
    "vty_system",
];

/// Parts of names, lower case.
const DECODERS: &[&str] = &[
    "decode64",
    "base64_decode",
    "base64decode",
    "b64_decode",
    "b64decode",
    "urldecode",
    "url_decode",
    "unescape",
    "unencode",
    "decode_url",
    "decodeurl",
    "uh_urldecode",
];

/// Parts of names, lower case.
const GUARDS: &[&str] = &[
    "escape",
    "sanit",
    "validat",
    "is_valid",
    "isvalid",
    "check_valid",
    "illegal",
    "filter_",
    "quote",
    "checkstr",
    "check_str",
    "safecheck",
    "xss",
    "inject",
    "meta_char",
    "metachar",
    "danger",
];

/// Parts of names, lower case.
const STORES: &[&str] = &[
    "nvram_get",
    "nvramget",
    "nvram_safe",
    "config_get",
    "cfg_get",
    "conf_get",
    "uci_get",
    "mib_get",
    "rdb_get",
    "xmldb",
    "cdb_get",
    "envram_get",
    "artblock_get",
    "getcfg",
    "get_cfg",
    "nvconfig",
    "nv_get",
    "param_load",
];

/// Parts of names, lower case.
const GETTERS: &[&str] = &[
    "getcgi",
    "get_cgi",
    "cgi_get",
    "cgiget",
    "getformvar",
    "get_form",
    "form_get",
    "querystring",
    "query_get",
    "get_query",
    "getquery",
    "httpgetvar",
    "http_get_var",
    "web_get",
    "webget",
    "websget",
    "getpostvar",
    "get_post",
    "postget",
    "getparam_from_request",
    "getformvalue",
    "get_form_value",
    "getpostvalue",
    "get_post_value",
    "cgi_param",
    "cgiparam",
    "getreqvar",
    "req_get_",
    "reqget",
    "getwebvar",
    "get_web_var",
    "webvar_get",
    "http_param",
    "httpparam",
    "get_url_param",
    "geturlparam",
    "getrequestparam",
    "request_param",
    "uri_param",
];

/// Vendors' own functions, by how they are usually named.
fn named_alike(name: &str) -> Option<Role> {
    // Mangled and generated names are no vendor's C functions.
    if name.len() > 40 || name.len() < 5 || name.starts_with("_Z") || name.starts_with("Z") {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(DECODERS) {
        return Some(Role::Decodes);
    }
    if has(GUARDS) {
        return Some(Role::Guards);
    }
    let bare = lower.trim_start_matches('_');
    if SHELLS.contains(&bare) {
        return Some(Role::Shell { command: 0 });
    }
    if has(STORES) {
        return Some(Role::Gives(Source::Stored, 0));
    }
    if has(GETTERS) {
        return Some(Role::Gives(Source::Request, 0));
    }
    None
}
