//! `soda eval dci`.

use super::encoding::{EncodingArgs, FeaturesArg};
use super::options::ResultArgs;
use crate::Soda;
use crate::cli::CliResult;
use crate::cli::data::bar;
use crate::eval::{BoostingSettings, Dci, Factor, FactorValues, Pca, Rows, split};
use clap::Args;
use nalgebra::DMatrix;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Disentanglement, completeness and informativeness on pictures whose factors are known, such as
/// those of soda shapes, beside principal components of the pixels and the same latents turned at
/// random.
///
/// A part of the samples is held out and foretold by boosted trees, whose importances the scores
/// are made of.
#[derive(Debug, Args)]
pub struct DciArgs {
    #[command(flatten)]
    encoding: EncodingArgs,
    /// Fields of the pictures' JSON [default: all that are factors].
    #[arg(long, value_delimiter = ',')]
    factors: Vec<String>,
    /// Share of the samples that factors are foretold for.
    #[arg(long, default_value_t = 0.2)]
    held_out_share: f64,
    /// Trees for each factor, or for each class of a factor.
    #[arg(long, default_value_t = BoostingSettings::default().rounds)]
    trees: usize,
    /// Seed of what is held out and of the turn.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    results: ResultArgs,
}

impl DciArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        if !(self.held_out_share > 0.0 && self.held_out_share < 1.0) {
            let share = self.held_out_share;
            return Err(format!("held-out-share: is {share}, needs to lie between 0 and 1").into());
        }
        let soda = self.encoding.model.load()?;
        let data = self.encoding.encode(&soda, &self.encoding.data.data)?;
        let factors = Factor::read(&data.about, &self.factors)?;
        let (learnt, judged) = split(&data, self.held_out_share, self.seed);
        if learnt.is_empty() || judged.is_empty() {
            return Err("dci: one side of the pictures is empty; give more pictures".into());
        }
        let own = match self.encoding.features {
            FeaturesArg::Latent => "latents",
            FeaturesArg::Pooled => "pooled features",
            FeaturesArg::Pixels => "pixels",
            FeaturesArg::Matcher => "the matcher's features",
            FeaturesArg::LatentMatcher => "latents and the matcher's features",
        };
        let mut rows = vec![(
            own.to_owned(),
            self.score(&data.codes, &factors, &learnt, &judged),
        )];
        if self.encoding.features == FeaturesArg::Latent {
            let turned = turned(&data.codes, self.seed);
            rows.push((
                format!("{own}, turned at random"),
                self.score(&turned, &factors, &learnt, &judged),
            ));
            let (name, components) = self.components(&soda, &learnt, data.codes.width())?;
            rows.push((name, self.score(&components, &factors, &learnt, &judged)));
        }
        let mut text = format!(
            "{:<36} {:>9} {:>9} {:>9}\n",
            "mean over factors", "disent.", "complete", "informat."
        );
        let mut json = Vec::new();
        let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len().max(1) as f64;
        for (name, dci) in &rows {
            let informativeness = mean(&dci.informativeness);
            text += &format!(
                "{name:<36} {:>9.3} {:>9.3} {informativeness:>9.3}\n",
                dci.disentanglement, dci.completeness
            );
            json.push(serde_json::json!({
                "row": name,
                "disentanglement": dci.disentanglement,
                "completeness": dci.completeness,
                "informativeness": informativeness,
            }));
        }
        text += &format!("\n{:<36}", "how well each is foretold");
        rows.iter()
            .for_each(|(name, _)| text += &format!(" {name:>26}"));
        for (f, factor) in factors.iter().enumerate() {
            let kind = match &factor.values {
                FactorValues::Numbers(_) => "R²".to_owned(),
                FactorValues::Classes(names, _) => format!("accuracy, {} classes", names.len()),
            };
            text += &format!("\n{:<36}", format!("{} ({kind})", factor.name));
            for ((_, dci), row) in rows.iter().zip(&mut json) {
                text += &format!(" {:>26.3}", dci.informativeness[f]);
                row["by_factor"][&factor.name] = dci.informativeness[f].into();
            }
        }
        text += &format!(
            "\n{} pictures to learn from, {} judged",
            learnt.len(),
            judged.len()
        );
        let importance: serde_json::Map<String, serde_json::Value> = factors
            .iter()
            .zip(&rows[0].1.importance)
            .map(|(factor, shares)| (factor.name.clone(), shares.as_slice().into()))
            .collect();
        self.results.say(
            self.encoding.model.json,
            &text,
            serde_json::json!({
                "factors": factors.iter().map(|factor| &factor.name).collect::<Vec<_>>(),
                "train": learnt.len(),
                "test": judged.len(),
                "trees": self.trees,
                "seed": self.seed,
                "rows": json,
                "importance": importance,
            }),
        )
    }

    fn score(&self, codes: &Rows, factors: &[Factor], learnt: &[usize], judged: &[usize]) -> Dci {
        let of = |places: &[usize]| -> Vec<Factor> {
            factors.iter().map(|factor| factor.chosen(places)).collect()
        };
        let settings = BoostingSettings {
            rounds: self.trees,
            ..BoostingSettings::default()
        };
        let progress = bar(self.encoding.model.json, factors.len() as u64, "factors");
        let (train, test) = (of(learnt), of(judged));
        let dci = Dci::measure(
            (&codes.chosen(learnt), &train),
            (&codes.chosen(judged), &test),
            &settings,
            &mut |done| progress.set_position(done as u64),
        );
        progress.finish_and_clear();
        dci
    }

    /// Principal components of the pixels, as many as the latent has numbers.
    fn components(
        &self,
        soda: &Soda,
        learnt: &[usize],
        width: usize,
    ) -> Result<(String, Rows), Box<dyn std::error::Error>> {
        let pixels = self.encoding.pixels(soda)?;
        let width = width.min(learnt.len());
        let progress = bar(self.encoding.model.json, 1, "principal components");
        let pca = Pca::fit(
            pixels.chosen(learnt).values(),
            pixels.width(),
            width,
            soda.device(),
        )?;
        let codes = pca.code_rows(&pixels)?;
        progress.finish_and_clear();
        Ok((format!("PCA of pixels, {width} components"), codes))
    }
}

/// Rows in other axes, drawn at random: what is known is the same, and no number means anything by
/// itself.
fn turned(rows: &Rows, seed: u64) -> Rows {
    let (n, width) = (rows.len(), rows.width());
    let rng = ChaCha8Rng::seed_from_u64(seed);
    let normal: Vec<f32> = StandardNormal
        .sample_iter(rng)
        .take(width * width)
        .collect();
    let axes = DMatrix::from_vec(width, width, normal).qr().q();
    let columns = DMatrix::from_column_slice(width, n, rows.values());
    Rows::new((axes * columns).as_slice().to_vec(), width)
}
