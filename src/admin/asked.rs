//! What the heads of handlers share, as extractors of axum: who may decide, and which hold or grant the path names.
//! They run in the order in which a handler names them, so that who may only look is refused before anything
//! that was sent is read.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;

use crate::admin::holds::name;
use crate::admin::people::Person;
use crate::admin::problem::{Kind, Problem};

/// A person who may decide, and see what is masked; anybody else is refused.
pub struct Decider(pub Person);

impl<S: Send + Sync> FromRequestParts<S> for Decider {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let person = parts.extensions.get::<Person>().cloned();
        let person = person.ok_or_else(|| Problem::new(Kind::Unauthorized, "nobody is known to ask this"))?;
        person.must_decide()?;
        Ok(Self(person))
    }
}

/// What the path names a hold by: its id or its code. Whether there is such a hold is not known yet.
pub struct Named(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        name(Path::from_request_parts(parts, state).await).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;
    use crate::hold::Who;

    async fn asks(person: Option<Person>) -> Result<String, Kind> {
        let mut parts = Request::new(()).into_parts().0;
        if let Some(person) = person {
            parts.extensions.insert(person);
        }
        let decider = Decider::from_request_parts(&mut parts, &()).await;
        decider.map(|Decider(person)| person.who.name).map_err(|problem| problem.kind())
    }

    #[tokio::test]
    async fn only_who_is_known_and_decides_gets_through() {
        let ann = |decides| Some(Person { who: Who::named("ann"), decides });
        assert_eq!(asks(ann(true)).await, Ok("ann".into()));
        assert_eq!(asks(ann(false)).await, Err(Kind::Forbidden));
        assert_eq!(asks(None).await, Err(Kind::Unauthorized));
    }
}
