//! Multinomial logistic regression to its optimum, by L-BFGS.

use super::task::Labelled;
use crate::recognition::{Rows, StandardScaler};
use argmin::core::{CostFunction, Error, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use nalgebra::{DMatrix, DMatrixView};
use rayon::prelude::*;
use std::sync::Mutex;

/// A linear classifier of standardised rows.
#[derive(Debug, Clone)]
pub struct Logistic {
    scaler: StandardScaler,
    /// `[C, D + 1]`, the bias last.
    weights: DMatrix<f64>,
}

/// Steps that L-BFGS remembers, and at which it gives up.
const MEMORY: usize = 10;
const ITERATIONS: u64 = 300;

impl Logistic {
    /// Minimise `1/N·Σ −log softmax(W·x + b)_y + 1/(2·c·N)·‖W‖²` over rows standardised by their
    /// own mean and variance: `c` is the inverse strength of the penalty, as in scikit-learn's
    /// `LogisticRegression`, whose default is 1.
    ///
    /// # Errors
    /// What the optimiser says, as text.
    pub fn fit(train: &Labelled, classes: usize, c: f64) -> Result<Self, String> {
        let scaler = StandardScaler::fit(&train.codes);
        let problem = Problem::new(
            &scaler.transform_all(&train.codes),
            &train.labels,
            classes,
            c,
        );
        let start = vec![0.0; classes * (train.codes.width() + 1)];
        // The line search ends where rounding hides every descent: what was best until then is
        // kept.
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY)
            .with_tolerance_grad(1e-5)
            .and_then(|solver| solver.with_tolerance_cost(1e-9));
        let fail = |error: Error| format!("logistic regression: {error}");
        let found = Executor::new(problem, solver.map_err(fail)?)
            .configure(|state| state.param(start).max_iters(ITERATIONS))
            .run()
            .map_err(fail)?;
        let weights = found
            .state()
            .get_best_param()
            .ok_or("logistic regression: no step could be taken")?;
        Ok(Self {
            weights: DMatrix::from_column_slice(classes, train.codes.width() + 1, weights),
            scaler,
        })
    }

    /// The class of every row.
    pub fn tell(&self, rows: &Rows) -> Vec<usize> {
        let parts = columns(&self.scaler.transform_all(rows));
        let told = parts.par_iter().map(|part| {
            let logits = &self.weights * part;
            logits
                .column_iter()
                .map(|column| column.argmax().0)
                .collect::<Vec<usize>>()
        });
        told.flatten().collect()
    }

    /// Weights of class `class` in units of the rows' own numbers, `[D]`.
    pub fn direction(&self, class: usize) -> Vec<f32> {
        let weights = self.weights.row(class);
        let scaled = self.scaler.deviation.iter().zip(weights.iter());
        scaled
            .map(|(deviation, weight)| (weight / deviation) as f32)
            .collect()
    }
}

/// Rows as columns `[D + 1, n]` with a 1 at the end, in parts that threads share.
fn columns(rows: &Rows) -> Vec<DMatrix<f64>> {
    let width = rows.width();
    let parts = rows.values().par_chunks(1024 * width);
    let part = |values: &[f32]| {
        let columns = DMatrixView::from_slice(values, width, values.len() / width);
        columns.map(f64::from).insert_row(width, 1.0)
    };
    parts.map(part).collect()
}

/// The parameters, and the cost and the gradient there.
type Known = (Vec<f64>, f64, Vec<f64>);

struct Problem {
    /// `[D + 1, n]` and the labels of each part.
    parts: Vec<(DMatrix<f64>, Vec<usize>)>,
    classes: usize,
    count: f64,
    penalty: f64,
    /// Cost and gradient are asked for one after the other and computed together.
    last: Mutex<Option<Known>>,
}

