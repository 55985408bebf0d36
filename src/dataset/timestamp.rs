//! Points in time as sources write them: `Date` strings of JavaScript, RFC 3339, and times from a session's start.
//! Pure: text in, milliseconds out; there is no clock here.

/// Why a text is no point in time. Says what was expected, never the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum TimeError {
    /// None of the forms.
    #[error(
        "expected a time such as `Tue Apr 05 2022 09:46:08 GMT-0700 (…)`, `2022-04-05T09:46:08Z`, `0:13:05`, `00:13:05,250` or \
         seconds such as `785.25`"
    )]
    Form,
    /// A part is out of range, such as 31 February or 25 o'clock.
    #[error("the date or the time of day does not exist")]
    Range,
    /// The weekday is that of another date.
    #[error("the weekday is not that of the date")]
    Weekday,
}

/// Milliseconds since 1970-01-01T00:00:00Z, or from the session's start.
///
/// # Errors
/// See [`TimeError`].
pub(super) fn parse(text: &str) -> Result<i64, TimeError> {
    let text = text.trim();
    let text =
        text.strip_prefix(['[', '<', '(']).and_then(|t| t.strip_suffix([']', '>', ')'])).unwrap_or(text);
    match text.as_bytes().first() {
        Some(b'P') => iso_duration(text),
        Some(first) if first.is_ascii_alphabetic() => javascript(text),
        Some(_) if text.contains('-') => rfc3339(text),
        Some(_) if text.contains(':') => from_start(&text.replacen(',', ".", 1)),
        Some(_) => plain(text),
        None => Err(TimeError::Form),
    }
}

/// A time, or a date alone.
///
/// # Errors
/// See [`TimeError`].
pub(super) fn parse_date_or_time(text: &str) -> Result<i64, TimeError> {
    let text = text.trim();
    let alone = text.len() == 10 && !text.contains(':');
    if alone { rfc3339(&format!("{text}T00:00:00Z")) } else { parse(text) }
}

/// `785.25`, `785,25`, `785.25 s`, `13m5s`, `1h2m3.5s`, `1500 ms`: from the session's start. A number as large as the
/// milliseconds of a date is one.
fn plain(text: &str) -> Result<i64, TimeError> {
    /// Milliseconds of a day in 1973; as seconds, more than 3,000 years.
    const A_DATE: f64 = 1e11;
    let text = text.to_ascii_lowercase().replacen(',', ".", 1);
    let (mut total, mut rest, mut largest) = (0.0, text.as_str(), f64::INFINITY);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().map_err(|_| TimeError::Form)?;
        let after = rest[digits..].trim_start();
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let unit = match &after[..letters] {
            "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60_000.0,
            "s" | "sec" | "secs" | "second" | "seconds" => 1_000.0,
            "ms" => 1.0,
            "" if largest.is_infinite() && after.is_empty() && number >= A_DATE => 1.0,
            "" if largest.is_infinite() && after.is_empty() => 1_000.0,
            _ => return Err(TimeError::Form),
        };
        if unit >= largest {
            return Err(TimeError::Form);
        }
        (total, largest, rest) = (total + number * unit, unit, after[letters..].trim_start());
    }
    // A session is shorter than the years that the milliseconds of a date hold.
    #[expect(clippy::cast_possible_truncation, reason = "bounded just here")]
    if total < 1e14 { Ok(total.round() as i64) } else { Err(TimeError::Range) }
}

/// `PT13M5.25S`.
fn iso_duration(text: &str) -> Result<i64, TimeError> {
    let rest =
        text.strip_prefix("PT").filter(|rest| rest.ends_with(['H', 'M', 'S'])).ok_or(TimeError::Form)?;
    plain(rest)
}

