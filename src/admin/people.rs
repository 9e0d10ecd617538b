//! Who asks: the approver behind a token or a socket peer (SPEC section 10). Where it is unsure, nobody: a peer
//! of another user namespace may not even look, a peer that no `[[approver]]` names may only look.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::admin::door::Door;
use crate::admin::problem::{Kind, Problem};
use crate::approve::whose;
use crate::config::Approver;
use crate::hold::{HoldView, Who};
use crate::secret::{Masked, hex, sha256, token_matches};
use crate::serve::NOBODY;

/// The name of whoever has `state/admin.token`.
pub const ADMIN: &str = "admin";

const LOOKS: &str = "no `[[approver]]` in the config names your user: you may look, and nothing more";

/// Somebody who may look, and what more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who it is on record, and whose word it is.
    pub who: Who,
    /// Whether they may decide, and see what is masked.
    pub decides: bool,
}

impl Person {
    /// Refuses who may only look.
    pub fn must_decide(&self) -> Result<(), Problem> {
        if self.decides {
            return Ok(());
        }
        Err(Problem::new(Kind::Forbidden, LOOKS))
    }

    /// Says why their approval would not count for a hold, where it would not.
    pub fn counts(&self, hold: &HoldView) -> Result<(), String> {
        if self.decides { whose::counts(hold, &self.who) } else { Err(LOOKS.to_owned()) }
    }
}

/// Everybody who may ask.
#[derive(Debug)]
pub enum People {
    /// No `[[approver]]` is configured: the socket's peers by their user names, and who has the token of
    /// `state/admin.token`, of which this is the hash.
    Anyone {
        /// `sha256:HEX`
        admin_hash: String,
    },
    /// Those of the config, and nobody else.
    Named(Vec<Approver>),
}

impl People {
    /// Nobody is configured; whoever has this token is `admin`.
    pub fn anyone(token: &Masked<String>) -> Self {
        Self::Anyone { admin_hash: format!("sha256:{}", hex(&sha256(token.reveal().as_bytes()))) }
    }

    /// Says who asks. A token counts at either door, and a wrong one is never passed over for the peer's name.
    pub fn identify(&self, door: &Door, headers: &HeaderMap) -> Result<Person, Problem> {
        match (bearer(headers)?, door) {
            (Some(token), _) => self.by_token(token).ok_or_else(|| unauthorized("nobody has this token")),
            (None, Door::Socket { uid, user }) => self.by_user(*uid, user),
            (None, Door::Tcp { .. }) => Err(unauthorized(match self {
                Self::Anyone { .. } => {
                    "send `Authorization: Bearer TOKEN`; the token is in state/admin.token"
                }
                Self::Named(_) => {
                    "send `Authorization: Bearer TOKEN` with your own token, whose hash an `[[approver]]` has"
                }
            })),
        }
    }

    /// Compares with every hash, whichever matches, so that the time tells nothing.
    pub fn by_token(&self, token: &str) -> Option<Person> {
        let found = |who: Who| Person { who, decides: true };
        match self {
            Self::Anyone { admin_hash } => token_matches(token, admin_hash).then(|| found(Who::named(ADMIN))),
            Self::Named(approvers) => approvers.iter().fold(None, |person, approver| {
                let matches = approver.token_hash.as_deref().is_some_and(|hash| token_matches(token, hash));
                if matches { Some(found(approver.into())) } else { person }
            }),
        }
    }

    fn by_user(&self, uid: u32, user: &str) -> Result<Person, Problem> {
        if uid == NOBODY {
            let detail = "your user id is 65534, that of `nobody` and of everybody of another user namespace, so that nobody can tell who \
                          you are: come with a token (HOLDPOINT_TOKEN)";
            return Err(Problem::new(Kind::Forbidden, detail));
        }
        Ok(match self {
            Self::Anyone { .. } => {
                let who = Who { user: Some(user.to_owned()), ..Who::named(user) };
                Person { who, decides: true }
            }
            Self::Named(approvers) => match approvers.iter().find(|one| one.user.as_deref() == Some(user)) {
                Some(approver) => Person { who: approver.into(), decides: true },
                None => Person { who: Who::named(user), decides: false },
            },
        })
    }
}

