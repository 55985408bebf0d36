//! The wall clock. Waiting is on tokio's clock, which a test can turn by hand.

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

    /// False for a time that no record can name, and that certificates cannot be held against.
    pub fn is_possible(self) -> bool {
        self.now().duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since <= LAST)
    }

    /// How long ago a time in RFC 3339 was; nothing where it cannot be read or is to come.
    pub fn since(self, time: &str) -> Duration {
        let then = humantime::parse_rfc3339(time).ok();
        then.and_then(|then| self.now().duration_since(then).ok()).unwrap_or_default()
    }

    /// A time before now, as RFC 3339 in UTC with milliseconds.
    pub fn rfc3339_before(self, ago: Duration) -> String {
        written(self.now().checked_sub(ago).unwrap_or(SystemTime::UNIX_EPOCH))
    }

    /// Now, as RFC 3339 in UTC with milliseconds.
    pub fn rfc3339(self) -> String {
        written(self.now())
    }
}

/// The last moment that RFC 3339 can name, in milliseconds since 1970.
const LAST: Duration = Duration::from_millis(253_402_300_799_999);

/// A time in RFC 3339. A clock that is set back before 1970 under way must not end a run.
fn written(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().min(LAST);
    humantime::format_rfc3339_millis(SystemTime::UNIX_EPOCH + since).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc() {
        let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);
        assert_eq!(Clock::Fixed(moment).rfc3339(), "2023-11-14T22:13:20.250Z");
        let before = SystemTime::UNIX_EPOCH - Duration::from_mins(1);
        assert_eq!(Clock::Fixed(before).rfc3339(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Clock::Fixed(before).rfc3339_before(Duration::from_secs(5)), "1970-01-01T00:00:00.000Z");
        let after = SystemTime::UNIX_EPOCH + LAST + LAST;
        assert_eq!(Clock::Fixed(after).rfc3339(), "9999-12-31T23:59:59.999Z");
        assert!(Clock::Fixed(moment).is_possible());
        assert!(!Clock::Fixed(before).is_possible() && !Clock::Fixed(after).is_possible());
    }
}
