//! `soda directions`: sliders with names, learnt from labelled pictures and kept with the model.

use super::data::PathArgs;
use super::eval::{CacheArgs, Gallery, repaint};
use super::files::ModelArgs;
use super::{CliResult, say};
use crate::Soda;
use crate::engine::DecodeOptions;
use crate::eval::{AttributeProbe, Attributes, Groups, LabelSource, recognised, refined, stepped};
use crate::recognition::Rows;
use crate::weights::{Directions, NamedDirection, Precision};
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

/// Pictures of either end that a direction of a kind is refined on.
const EXAMPLES: usize = 96;

/// To two places: less than a hundredth of a standard deviation is not seen.
fn rounded(values: impl Iterator<Item = f32>) -> Vec<f32> {
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
        let of_all = attributes.of(about);
        let found = groups.effects(codes, about, &of_all, &attributes.counts())?;
        let own = groups.places(about)?;
        let mut named = Vec::new();
        for Asked {
            name,
            attribute,
            ends,
        } in &self.direction
        {
            let place = attributes.names.iter().position(|known| known == attribute);
            let place = place.ok_or_else(|| {
                format!(
                    "direction: {name}: no attribute {attribute:?} among {:?}",
                    attributes.names
                )
            })?;
            let values = &attributes.values[place];
            let mut of_ends = [0; 2];
            for (found, end) in of_ends.iter_mut().zip(ends) {
                *found = values.binary_search(end).map_err(|_| {
                    format!(
                        "direction: {name}: {attribute} is never {end:?}, only one of {values:?}"
                    )
                })?;
            }
            let count = values.len();
            let probe = (self.refine > 0)
                .then(|| AttributeProbe::fit(codes, &of_all[place], count, &own, found.len()))
                .transpose()?;
            let mut vectors = Vec::new();
            for (kind, effects) in found.iter().enumerate() {
                let effects = of_ends.map(|end| effects[place][end].as_ref());
                let [Some(before), Some(after)] = effects else {
                    vectors.push(Vec::new());
                    continue;
                };
                let effect: Vec<f32> = after.iter().zip(before).map(|(a, b)| a - b).collect();
                let examples = of_ends.map(|end| {
                    let has = |&i: &usize| own[i] == kind && of_all[place][i] == Some(end);
                    let places = (0..own.len()).filter(has).take(EXAMPLES);
                    codes.chosen(&places.collect::<Vec<_>>())
                });
                let step = match &probe {
                    Some(probe) => {
                        let told = |rows: &Rows, end: usize| {
                            let told = probe.tell(rows, &vec![kind; rows.len()]);
                            told.iter().filter(|&&value| value == of_ends[end]).count()
                        };
                        self.refined(&soda, &effect, &examples, told)?
                    }
                    None => effect,
                };
                vectors.push(rounded(step.into_iter()));
            }
            if vectors.iter().all(Vec::is_empty) {
                return Err(
                    format!("direction: {name}: no kind of picture has both {ends:?}").into(),
                );
            }
            named.push(NamedDirection {
                name: name.clone(),
                ends: ends.clone(),
                vectors,
            });
        }
        let mean = |kind: usize| {
            let places: Vec<usize> = (0..own.len()).filter(|&place| own[place] == kind).collect();
            rounded(codes.chosen(&places).mean().into_iter())
        };
        soda.manifest.directions = Some(Directions {
            kinds: (0..groups.names.len()).map(mean).collect(),
            named,
        });
        let out = self.out.as_ref().unwrap_or(&self.model.model);
        soda.save(out, Precision::F16)?;
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

    /// `effect` with what painting loses of it added, and as long as it takes to be recognised.
    /// `told` counts the latents that show the value of an end of the direction.
    fn refined(
        &self,
        soda: &Soda,
        effect: &[f32],
        examples: &[Rows; 2],
        told: impl Fn(&Rows, usize) -> usize,
    ) -> CliResult<Vec<f32>> {
        let options = DecodeOptions::default();
        let seen = |rows: &Rows| repaint(soda, rows, &options, &self.model);
        let [before, after] = examples;
        let step = refined(effect, before, after, self.refine, seen)?;
        recognised(&step, |step| {
            let there = told(&seen(&stepped(before, step, 1.0))?, 1);
            let back = told(&seen(&stepped(after, step, -1.0))?, 0);
            Ok((there + back) as f64 / (before.len() + after.len()) as f64)
        })
    }
}
