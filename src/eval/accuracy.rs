//! How often classes are told right.

/// Counts of what was taken for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accuracy {
    classes: usize,
    /// `[true class, told class]`.
    counts: Vec<usize>,
}

impl Accuracy {
    /// From the true and the told class of every picture, both below `classes`.
    pub fn new(truth: &[usize], told: &[usize], classes: usize) -> Self {
        let mut counts = vec![0; classes * classes];
        for (truth, told) in truth.iter().zip(told) {
            counts[truth * classes + told] += 1;
        }
        Self { classes, counts }
    }

    /// Pictures.
    pub fn pictures(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Share of pictures told right.
    pub fn share(&self) -> f64 {
        let right: usize = (0..self.classes)
            .map(|c| self.counts[c * self.classes + c])
            .sum();
        right as f64 / self.pictures().max(1) as f64
    }

    /// The mean over classes of the share told right, in which a rare class counts as much as a
    /// frequent one. Classes without a picture do not count.
    pub fn balanced(&self) -> f64 {
        let rows = self.counts.chunks_exact(self.classes).enumerate();
        let shares: Vec<f64> = rows
            .filter_map(|(class, row)| {
                let all: usize = row.iter().sum();
                (all > 0).then(|| row[class] as f64 / all as f64)
            })
            .collect();
        shares.iter().sum::<f64>() / shares.len().max(1) as f64
    }

    /// For each true class, how many pictures were taken for each class.
    pub fn confusion(&self) -> impl Iterator<Item = &[usize]> {
        self.counts.chunks_exact(self.classes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_classes_count_for_as_much_when_balanced() {
        let found = Accuracy::new(&[0, 0, 0, 1], &[0, 0, 0, 0], 3);
        assert_eq!((found.share(), found.balanced()), (0.75, 0.5));
        assert_eq!(found.confusion().nth(1), Some(&[1, 0, 0][..]));
    }
}
