//! Known answers, what is refused, and what is printed.

use super::*;
use proptest::prelude::*;

const KNOWN: &str = include_str!("../../../tests/data/cvss.txt");

#[test]
fn known_answers() {
    let lines = KNOWN.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut count = 0;
    for line in lines {
        let (text, expected) = line.split_once(' ').unwrap();
        let vector: Vector = text.parse().unwrap();
        let scores = match vector {
            Vector::V31(v) => [v.base(), v.temporal(), v.environmental()],
            Vector::V4(v) => [v.base(), v.base_and_threat(), v.score()],
        };
        let [one, two, three] = scores;
        let rating = vector.score().rating();
        assert_eq!(format!("{one} {two} {three} {rating}"), expected, "{text}");
        count += 1;
    }
    assert!(count > 250, "only {count} vectors were read");
}

#[test]
fn what_is_refused() {
    const BASE: &str = "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    const BASE4: &str = "AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
    let unknown = |part: &str| Err(VectorError::Unknown(part.to_owned()));
    for (text, expected) in [
        (String::new(), Err(VectorError::Version)),
        (BASE.to_owned(), Err(VectorError::Version)),
        (format!("CVSS:3.0/{BASE}"), Err(VectorError::Version)),
        (format!("CVSS:3.1{BASE}"), Err(VectorError::Version)),
        (format!(" CVSS:3.1/{BASE}"), Err(VectorError::Version)),
        (format!("cvss:3.1/{BASE}"), Err(VectorError::Version)),
        (format!("CVSS:3.1/{BASE}/"), unknown("")),
        (format!("CVSS:3.1/{BASE} "), unknown("A:H")),
        (format!("CVSS:3.1/{BASE}/E:Z"), unknown("E:Z")),
        (format!("CVSS:3.1/{BASE}/e:U"), unknown("e:U")),
        (format!("CVSS:3.1/{BASE}/AT:N"), unknown("AT:N")),
        (format!("CVSS:3.1/{BASE}/A:H"), Err(VectorError::Twice("A"))),
        (format!("CVSS:3.1/{BASE}/E:X/E:X"), Err(VectorError::Twice("E"))),
        (format!("CVSS:3.1/{}", BASE.replace("/A:H", "")), Err(VectorError::Missing("A"))),
        (format!("CVSS:3.1/{}", BASE.replace("AV:N", "AV:X")), unknown("AV:X")),
        (format!("CVSS:4.0/{BASE}"), unknown("S:U")),
        (format!("CVSS:4.0/{}", BASE4.replace("/SA:N", "")), Err(VectorError::Missing("SA"))),
        (format!("CVSS:4.0/{}", BASE4.replace("SI:N", "SI:S")), unknown("SI:S")),
        (format!("CVSS:4.0/{BASE4}/U:red"), unknown("U:red")),
        (format!("CVSS:4.0/{BASE4}/CR:H/E:A"), Err(VectorError::Order("E"))),
        (format!("CVSS:4.0/{BASE4}/E:A/E:A"), Err(VectorError::Twice("E"))),
        (format!("CVSS:4.0/{BASE4}/{}", "E:A/".repeat(99)), Err(VectorError::TooLong)),
    ] {
        let score = text.parse::<Vector>().map(|vector| vector.score().tenths());
        assert_eq!(score, expected, "{text}");
    }
    assert!(format!("CVSS:4.0/{BASE4}/E:A/CR:H/S:P/U:Clear").parse::<Vector>().is_ok());
}

#[test]
fn what_is_printed() {
    for (text, printed) in [
        (
            "CVSS:3.1/A:N/I:L/C:L/S:C/UI:R/PR:N/AC:L/AV:N/MS:U/E:X",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N/MS:U",
        ),
        (
            "CVSS:4.0/AV:P/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:H/SA:N/E:X/MSI:S/U:Amber",
            "CVSS:4.0/AV:P/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:H/SA:N/MSI:S/U:Amber",
        ),
    ] {
        assert_eq!(text.parse::<Vector>().unwrap().to_string(), printed);
    }
}