/// `Tue Apr 05 2022 09:46:08 GMT-0700 (Pacific Daylight Time)`, as `Date.prototype.toString` writes it: the name of the
/// zone is for people, the offset counts.
fn javascript(text: &str) -> Result<i64, TimeError> {
    let without_zone = match text.split_once('(') {
        Some((before, name)) if name.ends_with(')') => before,
        Some(_) => return Err(TimeError::Form),
        None => text,
    };
    let parts: Vec<&str> = without_zone.split_ascii_whitespace().collect();
    let [weekday, month, day, year, time, offset] = parts[..] else { return Err(TimeError::Form) };
    let index = |names: &[&str], wanted: &str| {
        let found = names.iter().zip(0_i64..).find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, index)| index).ok_or(TimeError::Form)
    };
    let weekday = index(&["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"], weekday)?;
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = index(&months, month)?;
    let days = days(number(year, 4)?, month + 1, number(day, 2)?)?;
    // 1970-01-01 was a Thursday.
    if days.rem_euclid(7) != weekday {
        return Err(TimeError::Weekday);
    }
    let offset = offset.strip_prefix("GMT").or_else(|| offset.strip_prefix("UTC")).ok_or(TimeError::Form)?;
    Ok((days * 86_400 - zone(offset)?) * 1_000 + time_of_day(time)?)
}

/// `2022-04-05T09:46:08.5-07:00`; a space for the `T` is read too. A time without a zone is taken for UTC: only
/// differences within a session are used.
fn rfc3339(text: &str) -> Result<i64, TimeError> {
    let (date, time) = text.split_once(['T', 't', ' ']).ok_or(TimeError::Form)?;
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else { return Err(TimeError::Form) };
    let days = days(number(year, 4)?, number(month, 2)?, number(day, 2)?)?;
    let (time, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) if matches!(&time[at..=at], "Z" | "z") && time.len() == at + 1 => (&time[..at], "+0000"),
        Some(at) => (&time[..at], &time[at..]),
        None => (time, "+0000"),
    };
    Ok((days * 86_400 - zone(offset)?) * 1_000 + time_of_day(time)?)
}

/// `0:13:05`, `13:05` or `13:05.25` from the session's start.
fn from_start(text: &str) -> Result<i64, TimeError> {
    let padded = if text.matches(':').count() == 1 { format!("0:{text}") } else { text.to_owned() };
    let (hours, rest) = padded.split_once(':').ok_or(TimeError::Form)?;
    let hours: i64 = hours.parse().ok().filter(|hours| (0..1_000).contains(hours)).ok_or(TimeError::Form)?;
    let (minutes, seconds) = rest.split_once(':').ok_or(TimeError::Form)?;
    let within = time_of_day(&format!("00:{minutes:0>2}:{seconds:0>2}"))?;
    Ok(hours * 3_600_000 + within)
}

/// `09:46:08` or `09:46:08.123`, in milliseconds. A leap second is read as the second before it.
fn time_of_day(text: &str) -> Result<i64, TimeError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let parts: Vec<&str> = whole.split(':').collect();
    let [hours, minutes, seconds] = parts[..] else { return Err(TimeError::Form) };
    let (hours, minutes, seconds) = (number(hours, 2)?, number(minutes, 2)?, number(seconds, 2)?);
    if hours > 23 || minutes > 59 || seconds > 60 {
        return Err(TimeError::Range);
    }
    if fraction.is_empty() || fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(TimeError::Form);
    }
    let thousandths: i64 = format!("{fraction:0<3}")[..3].parse().map_err(|_| TimeError::Form)?;
    Ok((hours * 3_600 + minutes * 60 + seconds.min(59)) * 1_000 + thousandths)
}

/// Seconds east of Greenwich of `-0700` or `-07:00`.
fn zone(text: &str) -> Result<i64, TimeError> {
    let (sign, rest) = match text.as_bytes().first() {
        Some(b'+') => (1, &text[1..]),
        Some(b'-') => (-1, &text[1..]),
        _ => return Err(TimeError::Form),
    };
    let digits = rest.replacen(':', "", 1);
    if digits.len() != 4 || !digits.is_ascii() {
        return Err(TimeError::Form);
    }
    let (hours, minutes) = (number(&digits[..2], 2)?, number(&digits[2..], 2)?);
    if hours > 14 || minutes > 59 { Err(TimeError::Range) } else { Ok(sign * (hours * 3_600 + minutes * 60)) }
}

