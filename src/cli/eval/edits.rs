//! `soda eval edits`.

use super::encoding::CacheArgs;
use super::gallery::{Gallery, look_at, paint};
use super::options::{Subject, fit_pca};
use super::progress::Progress;
use super::report::Format::{Fixed, Percent, Plain};
use super::report::{Report, Table};
use crate::Soda;
use crate::cli::CliResult;
use crate::eval::{
    AttributeProbe, AttributeValues, Attributes, Edit, GroupEffects, Groups, LabelSource, Quality,
    edits, effects_of_directions,
};
use crate::plot::Sheet;
use crate::recognition::Rows;
use clap::Args;
use serde_json::json;
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
    /// Field of the JSON whose values are kinds of pictures, such as a style: learnt from,
    /// edited and judged apart.
    #[arg(long)]
    by: Option<LabelSource>,
    /// Only edits that the model's own directions can make, and a row of what these make of them,
    /// as the sliders of the page do.
    #[arg(long)]
    sliders: bool,
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

const SHOWN: usize = 3;
const SLIDERS: &str = "z, by the model's sliders";

/// Everything that edits are made from.
struct Work<'a> {
    soda: &'a Soda,
    train: &'a Gallery,
    test: &'a Gallery,
    /// Of the pictures to learn from, and of those that are edited.
    values: [AttributeValues; 2],
    attributes: &'a Attributes,
    groups: &'a Groups,
    /// What the model's own directions add, by kind of picture, and the kind of every picture.
    sliders: Option<(GroupEffects, Vec<usize>)>,
    asked: &'a [Edit],
}

