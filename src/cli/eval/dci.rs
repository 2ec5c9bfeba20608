//! `soda eval dci`.

use super::encoding::{EncodingArgs, FeaturesArg};
use super::options::{fit_pca, share};
use super::progress::Progress;
use super::report::Format::{Fixed, Plain};
use super::report::{Report, ResultArgs, Table};
use crate::cli::CliResult;
use crate::eval::{BoostingSettings, Dci, Factor, FactorValues, split, turned};
use crate::recognition::Rows;
use clap::Args;
use serde_json::json;
use std::collections::BTreeMap;

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
    #[arg(long, default_value_t = 0.2, value_parser = share)]
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
        let soda = self.encoding.model.load()?;
        let data = self.encoding.encode(&soda, &self.encoding.data.data)?;
        let factors = Factor::read(&data.about, &self.factors)?;
        let (learnt, judged) = split(&data, self.held_out_share, self.seed);
        if learnt.is_empty() || judged.is_empty() {
            return Err("dci: one side of the pictures is empty; give more pictures".into());
        }
        let features = self.encoding.features;
        let name = match features {
            FeaturesArg::Latent => "latents",
            FeaturesArg::Pooled => "pooled features",
            FeaturesArg::Pixels => "pixels",
            FeaturesArg::Matcher => "the matcher's features",
            FeaturesArg::LatentMatcher => "latents and the matcher's features",
        };
        let mut codes = vec![(name.to_owned(), data.codes)];
        if features == FeaturesArg::Latent {
            let turned = turned(&codes[0].1, self.seed);
            codes.push((format!("{name}, turned at random"), turned));
            let pixels = self.encoding.pixels(&soda)?;
            let (pca, components) =
                fit_pca(&soda, &pixels.chosen(&learnt), self.encoding.model.json)?;
            let name = format!("PCA of pixels, {components} components");
            codes.push((name, pca.code_rows(&pixels)?));
        }
        let mut columns = vec![(
            "factor".to_owned(),
            "how well each is foretold".to_owned(),
            Plain,
        )];
        columns.extend(
            codes
                .iter()
                .map(|(name, _)| (name.clone(), name.clone(), Fixed(3))),
        );
        let mut by_factor = Table::new("", &columns);
        let means = [
            ("row", "mean over factors", Plain),
            ("disentanglement", "disentanglement", Fixed(3)),
            ("completeness", "completeness", Fixed(3)),
            ("informativeness", "informativeness", Fixed(3)),
        ];
        let mut table = Table::new("rows", &means);
        let mut scores = Vec::new();
        for (name, codes) in codes {
            let dci = self.score(&codes, &factors, &learnt, &judged)?;
            let scored = || factors.iter().zip(&dci.informativeness);
            let by_factor: BTreeMap<_, _> = scored()
                .map(|(factor, score)| (&factor.name, score))
                .collect();
            let informativeness = dci.informativeness.iter().sum::<f64>() / factors.len() as f64;
            table.row(json!({
                "row": name, "disentanglement": dci.disentanglement,
                "completeness": dci.completeness, "informativeness": informativeness,
                "by_factor": by_factor,
            }));
            scores.push((name, dci));
        }
        for (f, factor) in factors.iter().enumerate() {
            let kind = match &factor.values {
                FactorValues::Numbers(_) => "R²".to_owned(),
                FactorValues::Classes(names, _) => format!("accuracy, {} classes", names.len()),
            };
            let mut row = json!({"factor": format!("{} ({kind})", factor.name)});
            for (name, dci) in &scores {
                row[name] = dci.informativeness[f].into();
            }
            by_factor.row(row);
        }
        let (train, test) = (learnt.len(), judged.len());
        let names: Vec<&String> = factors.iter().map(|factor| &factor.name).collect();
        let importance: BTreeMap<_, _> = names.iter().zip(&scores[0].1.importance).collect();
        let facts = json!({
            "factors": names, "train": train, "test": test, "trees": self.trees, "seed": self.seed,
            "importance": importance,
        });
        let by_factor = by_factor.note(format!("{train} pictures to learn from, {test} judged"));
        let report = Report::new(facts).with(table).with(by_factor);
        self.results.say(self.encoding.model.json, report)
    }

    fn score(
        &self,
        codes: &Rows,
        factors: &[Factor],
        learnt: &[usize],
        judged: &[usize],
    ) -> CliResult<Dci> {
        let of = |places: &[usize]| -> Vec<Factor> {
            factors.iter().map(|factor| factor.chosen(places)).collect()
        };
        let settings = BoostingSettings {
            rounds: self.trees,
            ..BoostingSettings::default()
        };
        let progress = Progress::new(self.encoding.model.json, factors.len(), "factors")?;
        Ok(Dci::measure(
            (&codes.chosen(learnt), &of(learnt)),
            (&codes.chosen(judged), &of(judged)),
            &settings,
            &mut |done| progress.set(done),
        ))
    }
}