fn number(text: &str, digits: usize) -> Result<i64, TimeError> {
    let fits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().map_err(|_| TimeError::Form) } else { Err(TimeError::Form) }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> Result<i64, TimeError> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let index = usize::try_from(month - 1).ok().filter(|index| *index < 12).ok_or(TimeError::Range)?;
    if !(1..=lengths[index]).contains(&day) {
        return Err(TimeError::Range);
    }
    let before: i64 = lengths[..index].iter().sum();
    let leaps = |year: i64| year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Ok((year - 1970) * 365 + leaps(year - 1) - leaps(1969) + before + day - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_gives_the_same_moment() {
        let moment = 1_649_177_168_000;
        for text in [
            "Tue Apr 05 2022 09:46:08 GMT-0700 (Pacific Daylight Time)",
            "Tue Apr 05 2022 09:46:08 GMT-0700",
            "Tue Apr 05 2022 16:46:08 GMT+0000 (Coordinated Universal Time)",
            " Wed Apr 06 2022 02:16:08 GMT+0930 (Australian Central Standard Time (south)) ",
            "2022-04-05T16:46:08Z",
            "2022-04-05T09:46:08-07:00",
            "2022-04-05 16:46:08.000",
        ] {
            assert_eq!(parse(text), Ok(moment), "{text}");
        }
        assert_eq!(parse("2022-04-05T16:46:08.25Z"), Ok(moment + 250));
        assert_eq!(parse("0:13:05"), Ok(785_000));
        assert_eq!(parse("13:05.5"), Ok(785_500));
        assert_eq!(parse("00:00:13"), Ok(13_000));
        for (text, milliseconds) in [
            ("36.588", 36_588),
            ("36,588", 36_588),
            ("5", 5_000),
            ("0", 0),
            ("36.588 s", 36_588),
            ("00:00:36,588", 36_588),
            ("0:36.5", 36_500),
            ("[00:00:36]", 36_000),
            ("13m5s", 785_000),
            ("1h 2m 3.5s", 3_723_500),
            ("1500 ms", 1_500),
            ("PT13M5.25S", 785_250),
            ("1649177168000", moment),
        ] {
            assert_eq!(parse(text), Ok(milliseconds), "{text}");
        }
        assert_eq!(parse_date_or_time("1970-01-02"), Ok(86_400_000));
        assert_eq!(parse("Thu Jan 01 1970 00:00:00 GMT+0000"), Ok(0));
    }

    #[test]
    fn what_is_no_moment_is_refused_for_its_reason() {
        for (text, error) in [
            ("", TimeError::Form),
            ("yesterday", TimeError::Form),
            ("5 apples", TimeError::Form),
            ("1.2.3", TimeError::Form),
            ("5s3m", TimeError::Form),
            ("-5", TimeError::Form),
            ("PT", TimeError::Form),
            ("2022-04-05", TimeError::Form),
            ("Tue Apr 5 2022 09:46:08 GMT-0700", TimeError::Form),
            ("Tue Apr 05 2022 09:46:08 PDT", TimeError::Form),
            ("Tue Apr 05 2022 09:46:08 GMT-0700 (Pacific", TimeError::Form),
            ("Mon Apr 05 2022 09:46:08 GMT-0700", TimeError::Weekday),
            ("Wed Feb 30 2022 09:46:08 GMT-0700", TimeError::Range),
            ("Tue Apr 05 2022 24:46:08 GMT-0700", TimeError::Range),
            ("Tue Apr 05 2022 09:46:08 GMT-9900", TimeError::Range),
            ("2023-02-29T00:00:00Z", TimeError::Range),
            ("00:61:00", TimeError::Range),
            ("2022-04-05T16:46:08\u{e9}", TimeError::Form),
            ("2022-04-05T16:46:08+\u{e9}00", TimeError::Form),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[A-Za-z0-9:T+() .\u{e9}-]{0,60}") {
            let _ = parse(&text);
        }

        #[test]
        fn days_count_one_by_one(n in -200_000_i64..200_000) {
            // The date n days from 1970, found by walking the calendar.
            let (mut year, mut left) = (1970 + n.div_euclid(366) - 3, 0);
            loop {
                let start = days(year, 1, 1).expect("a date");
                let next = days(year + 1, 1, 1).expect("a date");
                if n < next { left += n - start; break; }
                year += 1;
            }
            let mut month = 1;
            while let Ok(first) = days(year, month + 1, 1) {
                if n < first { break; }
                month += 1;
            }
            let first = days(year, month, 1).expect("a date");
            prop_assert!(left >= 0);
            prop_assert_eq!(days(year, month, n - first + 1), Ok(n));
        }
    }
}
