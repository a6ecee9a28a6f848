//! Guessing a password from a short list: what an attacker tries in the first minute.

use super::{HashKind, matches};

/// Work spent on one hash, in MD5 blocks: about a tenth of a second.
const COST_MAX: u64 = 800_000;

/// Endings that people add to a name to make a password of it.
const ENDINGS: [&str; 12] =
    ["", "1", "12", "123", "1234", "12345", "123456", "!", "@123", "#123", "2020", "0"];

/// What guessing gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Guessed {
    /// The password.
    Found(String),
    /// None of the guesses fitted.
    NotInList,
    /// The kind is never guessed at.
    NotTried,
}

/// Tries the user's own name and the list, the likely ones first; slow hashes get fewer guesses.
pub(crate) fn guess(kind: HashKind, text: &str, user: &str, list: &[String]) -> Guessed {
    let Some(cost) = kind.cost(text) else {
        return Guessed::NotTried;
    };
    let guesses_max = (COST_MAX / cost.max(1)) as usize;
    if guesses_max == 0 {
        return Guessed::NotTried;
    }
    let mut own: Vec<String> = Vec::new();
    if !user.is_empty() {
        own.extend(ENDINGS.iter().map(|ending| format!("{user}{ending}")));
        own.push(user.chars().rev().collect());
        let mut capital = user.to_owned();
        if let Some(first) = capital.get_mut(..1) {
            first.make_ascii_uppercase();
            own.push(capital);
        }
    }
    let empty = String::new();
    // The name and nothing come first, then the head of the list, then the name's variants.
    let head = list.len().min(20);
    let (likely, rest) = list.split_at(head);
    own.iter()
        .take(1)
        .chain(std::iter::once(&empty))
        .chain(likely)
        .chain(own.iter().skip(1))
        .chain(rest)
        .take(guesses_max)
        .find(|candidate| matches(kind, text, candidate))
        .map_or(Guessed::NotInList, |found| Guessed::Found(found.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_and_the_name() {
        let list = vec!["root".to_owned(), "guest".to_owned()];
        let found = |text: &str| Guessed::Found(text.to_owned());
        // Made with Perl's crypt and `openssl passwd`.
        let cases = [
            (HashKind::Des, "abvyhtC1vX8PI", "x", found("guest")),
            (HashKind::Des, "rG/.Y.eZOWFGY", "admin", found("admin123")),
            (HashKind::Md5Crypt, "$1$$oCLuEVgI1iAqOA8pwkzAg1", "x", found("root")),
            (HashKind::Apr1, "$apr1$xyz$XBtgh0phNTzOJCJBgbsCw.", "admin", found("admin")),
            (
                HashKind::Sha256Crypt,
                "$5$saltstring$P.bW6F1RP1HA7OPm5SRVZIGro4q5xJxWEWq0LwuJu6.",
                "admin",
                found("admin"),
            ),
            (
                HashKind::Sha512Crypt,
                "$6$rounds=1000$ab$1PgAm9e5v49cWGpn2klDYEc7bGTy.LXVAnIZ3P5dxyQB/0cCFlB4fWZAOeh7gNFLUA1MsB80qzb7xdaAC3K/W1",
                "admin",
                found("admin"),
            ),
            (HashKind::Md5Hex, "d41d8cd98f00b204e9800998ecf8427e", "x", found("")),
            (HashKind::Sha1Hex, "da39a3ee5e6b4b0d3255bfef95601890afd80709", "x", found("")),
            (HashKind::Bcrypt, "$2y$10$abc", "x", Guessed::NotTried),
            (HashKind::Md5Hex, "00000000000000000000000000000000", "x", Guessed::NotInList),
        ];
        for (kind, text, user, expected) in cases {
            assert_eq!(guess(kind, text, user, &list), expected, "{text}");
        }
    }
}