impl EditsArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let (soda, test) = self.subject.open_gallery(&self.cache)?;
        let train = self.subject.gallery(&soda, &self.cache, &self.train)?;
        let attributes = Attributes::read(&train.encoded.about, &self.attributes)?;
        let values = [&train, &test].map(|set| attributes.of(&set.encoded.about));
        let (limit, seed) = (self.limit as usize, self.subject.noise.seed);
        let groups = Groups::of(self.by.as_ref(), &train.encoded.about)?;
        let of_test = groups.places(&test.encoded.about)?;
        let sliders = self.sliders.then(|| sliders(&soda, &test, &attributes));
        let sliders = sliders.transpose()?;
        let by_slider = |edit: &Edit| {
            sliders.as_ref().is_none_or(|(effects, kinds)| {
                let known = &effects[kinds[edit.from]][edit.attribute];
                let ends = [edit.from, edit.to].map(|place| values[1][edit.attribute][place]);
                ends.iter()
                    .all(|end| end.is_some_and(|end| known[end].is_some()))
            })
        };
        // Another colour of no hair is nothing to be seen.
        let keep = |edit: &Edit| by_slider(edit) && test.pixels(edit.from) != test.pixels(edit.to);
        let about = &test.encoded.about;
        let asked = edits(&values[1], about, &of_test, keep, limit, seed);
        if asked.is_empty() {
            return Err(format!(
                "edits: no two pictures of --data differ in one of {:?} alone",
                attributes.names
            )
            .into());
        }
        let work = Work {
            soda: &soda,
            train: &train,
            test: &test,
            values,
            attributes: &attributes,
            groups: &groups,
            sliders,
            asked: &asked,
        };
        let outcomes = self.outcomes(&work)?;
        if let Some(path) = &self.sheet {
            draw(&work, &outcomes).save(path)?;
        }
        let (count, learnt) = (asked.len(), train.len());
        let facts = json!({
            "attributes": attributes.names, "edits": count, "train": learnt,
            "strength": self.strength, "seed": seed,
        });
        let changes = changes(&work, &outcomes);
        let changes = changes.note(format!("{count} edits, {learnt} pictures to learn from"));
        let [all, of_attributes] = results(&work, &outcomes);
        let report = Report::new(facts).with(all).with(of_attributes);
        self.subject.say(report.with(changes))
    }

    /// Linear probes for every attribute.
    fn probes(&self, work: &Work) -> CliResult<Vec<AttributeProbe>> {
        let learnt = &work.train.encoded;
        let (kinds, kind_count) = (work.groups.places(&learnt.about)?, work.groups.names.len());
        let all = work.attributes.counts();
        let progress = Progress::new(self.subject.model.json, all.len(), "probes")?;
        let mut probes = Vec::new();
        for (count, values) in all.into_iter().zip(&work.values[0]) {
            let probe = AttributeProbe::fit(&learnt.codes, values, count, &kinds, kind_count)?;
            probes.push(probe);
            progress.add(1)?;
        }
        Ok(probes)
    }

    fn outcomes(&self, work: &Work) -> CliResult<Vec<Outcome>> {
        let Work {
            soda, train, test, ..
        } = work;
        let model = &self.subject.model;
        let probes = self.probes(work)?;
        let options = self.subject.noise.options(self.steps);
        let places =
            |place: fn(&Edit) -> usize| -> Vec<usize> { work.asked.iter().map(place).collect() };
        let (from, to) = (places(|edit| edit.from), places(|edit| edit.to));
        let kinds = work.groups.places(&test.encoded.about)?;
        let of_edits: Vec<usize> = from.iter().map(|&place| kinds[place]).collect();
        let counts = work.attributes.counts();
        // Every edit of rows, by what values add to rows of the same kind.
        let moved = |rows: &Rows, effects: &GroupEffects, kinds: &[usize]| {
            let one = |(row, edit): (&[f32], &Edit)| {
                let effects = &effects[kinds[edit.from]];
                edit.applied(row, effects, &work.values[1], self.strength)
            };
            let moved = rows.iter().zip(work.asked).flat_map(one).collect();
            Rows::new(moved, rows.width())
        };
        let effects = |learnt: &Rows| {
            let (about, values) = (&train.encoded.about, &work.values[0]);
            work.groups.effects(learnt, about, values, &counts)
        };
        let codes = &test.encoded.codes;
        let before = test.pixel_rows(&from);
        let pixels = train.pixel_rows(&(0..train.len()).collect::<Vec<_>>());
        let by_pixels = moved(&before, &effects(&pixels)?, &kinds);
        let (pca, _) = fit_pca(soda, &pixels, model.json)?;
        let paint = |codes: &Rows| paint(soda, codes, &options, model);
        let own = codes.chosen(&from);
        let by_latents = moved(&own, &effects(&train.encoded.codes)?, &kinds);
        let mut outcomes = vec![
            ("no edit", 0, before),
            ("no edit, painted from z", 1, paint(&own)?),
            ("pixels", 0, by_pixels.clone()),
            ("PCA", 0, pca.reconstruct_rows(&by_pixels)?),
            ("z", 1, paint(&by_latents)?),
            ("the true picture's own z", 1, paint(&codes.chosen(&to))?),
            ("the true picture", 0, test.pixel_rows(&to)),
        ];
        if let Some((effects, kinds)) = &work.sliders {
            let by_sliders = paint(&moved(&own, effects, kinds))?;
            outcomes.insert(outcomes.len() - 2, (SLIDERS, 1, by_sliders));
        }
        let seen = |(name, unedited, pixels): (_, _, Rows)| -> CliResult<Outcome> {
            let clamped = pixels.values().iter().map(|v| v.clamp(-1.0, 1.0)).collect();
            let pixels = Rows::new(clamped, pixels.width());
            let codes = look_at(soda, &pixels, model)?;
            let seen = probes
                .iter()
                .map(|probe| probe.tell(&codes, &of_edits))
                .collect();
            Ok(Outcome {
                name,
                unedited,
                pixels,
                seen,
            })
        };
        outcomes.into_iter().map(seen).collect()
    }
}

/// What the model's own directions add, and the kind of every picture: the one whose mean latent is
/// nearest.
fn sliders(
    soda: &Soda,
    test: &Gallery,
    attributes: &Attributes,
) -> CliResult<(GroupEffects, Vec<usize>)> {
    let directions = soda.manifest.directions.as_ref();
    let directions = directions
        .ok_or("edits: --sliders: the model has no directions; soda directions learns some")?;
    let codes = test.encoded.codes.iter();
    let kinds = codes.map(|row| directions.kind_of(row)).collect();
    Ok((effects_of_directions(directions, attributes), kinds))
}

/// What an edit came to by one way, an edit a row.
struct Outcome {
    name: &'static str,
    /// The outcome without an edit that it is compared with, for what else has changed: paintings
    /// with a painting, pixels with the picture itself.
    unedited: usize,
    pixels: Rows,
    /// `[attribute][edit]`: what the probe sees.
    seen: Vec<Vec<usize>>,
}

