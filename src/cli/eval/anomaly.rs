//! `soda eval anomaly`.

use super::encoding::CacheArgs;
use super::gallery::{Gallery, paint};
use super::options::Subject;
use crate::Soda;
use crate::cli::CliResult;
use crate::cli::data::bar;
use crate::eval::{
    AnomalySplit, LabelSource, Nearness, Rows, Spread, anomaly_splits, auroc, distance_scores,
    prior_bound,
};
use clap::Args;
use std::path::PathBuf;

/// Anomaly detection: how well outliers are told from normal pictures without having seen one, as
/// the area under the ROC curve. Scores are the error of reconstruction, the prior's bound on the
/// latent's likelihood where the model has a prior, and the distance to the nearest latents of
/// normal pictures.
///
/// Outliers are another data set (--outliers), or by --label each class in turn.
#[derive(Debug, Args)]
pub struct AnomalyArgs {
    #[command(flatten)]
    subject: Subject,
    /// Normal pictures to learn from; --data is judged.
    #[arg(long)]
    train: PathBuf,
    /// Data set whose pictures are the outliers; without it, classes of --data are.
    #[arg(long, conflicts_with_all = ["one_class", "class"])]
    outliers: Option<PathBuf>,
    /// What names a picture's class: class (sub-folder, .cls or label file), view, or a field of
    /// its JSON.
    #[arg(long, default_value = "class")]
    label: LabelSource,
    /// Each class is the normal one in turn, and all others are outliers [default: each is held out
    /// in turn, and is the outlier].
    #[arg(long)]
    one_class: bool,
    /// Only these classes in turn.
    #[arg(long, value_delimiter = ',')]
    class: Vec<String>,
    /// Nearest latents whose distance is averaged.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    k: u32,
    /// Steps to reconstruct with.
    #[arg(long, default_value_t = 1)]
    steps: usize,
    /// Log-SNRs that the prior's bound is summed over.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..))]
    points: u32,
    #[command(flatten)]
    cache: CacheArgs,
}

/// A score of every judged picture: the higher the more unusual.
type Scores = (String, Vec<f64>);

