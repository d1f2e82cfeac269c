//! Sizes as Docker's own commands print them, so that a picture and a terminal say the same.

/// Three significant digits and a decimal unit: `0B`, `13.3kB`, `2.02MB`, `317MB`.
pub(crate) fn docker(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut amount = bytes as f64;
    let mut unit = 0;
    while amount >= 1000.0 && unit + 1 < UNITS.len() {
        amount /= 1000.0;
        unit += 1;
    }
    let decimals = match amount {
        amount if amount >= 99.95 => 0,
        amount if amount >= 9.995 => 1,
        _ => 2,
    };
    let mut text = format!("{amount:.decimals$}");
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    format!("{text}{}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::docker;

    #[test]
    fn a_size_is_what_docker_images_says() {
        for (bytes, text) in [
            (0, "0B"),
            (999, "999B"),
            (13_256, "13.3kB"),
            (2_019_000, "2.02MB"),
            (5_000_000, "5MB"),
            (74_500_000, "74.5MB"),
            (316_900_000, "317MB"),
            (99_960_000, "100MB"),
            (1_200_000_000, "1.2GB"),
        ] {
            assert_eq!(docker(bytes), text);
        }
    }
}
