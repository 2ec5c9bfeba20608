//! Analogies whose answer is among the pictures: `a − b + c` should be `d`.

use super::encoded::{About, Encoded};
use super::labels::LabelSource;
use crate::recognition::{Nearness, Rows, neighbours};
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, HashMap};

/// One question. Numbers are places of pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analogy {
    /// Pairs `(a, b)` whose differences `a − b` are averaged; at least one.
    pub donors: Vec<(usize, usize)>,
    /// What the difference is added to.
    pub c: usize,
    /// What it should become.
    pub d: usize,
}

impl Analogy {
    /// `c` and the mean of `a − b`, from rows of pictures.
    pub fn answer(&self, rows: &Rows) -> Vec<f32> {
        let share = 1.0 / self.donors.len() as f32;
        let mut answer = rows.row(self.c).to_vec();
        for &(a, b) in &self.donors {
            let difference = rows.row(a).iter().zip(rows.row(b)).map(|(a, b)| a - b);
            answer
                .iter_mut()
                .zip(difference)
                .for_each(|(sum, difference)| *sum += share * difference);
        }
        answer
    }

    /// Whether a picture is part of the question.
    pub fn asks(&self, place: usize) -> bool {
        self.c == place || self.donors.iter().any(|&(a, b)| a == place || b == place)
    }
}

/// Share of questions whose answer, a row each, is nearer to `d` than to any other row of `all`
/// but those asked with.
pub fn share_found(asked: &[Analogy], answers: &Rows, all: &Rows) -> f64 {
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

/// What makes an analogy: pairs of pictures that differ in one field, and agree in others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalogyRule {
    /// The field that changes.
    pub field: LabelSource,
    /// Its value in `b` and `c`.
    pub from: String,
    /// Its value in `a` and `d`.
    pub to: String,
    /// Fields in which `a` agrees with `b`, and `c` with `d`; the two pairs differ in one of them.
    pub same: Vec<LabelSource>,
    /// Fields in which all four agree. The view always is one.
    pub alike: Vec<LabelSource>,
    /// A field in which the two pairs differ.
    pub across: Option<LabelSource>,
}

/// A pair of pictures before and after the change.
struct Pair {
    from: usize,
    to: usize,
    same: Vec<Option<String>>,
    alike: Vec<Option<String>>,
    across: Option<String>,
}

