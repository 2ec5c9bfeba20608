//! `soda directions`: sliders with names, learnt from labelled pictures and kept with the model.

use super::data::PathArgs;
use super::eval::{CacheArgs, Gallery, Progress, repaint};
use super::files::ModelArgs;
use super::{CliResult, say};
use crate::Soda;
use crate::engine::DecodeOptions;
use crate::eval::{
    AttributeProbe, AttributeValues, Attributes, Groups, LabelSource, recognised, refined, stepped,
};
use crate::recognition::Rows;
use crate::weights::{Directions, NamedDirection, Precision, write_settings};
use clap::Args;
use std::path::PathBuf;

/// Learn what values of attributes add to latents, and keep it in the model's config.json. The page
/// shows each as a slider.
///
/// The samples' JSON names the attributes: see `scripts/avatars.sh --set avatars64`. `soda eval
/// edits` measures what such directions do.
#[derive(Debug, Args)]
pub struct DirectionsArgs {
    #[command(flatten)]
    model: ModelArgs,
    /// Labelled pictures to learn from.
    #[command(flatten)]
    data: PathArgs,
    /// A direction, NAME=ATTRIBUTE:BEFORE:AFTER, such as Glasses=glasses:none:glasses. Can be given
    /// several times.
    #[arg(long, required = true)]
    direction: Vec<Asked>,
    /// Field of the JSON whose values are kinds of pictures, such as a style: each kind has its own
    /// directions.
    #[arg(long)]
    by: Option<LabelSource>,
    /// Rounds in which pictures are painted with a direction and encoded, and what is missing of
    /// the change is added to it. It is then made longer until a linear probe recognises the new
    /// value in what is painted. 0 keeps the difference of latents as it is.
    #[arg(long, default_value_t = 1)]
    refine: usize,
    /// Folder for the model with its directions [default: the model's own folder].
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    cache: CacheArgs,
}

/// What `--direction` says.
#[derive(Debug, Clone)]
struct Asked {
    name: String,
    attribute: String,
    ends: [String; 2],
}

impl std::str::FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(name, rest)| {
            let parts: Vec<&str> = rest.split(':').collect();
            let &[attribute, before, after] = parts.as_slice() else {
                return None;
            };
            let all = [name, attribute, before, after];
            let [name, attribute, before, after] = all.map(|part| part.trim().to_owned());
            Some(Self {
                name,
                attribute,
                ends: [before, after],
            })
        });
        parts.ok_or_else(|| {
            format!(
                "{text:?} is not NAME=ATTRIBUTE:BEFORE:AFTER, such as Glasses=glasses:none:glasses"
            )
        })
    }
}

impl Asked {
    /// Places of the attribute and of both values.
    fn find(&self, attributes: &Attributes) -> Result<Change, String> {
        let Self {
            name,
            attribute,
            ends,
        } = self;
        let known = attributes.names.iter().position(|known| known == attribute);
        let known = known.ok_or_else(|| {
            let all = &attributes.names;
            format!("direction: {name}: no attribute {attribute:?} among {all:?}")
        })?;
        let values = &attributes.values[known];
        let place = |end: &String| {
            values.binary_search(end).map_err(|_| {
                format!("direction: {name}: {attribute} is never {end:?}, only one of {values:?}")
            })
        };
        Ok(Change {
            attribute: known,
            ends: [place(&ends[0])?, place(&ends[1])?],
        })
    }
}

/// From one value of an attribute to another.
struct Change {
    attribute: usize,
    ends: [usize; 2],
}

/// Labelled latents that directions are learnt from.
struct LabelledLatents<'a> {
    soda: &'a Soda,
    codes: &'a Rows,
    values: AttributeValues,
    counts: Vec<usize>,
    /// The kind of every picture, and how many kinds there are.
    kinds: Vec<usize>,
    kind_count: usize,
    batch: usize,
    rounds: usize,
}

/// Pictures of either end that a direction of a kind is refined on.
const EXAMPLES: usize = 96;

