//! `approve`: releases holds. An approval names the digest of what the approver saw: from the line (whole, or its
//! first 12 hexadecimal digits or more), or by showing the hold and asking on the terminal. There is no blanket
//! yes, and without a terminal nothing is asked and nothing approved (CASES AP-25, AP-26).

use serde_json::{Value, json};

use crate::admin::Holds;
use crate::admin::body::duration;
use crate::cli::args::Approve;
use crate::cli::client::Client;
use crate::cli::hold::{check_name, safe};
use crate::cli::server::Place;
use crate::cli::{Done, Trouble, ask, outcome};
use crate::hold::{HoldView, Scope};

/// The least of a digest that names it: 48 bits, which nobody meets by mistyping.
const DIGITS_MIN: usize = 12;

/// A hold, and what was typed of its digest (hexadecimal digits in lower case).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    id: String,
    digits: Option<String>,
}

/// Approves.
pub async fn run(place: &Place, asked: Approve) -> Done {
    let named = read(&asked)?;
    let said = Said::of(&asked)?;
    let client = Client::find(place)?;
    let approved = match named.as_slice() {
        [one] => {
            let digest = match one.digits {
                Some(_) => whole(&client, one).await?,
                None => match ask::about(&client, &one.id, said.also().as_deref()).await? {
                    Some(digest) => digest,
                    None => return Err(Trouble::Failed("not released; the hold is as it was".into())),
                },
            };
            vec![client.post(&format!("/v1/holds/{}/decision", one.id), &said.of_digest(&digest)).await?]
        }
        several => approve_all(&client, several, &said).await?,
    };
    outcome::tell(&client, approved, asked.json).await
}

async fn approve_all(client: &Client, named: &[Named], said: &Said) -> Result<Vec<HoldView>, Trouble> {
    let mut decisions = Vec::with_capacity(named.len());
    for one in named {
        let mut decision = said.of_digest(&whole(client, one).await?);
        decision["id"] = one.id.clone().into();
        decisions.push(decision);
    }
    let holds: Holds = client.post("/v1/decisions", &json!({ "decisions": decisions })).await?;
    Ok(holds.holds)
}

/// What is said of each hold beside its digest.
struct Said {
    note: Option<String>,
    grant: Option<Value>,
}

impl Said {
    fn of(asked: &Approve) -> Result<Self, Trouble> {
        let grant = match &asked.grant {
            None => None,
            Some(ttl) if duration(ttl).is_some_and(|ttl| !ttl.is_zero()) => {
                Some(json!({ "ttl": ttl, "uses": asked.uses, "scope": Scope::from(asked.scope) }))
            }
            Some(ttl) => {
                let text = format!("--grant {} is no time: write it like 90s or 15m, at most 8h", safe(ttl));
                return Err(Trouble::Wrong(text));
            }
        };
        Ok(Self { note: asked.note.clone(), grant })
    }

    fn of_digest(&self, digest: &str) -> Value {
        let mut said = json!({ "decision": "approve", "digest": digest });
        if let Some(note) = &self.note {
            said["reason"] = note.clone().into();
        }
        if let Some(grant) = &self.grant {
            said["grant"] = grant.clone();
        }
        said
    }

    /// What a yes means beside the release.
    fn also(&self) -> Option<String> {
        let grant = self.grant.as_ref()?;
        let (uses, ttl) = (&grant["uses"], grant["ttl"].as_str()?);
        let like = match grant["scope"].as_str()? {
            "exact" => "with the very same content",
            "route" => "with the same method and path, whatever their content",
            _ => "of the same operation, whatever their content",
        };
        Some(format!(
            "A yes also lets through, unseen, {uses} further requests of this agent {like}, for {ttl}."
        ))
    }
}

/// The whole digest. One that was typed in part is looked up, and must be how the hold's own begins.
async fn whole(client: &Client, named: &Named) -> Result<String, Trouble> {
    let digits = named.digits.as_deref().unwrap_or_default();
    if digits.len() == 64 {
        return Ok(format!("sha256:{digits}"));
    }
    let view: HoldView = client.get_json(&format!("/v1/holds/{}", named.id)).await?;
    match view.digest.strip_prefix("sha256:") {
        Some(found) if digits.len() >= DIGITS_MIN && found.starts_with(digits) => Ok(view.digest),
        _ => Err(Trouble::Failed(format!(
            "{}: its digest is not {digits}…\nhint: look again with `holdpoint show {}`; nothing was approved",
            named.id, named.id
        ))),
    }
}

