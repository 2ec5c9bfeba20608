//! `soda eval arithmetic`.

use super::encoding::CacheArgs;
use super::gallery::{Gallery, paint};
use super::options::{StepsArgs, Subject};
use super::pca;
use crate::Soda;
use crate::cli::CliResult;
use crate::eval::{
    Analogy, AnalogyRule, LabelSource, Nearness, Rows, analogies_of_lines, neighbours, psnr, ssim,
};
use crate::files::{MOST_TEXT, read_at_most};
use crate::plot::Sheet;
use clap::Args;
use rayon::prelude::*;
use std::path::PathBuf;

/// Latent arithmetic: a − b + c painted, against the true picture d, beside copying c, the same
/// arithmetic on pixels, and PCA.
///
/// Questions are found by a rule (--change, --same) or read from a file (--triples). With
/// --change expression:neutral:smiling --same person --across gender, a and b are one person,
/// smiling and neutral, and c and d another of the other gender.
#[derive(Debug, Args)]
pub struct ArithmeticArgs {
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    steps: StepsArgs,
    /// FIELD:FROM:TO, the field of the samples' JSON that changes, its value in b and c, and in a
    /// and d.
    #[arg(long, required_unless_present = "triples", requires = "same")]
    change: Option<Change>,
    /// Fields in which a agrees with b, and c with d: what makes them the same thing.
    #[arg(long, value_delimiter = ',')]
    same: Vec<LabelSource>,
    /// Fields in which all four agree. The view always is one.
    #[arg(long, value_delimiter = ',')]
    alike: Vec<LabelSource>,
    /// Field in which a and b differ from c and d.
    #[arg(long)]
    across: Option<LabelSource>,
    /// Pairs (a, b) whose differences are averaged.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    donors: u16,
    /// Draws of those pairs for every c.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    draws: u16,
    /// File of questions instead: lines of JSON that name the pictures a, b, c and d.
    #[arg(long, conflicts_with = "change")]
    triples: Option<PathBuf>,
    /// Training pictures, from which PCA is computed.
    #[arg(long)]
    train: Option<PathBuf>,
    /// File for a PNG to look at. A row a question: a, b, c, d, then the answers as the table has
    /// them.
    #[arg(long)]
    sheet: Option<PathBuf>,
    #[command(flatten)]
    cache: CacheArgs,
}

/// `--change`.
#[derive(Debug, Clone)]
struct Change {
    field: LabelSource,
    from: String,
    to: String,
}

impl std::str::FromStr for Change {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        match parts.as_slice() {
            [field, from, to] if parts.iter().all(|part| !part.is_empty()) => Ok(Self {
                field: field.parse().unwrap_or(LabelSource::Class),
                from: (*from).to_owned(),
                to: (*to).to_owned(),
            }),
            _ => Err("give FIELD:FROM:TO, such as expression:neutral:smiling".into()),
        }
    }
}

/// One way to answer, picture by picture.
struct Answers {
    name: String,
    pixels: Rows,
    /// Share of questions whose answer is nearest to `d` among all pictures but those asked with.
    found: Option<f64>,
}

const SHOWN: usize = 8;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