impl LabelledLatents<'_> {
    /// The mean latent of a kind.
    fn mean(&self, kind: usize) -> Vec<f32> {
        let places = (0..self.kinds.len()).filter(|&place| self.kinds[place] == kind);
        let rows = self.codes.chosen(&places.collect::<Vec<_>>());
        rounded(rows.mean())
    }

    /// The steps `effects` of every kind as painting needs them; none stay none.
    fn vectors(
        &self,
        change: &Change,
        effects: Vec<Option<Vec<f32>>>,
        progress: &Progress,
    ) -> CliResult<Vec<Vec<f32>>> {
        let values = &self.values[change.attribute];
        let count = self.counts[change.attribute];
        let probe = (self.rounds > 0)
            .then(|| AttributeProbe::fit(self.codes, values, count, &self.kinds, self.kind_count))
            .transpose()?;
        let of_kind = |(kind, effect): (usize, Option<Vec<f32>>)| {
            let vector = match (effect, &probe) {
                (Some(effect), Some(probe)) => {
                    self.refined(&effect, change, kind, probe, progress)?
                }
                (effect, _) => effect.unwrap_or_default(),
            };
            progress.add(1)?;
            Ok(rounded(vector))
        };
        effects.into_iter().enumerate().map(of_kind).collect()
    }

    /// `effect` with what painting loses of it added, and as long as it takes to be recognised.
    fn refined(
        &self,
        effect: &[f32],
        change: &Change,
        kind: usize,
        probe: &AttributeProbe,
        progress: &Progress,
    ) -> CliResult<Vec<f32>> {
        let values = &self.values[change.attribute];
        let [before, after] = change.ends.map(|end| {
            let has = |&i: &usize| self.kinds[i] == kind && values[i] == Some(end);
            let places = (0..self.kinds.len()).filter(has).take(EXAMPLES);
            self.codes.chosen(&places.collect::<Vec<_>>())
        });
        let options = DecodeOptions::default();
        let seen = |rows: &Rows| repaint(self.soda, rows, &options, self.batch, progress);
        let told = |rows: &Rows, end: usize| {
            let told = probe.tell(rows, &vec![kind; rows.len()]);
            told.into_iter().filter(|&value| value == end).count()
        };
        let step = refined(effect, &before, &after, self.rounds, seen)?;
        recognised(&step, |step| {
            let there = told(&seen(&stepped(&before, step, 1.0))?, change.ends[1]);
            let back = told(&seen(&stepped(&after, step, -1.0))?, change.ends[0]);
            Ok((there + back) as f64 / (before.len() + after.len()) as f64)
        })
    }
}

/// To two places: less than a hundredth of a standard deviation is not seen.
fn rounded(values: Vec<f32>) -> Vec<f32> {
    let values = values.into_iter();
    values
        .map(|value| (value * 100.0).round() / 100.0)
        .collect()
}

impl DirectionsArgs {
    /// Learn and keep them.
    pub fn run(self) -> CliResult {
        let mut soda = self.model.load()?;
        let gallery = Gallery::open(&soda, &self.model, &self.data, &self.cache, &self.data.data)?;
        let (about, codes) = (&gallery.encoded.about, &gallery.encoded.codes);
        // All attributes are learnt together, also those that no direction is asked of.
        let attributes = Attributes::read(about, &[])?;
        let groups = Groups::of(self.by.as_ref(), about)?;
        let labelled = LabelledLatents {
            soda: &soda,
            codes,
            values: attributes.of(about),
            counts: attributes.counts(),
            kinds: groups.places(about)?,
            kind_count: groups.names.len(),
            batch: self.model.batch as usize,
            rounds: self.refine,
        };
        let found = groups.effects(codes, about, &labelled.values, &labelled.counts)?;
        // Everything that can be wrong is found before pictures are painted.
        let mut asked = Vec::new();
        for direction in &self.direction {
            let change = direction.find(&attributes)?;
            let effect = |of_kind: &Vec<Vec<Option<Vec<f32>>>>| {
                let [before, after] = change
                    .ends
                    .map(|end| of_kind[change.attribute][end].as_ref());
                let both = after?.iter().zip(before?);
                Some(both.map(|(a, b)| a - b).collect::<Vec<f32>>())
            };
            let effects: Vec<_> = found.iter().map(effect).collect();
            if effects.iter().all(Option::is_none) {
                let Asked { name, ends, .. } = direction;
                return Err(
                    format!("direction: {name}: no kind of picture has both {ends:?}").into(),
                );
            }
            asked.push((direction, change, effects));
        }
        let total = asked.len() * labelled.kind_count;
        let progress = Progress::new(self.model.json, total, "directions")?;
        let mut named = Vec::new();
        for (direction, change, effects) in asked {
            named.push(NamedDirection {
                name: direction.name.clone(),
                ends: direction.ends.clone(),
                vectors: labelled.vectors(&change, effects, &progress)?,
            });
        }
        drop(progress);
        let means = (0..labelled.kind_count).map(|kind| labelled.mean(kind));
        soda.manifest.directions = Some(Directions {
            kinds: means.collect(),
            named,
        });
        let out = self.out.as_ref().unwrap_or(&self.model.model);
        match &self.out {
            Some(out) => soda.save(out, Precision::F16)?,
            None => write_settings(&self.model.model, &soda.manifest)?,
        }
        let names: Vec<&str> = self
            .direction
            .iter()
            .map(|asked| asked.name.as_str())
            .collect();
        say(
            self.model.json,
            &format!(
                "{} of {} kinds of pictures: {}",
                names.join(", "),
                groups.names.len(),
                out.display()
            ),
            serde_json::json!({"out": out, "directions": names, "kinds": groups.names}),
        );
        Ok(())
    }
}