impl Problem {
    fn new(rows: &Rows, labels: &[usize], classes: usize, c: f64) -> Self {
        let mut labels = labels.iter().copied();
        let parts = columns(rows).into_iter().map(|part| {
            let own: Vec<usize> = labels.by_ref().take(part.ncols()).collect();
            (part, own)
        });
        Self {
            parts: parts.collect(),
            classes,
            count: rows.len() as f64,
            penalty: 1.0 / (c * rows.len() as f64),
            last: Mutex::new(None),
        }
    }

    fn evaluate(&self, param: &[f64]) -> (f64, Vec<f64>) {
        let mut last = self
            .last
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some((known, cost, gradient)) = last.as_ref()
            && known == param
        {
            return (*cost, gradient.clone());
        }
        let rows = param.len() / self.classes;
        let weights = DMatrix::from_column_slice(self.classes, rows, param);
        let part = |(x, labels): &(DMatrix<f64>, Vec<usize>)| {
            let mut p = &weights * x;
            let mut cost = 0.0;
            for (mut column, &label) in p.column_iter_mut().zip(labels) {
                let most = column.max();
                let own = column[label] - most;
                column.apply(|v| *v = (*v - most).exp());
                let sum = column.sum();
                column /= sum;
                column[label] -= 1.0;
                cost += sum.ln() - own;
            }
            (cost, x * p.transpose())
        };
        let nothing = || (0.0, DMatrix::zeros(rows, self.classes));
        // In order, so that the sum is the same in every run.
        let parts: Vec<_> = self.parts.par_iter().map(part).collect();
        let (cost, gradient) = parts
            .into_iter()
            .fold(nothing(), |(a, x), (b, y)| (a + b, x + y));
        let mut cost = cost / self.count;
        let mut gradient = gradient.transpose() / self.count;
        let free = weights.columns(0, rows - 1);
        cost += 0.5 * self.penalty * free.norm_squared();
        gradient
            .columns_mut(0, rows - 1)
            .zip_apply(&free, |g, w| *g += self.penalty * w);
        let gradient = gradient.as_slice().to_vec();
        *last = Some((param.to_vec(), cost, gradient.clone()));
        (cost, gradient)
    }
}

impl CostFunction for Problem {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, param: &Self::Param) -> Result<f64, Error> {
        Ok(self.evaluate(param).0)
    }
}

impl Gradient for Problem {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, param: &Self::Param) -> Result<Vec<f64>, Error> {
        Ok(self.evaluate(param).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let rows = Rows::new(vec![0.3, -1.0, 2.0, 0.5, -0.7, 0.1, 1.1, -0.4], 2);
        let problem = Problem::new(&rows, &[0, 2, 1, 2], 3, 0.5);
        let at: Vec<f64> = (0..9).map(|i| (i as f64 * 0.7).sin()).collect();
        let (_, gradient) = problem.evaluate(&at);
        for i in 0..at.len() {
            let moved = |by: f64| {
                let mut at = at.clone();
                at[i] += by;
                problem.evaluate(&at).0
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!(
                (slope - gradient[i]).abs() < 1e-8,
                "{i}: {slope} {}",
                gradient[i]
            );
        }
    }

    /// Two classes at ±1 in one dimension: by symmetry the weights are ±v without bias, and the
    /// cost `ln(1 + e^(−2v)) + v²/(2c)` of one number is minimised by bisection of its slope.
    #[test]
    fn the_optimum_of_two_points_is_found() {
        let train = Labelled {
            codes: Rows::new(vec![-1.0, 1.0], 1),
            labels: vec![0, 1],
        };
        let c = 2.0;
        let slope = |v: f64| -2.0 / (1.0 + (2.0 * v).exp()) + v / c;
        let (mut low, mut high) = (0.0, 10.0);
        for _ in 0..100 {
            let mid = 0.5 * (low + high);
            if slope(mid) < 0.0 {
                low = mid
            } else {
                high = mid
            }
        }
        let found = Logistic::fit(&train, 2, c).unwrap();
        assert!(
            (f64::from(found.direction(1)[0]) - low).abs() < 1e-3,
            "{:?} {low}",
            found.direction(1)
        );
        assert_eq!(found.tell(&train.codes), [0, 1]);
    }
}
