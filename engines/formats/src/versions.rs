//! Version order that works across upstream projects: numbers by value, letters by alphabet.
//!
//! It follows the shape that Debian's and RPM's orders share: runs of digits and runs of letters are
//! compared in turn; `~`, and the words alpha, beta, pre and rc, come before the release itself;
//! any other suffix after it (`1.0.2k` after `1.0.2`).

use std::cmp::Ordering;

#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Before,
    End,
    Word(&'a str),
    Number(&'a str),
}

/// Compares two versions.
#[must_use]
pub fn compare(left: &str, right: &str) -> Ordering {
    let mut left = pieces(left).into_iter();
    let mut right = pieces(right).into_iter();
    loop {
        let (a, b) = (left.next(), right.next());
        if a.is_none() && b.is_none() {
            return Ordering::Equal;
        }
        let order = order(&a.unwrap_or(Piece::End), &b.unwrap_or(Piece::End));
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn rank(piece: &Piece<'_>) -> u8 {
    match piece {
        Piece::Before => 0,
        Piece::End => 1,
        Piece::Word(_) => 2,
        Piece::Number(_) => 3,
    }
}

fn order(left: &Piece<'_>, right: &Piece<'_>) -> Ordering {
    match (left, right) {
        (Piece::Number(a), Piece::Number(b)) => {
            let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
            a.len().cmp(&b.len()).then_with(|| a.cmp(b))
        }
        (Piece::Word(a), Piece::Word(b)) => a.cmp(b),
        // `1.0` and `1.0.0` are the same.
        (Piece::End, Piece::Number(n)) if n.bytes().all(|b| b == b'0') => Ordering::Equal,
        (Piece::Number(n), Piece::End) if n.bytes().all(|b| b == b'0') => Ordering::Equal,
        _ => rank(left).cmp(&rank(right)),
    }
}

fn pieces(version: &str) -> Vec<Piece<'_>> {
    let version = version.trim_start_matches(['v', 'V']);
    let mut pieces = Vec::new();
    let mut rest = version;
    while let Some(first) = rest.chars().next() {
        let class = |c: char| (c.is_ascii_digit(), c.is_alphabetic());
        let end = rest.find(|c| class(c) != class(first)).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        rest = tail;
        match class(first) {
            (true, _) => pieces.push(Piece::Number(run)),
            (_, true) => match run.to_ascii_lowercase().as_str() {
                "alpha" | "beta" | "pre" | "rc" => pieces.push(Piece::Before),
                _ => pieces.push(Piece::Word(run)),
            },
            _ if run.contains('~') => pieces.push(Piece::Before),
            _ => {}
        }
    }
    pieces
}

/// Whether `version` meets a requirement such as `<1.36`, `>=2.0,<2.83` or `=1.0.2k`.
///
/// An empty requirement is met by any version. `None` when the requirement is not understood.
#[must_use]
pub fn meets(version: &str, requirement: &str) -> Option<bool> {
    for clause in requirement.split(',').map(str::trim).filter(|clause| !clause.is_empty()) {
        let digits = clause.trim_start_matches(['<', '>', '=', '!']);
        let operator = clause.get(..clause.len() - digits.len())?;
        let order = compare(version, digits.trim());
        let met = match operator {
            "<" => order == Ordering::Less,
            "<=" => order != Ordering::Greater,
            ">" => order == Ordering::Greater,
            ">=" => order != Ordering::Less,
            "=" | "==" | "" => order == Ordering::Equal,
            "!=" => order != Ordering::Equal,
            _ => return None,
        };
        if !met {
            return Some(false);
        }
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_real_versions() {
        let ascending = [
            &["0.9.8zh", "1.0.1", "1.0.1t", "1.0.2", "1.0.2k", "1.1.0"][..],
            &["2012.55", "2014.63", "2019.78"],
            &["2.80~rc1", "2.80", "2.80-16", "2.81"],
            &["1.9", "1.10", "1.36.1"],
            &["3.0.0-rc2", "3.0.0", "3.0.1"],
        ];
        for row in ascending {
            for pair in row.windows(2) {
                assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
                assert_eq!(compare(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
            }
        }
        assert_eq!(compare("v1.0", "1.0.0"), Ordering::Equal);
    }

    #[test]
    fn requirements() {
        assert_eq!(meets("1.35.0", "<1.36"), Some(true));
        assert_eq!(meets("2.83", ">=2.0,<2.83"), Some(false));
        assert_eq!(meets("1.0", ""), Some(true));
        assert_eq!(meets("1.0", "<>2"), None);
    }

    proptest::proptest! {
        #[test]
        fn order_is_antisymmetric(a in "[0-9a-z.~-]{0,10}", b in "[0-9a-z.~-]{0,10}") {
            proptest::prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
        }
    }
}
