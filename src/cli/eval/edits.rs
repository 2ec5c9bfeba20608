//! `soda eval edits`.

use super::encoding::CacheArgs;
use super::gallery::{Gallery, encode, paint};
use super::options::Subject;
use crate::Soda;
use crate::cli::CliResult;
use crate::cli::data::bar;
use crate::eval::{
    AttributeValues, Attributes, Edit, Groups, LabelSource, Labelled, Logistic, Pca, Quality, Rows,
    edits,
};
use crate::plot::Sheet;
use clap::Args;
use std::path::PathBuf;

/// Editing one attribute: a picture's latent is moved by what the two values add to latents, all
/// else the same, and what is painted is compared with the true picture that differs in that
/// attribute alone. Probes that were trained on real pictures say whether the new value is seen,
/// and which other attributes are seen to have changed.
///
/// The samples' JSON names the attributes: see scripts/avatars.sh.
#[derive(Debug, Args)]
pub struct EditsArgs {
    #[command(flatten)]
    subject: Subject,
    /// Pictures with the same attributes, from which means and probes are learnt.
    #[arg(long)]
    train: PathBuf,
    /// Attributes: fields of the samples' JSON [default: all that hold one of a few texts].
    #[arg(long, value_delimiter = ',')]
    attributes: Vec<String>,
    /// Field of the JSON whose values are kinds of pictures, such as a style: learnt from and
    /// edited apart.
    #[arg(long)]
    by: Option<LabelSource>,
    /// Edits of each attribute.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// How far to move, 1 being from one value to the other.
    #[arg(long, default_value_t = 1.0)]
    strength: f32,
    /// Steps to paint with [default: the model's own].
    #[arg(long)]
    steps: Option<usize>,
    /// File for a PNG to look at. Three edits of each attribute, a row each: the picture, the true
    /// one, then as in the table.
    #[arg(long)]
    sheet: Option<PathBuf>,
    #[command(flatten)]
    cache: CacheArgs,
}

/// What an edit came to by one way, an edit a row.
struct Outcome {
    name: &'static str,
    pixels: Rows,
    /// `[attribute][edit]`: what the probe sees.
    seen: Vec<Vec<usize>>,
}

const SHOWN: usize = 3;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

