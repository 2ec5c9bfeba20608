//! Losses between two batches of vectors, against plain loops written from the papers' equations
//! and against finite differences.

use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use soda::train::losses::{VicRegWeights, byol, cosine, gaussian_kl, mse, nt_xent, vicreg};

type Rows = Vec<Vec<f64>>;

const WIDTH: usize = 3;

/// Five rows of three numbers with a standard deviation of 0.6.
fn rows(seed: u64) -> Rows {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut row = || {
        let normal = StandardNormal.sample_iter(&mut rng);
        normal.take(WIDTH).map(|v: f64| 0.6 * v).collect()
    };
    (0..5).map(|_| row()).collect()
}

fn tensor(rows: &Rows, device: &Device) -> Tensor<2> {
    let values: Vec<f32> = rows.iter().flatten().map(|&v| v as f32).collect();
    Tensor::from_data(TensorData::new(values, [rows.len(), WIDTH]), device)
}

fn value(loss: Tensor<1>) -> f64 {
    loss.into_scalar::<f32>() as f64
}

/// A loss of two batches, on tensors and as a loop.
type Pair = (
    &'static str,
    fn(Tensor<2>, Tensor<2>) -> Tensor<1>,
    fn(&Rows, &Rows) -> f64,
);

const LOSSES: [Pair; 6] = [
    ("mse", mse, |a, b| {
        let pairs = a.iter().flatten().zip(b.iter().flatten());
        pairs.map(|(x, y)| (x - y).powi(2)).sum::<f64>() / (a.len() * WIDTH) as f64
    }),
    ("cosine", cosine, |a, b| {
        let each = a.iter().zip(b).map(|(x, y)| 1.0 - cos(x, y));
        each.sum::<f64>() / a.len() as f64
    }),
    (
        "nt_xent",
        |a, b| nt_xent(a, b, 0.3),
        |a, b| {
            // ℓ(i, j) of every vector i with its other view j.
            let z: Rows = a.iter().chain(b).cloned().collect();
            let n = a.len();
            let one = |i: usize| {
                let j = (i + n) % (2 * n);
                let others = (0..2 * n).filter(|&k| k != i);
                let sum: f64 = others.map(|k| (cos(&z[i], &z[k]) / 0.3).exp()).sum();
                -((cos(&z[i], &z[j]) / 0.3).exp() / sum).ln()
            };
            (0..2 * n).map(one).sum::<f64>() / (2 * n) as f64
        },
    ),
    ("byol", byol, |a, b| {
        // The squared distance of the unit vectors, not 2 − 2·cos.
        let one = |(x, y): (&Vec<f64>, &Vec<f64>)| -> f64 {
            let (lx, ly) = (dot(x, x).sqrt(), dot(y, y).sqrt());
            x.iter()
                .zip(y)
                .map(|(p, q)| (p / lx - q / ly).powi(2))
                .sum()
        };
        a.iter().zip(b).map(one).sum::<f64>() / a.len() as f64
    }),
    (
        "vicreg",
        |a, b| vicreg(a, b, &WEIGHTS),
        |a, b| {
            let (n, d) = (a.len() as f64, WIDTH as f64);
            let mut invariance = 0.0;
            for (x, y) in a.iter().zip(b) {
                for (p, q) in x.iter().zip(y) {
                    invariance += (p - q).powi(2) / (n * d);
                }
            }
            let (mut variance, mut covariance) = (0.0, 0.0);
            for z in [a, b] {
                let mean = |j: usize| z.iter().map(|row| row[j]).sum::<f64>() / n;
                for j in 0..WIDTH {
                    for k in 0..WIDTH {
                        let (mj, mk) = (mean(j), mean(k));
                        let sum: f64 = z.iter().map(|row| (row[j] - mj) * (row[k] - mk)).sum();
                        let c = sum / (n - 1.0);
                        match j == k {
                            true => variance += (1.0 - (c + 1e-4).sqrt()).max(0.0) / d,
                            false => covariance += c * c / d,
                        }
                    }
                }
            }
            25.0 * invariance + 10.0 * variance + 3.0 * covariance
        },
    ),
    ("gaussian_kl", gaussian_kl, |m, s| {
        let one = |(m, s): (&f64, &f64)| -0.5 * (1.0 + s - m * m - s.exp());
        let pairs = m.iter().flatten().zip(s.iter().flatten());
        pairs.map(one).sum::<f64>() / m.len() as f64
    }),
];

