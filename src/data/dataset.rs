//! What a data set is once it is in memory: samples, their pictures, their views.

use super::error::{DataError, Result};
use super::picture::Rgba;

/// One picture of a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// File name as in the source, with its folder: `1f600.noto.webp`, `cats/tom.png`. `/` between
    /// folders.
    pub name: String,
    /// Which view of the sample it is, an index into [`Dataset::views`]; none where the source
    /// names no view.
    pub view: Option<usize>,
    /// The picture at the data set's side.
    pub picture: Rgba,
}

/// One thing, in one or more pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Name of the sample, unique in the data set: `1f600`, `cats/tom`.
    pub key: String,
    /// Its pictures, at least one, sorted by view, then name.
    pub pictures: Vec<Entry>,
    /// Class label: the sub-folder, or the text of the `.cls` file.
    pub class: Option<String>,
    /// The `.json` file of a WebDataset sample.
    pub meta: Option<serde_json::Value>,
}

/// A file that could not be used, or only in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The file's name as in the source.
    pub name: String,
    /// Why, in words.
    pub reason: String,
}

/// Pictures in memory, all of one side, in an order that depends on their names only.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Side of every picture, in pixels.
    pub size: usize,
    /// Samples, sorted by key.
    pub samples: Vec<Sample>,
    /// The distinct view labels; [`Entry::view`] points here. Sorted as long as
    /// [`with_views`](Self::with_views) gives no other order.
    pub views: Vec<String>,
    /// Files that were left out, sorted by name.
    pub skipped: Vec<Skipped>,
}

impl Dataset {
    /// How many pictures there are in all samples.
    pub fn len(&self) -> usize {
        self.samples
            .iter()
            .map(|sample| sample.pictures.len())
            .sum()
    }

    /// Whether there is no picture.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every picture with its sample, in order.
    pub fn pictures(&self) -> impl Iterator<Item = (&Sample, &Entry)> {
        self.samples
            .iter()
            .flat_map(|sample| sample.pictures.iter().map(move |entry| (sample, entry)))
    }

    /// Without the pictures of these views, and without the samples that have no others.
    ///
    /// # Errors
    /// [`DataError::Setting`] for a view that is not there.
    pub fn without_views(mut self, left_out: &[String]) -> Result<Self> {
        if let Some(unknown) = left_out.iter().find(|name| !self.views.contains(name)) {
            return Err(DataError::Setting {
                field: "held_out_views".into(),
                value: unknown.clone(),
                allowed: "views that the pictures have",
            });
        }
        let views = self.views.clone();
        let kept = |entry: &Entry| !entry.view.is_some_and(|v| left_out.contains(&views[v]));
        for sample in &mut self.samples {
            sample.pictures.retain(kept);
        }
        self.samples.retain(|sample| !sample.pictures.is_empty());
        let kept: Vec<String> = views
            .iter()
            .filter(|v| !left_out.contains(v))
            .cloned()
            .collect();
        Ok(self.with_views(&kept))
    }

    /// Renumber the views to be those of a model: [`Entry::view`] becomes an index into `views`,
    /// none for a label that is not among them. Needed where data is not what the model was trained
    /// on, or only a part of it.
    #[must_use]
    pub fn with_views(mut self, views: &[String]) -> Self {
        let places: Vec<Option<usize>> = self
            .views
            .iter()
            .map(|label| views.iter().position(|view| view == label))
            .collect();
        for entry in self
            .samples
            .iter_mut()
            .flat_map(|sample| &mut sample.pictures)
        {
            entry.view = entry.view.and_then(|view| places[view]);
        }
        self.views = views.to_vec();
        self
    }
}