impl EditsArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let soda = self.subject.model.load()?;
        let open = |path: &[PathBuf]| {
            let (model, data) = (&self.subject.model, &self.subject.data);
            Gallery::open(&soda, model, data, &self.cache, path)
        };
        let train = open(std::slice::from_ref(&self.train))?;
        let test = open(&self.subject.data.data)?;
        let attributes = Attributes::read(&train.encoded.about, &self.attributes)?;
        let (learnt, judged) = (
            attributes.of(&train.encoded.about),
            attributes.of(&test.encoded.about),
        );
        let (limit, seed) = (self.limit as usize, self.subject.noise.seed);
        let groups = Groups::of(self.by.as_ref(), &train.encoded.about)?;
        let of_test = groups.places(&test.encoded.about)?;
        let asked = edits(&judged, &test.encoded.about, &of_test, limit, seed);
        if asked.is_empty() {
            return Err(format!(
                "edits: no two pictures of --data differ in one of {:?} alone",
                attributes.names
            )
            .into());
        }
        let probes = self.probes(&train, &attributes, &learnt)?;
        let outcomes = self.outcomes(
            &soda,
            (&train, &learnt),
            &test,
            (&attributes, &groups),
            &asked,
            &probes,
        )?;
        if let Some(path) = &self.sheet {
            draw(&soda, &test, &asked, &outcomes).save(path)?;
        }
        let truth = test.pixel_rows(&asked.iter().map(|edit| edit.to).collect::<Vec<_>>());
        let (text, json) = report(&attributes, &judged, &asked, &outcomes, &truth, soda.size());
        let matrix = changes(&attributes, &asked, &outcomes);
        self.subject.say(
            &format!(
                "{text}{}{} edits, {} pictures to learn from",
                matrix.0,
                asked.len(),
                train.len()
            ),
            serde_json::json!({
                "attributes": attributes.names,
                "edits": asked.len(),
                "train": train.len(),
                "strength": self.strength,
                "seed": seed,
                "rows": json,
                "changes": matrix.1,
            }),
        )
    }

    /// A linear probe for every attribute.
    fn probes(
        &self,
        train: &Gallery,
        attributes: &Attributes,
        learnt: &AttributeValues,
    ) -> Fallible<Vec<Logistic>> {
        let progress = bar(self.subject.model.json, learnt.len() as u64, "probes");
        let mut probes = Vec::new();
        for (values, own) in attributes.values.iter().zip(learnt) {
            let (places, labels): (Vec<usize>, Vec<usize>) = own
                .iter()
                .enumerate()
                .filter_map(|(i, label)| Some((i, (*label)?)))
                .unzip();
            let rows = Labelled {
                codes: train.encoded.codes.chosen(&places),
                labels,
            };
            probes.push(Logistic::fit(&rows, values.len(), 1.0)?);
            progress.inc(1);
        }
        progress.finish_and_clear();
        Ok(probes)
    }

    fn outcomes(
        &self,
        soda: &Soda,
        (train, learnt): (&Gallery, &AttributeValues),
        test: &Gallery,
        (attributes, groups): (&Attributes, &Groups),
        asked: &[Edit],
        probes: &[Logistic],
    ) -> Fallible<Vec<Outcome>> {
        let model = &self.subject.model;
        let options = self.subject.noise.options(self.steps);
        let judged = attributes.of(&test.encoded.about);
        let of = |place: fn(&Edit) -> usize| -> Vec<usize> { asked.iter().map(place).collect() };
        let (from, to) = (of(|edit| edit.from), of(|edit| edit.to));
        let (kinds, counts) = (groups.places(&test.encoded.about)?, attributes.counts());
        // Every edit of rows, by what values add to rows of the same kind.
        let edited = |learnt_of: &Rows, rows: &Rows| -> Result<Rows, String> {
            let found = groups.effects(learnt_of, &train.encoded.about, learnt, &counts)?;
            let one = |(row, edit): (&[f32], &Edit)| -> Vec<f32> {
                let of = &found[kinds[edit.from]][edit.attribute];
                let value = |place: usize| of[judged[edit.attribute][place]?].as_ref();
                match (value(edit.from), value(edit.to)) {
                    (Some(before), Some(after)) => {
                        let by = after
                            .iter()
                            .zip(before)
                            .map(|(a, b)| self.strength * (a - b));
                        row.iter().zip(by).map(|(v, by)| v + by).collect()
                    }
                    _ => row.to_vec(),
                }
            };
            let edited = rows.iter().zip(asked).flat_map(one).collect();
            Ok(Rows::new(edited, rows.width()))
        };
        let codes = &test.encoded.codes;
        let before = test.pixel_rows(&from);
        let all: Vec<usize> = (0..train.len()).collect();
        let pixels = train.pixel_rows(&all);
        let by_pixels = edited(&pixels, &before)?;
        let width = soda.latent().min(train.len());
        let progress = bar(model.json, 1, "principal components");
        let pca = Pca::fit(pixels.values(), pixels.width(), width, soda.device())?;
        progress.finish_and_clear();
        let mut outcomes = Vec::new();
        let mut add = |name, pixels: Rows| -> CliResult {
            let clamped = pixels.values().iter().map(|v| v.clamp(-1.0, 1.0)).collect();
            let pixels = Rows::new(clamped, pixels.width());
            let codes = encode(soda, &pixels, model)?;
            let seen = probes.iter().map(|probe| probe.tell(&codes)).collect();
            outcomes.push(Outcome { name, pixels, seen });
            Ok(())
        };
        add("no edit", before.clone())?;
        add(
            "no edit, painted from z",
            paint(soda, &codes.chosen(&from), &options, model)?,
        )?;
        add("pixels", by_pixels.clone())?;
        add("PCA", pca.reconstruct_rows(&by_pixels)?)?;
        let moved = edited(&train.encoded.codes, &codes.chosen(&from))?;
        add("z", paint(soda, &moved, &options, model)?)?;
        add(
            "the true picture's own z",
            paint(soda, &codes.chosen(&to), &options, model)?,
        )?;
        add("the true picture", test.pixel_rows(&to))?;
        Ok(outcomes)
    }
}

/// What is compared with what, for the share of other attributes that changed: paintings with the
/// painting that was not edited, pixels with the picture itself.
fn unedited<'a>(outcomes: &'a [Outcome], own: &Outcome) -> &'a Outcome {
    let painted = matches!(
        own.name,
        "no edit, painted from z" | "z" | "the true picture's own z"
    );
    &outcomes[usize::from(painted)]
}

