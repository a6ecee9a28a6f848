//! Who gets which permit, with which products.

use super::permission::{
    GrantException, ManageOwnAccess, PublishRelease, ReadFindings, ReadReleases, RunJobs,
    SignOffRelease, SubmitRelease,
};
use super::*;
use crate::id::{PersonId, ProductId, TokenId};
use crate::time::Time;
use std::collections::BTreeSet;

const DAY_MS: u64 = 86_400_000;

fn now() -> Time {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn person() -> PersonId {
    PersonId::new(now(), [1; 10])
}

fn product(number: u8) -> ProductId {
    ProductId::new(now(), [number; 10])
}

fn only(numbers: &[u8]) -> Scope {
    Scope::Only(numbers.iter().map(|number| product(*number)).collect())
}

fn grant(role: Role, scope: Scope) -> Grant {
    Grant::new(role, scope).unwrap()
}

fn actor(grants: &[(Role, Scope)]) -> Actor {
    let grants = grants.iter().map(|(role, scope)| grant(*role, scope.clone())).collect();
    Actor::person(person(), grants)
}

fn token(names: &[PermissionName], products: Scope) -> Token {
    let scope = TokenScope::new(names.iter().copied().collect(), products).unwrap();
    let id = TokenId::new(now(), [2; 10]);
    Token::new(id, person(), scope, now(), now().plus_ms(30 * DAY_MS)).unwrap()
}

/// What somebody with this role alone may do besides reading.
fn changes(role: Role) -> Vec<&'static str> {
    let scope = if role == Role::Vendor { only(&[1]) } else { Scope::All };
    let actor = actor(&[(role, scope)]);
    PermissionName::ALL
        .iter()
        .filter(|name| actor.may(**name) && rule(**name).kind != Kind::Read)
        .map(|name| name.label())
        .collect()
}

#[test]
fn what_those_outside_the_team_may_change() {
    assert_eq!(changes(Role::Assessor), ["access.own"]);
    assert_eq!(changes(Role::Support), ["access.own", "finding.report"]);
    assert_eq!(
        changes(Role::Vendor),
        [
            "access.own",
            "release.create",
            "release.edit",
            "release.submit",
            "artefact.upload",
            "document.upload",
            "finding.import",
            "finding.report",
            "exception.request",
        ]
    );
    let support = actor(&[(Role::Support, Scope::All)]);
    assert!(!support.may(PermissionName::ReadFindings), "weaknesses not yet fixed are no gossip");
    assert!(!actor(&[]).may(PermissionName::ReadCatalogue));
}

#[test]
fn every_role_may_do_what_the_table_says_and_no_more() {
    for role in Role::ALL {
        let scope = if *role == Role::Vendor { only(&[1]) } else { Scope::All };
        let actor = actor(&[(*role, scope)]);
        for name in PermissionName::ALL {
            assert_eq!(actor.may(*name), rule(*name).allows(*role), "{role} {name}");
        }
    }
    for name in PermissionName::ALL {
        assert_eq!(Actor::worker().may(*name), rule(*name).allows_worker(), "{name}");
    }
}

#[test]
fn products_add_up_by_permission() {
    let both = actor(&[(Role::Vendor, only(&[1])), (Role::Assessor, only(&[2, 3]))]);
    let read = both.permit::<ReadReleases>().unwrap();
    assert_eq!(read.scope(), &only(&[1, 2, 3]));
    let submit = both.permit::<SubmitRelease>().unwrap();
    assert_eq!((submit.scope(), submit.roles()), (&only(&[1]), &BTreeSet::from([Role::Vendor])));
    assert!(submit.covers(product(1)).is_ok());
    let name = PermissionName::SubmitRelease;
    assert_eq!(submit.covers(product(2)), Err(Denied::Product(name)));
    let all = actor(&[(Role::Engineer, only(&[1])), (Role::SecurityLead, Scope::All)]);
    assert_eq!(all.permit::<SubmitRelease>().unwrap().scope(), &Scope::All);
    let none = both.permit::<PublishRelease>().unwrap_err();
    assert_eq!(none, Denied::Role(PermissionName::PublishRelease));
    assert_eq!(none.to_string(), "none of your roles may do this (release.publish)");
}

