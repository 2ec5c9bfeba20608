//! Gradient-boosted regression trees, to find which numbers of a representation foretell a factor.

use crate::recognition::Rows;
use rayon::prelude::*;

/// How trees are grown.
#[derive(Debug, Clone, PartialEq)]
pub struct BoostingSettings {
    /// Trees.
    pub rounds: usize,
    /// Splits from a tree's root to its leaves.
    pub depth: usize,
    /// What each tree adds of what it foretells.
    pub rate: f64,
    /// Fewest rows in a leaf.
    pub least: usize,
}

impl Default for BoostingSettings {
    fn default() -> Self {
        Self {
            rounds: 100,
            depth: 3,
            rate: 0.1,
            least: 5,
        }
    }
}

/// Values a column is told apart by.
const BINS: usize = 32;

/// Rows with each column cut into bins that hold equally many of them, as histograms of gradients
/// need (Ke et al., *LightGBM*, 2017).
#[derive(Debug, Clone)]
pub struct Binned {
    /// Of every column the upper ends of its bins but the last.
    ends: Vec<Vec<f32>>,
    /// `[D, N]`: bins, column after column.
    bins: Vec<Vec<u8>>,
}

impl Binned {
    /// Cut by the rows' own values.
    pub fn new(rows: &Rows) -> Self {
        let ends: Vec<Vec<f32>> = (0..rows.width())
            .into_par_iter()
            .map(|column| {
                let mut values: Vec<f32> = rows.iter().map(|row| row[column]).collect();
                values.sort_by(f32::total_cmp);
                let cut = |k: usize| values[k * values.len() / BINS];
                let mut ends: Vec<f32> = (1..BINS).map(cut).collect();
                ends.dedup();
                ends
            })
            .collect();
        Self {
            bins: bins(&ends, rows),
            ends,
        }
    }

    /// Other rows, cut in the same places.
    #[must_use]
    pub fn like(&self, rows: &Rows) -> Self {
        Self {
            bins: bins(&self.ends, rows),
            ends: self.ends.clone(),
        }
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.bins.first().map_or(0, Vec::len)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn bins(ends: &[Vec<f32>], rows: &Rows) -> Vec<Vec<u8>> {
    let column = |(column, ends): (usize, &Vec<f32>)| -> Vec<u8> {
        let bin = |row: &[f32]| ends.partition_point(|end| *end <= row[column]) as u8;
        rows.iter().map(bin).collect()
    };
    ends.par_iter().enumerate().map(column).collect()
}

/// A split: rows whose bin of `column` is above `bin` go right.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Split {
    column: usize,
    bin: u8,
    gain: f64,
}

/// A full tree: node `i` has the children `2i + 1` and `2i + 2`. A node without a split sends all
/// to the left.
#[derive(Debug, Clone)]
struct Tree {
    splits: Vec<Option<Split>>,
    leaves: Vec<f64>,
}

impl Tree {
    fn leaf(&self, rows: &Binned, row: usize) -> usize {
        let mut node = 0;
        while let Some(split) = self.splits.get(node) {
            let right = split.is_some_and(|split| rows.bins[split.column][row] > split.bin);
            node = 2 * node + 1 + usize::from(right);
        }
        node - self.splits.len()
    }
}

/// Trees that foretell a number (Friedman, *Greedy Function Approximation: A Gradient Boosting
/// Machine*, 2001, with squared error).
#[derive(Debug, Clone)]
pub struct Boosted {
    mean: f64,
    trees: Vec<Tree>,
    /// Of every column the squared error that its splits took away, `[D]`.
    pub importance: Vec<f64>,
}

impl Boosted {
    /// Learn `targets`, one for each row.
    pub fn fit(rows: &Binned, targets: &[f64], settings: &BoostingSettings) -> Self {
        let mean = targets.iter().sum::<f64>() / targets.len().max(1) as f64;
        let mut left: Vec<f64> = targets.iter().map(|target| target - mean).collect();
        let mut found = Self {
            mean,
            trees: Vec::new(),
            importance: vec![0.0; rows.ends.len()],
        };
        for _ in 0..settings.rounds {
            let tree = grow(rows, &left, settings);
            for (row, left) in left.iter_mut().enumerate() {
                *left -= tree.leaves[tree.leaf(rows, row)];
            }
            for split in tree.splits.iter().flatten() {
                found.importance[split.column] += split.gain;
            }
            found.trees.push(tree);
        }
        found
    }

