//! Somebody must always be able to run the installation.

use super::role::{Grant, Role};
use crate::id::PersonId;

/// An account, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Who.
    pub person: PersonId,
    /// Whether the person may log in.
    pub active: bool,
    /// The roles held.
    pub grants: Vec<Grant>,
}

/// What is to happen to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountChange {
    /// The person may not log in any more.
    Deactivate(PersonId),
    /// The person holds these roles from now on.
    Regrant(PersonId, Vec<Grant>),
}

/// A change after which nobody could run the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this would leave nobody who is an admin; make somebody else an admin first")]
pub struct LastAdmin;

/// Checks that an active admin is left after the change.
///
/// # Errors
/// [`LastAdmin`] when none is.
pub fn keep_an_admin(people: &[Membership], change: &AccountChange) -> Result<(), LastAdmin> {
    let is_admin = |grants: &[Grant]| grants.iter().any(|grant| grant.role() == Role::Admin);
    let stays = |member: &Membership| match change {
        AccountChange::Deactivate(person) if *person == member.person => false,
        AccountChange::Regrant(person, grants) if *person == member.person => {
            member.active && is_admin(grants)
        }
        _ => member.active && is_admin(&member.grants),
    };
    if people.iter().any(stays) { Ok(()) } else { Err(LastAdmin) }
}

#[cfg(test)]
mod tests {
    use super::super::Scope;
    use super::*;
    use crate::time::Time;

    #[test]
    fn the_last_admin_stays() {
        let id = |n| PersonId::new(Time::MIN, [n; 10]);
        let grants = |role| vec![Grant::new(role, Scope::All).unwrap()];
        let member = |n, role, active| Membership { person: id(n), active, grants: grants(role) };
        let people = [
            member(1, Role::Admin, true),
            member(2, Role::Admin, false),
            member(3, Role::Engineer, true),
        ];
        assert_eq!(keep_an_admin(&people, &AccountChange::Deactivate(id(1))), Err(LastAdmin));
        let regrant = |n, role| AccountChange::Regrant(id(n), grants(role));
        assert_eq!(keep_an_admin(&people, &regrant(1, Role::Engineer)), Err(LastAdmin));
        assert_eq!(keep_an_admin(&people, &regrant(1, Role::Admin)), Ok(()));
        assert_eq!(keep_an_admin(&people, &AccountChange::Deactivate(id(3))), Ok(()));
        assert_eq!(keep_an_admin(&people, &regrant(2, Role::Admin)), Ok(()));
        let two = [people[0].clone(), member(4, Role::Admin, true)];
        assert_eq!(keep_an_admin(&two, &AccountChange::Deactivate(id(1))), Ok(()));
    }
}
