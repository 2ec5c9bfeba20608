//! What a model is worth: reconstruction against yardsticks, what the groups of a latent carry,
//! other views of a thing, how far drawn pictures are from real ones, what can be recognised from
//! latents, and curves of training.
//!
//! Protocols on representations work on [`Encoded`] pictures, rows of numbers that are computed
//! once; those on recognition turn them into a [`Task`].

mod accuracy;
mod analogy;
mod anomaly;
mod atlas;
mod auroc;
mod boosting;
mod bound;
mod curves;
mod dci;
mod directions;
mod distance;
mod edits;
mod effects;
mod encoded;
mod factors;
mod few_shot;
mod ghost;
mod knn;
mod labels;
mod levels;
mod logistic;
mod look;
mod maps;
mod metrics;
mod morph;
mod pairs;
mod pca;
mod probe;
mod task;
mod views;

pub use accuracy::Accuracy;
pub use analogy::{Analogy, AnalogyRule, analogies_of_lines, share_found};
pub use anomaly::{AnomalySplit, anomaly_splits, distance_scores};
pub use atlas::Atlas;
pub use auroc::auroc;
pub use boosting::{Binned, Boosted, BoostingSettings};
pub use bound::prior_bound;
pub use curves::{Curves, CurvesError, curves_chart, read_curves};
pub use dci::{Dci, turned};
pub use directions::{DirectionKind, along, attribute_direction, cosine};
pub use distance::{Features, frechet_distance, kernel_distance};
pub use edits::{AttributeProbe, AttributeValues, Attributes, Edit, edits};
pub use effects::{
    GroupEffects, Groups, effects, effects_of_directions, recognised, refined, stepped,
};
pub use encoded::{About, Encoded};
pub use factors::{Factor, FactorValues};
pub use few_shot::{FewShot, Spread, few_shot};
pub use ghost::{Midpoints, edge_strength, gradient_energy};
pub use knn::vote;
pub use labels::LabelSource;
pub use levels::Swaps;
pub use logistic::Logistic;
pub use look::{Look, RESPECTS, Travel};
pub use maps::{MapKind, MapSettings, map_quality, map_rows, purity};
pub use metrics::{Quality, mse, psnr, psnr_inside, ssim};
pub use morph::{FRAMES, MORPHS, Midway, Morphs, Reference, way};
pub use pairs::{PairKind, kind_pairs, picture_pairs};
pub use pca::Pca;
pub use probe::{ProbeOptimiser, ProbeSettings, linear_probe};
pub use task::{HeldOut, Labelled, Task, split};
pub use views::{Painted, Transfer, ViewPair, view_pairs};