/// Share of edits after which the probe of `probed` sees something else than before: of edits of
/// `attribute`, or of all but those of `probed` itself. None if there is no such edit.
fn changed(
    work: &Work,
    outcomes: &[Outcome],
    outcome: &Outcome,
    attribute: Option<usize>,
    probed: usize,
) -> Option<f64> {
    let (before, after) = (
        &outcomes[outcome.unedited].seen[probed],
        &outcome.seen[probed],
    );
    let is_asked = |edit: &Edit| match attribute {
        Some(attribute) => edit.attribute == attribute,
        None => edit.attribute != probed,
    };
    let places: Vec<usize> = (0..work.asked.len())
        .filter(|&i| is_asked(&work.asked[i]))
        .collect();
    let moved = places.iter().filter(|&&i| after[i] != before[i]).count();
    (!places.is_empty()).then(|| moved as f64 / places.len() as f64)
}

/// The table of all edits, and one of how often the new value of each attribute is seen.
fn results(work: &Work, outcomes: &[Outcome]) -> [Table; 2] {
    let columns = [
        ("row", "edited picture", Plain),
        ("psnr", "PSNR dB", Fixed(2)),
        ("ssim", "SSIM", Fixed(3)),
        ("new_value", "new value", Percent(1)),
        ("others_changed", "others changed", Percent(1)),
    ];
    let mut table = Table::new("rows", &columns);
    let mut of_attributes = per_attribute("", "new value", &work.attributes.names, |name| {
        format!("by_attribute.{name}.new_value")
    });
    let truth = work
        .test
        .pixel_rows(&work.asked.iter().map(|edit| edit.to).collect::<Vec<_>>());
    let names = &work.attributes.names;
    for outcome in outcomes {
        let of = |attribute: Option<usize>| {
            let (mut quality, mut right) = (Quality::default(), 0);
            for (i, edit) in work.asked.iter().enumerate() {
                if attribute.is_none_or(|attribute| edit.attribute == attribute) {
                    let (pixels, truth) = (outcome.pixels.row(i), truth.row(i));
                    quality = quality.join(Quality::measure(pixels, truth, work.soda.size()));
                    let wanted = work.values[1][edit.attribute][edit.to];
                    right += usize::from(Some(outcome.seen[edit.attribute][i]) == wanted);
                }
            }
            let told = right as f64 / quality.pictures.max(1) as f64;
            json!({"psnr": quality.psnr, "ssim": quality.ssim, "new_value": told})
        };
        let others: Vec<f64> = (0..names.len())
            .filter_map(|probed| changed(work, outcomes, outcome, None, probed))
            .collect();
        let mut row = of(None);
        row["row"] = outcome.name.into();
        row["others_changed"] = (others.iter().sum::<f64>() / others.len().max(1) as f64).into();
        for (attribute, name) in names.iter().enumerate() {
            row["by_attribute"][name] = of(Some(attribute));
        }
        of_attributes.row(row.clone());
        table.row(row);
    }
    [table, of_attributes]
}

/// A table of shares with a column for each attribute, `field` saying where in a row it is.
fn per_attribute(
    table: &'static str,
    title: &str,
    names: &[String],
    field: impl Fn(&str) -> String,
) -> Table {
    let columns = names
        .iter()
        .map(|name| (field(name), name.clone(), Percent(1)));
    let first = ("row".to_owned(), title.to_owned(), Plain);
    Table::new(
        table,
        &[first].into_iter().chain(columns).collect::<Vec<_>>(),
    )
}

/// Of edits by latents: for each attribute edited, how often each attribute is seen to change.
fn changes(work: &Work, outcomes: &[Outcome]) -> Table {
    let names = &work.attributes.names;
    let (way, title) = match work.sliders {
        Some(_) => (SLIDERS, "sliders: edited, seen to change"),
        None => ("z", "z: edited, seen to change"),
    };
    let mut table = per_attribute("changes", title, names, str::to_owned);
    for outcome in outcomes.iter().filter(|outcome| outcome.name == way) {
        for (attribute, name) in names.iter().enumerate() {
            let mut row = json!({"row": name});
            for (probed, name) in names.iter().enumerate() {
                row[name] = changed(work, outcomes, outcome, Some(attribute), probed).into();
            }
            table.row(row);
        }
    }
    table
}

fn draw(work: &Work, outcomes: &[Outcome]) -> Sheet {
    let mut sheet = Sheet::new(work.soda.size());
    let mut first = 0;
    for part in work.asked.chunk_by(|a, b| a.attribute == b.attribute) {
        for (i, edit) in (first..).zip(part).take(SHOWN) {
            let mut row = work
                .test
                .pixel_rows(&[edit.from, edit.to])
                .values()
                .to_vec();
            let painted = outcomes[1..outcomes.len() - 1].iter();
            row.extend(painted.flat_map(|outcome| outcome.pixels.row(i)));
            sheet.row(&row);
        }
        first += part.len();
    }
    sheet
}
