//! Area under the receiver operating characteristic.

/// The probability that an outlier scores higher than a normal picture, equal scores counting half
/// (Hanley and McNeil 1982): 0.5 for a score that says nothing, 1 for one that parts them. NaN if
/// one side is empty or a score is no number.
pub fn auroc(normal: &[f64], outliers: &[f64]) -> f64 {
    let scores = || normal.iter().chain(outliers);
    if normal.is_empty() || outliers.is_empty() || scores().any(|score| score.is_nan()) {
        return f64::NAN;
    }
    let mut all: Vec<(f64, bool)> = normal.iter().map(|&score| (score, false)).collect();
    all.extend(outliers.iter().map(|&score| (score, true)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Mann and Whitney's U: for each outlier the normal pictures below it, and half of those level
    // with it.
    let (mut below, mut sum) = (0.0, 0.0);
    for level in all.chunk_by(|a, b| a.0 == b.0) {
        let outliers = level.iter().filter(|(_, outlier)| *outlier).count() as f64;
        let normal = level.len() as f64 - outliers;
        sum += outliers * (below + 0.5 * normal);
        below += normal;
    }
    sum / (normal.len() * outliers.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn it_is_the_share_of_pairs_in_order_with_ties_counting_half() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..20 {
            // Few levels, so that many are equal.
            let mut draw = |n: usize| -> Vec<f64> {
                (0..n).map(|_| f64::from(rng.random_range(0..6))).collect()
            };
            let (normal, outliers) = (draw(17), draw(23));
            let pairs = outliers.iter().flat_map(|o| {
                normal.iter().map(move |n| match o.total_cmp(n) {
                    std::cmp::Ordering::Greater => 1.0,
                    std::cmp::Ordering::Equal => 0.5,
                    std::cmp::Ordering::Less => 0.0,
                })
            });
            let wanted = pairs.sum::<f64>() / (17.0 * 23.0);
            assert!((auroc(&normal, &outliers) - wanted).abs() < 1e-12);
        }
    }

    #[test]
    fn ends_of_the_scale_and_what_has_no_value() {
        assert_eq!(auroc(&[0.0, 1.0], &[2.0, 3.0]), 1.0);
        assert_eq!(auroc(&[2.0, 3.0], &[0.0, 1.0]), 0.0);
        assert_eq!(auroc(&[1.0; 3], &[1.0; 4]), 0.5);
        assert!(auroc(&[], &[1.0]).is_nan() && auroc(&[f64::NAN], &[1.0]).is_nan());
    }
}
