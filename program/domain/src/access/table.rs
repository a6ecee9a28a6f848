//! What each role may do: one table.
//!
//! A permission is a type, so that a use case's signature says what it takes, and a name, so that
//! tokens and pages can list it.

use super::role::Role;
use std::fmt;

mod sealed {
    /// Only the table says what permissions there are.
    pub trait Sealed {}
}

/// What may be done with a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only reads.
    Read,
    /// It changes something; people and tokens may hold it.
    Write,
    /// It changes something that a person must stand for, logged in: no token may hold it.
    Personal,
    /// It is for the installation's own workers alone.
    Internal,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The permission.
    pub name: PermissionName,
    /// What may be done with it.
    pub kind: Kind,
    /// One letter for each role that has it, see [`Rule::allows`]; `W` for the workers.
    letters: &'static str,
}

/// A permission as a type without values' worth: see [`permission`].
pub trait Permission: sealed::Sealed + 'static {
    /// Its name.
    const NAME: PermissionName;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident, $label:literal, $kind:ident, $letters:literal;)+) => {
        crate::labels::labels! {
            /// The permissions by name.
            PermissionName, "permission" {
                $($(#[$doc])* $name = $label),+
            }
        }

        /// The permissions as types.
        pub mod permission {
            use super::{Permission, PermissionName, sealed};
            $(
                $(#[$doc])*
                #[derive(Debug, Clone, Copy)]
                pub struct $name;
                impl sealed::Sealed for $name {}
                impl Permission for $name {
                    const NAME: PermissionName = PermissionName::$name;
                }
            )+
        }

        /// The row of a permission.
        #[must_use]
        pub const fn rule(name: PermissionName) -> Rule {
            match name {
                $(PermissionName::$name => Rule { name, kind: Kind::$kind, letters: $letters }),+
            }
        }
    };
}

// A admin, L security lead, E engineer, R release manager, P PSIRT, S support, V vendor,
// X assessor, W worker.
permissions! {
    /// See products, hardware revisions, vendors and the organisation.
    ReadCatalogue, "catalogue.read", Read, "ALERPSVXW";
    /// Enter and change products, hardware revisions and vendors.
    WriteCatalogue, "catalogue.write", Write, "LR";
    /// Change the organisation's name and contact.
    WriteOrganisation, "organisation.write", Personal, "A";

    /// See who there is and which roles they hold.
    ReadPeople, "people.read", Read, "ALERPX";
    /// Invite people, give and take roles, end their sessions and tokens.
    ManagePeople, "people.manage", Personal, "A";
    /// Make and revoke API tokens of one's own; change one's own password and second factor.
    ManageOwnAccess, "access.own", Personal, "ALERPSVX";

    /// See releases, their state, verdicts and reasons.
    ReadReleases, "release.read", Read, "ALERPSVXW";
    /// Plan a release.
    CreateRelease, "release.create", Write, "LERV";
    /// Change a draft's version, channel and hardware revisions.
    EditRelease, "release.edit", Write, "LERV";
    /// Submit a release for review.
    SubmitRelease, "release.submit", Write, "LERV";
    /// Say what a review came to.
    ConcludeReview, "release.conclude", Internal, "W";
    /// Sign a release off; the policy says which roles' sign-offs count.
    SignOffRelease, "release.sign_off", Personal, "LERP";
    /// Approve a release that the gate lets pass.
    ApproveRelease, "release.approve", Personal, "LR";
    /// Publish an approved release.
    PublishRelease, "release.publish", Write, "LR";
    /// Withdraw a published release.
    WithdrawRelease, "release.withdraw", Personal, "LRP";
    /// Give up a release that was never published.
    AbandonRelease, "release.abandon", Write, "LER";

    /// Upload files of a release.
    UploadArtefact, "artefact.upload", Write, "LERVW";
    /// Download files of a release.
    DownloadArtefact, "artefact.download", Read, "LERPVXW";
    /// Upload a document that stands in for a requirement, and answer for it.
    UploadDocument, "document.upload", Personal, "LERPV";

    /// See findings and exceptions.
    ReadFindings, "finding.read", Read, "LERPVXW";
    /// Bring in findings of analysers (SARIF).
    ImportFindings, "finding.import", Write, "LERPVW";
    /// Enter a finding by hand.
    ReportFinding, "finding.report", Write, "LERPSV";
    /// Triage, plan and claim fixes, judge findings not affected or false.
    TriageFinding, "finding.triage", Write, "LEP";
    /// Say that a fix was verified.
    VerifyFinding, "finding.verify", Personal, "LEP";
    /// Ask for an exception.
    RequestException, "exception.request", Write, "LERPV";
    /// Grant an exception, and revoke one.
    GrantException, "exception.grant", Personal, "LP";

    /// See policies, every version.
    ReadPolicies, "policy.read", Read, "ALERPVXW";
    /// Change policies.
    WritePolicy, "policy.write", Personal, "L";

    /// See the ledger's entries.
    ReadEvidence, "evidence.read", Read, "ALERPX";
    /// Take away proofs and bundles.
    ExportEvidence, "evidence.export", Read, "ALRPX";
    /// Erase the content of an entry; its leaf stays.
    EraseEvidence, "evidence.erase", Personal, "A";

    /// See jobs and their progress.
    ReadJobs, "job.read", Read, "ALERPVXW";
    /// Start a job again or cancel it.
    ManageJobs, "job.manage", Write, "ALER";
    /// Do jobs.
    RunJobs, "job.run", Internal, "W";

    /// See settings, without secrets.
    ReadSettings, "settings.read", Read, "ALX";
    /// Change settings.
    WriteSettings, "settings.write", Personal, "A";
    /// Set up webhooks and see their deliveries.
    ManageWebhooks, "webhook.manage", Personal, "AL";
}

impl Rule {
    /// Whether a role has this permission.
    #[must_use]
    pub fn allows(&self, role: Role) -> bool {
        let letter = match role {
            Role::Admin => 'A',
            Role::SecurityLead => 'L',
            Role::Engineer => 'E',
            Role::ReleaseManager => 'R',
            Role::Psirt => 'P',
            Role::Support => 'S',
            Role::Vendor => 'V',
            Role::Assessor => 'X',
        };
        self.letters.contains(letter)
    }

    /// Whether the installation's own workers have it.
    #[must_use]
    pub fn allows_worker(&self) -> bool {
        self.letters.contains('W')
    }

    /// Whether a token may hold it.
    #[must_use]
    pub fn allows_token(&self) -> bool {
        matches!(self.kind, Kind::Read | Kind::Write)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roles: Vec<&str> =
            Role::ALL.iter().filter(|role| self.allows(**role)).map(|role| role.label()).collect();
        write!(f, "{}: {}", self.name, roles.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assessor_only_reads_but_for_the_own_password() {
        for name in PermissionName::ALL {
            let rule = rule(*name);
            let own = *name == PermissionName::ManageOwnAccess;
            if rule.allows(Role::Assessor) && !own {
                assert_eq!(rule.kind, Kind::Read, "{name}");
            }
        }
    }

    #[test]
    fn reading_is_called_so_and_letters_are_known() {
        for name in PermissionName::ALL {
            let rule = rule(*name);
            let sounds =
                [".read", ".download", ".export"].iter().any(|e| name.label().ends_with(e));
            assert_eq!(sounds, rule.kind == Kind::Read, "{name}");
            assert!(rule.letters.chars().all(|letter| "ALERPSVXW".contains(letter)), "{name}");
            assert!(!rule.letters.is_empty(), "{name}");
            let internal = rule.letters == "W";
            assert_eq!(internal, rule.kind == Kind::Internal, "{name}");
        }
    }

    #[test]
    fn an_admin_decides_nothing_about_products() {
        for name in PermissionName::ALL {
            let rule = rule(*name);
            if rule.allows(Role::Admin) && rule.kind != Kind::Read {
                let area = name.label().split('.').next().unwrap();
                let own = ["organisation", "people", "access", "evidence", "job", "settings"];
                assert!(own.contains(&area) || area == "webhook", "{name}");
            }
        }
    }
}
