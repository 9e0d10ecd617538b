//! The hold: captured whole, released once, exactly as it was shown; and nothing without a person's word
//! (CASES 1.E, SPEC section 7).

mod edit;
mod joining;
mod once;
mod quorum;
mod release;
mod waiting;
