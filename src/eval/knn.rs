//! Classes by a vote of neighbours.

use crate::recognition::Near;

/// The class that neighbours vote for: one vote each, or with a temperature `τ` the weight
/// `exp(cosine/τ)` (Wu et al., *Unsupervised Feature Learning via Non-Parametric Instance
/// Discrimination*, 2018, §3.4, with τ = 0.07). Of equal classes the one with the nearest neighbour
/// wins.
pub fn vote(near: &[Near], labels: &[usize], classes: usize, temperature: Option<f32>) -> usize {
    let mut votes = vec![0f64; classes];
    let nearest = near.first().map_or(0.0, |near| near.nearness);
    for near in near {
        // The nearest weighs 1, so that nothing overflows.
        votes[labels[near.place]] += match temperature {
            Some(temperature) => f64::from((near.nearness - nearest) / temperature).exp(),
            None => 1.0,
        };
    }
    let most = votes.iter().copied().fold(0.0, f64::max);
    let winner = near.iter().map(|near| labels[near.place]);
    winner
        .into_iter()
        .find(|&class| votes[class] >= most)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_are_counted_weighed_and_ties_go_to_the_nearest() {
        let near = |places: &[(usize, f32)]| -> Vec<Near> {
            places
                .iter()
                .map(|&(place, nearness)| Near { place, nearness })
                .collect()
        };
        let labels = [0, 1, 1, 2];
        let found = near(&[(0, 0.9), (1, 0.5), (2, 0.5)]);
        assert_eq!(vote(&found, &labels, 3, None), 1);
        // exp(0.9/0.07) outweighs two exp(0.5/0.07).
        assert_eq!(vote(&found, &labels, 3, Some(0.07)), 0);
        assert_eq!(vote(&found, &labels, 3, Some(10.0)), 1);
        assert_eq!(vote(&near(&[(3, 0.4), (0, 0.3)]), &labels, 3, None), 2);
    }
}