impl ArithmeticArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let soda = self.subject.model.load()?;
        let (model, data) = (&self.subject.model, &self.subject.data);
        let gallery = Gallery::open(&soda, model, data, &self.cache, &data.data)?;
        let asked = self.questions(&gallery)?;
        let answers = self.answer(&soda, &gallery, &asked)?;
        let truth = gallery.pixel_rows(&asked.iter().map(|q| q.d).collect::<Vec<_>>());
        if let Some(path) = &self.sheet {
            draw(&soda, &gallery, &asked, &answers).save(path)?;
        }
        let score = |answers: &Answers| -> (Vec<f64>, Vec<f64>) {
            let pairs = answers.pixels.values().par_chunks(truth.width());
            let pairs = pairs.zip(truth.values().par_chunks(truth.width()));
            pairs
                .map(|(found, wanted)| (psnr(found, wanted), ssim(found, wanted, soda.size())))
                .unzip()
        };
        let mut text = format!(
            "{:<36} {:>8} {:>7} {:>11} {:>9}\n",
            "a − b + c against d", "PSNR dB", "SSIM", "beats c", "finds d"
        );
        let mut json = Vec::new();
        let (mut copy, n) = (Vec::new(), asked.len() as f64);
        for answers in &answers {
            let (psnr, ssim) = score(answers);
            if copy.is_empty() {
                copy.clone_from(&psnr);
            }
            let nearer = psnr
                .iter()
                .zip(&copy)
                .filter(|(own, copy)| own > copy)
                .count() as f64
                / n;
            let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
            let found = answers
                .found
                .map_or(String::new(), |found| format!("{:.1}%", 100.0 * found));
            let nearer_text = format!("{:.1}%", 100.0 * nearer);
            text += &format!(
                "{:<36} {:>8.2} {:>7.3} {nearer_text:>11} {found:>9}\n",
                answers.name,
                mean(&psnr),
                mean(&ssim)
            );
            json.push(serde_json::json!({
                "row": answers.name, "psnr": mean(&psnr), "ssim": mean(&ssim), "beats_copy": nearer,
                "finds": answers.found,
            }));
        }
        let changed = asked
            .iter()
            .map(|q| (q.c, q.d))
            .collect::<std::collections::BTreeSet<_>>();
        text += &format!(
            "{} questions on {} pairs (c, d), {} pictures to find d among",
            asked.len(),
            changed.len(),
            gallery.len()
        );
        self.subject.say(
            &text,
            serde_json::json!({
                "questions": asked.len(),
                "pairs": changed.len(),
                "pictures": gallery.len(),
                "donors": self.donors,
                "seed": self.subject.noise.seed,
                "rows": json,
            }),
        )
    }

    fn questions(&self, gallery: &Gallery) -> Fallible<Vec<Analogy>> {
        if let Some(path) = &self.triples {
            let fail = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
            let text = read_at_most(path, MOST_TEXT).map_err(|e| fail(&e))?;
            let text = String::from_utf8(text).map_err(|_| fail(&"is not text in UTF-8"))?;
            return Ok(analogies_of_lines(&text, &gallery.encoded)?);
        }
        let change = self
            .change
            .clone()
            .ok_or("arithmetic: give --change or --triples")?;
        let rule = AnalogyRule {
            field: change.field,
            from: change.from,
            to: change.to,
            same: self.same.clone(),
            alike: self.alike.clone(),
            across: self.across.clone(),
        };
        let (donors, draws) = (self.donors.into(), self.draws.into());
        Ok(rule.analogies(&gallery.encoded, donors, draws, self.subject.noise.seed)?)
    }

    fn answer(&self, soda: &Soda, gallery: &Gallery, asked: &[Analogy]) -> Fallible<Vec<Answers>> {
        let codes = &gallery.encoded.codes;
        let all = gallery.pixel_rows(&(0..gallery.len()).collect::<Vec<_>>());
        let over = |rows: &Rows| -> Rows {
            let answers = asked.iter().flat_map(|question| question.answer(rows));
            Rows::new(answers.collect(), rows.width())
        };
        let of = |rows: &Rows, place: fn(&Analogy) -> usize| {
            rows.chosen(&asked.iter().map(place).collect::<Vec<_>>())
        };
        let mixed = over(&all);
        let mut answers = vec![
            Answers {
                name: "copy c".into(),
                found: Some(finds(asked, &of(codes, |q| q.c), codes)),
                pixels: of(&all, |q| q.c),
            },
            Answers {
                name: "pixels".into(),
                found: Some(finds(asked, &mixed, &all)),
                pixels: mixed.clone(),
            },
        ];
        if let Some(path) = &self.train {
            let (pca, components) = pca(soda, path, &self.subject.data, self.subject.model.json)?;
            answers.push(Answers {
                name: format!("PCA, {components} components"),
                found: Some(finds(asked, &pca.code_rows(&mixed)?, &pca.code_rows(&all)?)),
                pixels: pca.reconstruct_rows(&mixed)?,
            });
        }
        let latents = over(codes);
        let found = finds(asked, &latents, codes);
        for (steps, name) in self.steps.rows(soda) {
            let options = self.subject.noise.options(Some(steps));
            answers.push(Answers {
                name,
                found: Some(found),
                pixels: paint(soda, &latents, &options, &self.subject.model)?,
            });
            answers.push(Answers {
                name: format!(
                    "d's own z, {steps} step{}",
                    if steps == 1 { "" } else { "s" }
                ),
                found: None,
                pixels: paint(soda, &of(codes, |q| q.d), &options, &self.subject.model)?,
            });
        }
        Ok(answers)
    }
}

/// Share of questions whose answer is nearer to `d` than to any other picture but those asked with.
fn finds(asked: &[Analogy], answers: &Rows, all: &Rows) -> f64 {
    let most = asked
        .iter()
        .map(|question| 2 * question.donors.len() + 2)
        .max();
    let near = neighbours(answers, all, most.unwrap_or(1), Nearness::Euclidean, false);
    let right = asked.iter().zip(near).filter(|(question, near)| {
        let first = near.iter().find(|near| !question.asks(near.place));
        first.is_some_and(|near| near.place == question.d)
    });
    right.count() as f64 / asked.len() as f64
}

fn draw(soda: &Soda, gallery: &Gallery, asked: &[Analogy], answers: &[Answers]) -> Sheet {
    let mut sheet = Sheet::new(soda.size());
    let every = asked.len().div_ceil(SHOWN);
    for (i, question) in asked.iter().enumerate().step_by(every) {
        let (a, b) = question.donors[0];
        let mut row = gallery
            .pixel_rows(&[a, b, question.c, question.d])
            .values()
            .to_vec();
        let painted = answers[1..]
            .iter()
            .flat_map(|answers| answers.pixels.row(i));
        row.extend(painted);
        sheet.row(&row);
    }
    sheet
}
