//! An exercise's points, shared out among its expectations.

/// Shares out `points` by weight, in whole numbers that add up exactly: everybody gets the whole part of their share, and
/// what is left goes to the largest fractions, the earlier first. Where nobody has a weight, all have the same.
pub(crate) fn share(points: u32, weights: &[u32]) -> Vec<u32> {
    let equal = weights.iter().all(|&weight| weight == 0);
    let weight = |i: usize| if equal { 1 } else { u64::from(weights[i]) };
    let total: u64 = (0..weights.len()).map(weight).sum();
    if total == 0 {
        return Vec::new();
    }
    let points = u64::from(points);
    let mut shares: Vec<u64> = (0..weights.len()).map(|i| points * weight(i) / total).collect();
    let left = points - shares.iter().sum::<u64>();
    let mut by_fraction: Vec<usize> = (0..weights.len()).collect();
    by_fraction.sort_by_key(|&i| std::cmp::Reverse(points * weight(i) % total));
    for &i in by_fraction
        .iter()
        .cycle()
        .take(usize::try_from(left).unwrap_or(0))
    {
        shares[i] += 1;
    }
    // Each share is at most `points`, which was a u32.
    shares
        .into_iter()
        .map(|share| u32::try_from(share).unwrap_or(u32::MAX))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn shares_follow_the_weights_and_add_up() {
        assert_eq!(share(3, &[1, 2]), [1, 2]);
        assert_eq!(share(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(share(2, &[1, 1, 1]), [1, 1, 0]);
        assert_eq!(share(5, &[0, 1]), [0, 5]);
        assert_eq!(share(5, &[0, 0]), [3, 2]);
        assert_eq!(share(0, &[1, 2]), [0, 0]);
        assert_eq!(share(5, &[]), Vec::<u32>::new());
    }

    #[test]
    fn nothing_is_lost_or_won_whatever_the_weights() {
        for points in 0..40 {
            for a in 0..7 {
                for b in 0..7 {
                    for c in 0..7 {
                        let shares = share(points, &[a, b, c]);
                        assert_eq!(shares.iter().sum::<u32>(), points, "{points} by {a}, {b}, {c}");
                    }
                }
            }
        }
    }
}
