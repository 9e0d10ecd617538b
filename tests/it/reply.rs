//! An answer as an agent reads it, and whether it is one of Holdpoint's own as SPEC section 8 wants them.

use crate::message::Head;

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub head: Head,
    pub body: Vec<u8>,
    /// Interim answers that came before it.
    pub interim: Vec<u16>,
}

impl Reply {
    /// `Holdpoint-Code`, or nothing where the answer is the upstream's.
    pub fn code(&self) -> String {
        self.head.text("holdpoint-code").unwrap_or_default()
    }

    /// `Holdpoint-Hold`
    pub fn hold(&self) -> Option<String> {
        self.head.text("holdpoint-hold")
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A member of the problem document.
    pub fn member(&self, name: &str) -> serde_json::Value {
        let problem: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        problem.get(name).cloned().unwrap_or_default()
    }

    /// One of Holdpoint's own answers, whole in every way that SPEC section 8 asks for.
    pub fn assert_problem(&self, case: &str, status: u16, code: &str) {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{case}: {self:?}");
        let kind = self.head.text("content-type").unwrap_or_default();
        assert!(kind.starts_with("application/problem+json"), "{case}: {self:?}");
        assert_eq!(self.member("code"), code, "{case}: {self:?}");
        assert_eq!(self.member("type"), format!("urn:holdpoint:{code}"), "{case}: {self:?}");
        assert_eq!(self.member("status"), status, "{case}: {self:?}");
        for name in ["title", "detail", "message"] {
            assert!(self.member(name).as_str().is_some_and(|text| !text.is_empty()), "{case}: no {name}");
        }
    }
}
