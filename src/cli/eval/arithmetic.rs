//! `soda eval arithmetic`.

use super::encoding::CacheArgs;
use super::gallery::{Gallery, paint};
use super::options::{StepsArgs, Subject};
use super::report::Format::{Fixed, Percent, Plain};
use super::report::{Report, Table};
use crate::Soda;
use crate::cli::CliResult;
use crate::eval::{Analogy, AnalogyRule, LabelSource, analogies_of_lines, psnr, share_found, ssim};
use crate::files::{MOST_TEXT, read_at_most};
use crate::plot::Sheet;
use crate::recognition::Rows;
use clap::Args;
use rayon::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;
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

impl ArithmeticArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let (soda, gallery) = self.subject.open_gallery(&self.cache)?;
        let asked = self.questions(&gallery)?;
        let answers = self.answer(&soda, &gallery, &asked)?;
        let truth = gallery.pixel_rows(&asked.iter().map(|q| q.d).collect::<Vec<_>>());
        if let Some(path) = &self.sheet {
            draw(&soda, &gallery, &asked, &answers).save(path)?;
        }
        let columns = [
            ("row", "a − b + c against d", Plain),
            ("psnr", "PSNR dB", Fixed(2)),
            ("ssim", "SSIM", Fixed(3)),
            ("beats_copy", "beats c", Percent(1)),
            ("finds", "finds d", Percent(1)),
        ];
        let mut table = Table::new("rows", &columns);
        let mut copy = Vec::new();
        for Answers {
            name,
            pixels,
            found,
        } in &answers
        {
            let pairs = pixels.values().par_chunks(truth.width());
            let pairs = pairs.zip(truth.values().par_chunks(truth.width()));
            let (psnr, ssim): (Vec<f64>, Vec<f64>) = pairs
                .map(|(found, d)| (psnr(found, d), ssim(found, d, soda.size())))
                .unzip();
            if copy.is_empty() {
                copy.clone_from(&psnr);
            }
            let nearer = psnr
                .iter()
                .zip(&copy)
                .filter(|(answer, copy)| answer > copy)
                .count();
            let n = asked.len() as f64;
            let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
            table.row(json!({
                "row": name, "psnr": mean(&psnr), "ssim": mean(&ssim),
                "beats_copy": nearer as f64 / n, "finds": found,
            }));
        }
        let changed: BTreeSet<_> = asked.iter().map(|q| (q.c, q.d)).collect();
        let (questions, pairs, pictures) = (asked.len(), changed.len(), gallery.len());
        let table = table.note(format!(
            "{questions} questions on {pairs} pairs (c, d), {pictures} pictures to find d among"
        ));
        let facts = json!({
            "questions": questions, "pairs": pairs, "pictures": pictures, "donors": self.donors,
            "seed": self.subject.noise.seed,
        });
        self.subject.say(Report::new(facts).with(table))
    }

    fn questions(&self, gallery: &Gallery) -> CliResult<Vec<Analogy>> {
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

    fn answer(&self, soda: &Soda, gallery: &Gallery, asked: &[Analogy]) -> CliResult<Vec<Answers>> {
        let codes = &gallery.encoded.codes;
        let all = gallery.pixel_rows(&(0..gallery.len()).collect::<Vec<_>>());
        let over = |rows: &Rows| -> Rows {
            let answers = asked.iter().flat_map(|question| question.answer(rows));
            Rows::new(answers.collect(), rows.width())
        };
        let of = |rows: &Rows, place: fn(&Analogy) -> usize| {
            rows.chosen(&asked.iter().map(place).collect::<Vec<_>>())
        };
        let mut answers = Vec::new();
        let mut add = |name: String, found, pixels| {
            answers.push(Answers {
                name,
                pixels,
                found,
            });
        };
        let mixed = over(&all);
        let found = share_found(asked, &of(codes, |q| q.c), codes);
        add("copy c".into(), Some(found), of(&all, |q| q.c));
        add(
            "pixels".into(),
            Some(share_found(asked, &mixed, &all)),
            mixed.clone(),
        );
        if let Some(path) = &self.train {
            let (pca, components) = self.subject.pca(soda, path)?;
            let found = share_found(asked, &pca.code_rows(&mixed)?, &pca.code_rows(&all)?);
            let name = format!("PCA, {components} components");
            add(name, Some(found), pca.reconstruct_rows(&mixed)?);
        }
        let (latents, true_ones) = (over(codes), of(codes, |q| q.d));
        let found = share_found(asked, &latents, codes);
        for (steps, name) in self.steps.rows(soda) {
            let options = self.subject.noise.options(Some(steps));
            let paint = |codes| paint(soda, codes, &options, &self.subject.model);
            add(format!("z, {name}"), Some(found), paint(&latents)?);
            add(format!("d's own z, {name}"), None, paint(&true_ones)?);
        }
        Ok(answers)
    }
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
        row.extend(
            answers[1..]
                .iter()
                .flat_map(|answers| answers.pixels.row(i)),
        );
        sheet.row(&row);
    }
    sheet
}
