//! Owns the wall clock. Waiting is on tokio's clock, which a test can turn by hand.

use std::time::{Duration, SystemTime};

/// What time it is: for records and for `Retry-After` dates, never for a decision about a result.
#[derive(Debug, Clone, Copy, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Always the same moment.
    Fixed(SystemTime),
}

impl Clock {
    /// Now.
    #[expect(clippy::disallowed_methods, reason = "this is the door through which the clock comes in")]
    pub fn now(self) -> SystemTime {
        match self {
            Self::System => SystemTime::now(),
            Self::Fixed(moment) => moment,
        }
    }

    /// How long ago a time in RFC 3339 was; nothing where it cannot be read or is to come.
    pub fn since(self, time: &str) -> Duration {
        let then = humantime::parse_rfc3339(time).ok();
        then.and_then(|then| self.now().duration_since(then).ok()).unwrap_or_default()
    }

    /// A time before now, as RFC 3339 in UTC with milliseconds.
    pub fn rfc3339_before(self, ago: Duration) -> String {
        let then = self.now().checked_sub(ago).unwrap_or(SystemTime::UNIX_EPOCH);
        humantime::format_rfc3339_millis(then).to_string()
    }

    /// Now, as RFC 3339 in UTC with milliseconds.
    pub fn rfc3339(self) -> String {
        humantime::format_rfc3339_millis(self.now()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc() {
        let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);
        assert_eq!(Clock::Fixed(moment).rfc3339(), "2023-11-14T22:13:20.250Z");
    }
}
