//! Painting a known thing in another view, against the real drawing of it.

use super::Quality;
use crate::Soda;
use crate::data::Dataset;
use crate::engine::{DecodeOptions, RequestError, values};
use crate::recognition::Rows;
use std::collections::{BTreeMap, BTreeSet};

/// Two pictures of one sample in different views, as places among [`Dataset::pictures`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewPair {
    /// What is encoded.
    pub source: usize,
    /// What is wanted.
    pub target: usize,
    /// The views of both.
    pub views: [usize; 2],
}

/// Every ordered pair of pictures that show one sample in two views, by wanted view. Pictures
/// without a view have no pairs.
pub fn view_pairs(data: &Dataset) -> Vec<ViewPair> {
    let (mut first, mut pairs) = (0, Vec::new());
    for sample in &data.samples {
        let seen: Vec<(usize, usize)> = (first..)
            .zip(&sample.pictures)
            .filter_map(|(place, entry)| Some((place, entry.view?)))
            .collect();
        for &(source, from) in &seen {
            let others = seen.iter().filter(|(_, to)| *to != from);
            pairs.extend(others.map(|&(target, to)| ViewPair {
                source,
                target,
                views: [from, to],
            }));
        }
        first += sample.pictures.len();
    }
    pairs.sort_by_key(|pair| pair.views[1]);
    pairs
}

/// How close pictures come to the real drawing of the wanted view.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Transfer {
    /// The source view, copied: what there is without a model.
    pub copy: Quality,
    /// The source's latent painted without a view label.
    pub unlabelled: Quality,
    /// The source's latent painted with the label of the wanted view: novel-view synthesis.
    pub painted: Quality,
    /// The wanted drawing's own latent, painted with its label: what a perfect change of view
    /// would reach.
    pub own: Quality,
    /// Pairs in which the painted picture has a higher PSNR than the copy.
    pub nearer: usize,
    /// Pairs in which it has a higher SSIM.
    pub alike: usize,
}

impl Transfer {
    /// Both together.
    pub fn join(self, other: Self) -> Self {
        Self {
            copy: self.copy.join(other.copy),
            unlabelled: self.unlabelled.join(other.unlabelled),
            painted: self.painted.join(other.painted),
            own: self.own.join(other.own),
            nearer: self.nearer + other.nearer,
            alike: self.alike + other.alike,
        }
    }

    /// Pairs compared.
    pub fn pairs(&self) -> usize {
        self.painted.pictures
    }
}

/// Pictures of a data set as a model paints them.
#[derive(Debug)]
pub struct Painted<'a> {
    /// The model.
    pub soda: &'a Soda,
    /// How it paints.
    pub options: DecodeOptions,
    /// Real pictures `[N, 3·size·size]`.
    pub real: Rows,
    /// Their latents `[N, D]`.
    pub latents: Rows,
}

impl Painted<'_> {
    /// Pictures painted from the latents of `places`, with the label `view` or none.
    ///
    /// # Errors
    /// A view or options that the model cannot meet.
    pub fn paint(&self, places: &[usize], view: Option<&str>) -> Result<Rows, RequestError> {
        let options = DecodeOptions {
            view: view.map(str::to_owned),
            ..self.options.clone()
        };
        let z = self
            .soda
            .latents(self.latents.chosen(places).values().to_vec())?;
        let painted = values(self.soda.decode(z, None, &options)?.finish())?;
        Ok(Rows::new(painted, self.real.width()))
    }

    /// The same of those of `places` that are not in `known` yet, where they are put.
    ///
    /// # Errors
    /// As for [`Painted::paint`].
    pub fn paint_new(
        &self,
        known: &mut BTreeMap<usize, Vec<f32>>,
        places: &[usize],
        view: Option<&str>,
    ) -> Result<(), RequestError> {
        let new: BTreeSet<usize> = places.iter().copied().collect();
        let new: Vec<usize> = new.into_iter().filter(|i| !known.contains_key(i)).collect();
        if !new.is_empty() {
            let painted = self.paint(&new, view)?;
            known.extend(new.into_iter().zip(painted.iter().map(<[f32]>::to_vec)));
        }
        Ok(())
    }

    /// Compare what is painted of `pair` with the real drawing: without a label, with the label of
    /// the wanted view, and from the wanted drawing's own latent.
    pub fn compare(&self, pair: &ViewPair, [unlabelled, painted, own]: [&[f32]; 3]) -> Transfer {
        let (truth, size) = (self.real.row(pair.target), self.soda.size());
        let quality = |found: &[f32]| Quality::measure(found, truth, size);
        let (copy, painted) = (quality(self.real.row(pair.source)), quality(painted));
        Transfer {
            copy,
            unlabelled: quality(unlabelled),
            painted,
            own: quality(own),
            nearer: usize::from(painted.psnr > copy.psnr),
            alike: usize::from(painted.ssim > copy.ssim),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Entry, Rgba, Sample};

    fn sample(key: &str, views: &[Option<usize>]) -> Sample {
        let entry = |&view: &Option<usize>| Entry {
            name: format!("{key}.png"),
            view,
            picture: Rgba::from_rgba8(&[7; 4], 1, 1, 1).unwrap(),
        };
        Sample {
            key: key.to_owned(),
            pictures: views.iter().map(entry).collect(),
            class: None,
            meta: None,
        }
    }

    #[test]
    fn pairs_are_two_views_of_one_sample() {
        let data = Dataset {
            size: 1,
            samples: vec![
                sample("a", &[Some(0), Some(1), None]),
                sample("b", &[Some(2)]),
                sample("c", &[Some(1), Some(1), Some(0)]),
            ],
            views: vec!["x".into(), "y".into(), "z".into()],
            skipped: Vec::new(),
        };
        let places: Vec<_> = view_pairs(&data)
            .iter()
            .map(|pair| (pair.source, pair.target, pair.views))
            .collect();
        assert_eq!(
            places,
            [
                (1, 0, [1, 0]),
                (4, 6, [1, 0]),
                (5, 6, [1, 0]),
                (0, 1, [0, 1]),
                (6, 4, [0, 1]),
                (6, 5, [0, 1]),
            ]
        );
    }

    #[test]
    fn wins_add_up() {
        let one = Transfer {
            nearer: 1,
            ..Transfer::default()
        };
        assert_eq!(one.join(one).nearer, 2);
        assert_eq!(one.join(one).alike, 0);
    }
}
