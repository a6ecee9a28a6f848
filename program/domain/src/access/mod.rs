//! Who may do what: roles, permissions, what an actor may do with which products, and the rules of
//! passwords, logins, sessions, second factors and tokens.
//!
//! Secrets and how they are hashed are left out on purpose; so is reading the clock.

mod actor;
mod admins;
mod login;
mod password;
mod role;
mod session;
mod table;
#[cfg(test)]
mod tests;
mod token;

pub use actor::{Actor, By, Denied, Permit};
pub use admins::{AccountChange, LastAdmin, Membership, keep_an_admin};
pub use login::{LoginAttempts, LoginDecision, TOTP_STEP_SECONDS, totp_steps};
pub use password::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, PasswordFault, check_password};
pub use role::{Grant, GrantError, Role, Scope};
pub use session::{Session, SessionEnd, SessionRules};
pub use table::{Kind, Permission, PermissionName, Rule, permission, rule};
pub use token::{TOKEN_DAYS_MAX, Token, TokenError, TokenRefusal, TokenScope};
