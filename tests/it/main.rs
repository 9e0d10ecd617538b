//! The tests, in the order of the story.

mod prompt;