const WEIGHTS: VicRegWeights = VicRegWeights {
    invariance: 25.0,
    variance: 10.0,
    covariance: 3.0,
};

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(a, b)| a * b).sum()
}

fn cos(x: &[f64], y: &[f64]) -> f64 {
    dot(x, y) / (dot(x, x) * dot(y, y)).sqrt()
}

#[test]
fn every_loss_is_the_one_of_its_equation() {
    let device = Device::flex();
    for (name, loss, equation) in LOSSES {
        let (a, b) = (rows(1), rows(2));
        let found = value(loss(tensor(&a, &device), tensor(&b, &device)));
        let wanted = equation(&a, &b);
        assert!(
            (found - wanted).abs() < 1e-4 * wanted.abs().max(1.0),
            "{name}: {found}, the equation gives {wanted}"
        );
    }
}

#[test]
fn gradients_agree_with_finite_differences_of_the_equations() {
    let device = Device::flex().autodiff();
    for (name, loss, equation) in LOSSES {
        let (a, b) = (rows(3), rows(4));
        let (ta, tb) = (
            tensor(&a, &device).require_grad(),
            tensor(&b, &device).require_grad(),
        );
        let grads = loss(ta.clone(), tb.clone()).backward();
        for (side, tensor) in [ta, tb].into_iter().enumerate() {
            let Some(grad) = tensor.grad(&grads) else {
                assert_eq!((name, side), ("byol", 1), "only BYOL's target has none");
                continue;
            };
            assert_ne!((name, side), ("byol", 1), "the target must have none");
            let grad = grad.try_into_vec_as::<f32>().unwrap();
            for (i, &found) in grad.iter().enumerate() {
                let moved = |by: f64| {
                    let mut both = [a.clone(), b.clone()];
                    both[side][i / WIDTH][i % WIDTH] += by;
                    equation(&both[0], &both[1])
                };
                let wanted = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!(
                    (found as f64 - wanted).abs() < 1e-3 * wanted.abs().max(1.0),
                    "{name}, side {side}, number {i}: {found}, wanted {wanted}"
                );
            }
        }
    }
}

#[test]
fn lengths_do_not_matter_to_cosines() {
    let device = Device::flex();
    let (a, b) = (rows(5), rows(6));
    let longer: Rows = (1..)
        .zip(&a)
        .map(|(k, row)| row.iter().map(|v| k as f64 * v).collect())
        .collect();
    for (name, loss, _) in &LOSSES[1..4] {
        let one = value(loss(tensor(&a, &device), tensor(&b, &device)));
        let other = value(loss(tensor(&longer, &device), tensor(&b, &device)));
        assert!((one - other).abs() < 1e-4, "{name}: {one} and {other}");
    }
}

#[test]
fn views_that_agree_cost_less_than_views_that_do_not() {
    let device = Device::flex();
    let (a, b) = (tensor(&rows(7), &device), tensor(&rows(8), &device));
    for (name, loss, _) in &LOSSES[..5] {
        let agree = value(loss(a.clone(), a.clone()));
        let differ = value(loss(a.clone(), b.clone()));
        assert!(agree < differ, "{name}: {agree} and {differ}");
    }
}

#[test]
fn vicreg_punishes_a_collapse_that_invariance_likes() {
    let device = Device::flex();
    let collapsed = Tensor::<2>::full([5, WIDTH], 0.7, &device);
    let weights = VicRegWeights::default();
    let cost = value(vicreg(collapsed.clone(), collapsed, &weights));
    // Twice 25 times the hinge of a deviation of √10⁻⁴.
    assert!((cost - 2.0 * 25.0 * 0.99).abs() < 1e-3, "{cost}");
}

#[test]
fn vectors_of_zeros_have_finite_gradients() {
    let device = Device::flex().autodiff();
    for (name, loss, _) in LOSSES {
        let zero = Tensor::<2>::zeros([4, WIDTH], &device).require_grad();
        let grads = loss(zero.clone(), zero.clone()).backward();
        let grad = zero.grad(&grads).unwrap().try_into_vec_as::<f32>().unwrap();
        assert!(grad.iter().all(|v| v.is_finite()), "{name}");
    }
}