#[test]
fn ratings() {
    for (tenths, rating) in [
        (0, Rating::None),
        (1, Rating::Low),
        (39, Rating::Low),
        (40, Rating::Medium),
        (69, Rating::Medium),
        (70, Rating::High),
        (89, Rating::High),
        (90, Rating::Critical),
        (100, Rating::Critical),
    ] {
        assert_eq!(Score::clamped(tenths).rating(), rating, "{tenths}");
    }
}

#[test]
fn names_of_scores() {
    let base = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
    for (rest, expected) in [
        ("", "B"),
        ("/S:P", "B"),
        ("/E:U", "BT"),
        ("/CR:L", "BE"),
        ("/E:X/CR:X", "B"),
        ("/E:A/MAV:A", "BTE"),
    ] {
        let vector = V4::parse(&format!("{base}{rest}")).unwrap();
        assert_eq!(vector.nomenclature(), format!("CVSS-{expected}"), "{rest}");
    }
}

/// A vector of 4.0 with every metric, by the number of the value of each.
fn full_v4() -> impl Strategy<Value = String> {
    const METRICS: [(&str, &[&str]); 26] = [
        ("AV", &["N", "A", "L", "P"]),
        ("AC", &["L", "H"]),
        ("AT", &["N", "P"]),
        ("PR", &["N", "L", "H"]),
        ("UI", &["N", "P", "A"]),
        ("VC", &["H", "L", "N"]),
        ("VI", &["H", "L", "N"]),
        ("VA", &["H", "L", "N"]),
        ("SC", &["H", "L", "N"]),
        ("SI", &["H", "L", "N"]),
        ("SA", &["H", "L", "N"]),
        ("E", &["X", "A", "P", "U"]),
        ("CR", &["X", "H", "M", "L"]),
        ("IR", &["X", "H", "M", "L"]),
        ("AR", &["X", "H", "M", "L"]),
        ("MAV", &["X", "N", "A", "L", "P"]),
        ("MAC", &["X", "L", "H"]),
        ("MAT", &["X", "N", "P"]),
        ("MPR", &["X", "N", "L", "H"]),
        ("MUI", &["X", "N", "P", "A"]),
        ("MVC", &["X", "H", "L", "N"]),
        ("MVI", &["X", "H", "L", "N"]),
        ("MVA", &["X", "H", "L", "N"]),
        ("MSC", &["X", "H", "L", "N"]),
        ("MSI", &["X", "S", "H", "L", "N"]),
        ("MSA", &["X", "S", "H", "L", "N"]),
    ];
    prop::collection::vec(0_usize..60, METRICS.len()).prop_map(|picks| {
        let parts = METRICS
            .iter()
            .zip(picks)
            .map(|((name, values), pick)| format!("/{name}:{}", values[pick % values.len()]));
        format!("CVSS:4.0{}", parts.collect::<String>())
    })
}

proptest! {
    #[test]
    fn print_then_parse(text in full_v4()) {
        let vector: Vector = text.parse().unwrap();
        let again: Vector = vector.to_string().parse().unwrap();
        prop_assert_eq!(again, vector);
        prop_assert!(vector.score() <= Score::clamped(100));
    }

    /// Less known exploitation never makes a weakness worse.
    #[test]
    fn threat_only_lowers(text in full_v4()) {
        let score = |e: &str| {
            let parts = text.split('/').map(|p| if p.starts_with("E:") { e } else { p });
            parts.collect::<Vec<_>>().join("/").parse::<Vector>().unwrap().score()
        };
        prop_assert!(score("E:U") <= score("E:P") && score("E:P") <= score("E:A"));
        prop_assert_eq!(score("E:X"), score("E:A"));
    }

    #[test]
    fn no_text_panics(text in "CVSS:(3.1|4.0)(/[A-Z]{1,3}:[A-Z]){0,14}|.*") {
        let read = text.parse::<Vector>();
        prop_assert!(read.is_err() || text.starts_with("CVSS:"));
    }
}
