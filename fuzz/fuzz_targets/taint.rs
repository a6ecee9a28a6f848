//! The flow of input through a script or a C source, in every language that is read.
#![no_main]

use duecare_base::Location;
use libfuzzer_sys::fuzz_target;

/// One path for each language.
const PATHS: &[&str] = &[
    "/www/cgi-bin/pump.sh",
    "/www/pump.php",
    "/usr/lib/lua/pump.lua",
    "/www/pump.py",
    "/www/pump.pl",
    "/www/pump.js",
    "/src/pump.c",
];

/// Names a source and a sink of every language, so that no input is put aside before it is parsed.
const NAMES: &[u8] = b"\n// # QUERY_STRING $_GET $_POST param getenv recv read io.read sys.argv \
    process.argv req.query request.args eval system popen os.execute io.popen exec os.system \
    subprocess child_process.exec strcpy password\n";

fuzz_target!(|data: &[u8]| {
    let (path, content) = duecare_fuzz::file_of(PATHS, data);
    let at = Location::file("input.bin", path);
    for finding in duecare_taint::check(path, &[content, NAMES].concat(), &at).findings {
        assert!(!finding.key.is_empty(), "a finding has a key");
    }
});
