//! A recognition task: labelled pictures to learn from and others to be judged on.

use super::encoded::Encoded;
use super::labels::LabelSource;
use crate::recognition::Rows;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

/// Rows and the class of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// `[N, D]`.
    pub codes: Rows,
    /// `N` numbers below the number of classes.
    pub labels: Vec<usize>,
}

impl Labelled {
    /// The places of each class.
    pub fn by_class(&self, classes: usize) -> Vec<Vec<usize>> {
        let mut places = vec![Vec::new(); classes];
        for (i, &label) in self.labels.iter().enumerate() {
            places[label].push(i);
        }
        places
    }

    /// Those at these places.
    #[must_use]
    pub fn chosen(&self, places: &[usize]) -> Self {
        Self {
            codes: self.codes.chosen(places),
            labels: places.iter().map(|&i| self.labels[i]).collect(),
        }
    }
}

/// What is learnt from and what is judged on.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Names of the classes, sorted.
    pub classes: Vec<String>,
    /// What is learnt from.
    pub train: Labelled,
    /// What is judged on.
    pub test: Labelled,
    /// Pictures left out because they have no label, or a class that there is nothing to learn
    /// from.
    pub left_out: usize,
}

/// What part of the pictures is judged on.
#[derive(Debug, Clone, PartialEq)]
pub enum HeldOut {
    /// A data set of its own.
    Set,
    /// A view, such as one vendor's drawings; all other views are learnt from.
    View(String),
    /// A share of the samples, chosen by a seed; all pictures of a sample are on one side.
    Share(f64, u64),
}

impl Task {
    /// Learn from `train`, be judged on `test`, or on what is held out of them.
    ///
    /// With a view held out, `test` gives only that view and `train` only the others; with a share,
    /// `test` is not looked at.
    ///
    /// # Errors
    /// No label, one class, no picture of the view, or an empty side, as text.
    pub fn new(
        train: &Encoded,
        test: &Encoded,
        label: &LabelSource,
        held_out: &HeldOut,
    ) -> Result<Self, String> {
        let all = |set: &Encoded| -> Vec<usize> { (0..set.about.len()).collect() };
        let (learn, judge) = match held_out {
            HeldOut::Set => (all(train), all(test)),
            HeldOut::View(view) => {
                let of_view = |set: &Encoded, wanted: bool| -> Vec<usize> {
                    let mut places = all(set);
                    places.retain(|&i| (set.about[i].view.as_ref() == Some(view)) == wanted);
                    places
                };
                let judge = of_view(test, true);
                if judge.is_empty() {
                    let known: BTreeSet<&String> =
                        test.about.iter().filter_map(|a| a.view.as_ref()).collect();
                    return Err(format!(
                        "held-out view: no picture is of view {view:?}; there are {:?}",
                        Vec::from_iter(known)
                    ));
                }
                (of_view(train, false), judge)
            }
            HeldOut::Share(share, seed) => split(train, *share, *seed),
        };
        let judged = match held_out {
            HeldOut::Share(..) => train,
            _ => test,
        };
        let (train, test) = ((train, learn), (judged, judge));
        let labels = |(set, places): &(&Encoded, Vec<usize>)| -> Vec<Option<String>> {
            places.iter().map(|&i| label.of(&set.about[i])).collect()
        };
        let (learnt, wanted) = (labels(&train), labels(&test));
        let classes: Vec<String> = learnt
            .iter()
            .flatten()
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        match classes.as_slice() {
            [] => {
                return Err(format!(
                    "label: no picture has a label {:?}; choose one of these with --label: {}",
                    label.to_string(),
                    LabelSource::known(&train.0.about)
                ));
            }
            [class] => {
                return Err(format!(
                    "label: all pictures to learn from are of one class, {class:?}; a task needs \
                     two"
                ));
            }
            _ => {}
        }
        let mut left_out = 0;
        let mut side =
            |(set, places): &(&Encoded, Vec<usize>), labels: &[Option<String>], part: &str| {
                let number = |label: &Option<String>| classes.binary_search(label.as_ref()?).ok();
                let kept: Vec<(usize, usize)> = places
                    .iter()
                    .zip(labels)
                    .filter_map(|(&place, label)| Some((place, number(label)?)))
                    .collect();
                left_out += places.len() - kept.len();
                let (places, labels): (Vec<usize>, Vec<usize>) = kept.into_iter().unzip();
                if places.is_empty() {
                    Err(format!(
                        "task: no labelled picture is left to {part}; give more pictures"
                    ))
                } else {
                    Ok(Labelled {
                        codes: set.codes.chosen(&places),
                        labels,
                    })
                }
            };
        let (train, test) = (
            side(&train, &learnt, "learn from")?,
            side(&test, &wanted, "be judged on")?,
        );
        Ok(Self {
            classes,
            train,
            test,
            left_out,
        })
    }