/// What the line says, as far as it can be used.
fn read(asked: &Approve) -> Result<Vec<Named>, Trouble> {
    if asked.reason.is_some() {
        let text = "an approval has no --reason, which a denied agent is told: --note puts a remark on record with it";
        return Err(Trouble::Wrong(text.into()));
    }
    let mut named = asked.holds.iter().map(|text| split(text)).collect::<Result<Vec<_>, _>>()?;
    match (named.as_mut_slice(), &asked.digest) {
        ([one], Some(text)) if one.digits.is_none() => one.digits = Some(digits(text)?),
        ([_], Some(_)) => return Err(Trouble::Wrong("the digest is given twice".into())),
        ([_], None) => {}
        (_, Some(_)) => {
            return Err(Trouble::Wrong("--digest is for one hold; write each as ID@DIGEST".into()));
        }
        (several, None) => {
            if let Some(bare) = several.iter().find(|one| one.digits.is_none()) {
                let text = format!(
                    "several holds need a digest each: {}@DIGEST, as `holdpoint show` has it",
                    bare.id
                );
                return Err(Trouble::Wrong(text));
            }
        }
    }
    Ok(named)
}

fn split(text: &str) -> Result<Named, Trouble> {
    let (id, digest) = match text.split_once('@') {
        Some(("", _) | (_, "")) => {
            return Err(Trouble::Wrong(format!(
                "{}: a hold is named ID, or ID@DIGEST, like K7QF or K7QF@3f9a1c0d27be, as `holdpoint ls` and `holdpoint show` \
                 have them",
                safe(text)
            )));
        }
        Some((id, digest)) => (id, Some(digest)),
        None => (text, None),
    };
    check_name(id)?;
    Ok(Named { id: id.to_owned(), digits: digest.map(digits).transpose()? })
}

fn digits(text: &str) -> Result<String, Trouble> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text).to_ascii_lowercase();
    if (DIGITS_MIN..=64).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(digits);
    }
    Err(Trouble::Wrong(format!(
        "{}: a digest is 64 hexadecimal digits, or its first {DIGITS_MIN} or more",
        safe(text)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::ScopeWord;

    fn asked(holds: &[&str]) -> Approve {
        let holds = holds.iter().map(|text| (*text).to_owned()).collect();
        Approve {
            holds,
            digest: None,
            note: None,
            reason: None,
            grant: None,
            uses: 1,
            scope: ScopeWord::Exact,
            json: false,
        }
    }

    #[test]
    fn a_digest_is_whole_or_at_least_twelve_digits_of_it() {
        for (text, fine) in [
            ("K7QF@3f9a1c0d27be", true),
            ("K7QF@sha256:3F9A1C0D27BE", true),
            ("K7QF", true),
            ("K7QF@3f9a1c0d27b", false),
            ("K7QF@", false),
            ("K7QF@3f9a1c0d27bg", false),
            ("K7QF@@3f9a1c0d27be", false),
            ("@3f9a1c0d27be", false),
            ("../K7QF@3f9a1c0d27be", false),
            ("K7QF/raw@3f9a1c0d27be", false),
        ] {
            assert_eq!(read(&asked(&[text])).is_ok(), fine, "{text}");
        }
        let long = format!("K7QF@{}", "a".repeat(65));
        assert!(read(&asked(&[&long])).is_err());
    }

    #[test]
    fn what_names_no_hold_or_no_digest_is_told_what_a_name_looks_like() {
        let said = |text: &str| match read(&asked(&[text])) {
            Err(Trouble::Wrong(said)) => said,
            other => panic!("{text}: {other:?}"),
        };
        for text in ["@", "K7QF@", "@3f9a1c0d27be"] {
            assert!(said(text).starts_with(&format!("{text}: a hold is named ID, or ID@DIGEST")), "{text}");
        }
        assert!(said("../x@3f9a1c0d27be").contains("neither a hold's id nor its code"));
        assert!(said("K7QF@3f9a").starts_with("3f9a: a digest is 64"));
    }

    /// CASES AP-26
    #[test]
    fn several_holds_need_a_digest_each() {
        assert!(read(&asked(&["K7QF@3f9a1c0d27be", "M2XD@77c0aa31f05e"])).is_ok());
        assert!(read(&asked(&["K7QF@3f9a1c0d27be", "M2XD"])).is_err());
        let digest = Some("3f9a1c0d27be".to_owned());
        assert!(read(&Approve { digest: digest.clone(), ..asked(&["K7QF"]) }).is_ok());
        assert!(read(&Approve { digest: digest.clone(), ..asked(&["K7QF", "M2XD"]) }).is_err());
        assert!(read(&Approve { digest, ..asked(&["K7QF@77c0aa31f05e"]) }).is_err());
    }

    #[test]
    fn a_grant_has_a_time_and_says_what_it_lets_through() {
        let with = |grant: &str| Approve { grant: Some(grant.into()), ..asked(&["K7QF@3f9a1c0d27be"]) };
        let said = Said::of(&Approve { uses: 20, scope: ScopeWord::Route, ..with("15m") }).ok().unwrap();
        let grant = json!({ "ttl": "15m", "uses": 20, "scope": "route" });
        assert_eq!(said.of_digest("sha256:0")["grant"], grant);
        assert!(
            said.also().unwrap().contains("20 further requests of this agent with the same method and path")
        );
        for wrong in ["", "15", "0s", "-1m", "forever"] {
            assert!(Said::of(&with(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(Said::of(&asked(&["K7QF"])).ok().unwrap().of_digest("sha256:0")["grant"], Value::Null);
    }
}