/// Share of edits after which the probe of `other` sees something else than before.
fn changed(
    outcomes: &[Outcome],
    own: &Outcome,
    asked: &[Edit],
    attribute: Option<usize>,
    other: usize,
) -> Option<f64> {
    let before = &unedited(outcomes, own).seen[other];
    let of = |edit: &Edit| {
        attribute.is_none_or(|attribute| edit.attribute == attribute)
            && (attribute.is_some() || edit.attribute != other)
    };
    let places: Vec<usize> = (0..asked.len()).filter(|&i| of(&asked[i])).collect();
    let moved = places
        .iter()
        .filter(|&&i| own.seen[other][i] != before[i])
        .count();
    (!places.is_empty()).then(|| moved as f64 / places.len() as f64)
}

fn report(
    attributes: &Attributes,
    judged: &AttributeValues,
    asked: &[Edit],
    outcomes: &[Outcome],
    truth: &Rows,
    size: usize,
) -> (String, Vec<serde_json::Value>) {
    let mut text = format!(
        "{:<28} {:>8} {:>7} {:>12} {:>16}\n",
        "edited picture", "PSNR dB", "SSIM", "new value", "others changed"
    );
    let mut json = Vec::new();
    for own in outcomes {
        let seen = |edit: &Edit, i: usize| {
            Some(own.seen[edit.attribute][i]) == judged[edit.attribute][edit.to]
        };
        let share = |attribute: Option<usize>| {
            let of = |edit: &&(usize, &Edit)| {
                attribute.is_none_or(|attribute| edit.1.attribute == attribute)
            };
            let places: Vec<(usize, &Edit)> = asked.iter().enumerate().collect();
            let places: Vec<_> = places.iter().filter(of).collect();
            let right = places.iter().filter(|(i, edit)| seen(edit, *i)).count();
            let quality = places.iter().fold(Quality::default(), |sum, (i, _)| {
                sum.join(Quality::measure(own.pixels.row(*i), truth.row(*i), size))
            });
            (right as f64 / places.len().max(1) as f64, quality)
        };
        let (told, quality) = share(None);
        let others: Vec<f64> = (0..attributes.names.len())
            .filter_map(|other| changed(outcomes, own, asked, None, other))
            .collect();
        let others = others.iter().sum::<f64>() / others.len().max(1) as f64;
        text += &format!(
            "{:<28} {:>8.2} {:>7.3} {:>11.1}% {:>15.1}%\n",
            own.name,
            quality.psnr,
            quality.ssim,
            100.0 * told,
            100.0 * others
        );
        let mut row = serde_json::json!({
            "row": own.name, "psnr": quality.psnr, "ssim": quality.ssim, "new_value": told,
            "others_changed": others,
        });
        for (attribute, name) in attributes.names.iter().enumerate() {
            let (told, quality) = share(Some(attribute));
            row["by_attribute"][name] =
                serde_json::json!({"psnr": quality.psnr, "ssim": quality.ssim, "new_value": told});
        }
        json.push(row);
    }
    (text, json)
}

/// Of edits by latents: for each attribute edited, how often the new value is seen, and how often
/// each other attribute is seen to change.
fn changes(
    attributes: &Attributes,
    asked: &[Edit],
    outcomes: &[Outcome],
) -> (String, Vec<serde_json::Value>) {
    let Some(own) = outcomes.iter().find(|outcome| outcome.name == "z") else {
        return (String::new(), Vec::new());
    };
    let mut text = format!("\n{:<28}", "z: edited, seen to change");
    attributes
        .names
        .iter()
        .for_each(|name| text += &format!(" {name:>14}"));
    text += "\n";
    let mut json = Vec::new();
    for (attribute, name) in attributes.names.iter().enumerate() {
        let mut row = serde_json::json!({"row": name});
        text += &format!("{name:<28}");
        for (other, seen) in attributes.names.iter().enumerate() {
            let share = changed(outcomes, own, asked, Some(attribute), other);
            let cell = share.map_or(String::new(), |share| format!("{:.1}%", 100.0 * share));
            text += &format!(" {cell:>14}");
            row[seen] = share.into();
        }
        text += "\n";
        json.push(row);
    }
    (text, json)
}

fn draw(soda: &Soda, test: &Gallery, asked: &[Edit], outcomes: &[Outcome]) -> Sheet {
    let mut sheet = Sheet::new(soda.size());
    for part in asked.chunk_by(|a, b| a.attribute == b.attribute) {
        let first = asked.iter().position(|edit| edit == &part[0]).unwrap_or(0);
        for (i, edit) in (first..).zip(part).take(SHOWN) {
            let mut row = test.pixel_rows(&[edit.from, edit.to]).values().to_vec();
            let painted = outcomes[1..outcomes.len() - 1].iter();
            row.extend(painted.flat_map(|outcome| outcome.pixels.row(i)));
            sheet.row(&row);
        }
    }
    sheet
}
