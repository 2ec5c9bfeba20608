//! `soda eval anomaly`.

use super::encoding::CacheArgs;
use super::gallery::{Gallery, paint};
use super::options::Subject;
use super::progress::Progress;
use super::report::Format::{Fixed, Plain};
use super::report::{Report, Table};
use crate::Soda;
use crate::cli::CliResult;
use crate::eval::{
    AnomalySplit, LabelSource, Spread, anomaly_splits, distance_scores, prior_bound,
};
use crate::recognition::Nearness;
use clap::Args;
use serde_json::json;
use std::collections::BTreeMap;
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
        let (soda, test) = self.subject.open_gallery(&self.cache)?;
        let train = self.subject.gallery(&soda, &self.cache, &self.train)?;
        let mut scores = self.scores(&soda, &test)?;
        let mut judged = test.encoded.clone();
        let splits = match &self.outliers {
            Some(path) => {
                let outliers = self.subject.gallery(&soda, &self.cache, path)?;
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
        let areas = |(name, scores): Scores| {
            let areas = splits.iter().map(|split| split.area(&scores)).collect();
            (name, areas)
        };
        let mut rows: Vec<Scores> = scores.into_iter().map(areas).collect();
        let k = self.k as usize;
        for (name, nearness) in [
            ("Euclidean", Nearness::Euclidean),
            ("cosine", Nearness::Cosine),
        ] {
            let progress = Progress::new(self.subject.model.json, splits.len(), "classes")?;
            let mut areas = Vec::new();
            for split in &splits {
                let learnt = train.encoded.codes.chosen(&split.learnt);
                areas.push(split.area(&distance_scores(&learnt, &judged.codes, k, nearness)));
                progress.add(1)?;
            }
            rows.push((format!("{k} nearest latents, {name}"), areas));
        }
        self.say(&splits, &rows)
    }

    /// Scores that do not depend on what is normal, of every picture.
    fn scores(&self, soda: &Soda, gallery: &Gallery) -> CliResult<Vec<Scores>> {
        let (model, codes) = (&self.subject.model, &gallery.encoded.codes);
        let mut scores = Vec::new();
        if !soda.manifest.training.objective.is_contrastive() {
            let options = self.subject.noise.options(Some(self.steps));
            let painted = paint(soda, codes, &options, model)?;
            let error = |(i, found): (usize, &[f32])| {
                let truth = gallery.pixels(i);
                let squares = found
                    .iter()
                    .zip(&truth)
                    .map(|(f, t)| f64::from(f - t).powi(2));
                squares.sum::<f64>() / truth.len() as f64
            };
            let errors = painted.iter().enumerate().map(error).collect();
            scores.push((
                format!("reconstruction error, {} step(s)", self.steps),
                errors,
            ));
        }
        if let Some(prior) = &soda.networks.prior {
            let progress = Progress::new(model.json, codes.len(), "prior")?;
            let (points, seed) = (self.points as usize, self.subject.noise.seed);
            let bound = prior_bound(prior, codes, points, seed, soda.device(), &mut |done| {
                progress.set(done);
            })?;
            scores.push(("prior's bound on −ln p(z)".to_owned(), bound));
        }
        Ok(scores)
    }

    fn say(&self, splits: &[AnomalySplit], rows: &[Scores]) -> CliResult {
        let role = match (self.one_class, &self.outliers) {
            (true, _) => "normal",
            (false, None) => "held out",
            (false, Some(_)) => "outliers",
        };
        let columns = [
            ("row", "area under the ROC curve", Plain),
            ("auroc", "mean", Fixed(3)),
        ];
        let mut table = Table::new("rows", &columns);
        for (name, areas) in rows {
            let by_class = splits.iter().zip(areas);
            let by_class: BTreeMap<_, _> =
                by_class.map(|(split, area)| (&split.class, area)).collect();
            let mean = Spread::of(areas).mean;
            table.row(json!({"row": name, "auroc": mean, "by_class": by_class}));
        }
        let columns = [
            ("class", role, Plain),
            ("normal", "normal", Plain),
            ("outliers", "outliers", Plain),
            ("auroc", "best area", Fixed(3)),
            ("score", "of", Plain),
        ];
        let mut classes = Table::new("", &columns);
        for (s, split) in splits.iter().enumerate().filter(|_| splits.len() > 1) {
            let best = rows.iter().max_by(|a, b| a.1[s].total_cmp(&b.1[s]));
            classes.row(json!({
                "class": split.class, "normal": split.normal.len(),
                "outliers": split.outliers.len(), "auroc": best.map(|(_, areas)| areas[s]),
                "score": best.map(|(name, _)| name),
            }));
        }
        let count = |of: fn(&AnomalySplit) -> usize| splits.iter().map(of).sum::<usize>();
        let (learnt, normal) = (count(|s| s.learnt.len()), count(|s| s.normal.len()));
        let outliers = count(|s| s.outliers.len());
        let (table, classes) = match splits {
            [_] => {
                let note = format!(
                    "{learnt} normal pictures to learn from, {normal} and {outliers} outliers \
                     judged"
                );
                (table.note(note), classes)
            }
            _ => {
                let note = format!("{} classes, each {role} in turn", splits.len());
                (table, classes.note(note))
            }
        };
        let facts = json!({
            "label": self.label.to_string(),
            "role": role,
            "classes": splits.iter().map(|split| &split.class).collect::<Vec<_>>(),
            "train": learnt,
            "normal": normal,
            "outliers": outliers,
            "k": self.k,
            "seed": self.subject.noise.seed,
        });
        self.subject
            .say(Report::new(facts).with(table).with(classes))
    }
}