/// The token of `Authorization: Bearer TOKEN` (RFC 6750 section 2.1).
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| text.split_once(' ')).and_then(|(scheme, token)| {
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
    });
    match (token, values.next()) {
        (Some(token), None) => Ok(Some(token)),
        _ => Err(unauthorized("send one `Authorization: Bearer TOKEN`")),
    }
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(Kind::Unauthorized, detail)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn hash(token: &str) -> String {
        format!("sha256:{}", hex(&sha256(token.as_bytes())))
    }

    fn named() -> People {
        People::Named(vec![
            Approver { name: "ada".into(), user: Some("ada".into()), token_hash: None, groups: Vec::new() },
            Approver {
                name: "ops".into(),
                user: Some("deploy".into()),
                token_hash: Some(hash("ops-token")),
                groups: Vec::new(),
            },
        ])
    }

    fn with(authorization: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
        headers
    }

    fn socket(uid: u32, user: &str) -> Door {
        Door::Socket { uid, user: user.into() }
    }

    fn tcp() -> Door {
        Door::tcp("127.0.0.1:8081".parse().unwrap(), None)
    }

    fn who(people: &People, door: &Door, headers: &HeaderMap) -> Result<(String, bool), Kind> {
        let person = people.identify(door, headers).map_err(|problem| problem.kind())?;
        Ok((person.who.name, person.decides))
    }

    #[test]
    fn on_the_port_only_a_token_names_somebody() {
        let anyone = People::anyone(&Masked::new("secret".into()));
        assert_eq!(who(&anyone, &tcp(), &with("Bearer secret")), Ok(("admin".into(), true)));
        assert_eq!(who(&anyone, &tcp(), &with("bearer secret")), Ok(("admin".into(), true)));
        for wrong in ["Bearer secreT", "Bearer secret ", "Bearer ", "Bearer", "Basic secret", "secret"] {
            assert_eq!(who(&anyone, &tcp(), &with(wrong)), Err(Kind::Unauthorized), "{wrong}");
        }
        assert_eq!(who(&anyone, &tcp(), &HeaderMap::new()), Err(Kind::Unauthorized));
        let mut twice = with("Bearer secret");
        twice.append(AUTHORIZATION, HeaderValue::from_static("Bearer secret"));
        assert_eq!(who(&anyone, &tcp(), &twice), Err(Kind::Unauthorized));
    }

    #[test]
    fn a_socket_user_and_a_token_of_one_approver_are_one_person() {
        let ops = Ok(("ops".into(), true));
        assert_eq!(who(&named(), &socket(1000, "deploy"), &HeaderMap::new()), ops);
        assert_eq!(who(&named(), &tcp(), &with("Bearer ops-token")), ops);
        assert_eq!(who(&named(), &socket(2000, "other"), &with("Bearer ops-token")), ops);
    }

    #[test]
    fn where_approvers_are_configured_anybody_else_may_only_look() {
        let looker = who(&named(), &socket(0, "root"), &HeaderMap::new());
        assert_eq!(looker, Ok(("root".into(), false)));
        assert_eq!(who(&named(), &socket(0, "ops"), &HeaderMap::new()), Ok(("ops".into(), false)));
        let person = Person { who: Who::named("root"), decides: false };
        assert_eq!(person.must_decide().unwrap_err().kind(), Kind::Forbidden);
    }

    #[test]
    fn the_token_file_is_worth_nothing_once_approvers_are_configured() {
        let wrong = with("Bearer secret");
        assert_eq!(who(&named(), &tcp(), &wrong), Err(Kind::Unauthorized));
        assert_eq!(who(&named(), &socket(1000, "deploy"), &wrong), Err(Kind::Unauthorized));
    }

    #[test]
    fn where_nobody_is_configured_the_peer_s_user_name_is_the_approver() {
        let anyone = People::anyone(&Masked::new("secret".into()));
        assert_eq!(who(&anyone, &socket(7, "uid:7"), &HeaderMap::new()), Ok(("uid:7".into(), true)));
    }

    #[test]
    fn a_peer_of_another_namespace_may_not_even_look() {
        let anyone = People::anyone(&Masked::new("secret".into()));
        for people in [&anyone, &named()] {
            let nobody = who(people, &socket(NOBODY, "nobody"), &HeaderMap::new());
            assert_eq!(nobody, Err(Kind::Forbidden));
        }
    }
}