    /// The share of the most frequent class among what is judged on: what is reached by always
    /// telling the class that is most frequent in training.
    pub fn chance(&self) -> f64 {
        let frequent = self.train.by_class(self.classes.len());
        let most = (0..frequent.len())
            .max_by_key(|&class| (frequent[class].len(), std::cmp::Reverse(class)));
        let right = self
            .test
            .labels
            .iter()
            .filter(|&&label| Some(label) == most)
            .count();
        right as f64 / self.test.labels.len().max(1) as f64
    }
}

/// Places to learn from and places to be judged on, whole samples each.
pub fn split(set: &Encoded, share: f64, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut keys: Vec<&str> = set.about.iter().map(|about| about.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let held = ((keys.len() as f64 * share).round() as usize).min(keys.len());
    let side: BTreeMap<&str, bool> = keys
        .iter()
        .enumerate()
        .map(|(i, &key)| (key, i < held))
        .collect();
    let places = 0..set.about.len();
    let (judge, learn) = places.partition(|&i| side[set.about[i].key.as_str()]);
    (learn, judge)
}

#[cfg(test)]
mod tests {
    use super::super::encoded::About;
    use super::*;

    /// Two views of each of `n` things, of classes "0", "1", "2" in turn.
    fn set(n: usize) -> Encoded {
        let about = |i: usize| About {
            key: format!("{:03}", i / 2),
            name: format!("{i}.png"),
            class: Some((i / 2 % 3).to_string()),
            view: Some(["a", "b"][i % 2].into()),
            meta: None,
        };
        Encoded {
            codes: Rows::new((0..2 * n).map(|i| i as f32).collect(), 1),
            about: (0..2 * n).map(about).collect(),
        }
    }

    #[test]
    fn a_held_out_view_is_never_learnt_from() {
        let set = set(9);
        let task = Task::new(&set, &set, &LabelSource::Class, &HeldOut::View("b".into())).unwrap();
        assert!(task.train.codes.values().iter().all(|v| v % 2.0 == 0.0));
        assert!(task.test.codes.values().iter().all(|v| v % 2.0 == 1.0));
        assert_eq!((task.train.labels.len(), task.test.labels.len()), (9, 9));
    }

    #[test]
    fn a_share_keeps_the_views_of_a_thing_together() {
        let set = set(40);
        for seed in 0..5 {
            let task =
                Task::new(&set, &set, &LabelSource::Class, &HeldOut::Share(0.25, seed)).unwrap();
            let things = |part: &Labelled| -> BTreeSet<usize> {
                part.codes
                    .values()
                    .iter()
                    .map(|v| *v as usize / 2)
                    .collect()
            };
            let (learnt, judged) = (things(&task.train), things(&task.test));
            assert!(learnt.is_disjoint(&judged));
            assert_eq!((learnt.len(), judged.len()), (30, 10));
        }
    }

    #[test]
    fn what_cannot_be_learnt_is_left_out_and_counted() {
        let (mut train, test) = (set(9), set(9));
        for about in &mut train.about {
            about.class = about.class.take().filter(|class| class != "2");
        }
        let task = Task::new(&train, &test, &LabelSource::Class, &HeldOut::Set).unwrap();
        assert_eq!(task.classes, ["0", "1"]);
        assert_eq!((task.left_out, task.test.labels.len()), (12, 12));
        assert!((task.chance() - 0.5).abs() < 1e-9);
    }

    #[test]
    fn faults_are_named_with_their_remedy() {
        let mut set = set(4);
        let task = |set: &Encoded, label: &str, held: HeldOut| {
            Task::new(set, set, &label.parse().unwrap(), &held).unwrap_err()
        };
        assert!(task(&set, "group", HeldOut::Set).contains("--label: class, view"));
        assert!(task(&set, "class", HeldOut::View("c".into())).contains(r#"["a", "b"]"#));
        set.about
            .iter_mut()
            .for_each(|about| about.class = Some("x".into()));
        assert!(task(&set, "class", HeldOut::Set).contains("one class"));
    }
}