impl AnalogyRule {
    /// Every pair as the question's `(c, d)`, with `donors` others as `(a, b)`, drawn `draws` times
    /// without one being drawn again.
    ///
    /// # Errors
    /// No pair, or none that another could teach, as text.
    pub fn analogies(
        &self,
        set: &Encoded,
        donors: usize,
        draws: usize,
        seed: u64,
    ) -> Result<Vec<Analogy>, String> {
        let pairs = self.pairs(&set.about);
        if pairs.is_empty() {
            return Err(format!(
                "arithmetic: no two pictures agree in --same and differ in {} as {:?} and {:?} \
                 do; fields are {}",
                self.field,
                self.from,
                self.to,
                LabelSource::known(&set.about)
            ));
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut analogies = Vec::new();
        for own in &pairs {
            let other = |pair: &&Pair| {
                pair.same != own.same
                    && pair.alike == own.alike
                    && (self.across.is_none() || pair.across != own.across)
            };
            let others: Vec<&Pair> = pairs.iter().filter(other).collect();
            let drawn = others.len().min(donors * draws);
            let drawn = sample(&mut rng, others.len(), drawn).into_vec();
            // What is left over at the end is too few, but for the first draw.
            let full = |(k, part): &(usize, &[usize])| *k == 0 || part.len() == donors;
            for (_, part) in drawn.chunks(donors).enumerate().filter(full) {
                analogies.push(Analogy {
                    donors: part
                        .iter()
                        .map(|&i| (others[i].to, others[i].from))
                        .collect(),
                    c: own.from,
                    d: own.to,
                });
            }
        }
        if analogies.is_empty() {
            Err(format!(
                "arithmetic: {} pairs, and none that another could teach; ask for less with \
                 --alike and --across",
                pairs.len()
            ))
        } else {
            Ok(analogies)
        }
    }

    fn pairs(&self, about: &[About]) -> Vec<Pair> {
        let values = |fields: &[LabelSource], about: &About| -> Vec<Option<String>> {
            fields.iter().map(|field| field.of(about)).collect()
        };
        let same = |about: &About| {
            let mut key = values(&self.same, about);
            let known = key.iter().any(Option::is_some);
            key.push(about.view.clone());
            known.then_some(key)
        };
        let mut before: BTreeMap<Vec<Option<String>>, usize> = BTreeMap::new();
        for (i, about) in about.iter().enumerate() {
            if self.field.of(about).as_ref() == Some(&self.from)
                && let Some(key) = same(about)
            {
                before.entry(key).or_insert(i);
            }
        }
        let after = about.iter().enumerate().filter_map(|(to, about)| {
            let changed = self.field.of(about).as_ref() == Some(&self.to);
            let same = same(about).filter(|_| changed)?;
            let mut alike = values(&self.alike, about);
            alike.push(about.view.clone());
            Some(Pair {
                from: *before.get(&same)?,
                to,
                same,
                alike,
                across: self.across.as_ref().and_then(|field| field.of(about)),
            })
        });
        after.collect()
    }
}

/// Questions from a file of lines, each a JSON object that names the pictures `a`, `b`, `c` and
/// `d`: by file name, by file name without extension, or by the key of a sample with one picture.
///
/// # Errors
/// The line and what is wrong with it, as text.
pub fn analogies_of_lines(text: &str, set: &Encoded) -> Result<Vec<Analogy>, String> {
    #[derive(serde::Deserialize)]
    struct Question {
        a: String,
        b: String,
        c: String,
        d: String,
    }
    let mut names: HashMap<&str, Option<usize>> = HashMap::new();
    for (i, about) in set.about.iter().enumerate() {
        let stem = about.name.rsplit_once('.').map(|(stem, _)| stem);
        let mut own: Vec<&str> = [Some(about.name.as_str()), stem, Some(&about.key)]
            .into_iter()
            .flatten()
            .collect();
        own.dedup();
        for name in own {
            // A name that two pictures answer to says nothing.
            names
                .entry(name)
                .and_modify(|place| *place = place.filter(|&place| place == i))
                .or_insert(Some(i));
        }
    }
    let mut analogies = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let fault = |what: String| format!("triples: line {}: {what}", number + 1);
        let asked: Question = serde_json::from_str(line)
            .map_err(|e| fault(format!("{e}; it needs {{\"a\", \"b\", \"c\", \"d\"}}")))?;
        let place = |name: &str| match names.get(name) {
            Some(Some(place)) => Ok(*place),
            Some(None) => Err(fault(format!(
                "{name:?} has several pictures; give a file name"
            ))),
            None => Err(fault(format!("there is no picture {name:?}"))),
        };
        analogies.push(Analogy {
            donors: vec![(place(&asked.a)?, place(&asked.b)?)],
            c: place(&asked.c)?,
            d: place(&asked.d)?,
        });
    }
    if analogies.is_empty() {
        Err("triples: the file has no line".into())
    } else {
        Ok(analogies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two women and two men, neutral and smiling: rows (person, 10·smile).
    fn people() -> Encoded {
        let about = |i: usize| About {
            key: format!("p{}-{}", i / 2, i % 2),
            name: format!("p{}-{}.jpg", i / 2, i % 2),
            class: None,
            view: None,
            meta: Some(serde_json::json!({
                "person": i / 2, "gender": if i < 4 { "woman" } else { "man" },
                "expression": (["neutral", "smiling"][i % 2]),
            })),
        };
        Encoded {
            codes: Rows::new(
                (0..8)
                    .flat_map(|i| [(i / 2) as f32, 10.0 * (i % 2) as f32])
                    .collect(),
                2,
            ),
            about: (0..8).map(about).collect(),
        }
    }

    fn rule() -> AnalogyRule {
        AnalogyRule {
            field: "expression".parse().unwrap(),
            from: "neutral".into(),
            to: "smiling".into(),
            same: vec!["person".parse().unwrap()],
            alike: Vec::new(),
            across: Some("gender".parse().unwrap()),
        }
    }

    #[test]
    fn a_smile_is_taken_from_one_person_to_another_of_the_other_gender() {
        let set = people();
        let found = rule().analogies(&set, 1, 9, 1).unwrap();
        assert_eq!(found.len(), 4 * 2, "each person learns from two others");
        for analogy in &found {
            let (a, b) = analogy.donors[0];
            assert_eq!((a, analogy.d), (b + 1, analogy.c + 1));
            assert_ne!(a < 4, analogy.c < 4);
            assert_eq!(analogy.answer(&set.codes), set.codes.row(analogy.d));
            assert!(analogy.asks(a) && analogy.asks(b) && !analogy.asks(analogy.d));
        }
        let both = rule().analogies(&set, 2, 9, 1).unwrap();
        assert_eq!((both.len(), both[0].donors.len()), (4, 2));
        assert_eq!(both[0].answer(&set.codes), set.codes.row(both[0].d));
    }

    #[test]
    fn rules_that_nothing_meets_are_named() {
        let set = people();
        let mut wrong = rule();
        wrong.to = "angry".into();
        assert!(
            wrong
                .analogies(&set, 1, 1, 1)
                .unwrap_err()
                .contains("angry")
        );
        let mut wrong = rule();
        wrong.alike = vec!["gender".parse().unwrap()];
        assert!(
            wrong
                .analogies(&set, 1, 1, 1)
                .unwrap_err()
                .contains("--across")
        );
    }

    #[test]
    fn questions_are_read_from_lines() {
        let set = people();
        let line = r#"{"a": "p0-1", "b": "p0-0.jpg", "c": "p3-0", "d": "p3-1"}"#;
        let found = analogies_of_lines(&format!("{line}\n\n"), &set).unwrap();
        assert_eq!(
            found,
            [Analogy {
                donors: vec![(1, 0)],
                c: 6,
                d: 7
            }]
        );
        let fault = analogies_of_lines(&line.replace("p3-1", "p9"), &set).unwrap_err();
        assert!(fault.contains("line 1") && fault.contains("\"p9\""));
        assert!(
            analogies_of_lines("{}", &set)
                .unwrap_err()
                .contains("line 1")
        );
    }
}