impl AnomalyArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let soda = self.subject.model.load()?;
        let open = |path: &[PathBuf]| {
            let (model, data) = (&self.subject.model, &self.subject.data);
            Gallery::open(&soda, model, data, &self.cache, path)
        };
        let train = open(std::slice::from_ref(&self.train))?;
        let test = open(&self.subject.data.data)?;
        let mut scores = self.scores(&soda, &test)?;
        let mut judged = test.encoded.clone();
        let splits = match &self.outliers {
            Some(path) => {
                let outliers = open(std::slice::from_ref(path))?;
                for (all, (_, more)) in scores.iter_mut().zip(self.scores(&soda, &outliers)?) {
                    all.1.extend(more);
                }
                let normal = judged.about.len();
                judged = judged.join(outliers.encoded);
                vec![AnomalySplit {
                    class: path.display().to_string(),
                    learnt: (0..train.len()).collect(),
                    normal: (0..normal).collect(),
                    outliers: (normal..judged.about.len()).collect(),
                }]
            }
            None => anomaly_splits(
                &train.encoded,
                &judged,
                &self.label,
                self.one_class,
                &self.class,
            )?,
        };
        let rows = self.compare(&train.encoded.codes, &judged.codes, &scores, &splits);
        self.say(&splits, &rows)
    }

    /// Scores that do not depend on what is normal, of every picture.
    fn scores(
        &self,
        soda: &Soda,
        gallery: &Gallery,
    ) -> Result<Vec<Scores>, Box<dyn std::error::Error>> {
        let (model, codes) = (&self.subject.model, &gallery.encoded.codes);
        let mut scores = Vec::new();
        if !soda.manifest.training.objective.is_contrastive() {
            let options = self.subject.noise.options(Some(self.steps));
            let painted = paint(soda, codes, &options, model)?;
            let error = |(i, found): (usize, &[f32])| {
                let wanted = gallery.pixels(i);
                let squares = found
                    .iter()
                    .zip(&wanted)
                    .map(|(f, w)| f64::from(f - w).powi(2));
                squares.sum::<f64>() / wanted.len() as f64
            };
            let errors = painted.iter().enumerate().map(error).collect();
            scores.push((
                format!("reconstruction error, {} step(s)", self.steps),
                errors,
            ));
        }
        if let Some(prior) = &soda.networks.prior {
            let progress = bar(model.json, codes.len() as u64, "prior");
            let (points, seed) = (self.points as usize, self.subject.noise.seed);
            let bound = prior_bound(prior, codes, points, seed, soda.device(), &mut |done| {
                progress.set_position(done as u64);
            })?;
            progress.finish_and_clear();
            scores.push(("prior's bound on −ln p(z)".to_owned(), bound));
        }
        Ok(scores)
    }

    /// Of each score the area for every split.
    fn compare(
        &self,
        learnt: &Rows,
        judged: &Rows,
        scores: &[Scores],
        splits: &[AnomalySplit],
    ) -> Vec<(String, Vec<f64>)> {
        let area = |scores: &[f64], split: &AnomalySplit| {
            let of = |places: &[usize]| -> Vec<f64> { places.iter().map(|&i| scores[i]).collect() };
            auroc(&of(&split.normal), &of(&split.outliers))
        };
        let mut rows: Vec<(String, Vec<f64>)> = Vec::new();
        for (name, scores) in scores {
            let areas = splits.iter().map(|split| area(scores, split));
            rows.push((name.clone(), areas.collect()));
        }
        let k = self.k as usize;
        for (name, nearness) in [
            ("Euclidean", Nearness::Euclidean),
            ("cosine", Nearness::Cosine),
        ] {
            let progress = bar(self.subject.model.json, splits.len() as u64, "classes");
            let areas = splits.iter().map(|split| {
                let learnt = learnt.chosen(&split.learnt);
                let scores = distance_scores(&learnt, judged, k, nearness);
                progress.inc(1);
                area(&scores, split)
            });
            rows.push((format!("{k} nearest latents, {name}"), areas.collect()));
            progress.finish_and_clear();
        }
        rows
    }

    fn say(&self, splits: &[AnomalySplit], rows: &[(String, Vec<f64>)]) -> CliResult {
        let role = match (self.one_class, &self.outliers) {
            (true, _) => "normal",
            (false, None) => "held out",
            (false, Some(_)) => "outliers",
        };
        let mut text = format!("{:<44} {:>10}\n", "area under the ROC curve", "mean");
        let mut json = Vec::new();
        for (name, areas) in rows {
            let spread = Spread::of(areas);
            text += &format!("{name:<44} {:>10.3}\n", spread.mean);
            let by_class: serde_json::Map<String, serde_json::Value> = splits
                .iter()
                .zip(areas)
                .map(|(split, &area)| (split.class.clone(), area.into()))
                .collect();
            json.push(serde_json::json!({"row": name, "auroc": spread.mean, "by_class": by_class}));
        }
        if splits.len() > 1 {
            text += &format!("\n{:<44}", format!("{role}, best score in brackets"));
            text += &format!("{:>9} {:>9}\n", "normal", "outliers");
            for (s, split) in splits.iter().enumerate() {
                let best = rows.iter().max_by(|a, b| a.1[s].total_cmp(&b.1[s]));
                let best = best.map_or(String::new(), |(name, areas)| {
                    format!("{:.3}, {name}", areas[s])
                });
                let (class, normal, outliers) =
                    (&split.class, split.normal.len(), split.outliers.len());
                text += &format!("{class:<44}{normal:>9} {outliers:>9}   ({best})\n");
            }
        }
        let count = |of: fn(&AnomalySplit) -> usize| splits.iter().map(of).sum::<usize>();
        let (learnt, normal, outliers) = (
            count(|s| s.learnt.len()),
            count(|s| s.normal.len()),
            count(|s| s.outliers.len()),
        );
        text += &match splits {
            [_] => format!(
                "{learnt} normal pictures to learn from, {normal} and {outliers} outliers judged"
            ),
            _ => format!("{} classes, each {role} in turn", splits.len()),
        };
        self.subject.say(
            &text,
            serde_json::json!({
                "label": self.label.to_string(),
                "role": role,
                "classes": splits.iter().map(|split| &split.class).collect::<Vec<_>>(),
                "train": learnt,
                "normal": normal,
                "outliers": outliers,
                "k": self.k,
                "seed": self.subject.noise.seed,
                "rows": json,
            }),
        )
    }
}
