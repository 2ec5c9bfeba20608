//! `soda eval map`.

use super::encoding::CacheArgs;
use super::gallery::Gallery;
use super::options::places_evenly;
use super::report::Format::{Fixed, Percent, Plain};
use super::report::{Report, ResultArgs, Table, save_rows};
use crate::cli::CliResult;
use crate::cli::data::{PathArgs, bar};
use crate::cli::files::ModelArgs;
use crate::eval::{Atlas, LabelSource, MapKind, MapSettings, map_quality, map_rows, purity};
use crate::recognition::Rows;
use crate::weights::replace_file;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Maps of latents in two dimensions by t-SNE, UMAP and PCA, with thumbnails in place; how far
/// neighbours on the map are neighbours in truth, and how many of them have the same label.
#[derive(Debug, Args)]
pub struct MapArgs {
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    data: PathArgs,
    /// Ways to map.
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_values_t = [KindArg::Pca, KindArg::Tsne, KindArg::Umap]
    )]
    kind: Vec<KindArg>,
    /// Pictures, evenly spread over the data.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(10..))]
    limit: u32,
    /// Compare latents by Euclidean distance [default: by the cosine of their angle].
    #[arg(long)]
    euclidean: bool,
    /// What names a picture's class, for purity and for frames: class, view, or a field of its
    /// JSON.
    #[arg(long)]
    label: Option<LabelSource>,
    /// Neighbours that UMAP looks at.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u16).range(2..))]
    neighbours: u16,
    /// t-SNE's perplexity.
    #[arg(long, default_value_t = 30.0)]
    perplexity: f32,
    /// Rounds [default: 1000 for t-SNE, 500 for UMAP].
    #[arg(long)]
    epochs: Option<usize>,
    /// Neighbours that maps are judged by.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    k: u16,
    /// Folder for the maps, tsne.png and so on, and for coordinates.csv and coordinates.json.
    #[arg(long)]
    maps: Option<PathBuf>,
    /// Side of a map in pixels.
    #[arg(long, default_value_t = 1600, value_parser = clap::value_parser!(u32).range(64..=16384))]
    side: u32,
    /// Side of a thumbnail.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(4..=512))]
    thumbnail: u32,
    /// Seed of UMAP's draws.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    results: ResultArgs,
}

/// `--kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindArg {
    /// Two principal components.
    Pca,
    /// t-SNE.
    Tsne,
    /// UMAP.
    Umap,
}

impl KindArg {
    fn of(self) -> (MapKind, &'static str, &'static str) {
        match self {
            Self::Pca => (MapKind::Pca, "pca", "PCA"),
            Self::Tsne => (MapKind::Tsne, "tsne", "t-SNE"),
            Self::Umap => (MapKind::Umap, "umap", "UMAP"),
        }
    }
}

/// Names of labels, and the number of each shown picture's.
type Labels = (Vec<String>, Vec<usize>);

