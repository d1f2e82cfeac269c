//! How long someone in the queue is likely to wait.

use std::time::Duration;

/// Seconds until the owner at `place` (1 is next) is likely to get a seat, rounded so that it does not flicker: `left`
/// is how long each of the present sandboxes has, `ttl` how long a new one has. None when nothing can be said.
pub(crate) fn estimate_s(place: u32, left: &[Duration], ttl: Duration) -> Option<u32> {
    if place == 0 || left.is_empty() {
        return None;
    }
    let mut left = left.to_vec();
    left.sort_unstable();
    let index = place as usize - 1;
    // Who is further back than there are seats waits for those in front of them to come and go as well.
    let rounds = u32::try_from(index / left.len()).ok()?;
    let wait = left[index % left.len()].saturating_add(ttl.saturating_mul(rounds));
    u32::try_from(round_up(wait.as_secs())).ok()
}

/// To ten seconds below two minutes, to a minute above.
fn round_up(seconds: u64) -> u64 {
    let step = if seconds < 120 { 10 } else { 60 };
    seconds.div_ceil(step).max(1).saturating_mul(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(7200);

    fn estimate(place: u32, left: &[u64]) -> Option<u32> {
        let left: Vec<_> = left.iter().copied().map(Duration::from_secs).collect();
        estimate_s(place, &left, TTL)
    }

    #[test]
    fn the_first_in_line_waits_for_the_first_to_leave() {
        assert_eq!(estimate(1, &[600, 60, 3000]), Some(60));
        assert_eq!(estimate(2, &[600, 60, 3000]), Some(600));
        assert_eq!(estimate(3, &[600, 60, 3000]), Some(3000));
    }

    #[test]
    fn who_is_past_the_last_seat_waits_another_round() {
        assert_eq!(estimate(3, &[60, 600]), Some(60 + 7200));
        assert_eq!(estimate(6, &[60, 600]), Some(600 + 2 * 7200));
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        assert_eq!(estimate(1, &[]), None);
        assert_eq!(estimate(0, &[60]), None);
    }

    #[test]
    fn it_does_not_flicker_and_is_never_zero() {
        assert_eq!(estimate(1, &[0]), Some(10));
        assert_eq!(estimate(1, &[11]), Some(20));
        assert_eq!(estimate(1, &[121]), Some(180));
        assert_eq!(estimate(1, &[u64::MAX]), None);
    }
}
