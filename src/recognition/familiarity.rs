//! Whether a model knows the like of a picture.

/// How far a picture is from what a model knows: the share of its detail that a painting from its
/// latent misses, `‖∇x − ∇x̂‖² / ‖∇x‖²`, where `∇` are the differences of neighbouring pixels to
/// the right and below. A model paints the edges of its own world and smooths those of others; the
/// error itself tells less, since smooth pictures of any world are painted well. An even picture
/// has no detail to miss and counts as known, 0.
///
/// - original, painted: RGBA of the same `width`; alpha is not looked at
pub fn unfamiliarity(original: &[u8], painted: &[u8], width: usize) -> f64 {
    let height = original.len() / (4 * width.max(1));
    let (mut missed, mut detail, mut count) = (0.0, 0.0, 0.0);
    let mut compare = |at: usize, next: usize| {
        for channel in 0..3 {
            let step =
                |rgba: &[u8]| f64::from(rgba[next + channel]) - f64::from(rgba[at + channel]);
            let (true_step, painted_step) = (step(original), step(painted));
            missed += (true_step - painted_step).powi(2);
            detail += true_step.powi(2);
            count += 1.0;
        }
    };
    for y in 0..height {
        for x in 0..width {
            let at = 4 * (y * width + x);
            if x + 1 < width {
                compare(at, at + 4);
            }
            if y + 1 < height {
                compare(at, at + 4 * width);
            }
        }
    }
    if detail < count { 0.0 } else { missed / detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(values: [u8; 4]) -> Vec<u8> {
        values.iter().flat_map(|&v| [v, v, v, 255]).collect()
    }

    #[test]
    fn it_is_the_share_of_differences_that_is_missed() {
        let picture = grey([0, 100, 0, 100]);
        assert_eq!(unfamiliarity(&picture, &picture, 2), 0.0);
        assert_eq!(unfamiliarity(&picture, &grey([50; 4]), 2), 1.0, "even");
        // Half of each difference is painted: (100 − 50)² of 100².
        assert_eq!(unfamiliarity(&picture, &grey([0, 50, 0, 50]), 2), 0.25);
        assert_eq!(unfamiliarity(&grey([7; 4]), &picture, 2), 0.0, "no detail");
    }
}
