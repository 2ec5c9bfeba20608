//! Numbers of several units brought to one.

use super::rows::Rows;

/// Mean and standard deviation of every column of some rows, both `[D]`.
#[derive(Debug, Clone, PartialEq)]
pub struct StandardScaler {
    /// Means.
    pub mean: Vec<f64>,
    /// Standard deviations; infinite for a column that does not vary, which tells nothing and is
    /// brought to 0.
    pub deviation: Vec<f64>,
}

impl StandardScaler {
    /// Of these rows.
    pub fn fit(rows: &Rows) -> Self {
        let n = rows.len().max(1) as f64;
        let mut mean = vec![0.0; rows.width()];
        for row in rows.iter() {
            mean.iter_mut()
                .zip(row)
                .for_each(|(mean, &v)| *mean += f64::from(v) / n);
        }
        let mut squares = vec![0.0; rows.width()];
        for row in rows.iter() {
            for ((square, &v), mean) in squares.iter_mut().zip(row).zip(&mean) {
                *square += (f64::from(v) - mean).powi(2) / n;
            }
        }
        let deviation = squares.into_iter().zip(&mean).map(|(square, mean)| {
            let deviation = square.sqrt();
            // What is left of a constant column is rounding.
            if deviation > 1e-6 * mean.abs().max(1e-6) {
                deviation
            } else {
                f64::INFINITY
            }
        });
        Self {
            deviation: deviation.collect(),
            mean,
        }
    }

    /// A row less the mean, over the deviation.
    pub fn transform<'a>(&'a self, row: &'a [f32]) -> impl Iterator<Item = f64> + 'a {
        let scale = self.mean.iter().zip(&self.deviation);
        row.iter()
            .zip(scale)
            .map(|(&v, (mean, deviation))| (f64::from(v) - mean) / deviation)
    }

    /// Every row less the mean, over the deviation.
    pub fn transform_all(&self, rows: &Rows) -> Rows {
        let values = rows.iter().flat_map(|row| self.transform(row));
        Rows::new(values.map(|v| v as f32).collect(), rows.width())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_no_mean_and_unit_variance() {
        let rows = Rows::new(vec![1.0, 5.0, 2.0, 5.0, 6.0, 5.0], 2);
        let scaler = StandardScaler::fit(&rows);
        assert_eq!(scaler.mean, [3.0, 5.0]);
        let standard = scaler.transform_all(&rows);
        let again = StandardScaler::fit(&standard);
        assert!(again.mean[0].abs() < 1e-6 && (again.deviation[0] - 1.0).abs() < 1e-6);
        assert!(standard.iter().all(|row| row[1] == 0.0), "constant");
        let other: Vec<f64> = scaler.transform(&[3.0, 50.0]).collect();
        assert_eq!(other, [0.0, 0.0], "what never varied tells nothing");
    }
}
