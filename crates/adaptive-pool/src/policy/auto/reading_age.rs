//! Whether the machine is seen in time: a crowded one shows too late what the last starts did to it.
//!
//! The sampler has to wait for a core like everybody else, so its readings are late just when nothing should be added.
//! A sensor that was never heard of, or not for long, is missing, not late: the laws do without it.

use super::super::Reading;
use super::consts::{LATE_AGE_S, LATE_LAG_S, SIGHT_LOST_S, SIGHT_S};

#[derive(Debug, Default)]
pub(super) struct ReadingAge {
    /// When the last reading was taken.
    last: Option<f64>,
    /// This reading comes late.
    pub(super) late: bool,
}

impl ReadingAge {
    /// A reading that was taken at `at`. True when it shows anything, or when there is nothing more to come.
    pub(super) fn look(&mut self, t: f64, at: f64, machine: &Reading) -> bool {
        if *machine == Reading::default() {
            self.late = self.last.map_or(t < SIGHT_S, |last| t - last < SIGHT_LOST_S);
            return !self.late;
        }
        self.last = Some(at);
        let lag = machine.lag.map_or(0.0, |lag| lag.as_secs_f64());
        self.late = lag > LATE_LAG_S || t - at > LATE_AGE_S;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_sensor_is_late_until_it_is_gone() {
        let mut reading_age = ReadingAge::default();
        let nothing = Reading::default();
        assert!(!reading_age.look(0.4, 0.0, &nothing) && reading_age.late);
        assert!(reading_age.look(2.0, 0.0, &nothing) && !reading_age.late);
        let mut seen = Reading { cpu: Some(0.5), ..Reading::default() };
        assert!(reading_age.look(3.0, 2.95, &seen) && !reading_age.late);
        assert!(reading_age.look(3.3, 2.95, &seen) && reading_age.late);
        assert!(!reading_age.look(3.5, 0.0, &nothing) && reading_age.late);
        assert!(reading_age.look(9.0, 0.0, &nothing) && !reading_age.late);
        seen.lag = Some(Duration::from_millis(90));
        assert!(reading_age.look(9.1, 9.1, &seen) && reading_age.late);
    }
}