    /// What is foretold for every row.
    pub fn foretell(&self, rows: &Binned) -> Vec<f64> {
        let one = |row: usize| {
            let parts = self
                .trees
                .iter()
                .map(|tree| tree.leaves[tree.leaf(rows, row)]);
            self.mean + parts.sum::<f64>()
        };
        (0..rows.len()).into_par_iter().map(one).collect()
    }
}

fn grow(rows: &Binned, targets: &[f64], settings: &BoostingSettings) -> Tree {
    let mut splits: Vec<Option<Split>> = Vec::new();
    // Number of each row's node within its level.
    let mut place = vec![0usize; targets.len()];
    for level in 0..settings.depth {
        let nodes = 1 << level;
        let best = best_splits(rows, targets, &place, nodes, settings.least);
        for (row, place) in place.iter_mut().enumerate() {
            let right = best[*place].is_some_and(|s| rows.bins[s.column][row] > s.bin);
            *place = 2 * *place + usize::from(right);
        }
        splits.extend(best);
    }
    let mut sums = vec![(0f64, 0usize); 1 << settings.depth];
    for (&place, target) in place.iter().zip(targets) {
        sums[place].0 += target;
        sums[place].1 += 1;
    }
    let leaf = |(sum, count): (f64, usize)| settings.rate * sum / count.max(1) as f64;
    Tree {
        splits,
        leaves: sums.into_iter().map(leaf).collect(),
    }
}

/// The split of each node that takes most squared error away, `S_l²/n_l + S_r²/n_r − S²/n`, if one
/// does.
fn best_splits(
    rows: &Binned,
    targets: &[f64],
    place: &[usize],
    nodes: usize,
    least: usize,
) -> Vec<Option<Split>> {
    let of_column = |(column, bins): (usize, &Vec<u8>)| -> Vec<Option<Split>> {
        let mut sums = vec![(0f64, 0usize); nodes * BINS];
        for ((&bin, &place), target) in bins.iter().zip(place).zip(targets) {
            let cell = &mut sums[place * BINS + usize::from(bin)];
            cell.0 += target;
            cell.1 += 1;
        }
        let of_node = |cells: &[(f64, usize)]| {
            let (sum, count) = total(cells);
            let mut best: Option<Split> = None;
            let (mut left, mut n) = (0f64, 0usize);
            for (bin, cell) in cells.iter().enumerate().take(BINS - 1) {
                left += cell.0;
                n += cell.1;
                if n < least || count - n < least {
                    continue;
                }
                let right = sum - left;
                let gain = left * left / n as f64 + right * right / (count - n) as f64
                    - sum * sum / count as f64;
                if gain > 1e-12 && best.is_none_or(|best| gain > best.gain) {
                    let bin = bin as u8;
                    best = Some(Split { column, bin, gain });
                }
            }
            best
        };
        sums.chunks_exact(BINS).map(of_node).collect()
    };
    let nothing = || vec![None; nodes];
    // Of equal splits the first column's, in whatever order threads are done.
    let better = |a: Option<Split>, b: Option<Split>| match (a, b) {
        (Some(a), Some(b)) if (b.gain, a.column) > (a.gain, b.column) => Some(b),
        (None, b) => b,
        (a, _) => a,
    };
    rows.bins
        .par_iter()
        .enumerate()
        .map(of_column)
        .reduce(nothing, |a, b| {
            a.into_iter().zip(b).map(|(a, b)| better(a, b)).collect()
        })
}

fn total(cells: &[(f64, usize)]) -> (f64, usize) {
    cells.iter().fold((0.0, 0), |(sum, count), cell| {
        (sum + cell.0, count + cell.1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_learnt_by_one_split_and_credited_to_its_column() {
        let rows = Rows::random(400, 3, 1);
        let step = |row: &[f32]| if row[1] > 0.3 { 2.0 } else { -1.0 };
        let targets: Vec<f64> = rows.iter().map(step).collect();
        let binned = Binned::new(&rows);
        let settings = BoostingSettings {
            rounds: 1,
            depth: 1,
            rate: 1.0,
            least: 1,
        };
        let found = Boosted::fit(&binned, &targets, &settings);
        assert_eq!((found.importance[0], found.importance[2]), (0.0, 0.0));
        let wrong = found
            .foretell(&binned)
            .iter()
            .zip(&targets)
            .filter(|(f, t)| (*f - *t).abs() > 0.5)
            .count();
        assert!(
            wrong <= 400 / BINS,
            "{wrong}: at most the bin that the step cuts"
        );
        // What a split takes away is what is left less what was there.
        let mean = targets.iter().sum::<f64>() / 400.0;
        let before: f64 = targets.iter().map(|t| (t - mean).powi(2)).sum();
        let after: f64 = found
            .foretell(&binned)
            .iter()
            .zip(&targets)
            .map(|(f, t)| (f - t).powi(2))
            .sum();
        assert!((before - after - found.importance[1]).abs() < 1e-6);
    }

    #[test]
    fn a_sum_of_curves_is_foretold_for_new_rows() {
        let (train, test) = (Rows::random(2000, 5, 2), Rows::random(500, 5, 3));
        let curve = |row: &[f32]| f64::from(2.0 * row[0] * row[0] + (3.0 * row[3]).sin());
        let targets: Vec<f64> = train.iter().map(curve).collect();
        let binned = Binned::new(&train);
        let found = Boosted::fit(&binned, &targets, &BoostingSettings::default());
        let told = found.foretell(&binned.like(&test));
        let wanted: Vec<f64> = test.iter().map(curve).collect();
        let mean = wanted.iter().sum::<f64>() / 500.0;
        let error: f64 = told.iter().zip(&wanted).map(|(t, w)| (t - w).powi(2)).sum();
        let whole: f64 = wanted.iter().map(|w| (w - mean).powi(2)).sum();
        assert!(error < 0.05 * whole, "{}", error / whole);
        let idle = found.importance[1] + found.importance[2] + found.importance[4];
        assert!(idle < 0.05 * found.importance.iter().sum::<f64>());
    }

    #[test]
    fn what_does_not_vary_is_foretold_by_its_mean() {
        let rows = Rows::new(vec![1.0; 20], 2);
        let binned = Binned::new(&rows);
        let found = Boosted::fit(&binned, &[3.0; 10], &BoostingSettings::default());
        assert_eq!(found.foretell(&binned), [3.0; 10]);
        assert_eq!(found.importance, [0.0, 0.0]);
    }
}