#[test]
fn a_grant_of_no_product_covers_nothing() {
    let nothing = actor(&[(Role::Vendor, Scope::none())]);
    let permit = nothing.permit::<ReadFindings>().unwrap();
    assert!(permit.scope().is_empty() && permit.covers(product(1)).is_err());
}

#[test]
fn grants_that_can_not_be() {
    assert_eq!(Grant::new(Role::Vendor, Scope::All), Err(GrantError::VendorOfAll));
    assert_eq!(Grant::new(Role::Admin, only(&[1])), Err(GrantError::LimitedAdmin));
}

#[test]
fn a_token_does_what_it_was_made_for_and_its_person_may() {
    let made = token(&[PermissionName::SubmitRelease, PermissionName::ReadReleases], only(&[1, 2]));
    let engineer = vec![grant(Role::Engineer, only(&[2, 3]))];
    let actor = Actor::token(&made, engineer, now()).unwrap();
    let permit = actor.permit::<SubmitRelease>().unwrap();
    assert_eq!(permit.scope(), &only(&[2]));
    assert_eq!(permit.by(), By::Token(person(), made.id));
    assert_eq!(permit.by().person(), Some(person()));
    let denied = |name| actor.may(name);
    assert!(!denied(PermissionName::ReadFindings) && !denied(PermissionName::SignOffRelease));
    let findings = actor.permit::<ReadFindings>().unwrap_err();
    assert_eq!(findings, Denied::Token(PermissionName::ReadFindings));
    let sign_off = actor.permit::<SignOffRelease>().unwrap_err();
    assert_eq!(sign_off, Denied::Personal(PermissionName::SignOffRelease));
    // The person lost the role: so did the token.
    let assessor = vec![grant(Role::Assessor, Scope::All)];
    let later = Actor::token(&made, assessor, now()).unwrap();
    assert!(!later.may(PermissionName::SubmitRelease) && later.may(PermissionName::ReadReleases));
}

#[test]
fn tokens_end() {
    let made = token(&[PermissionName::ReadReleases], Scope::All);
    let end = made.expires_at;
    assert_eq!(made.check(Time::clamped(end.ms() - 1)), Ok(()));
    assert_eq!(made.check(end), Err(TokenRefusal::Expired(end)));
    assert!(Actor::token(&made, Vec::new(), end).is_err());
    let revoked = Token { revoked_at: Some(now()), ..made.clone() };
    assert_eq!(revoked.check(now()), Err(TokenRefusal::Revoked));
    assert_eq!(made.check(Time::MIN), Err(TokenRefusal::NotYet));
    assert_eq!(TokenRefusal::Expired(end).to_string(), "this token has expired on 2026-12-23");
    let scope = made.scope.clone();
    let with_end = |end| Token::new(made.id, person(), scope.clone(), now(), end).map(|_| ());
    let year = u64::from(TOKEN_DAYS_MAX) * DAY_MS;
    assert_eq!(with_end(now().plus_ms(year)), Ok(()));
    assert_eq!(with_end(now().plus_ms(year + 1)), Err(TokenError::Expiry));
    assert_eq!(with_end(now()), Err(TokenError::Expiry));
}

#[test]
fn no_token_stands_for_a_person() {
    let scope = |names: &[PermissionName], products| {
        TokenScope::new(names.iter().copied().collect(), products).map(|_| ())
    };
    for name in PermissionName::ALL {
        let found = scope(&[*name], Scope::All);
        let expected = match rule(*name).kind {
            Kind::Read | Kind::Write => Ok(()),
            Kind::Personal | Kind::Internal => Err(TokenError::Personal(*name)),
        };
        assert_eq!(found, expected, "{name}");
    }
    assert_eq!(scope(&[], Scope::All), Err(TokenError::Empty));
    assert_eq!(scope(&[PermissionName::ReadJobs], Scope::none()), Err(TokenError::Empty));
}

#[test]
fn the_installation_itself_does_jobs_and_decides_nothing() {
    let worker = Actor::worker();
    assert_eq!(worker.permit::<RunJobs>().unwrap().scope(), &Scope::All);
    assert!(worker.permit::<GrantException>().is_err());
    assert!(worker.permit::<ManageOwnAccess>().is_err());
    for name in PermissionName::ALL {
        assert!(!worker.may(*name) || rule(*name).kind != Kind::Personal, "{name}");
    }
}
