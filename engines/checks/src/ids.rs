//! The stable names of this crate's checks.

use duecare_base::CheckId;

macro_rules! ids {
    ($($name:ident = $text:literal,)+) => {
        $(
            #[doc = concat!("`", $text, "`")]
            pub const $name: CheckId = CheckId::new($text);
        )+
        /// All of them.
        pub const ALL: &[CheckId] = &[$($name),+];
    };
}

ids! {
    SERVICE_TELNET = "service-telnet",
    SERVICE_FTP = "service-ftp",
    SERVICE_TFTP = "service-tftp",
    SERVICE_RSH = "service-rsh",
    SERVICE_HTTP_PLAIN = "service-http-plain",
    SERVICE_SNMP = "service-snmp",
    SERVICE_UPNP = "service-upnp",
    SERVICE_WPS = "service-wps",
    SERVICE_SSH_ROOT = "service-ssh-root",
    SERVICE_ADB = "service-adb",
    SERVICE_GDBSERVER = "service-gdbserver",
    SERVICE_DEBUG = "service-debug",
    SERVICE_MQTT_OPEN = "service-mqtt-open",
    SERVICE_RTSP_OPEN = "service-rtsp-open",
    SERVICE_SAMBA_OPEN = "service-samba-open",
    SERVICE_NFS_OPEN = "service-nfs-open",
    SERVICE_REMOTE_MANAGEMENT = "service-remote-management",
    BACKDOOR_DEBUG_SHELL = "backdoor-debug-shell",
    BACKDOOR_SHELL_LISTENER = "backdoor-shell-listener",
    BACKDOOR_HIDDEN_SERVICE = "backdoor-hidden-service",
    BACKDOOR_TELNET_CREDENTIAL = "backdoor-telnet-credential",
    BOOT_CONSOLE_SHELL = "boot-console-shell",
    BOOT_UBOOT_ENVIRONMENT = "boot-uboot-environment",
    BOOT_SECURE_BOOT_ABSENT = "boot-secure-boot-absent",
    PROTOCOL_TR069_PLAIN = "protocol-tr069-plain",
    PROTOCOL_WIFI_WEAK = "protocol-wifi-weak",
    PROTOCOL_SYSLOG_PLAIN = "protocol-syslog-plain",
    TLS_VERIFICATION_OFF = "tls-verification-off",
    TLS_WEAK_PROTOCOL = "tls-weak-protocol",
    TLS_WEAK_CIPHER = "tls-weak-cipher",
    SYSTEM_FIREWALL_OPEN = "system-firewall-open",
    SYSTEM_SYSCTL_WEAK = "system-sysctl-weak",
    MODE_SETUID = "mode-setuid",
    MODE_WORLD_WRITABLE = "mode-world-writable",
    MODE_DEVICE_NODE = "mode-device-node",
    MODE_SHADOW_READABLE = "mode-shadow-readable",
    MODE_FILE_CAPABILITY = "mode-file-capability",
    KERNEL_CONFIG_HARDENING = "kernel-config-hardening",
    KERNEL_MODULES_UNSIGNED = "kernel-modules-unsigned",
    KERNEL_END_OF_LIFE = "kernel-end-of-life",
    UPDATE_PLAIN_HTTP = "update-plain-http",
    UPDATE_SIGNING_ABSENT = "update-signing-absent",
}