impl MapArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        if !(self.perplexity >= 1.0 && self.perplexity.is_finite()) {
            return Err(
                format!("perplexity: is {}, needs to be 1 or more", self.perplexity).into(),
            );
        }
        if self.thumbnail > self.side {
            return Err("thumbnail: is larger than --side".into());
        }
        let soda = self.model.load()?;
        let gallery = Gallery::open(&soda, &self.model, &self.data, &self.cache, &self.data.data)?;
        let shown = places_evenly(gallery.len(), self.limit as usize);
        let codes = gallery.encoded.codes.chosen(&shown);
        let (codes, nearness) = if self.euclidean {
            (codes, "Euclidean")
        } else {
            (codes.unit(), "cosine")
        };
        let k = self.k as usize;
        if 2 * k >= codes.len() {
            let n = codes.len();
            return Err(format!(
                "map: {k} neighbours of {n} pictures; give more than twice as many \
                pictures, or a smaller --k"
            )
            .into());
        }
        let labels = self.labels(&gallery, &shown)?;
        let settings = MapSettings {
            neighbours: self.neighbours.into(),
            perplexity: self.perplexity,
            epochs: self.epochs,
            seed: self.seed,
        };
        let pure = |rows: &Rows| labels.as_ref().map(|(_, labels)| purity(rows, labels, k));
        let title = format!("{k} neighbours, {nearness}");
        let mut columns = vec![
            ("row", title.as_str(), Plain),
            ("trustworthiness", "trustworthiness", Fixed(3)),
            ("continuity", "continuity", Fixed(3)),
            ("purity", "purity", Percent(1)),
        ];
        columns.extend(
            self.maps
                .as_ref()
                .map(|_| ("thumbnails", "thumbnails", Plain)),
        );
        let mut table = Table::new("rows", &columns);
        table.row(json!({"row": "the latents themselves", "purity": pure(&codes)}));
        let mut maps = Vec::new();
        for kind in &self.kind {
            let (kind, file, name) = kind.of();
            let progress = bar(self.model.json, 0, name);
            let map = map_rows(&codes, kind, &settings, &mut |epoch| {
                progress.set_position(epoch as u64);
            })?;
            progress.finish_and_clear();
            let [trust, continuity] = map_quality(&codes, &map, k);
            let flat = Rows::new(map.iter().flatten().map(|&v| v as f32).collect(), 2);
            let mut row = json!({
                "row": name, "trustworthiness": trust, "continuity": continuity,
                "purity": pure(&flat),
            });
            if let Some(folder) = &self.maps {
                std::fs::create_dir_all(folder)
                    .map_err(|e| format!("{}: {e}", folder.display()))?;
                let atlas = Atlas {
                    side: self.side,
                    thumbnail: self.thumbnail,
                };
                let numbers = labels.as_ref().map(|(_, labels)| labels.as_slice());
                let picture = |i: usize| gallery.pixels(shown[i]);
                let (image, drawn) = atlas.draw(&map, soda.size(), numbers, &picture);
                let path = folder.join(format!("{file}.png"));
                image
                    .save(&path)
                    .map_err(|e| format!("{}: {e}", path.display()))?;
                row["thumbnails"] = drawn.into();
            }
            table.row(row);
            maps.push((file, map));
        }
        if let Some(folder) = &self.maps {
            let points = self.points(&gallery, &shown, labels.as_ref(), &maps);
            save_rows(&folder.join("coordinates.csv"), &points)?;
            let json = serde_json::to_vec(&points)?;
            replace_file(&folder.join("coordinates.json"), &json)?;
        }
        let mut note = format!("{} of {} pictures", shown.len(), gallery.len());
        if let (Some(label), Some((names, _))) = (&self.label, &labels) {
            note += &format!("; purity by {label}, {} values", names.len());
        }
        if let Some(folder) = &self.maps {
            note += &format!("; maps in {}", folder.display());
        }
        let facts = json!({
            "pictures": shown.len(),
            "nearness": nearness,
            "k": k,
            "neighbours": self.neighbours,
            "perplexity": self.perplexity,
            "label": self.label.as_ref().map(ToString::to_string),
            "seed": self.seed,
        });
        let report = Report::new(facts).with(table.note(note));
        self.results.say(self.model.json, report)
    }

    /// Names of labels, and the number of each shown picture's; a picture without one has the
    /// number after the last.
    fn labels(&self, gallery: &Gallery, shown: &[usize]) -> Result<Option<Labels>, String> {
        let Some(source) = &self.label else {
            return Ok(None);
        };
        let about = &gallery.encoded.about;
        let own: Vec<Option<String>> = shown.iter().map(|&i| source.of(&about[i])).collect();
        let names: Vec<String> = own
            .iter()
            .flatten()
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if names.is_empty() {
            return Err(format!(
                "label: no picture has a label {:?}; choose one of these with --label: {}",
                source.to_string(),
                LabelSource::known(about)
            ));
        }
        let number = |label: &Option<String>| {
            label
                .as_ref()
                .and_then(|label| names.binary_search(label).ok())
                .unwrap_or(names.len())
        };
        let numbers = own.iter().map(number).collect();
        Ok(Some((names, numbers)))
    }

    fn points(
        &self,
        gallery: &Gallery,
        shown: &[usize],
        labels: Option<&Labels>,
        maps: &[(&str, Vec<[f64; 2]>)],
    ) -> Vec<serde_json::Value> {
        let point = |(i, &place): (usize, &usize)| {
            let about = &gallery.encoded.about[place];
            let mut point = json!({"row": about.name, "key": about.key});
            if let Some((names, numbers)) = labels {
                point["label"] = names.get(numbers[i]).map(String::as_str).into();
            }
            for (name, map) in maps {
                point[format!("{name}_x")] = map[i][0].into();
                point[format!("{name}_y")] = map[i][1].into();
            }
            point
        };
        shown.iter().enumerate().map(point).collect()
    }
}
