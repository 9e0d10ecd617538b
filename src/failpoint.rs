//! Places where a test may kill the process, between any two steps that must survive it. In a debug build
//! `HOLDPOINT_FAILPOINT=NAME` (or `NAME:N`, the N-th time) names one, and the process ends there by SIGKILL, as in a
//! power cut; in a release build there is nothing here, so that no variable can stop a Holdpoint.

/// A step begins or has just ended here.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn hit(_: &str) {}

/// A step begins or has just ended here.
#[cfg(debug_assertions)]
pub fn hit(name: &str) {
    if armed::PLAN.as_ref().is_some_and(|plan| plan.is_due(name)) {
        armed::end();
    }
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use rustix::process::{Signal, getpid, kill_process};

    /// What the environment asks for, read once.
    pub static PLAN: LazyLock<Option<Plan>> =
        LazyLock::new(|| Plan::parse(&std::env::var("HOLDPOINT_FAILPOINT").ok()?));

    /// The point, and how many hits are left until it is due.
    pub struct Plan {
        name: String,
        left: AtomicU64,
    }

    impl Plan {
        pub fn parse(text: &str) -> Option<Self> {
            let (name, count) = match text.split_once(':') {
                Some((name, count)) => (name, count.parse().ok().filter(|count| *count > 0)?),
                None => (text, 1),
            };
            Some(Self { name: name.to_owned(), left: AtomicU64::new(count) })
        }

        pub fn is_due(&self, name: &str) -> bool {
            name == self.name && self.left.fetch_sub(1, Ordering::SeqCst) == 1
        }
    }

    /// SIGKILL cannot be caught, so nothing is flushed, closed or told.
    pub fn end() -> ! {
        let _ = kill_process(getpid(), Signal::KILL);
        loop {
            std::thread::park();
        }
    }

    #[cfg(test)]
    mod tests {
        use super::Plan;

        #[test]
        fn a_point_is_due_at_its_own_name_and_its_own_count_only() {
            let plan = Plan::parse("held.after_store:3").unwrap();
            assert!(!plan.is_due("held.before_store"));
            assert_eq!([1, 2, 3, 4].map(|_| plan.is_due("held.after_store")), [false, false, true, false]);
            assert!(Plan::parse("decided.after_audit").unwrap().is_due("decided.after_audit"));
            assert!(Plan::parse("held:0").is_none() && Plan::parse("held:x").is_none());
        }
    }
}
