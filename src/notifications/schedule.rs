//! When a digest is due. Pure: the clock and the zone go in, a moment comes out.

use chrono::{DateTime, Days, LocalResult, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// How far off a digest must be at the least. What is collected is committed long before the digest that it is part of
/// is written, even where the clocks of two machines are not quite alike.
const LEAD: TimeDelta = TimeDelta::minutes(1);
/// In which steps the end of the hours that a day leaves out is looked for: zones are moved by quarters of an hour.
const STEP: TimeDelta = TimeDelta::minutes(15);
/// How many steps they are at the most. Where a whole day is left out there is no mail for it.
const LONGEST_GAP: usize = 12;

/// The next full hour.
pub(super) fn next_hour(now: DateTime<Utc>) -> DateTime<Utc> {
    let earliest = now + LEAD;
    let over = earliest.timestamp().rem_euclid(3600);
    let whole = over == 0 && earliest.timestamp_subsec_nanos() == 0;
    let start = earliest.timestamp() - over;
    DateTime::from_timestamp(if whole { start } else { start + 3600 }, 0).unwrap_or(earliest)
}

/// The next time that it is `hour` o'clock in the zone. Once a day: where the clocks are put back and an hour comes
/// twice, it is the first of the two; where they are put forward and it does not come, it is when they have been.
pub(super) fn next_daily(now: DateTime<Utc>, hour: u32, zone: Tz) -> DateTime<Utc> {
    let earliest = now + LEAD;
    let today = earliest.with_timezone(&zone).date_naive();
    // A day may be left out altogether where a country changes sides of the date line.
    let days = (0..4).filter_map(|days| today.checked_add_days(Days::new(days)));
    let mut moments = days.filter_map(|day| moment(day, hour, zone));
    moments.find(|at| *at >= earliest).unwrap_or_else(|| next_hour(now))
}

fn moment(day: NaiveDate, hour: u32, zone: Tz) -> Option<DateTime<Utc>> {
    let mut local = day.and_hms_opt(hour, 0, 0)?;
    for _ in 0..=LONGEST_GAP {
        match zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => return Some(at.to_utc()),
            LocalResult::None => local += STEP,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn daily(now: &str, hour: u32, zone: Tz) -> String {
        next_daily(at(now), hour, zone).format("%Y-%m-%dT%H:%MZ").to_string()
    }

    #[test]
    fn the_next_hour_is_a_minute_away_at_the_least() {
        assert_eq!(next_hour(at("2027-03-01T09:00:00Z")), at("2027-03-01T10:00:00Z"));
        assert_eq!(next_hour(at("2027-03-01T09:59:00Z")), at("2027-03-01T10:00:00Z"));
        assert_eq!(next_hour(at("2027-03-01T09:59:00.000001Z")), at("2027-03-01T11:00:00Z"));
        assert_eq!(next_hour(at("2027-03-01T23:59:59Z")), at("2027-03-02T01:00:00Z"));
    }

    #[test]
    fn a_day_begins_where_the_moderator_lives() {
        assert_eq!(daily("2027-01-10T07:00:00Z", 8, Tz::Europe__London), "2027-01-10T08:00Z");
        assert_eq!(daily("2027-01-10T07:59:30Z", 8, Tz::Europe__London), "2027-01-11T08:00Z");
        assert_eq!(daily("2027-01-10T08:00:00Z", 8, Tz::Europe__London), "2027-01-11T08:00Z");
        assert_eq!(daily("2027-01-10T07:00:00Z", 8, Tz::Asia__Tokyo), "2027-01-10T23:00Z");
        assert_eq!(daily("2027-01-10T23:30:00Z", 0, Tz::Pacific__Auckland), "2027-01-11T11:00Z");
        assert_eq!(daily("2027-01-10T00:00:00Z", 9, Tz::Asia__Kathmandu), "2027-01-10T03:15Z");
    }

    #[test]
    fn the_hour_stays_when_the_clocks_change() {
        // Put forward in the night to Sunday 28 March 2027, back in the night to Sunday 31 October.
        assert_eq!(daily("2027-03-26T09:00:00Z", 8, Tz::Europe__London), "2027-03-27T08:00Z");
        assert_eq!(daily("2027-03-27T09:00:00Z", 8, Tz::Europe__London), "2027-03-28T07:00Z");
        assert_eq!(daily("2027-03-28T09:00:00Z", 8, Tz::Europe__London), "2027-03-29T07:00Z");
        assert_eq!(daily("2027-10-30T09:00:00Z", 8, Tz::Europe__London), "2027-10-31T08:00Z");
    }

    #[test]
    fn an_hour_that_does_not_come_or_comes_twice_is_one_mail_all_the_same() {
        // One o'clock is two o'clock.
        assert_eq!(daily("2027-03-27T12:00:00Z", 1, Tz::Europe__London), "2027-03-28T01:00Z");
        assert_eq!(daily("2027-03-28T01:00:00Z", 1, Tz::Europe__London), "2027-03-29T00:00Z");
        // One o'clock comes at 00:00 and at 01:00 UTC.
        assert_eq!(daily("2027-10-30T12:00:00Z", 1, Tz::Europe__London), "2027-10-31T00:00Z");
        assert_eq!(daily("2027-10-31T00:00:00Z", 1, Tz::Europe__London), "2027-11-01T01:00Z");
        // Half an hour forward: two o'clock is half past.
        assert_eq!(daily("2027-10-02T12:00:00Z", 2, Tz::Australia__Lord_Howe), "2027-10-02T15:30Z");
        // A day that was left out: 30 December 2011.
        assert_eq!(daily("2011-12-30T09:00:00Z", 8, Tz::Pacific__Apia), "2011-12-30T18:00Z");
    }
}
