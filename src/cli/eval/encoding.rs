//! Pictures as rows of numbers, computed once and kept.

use super::progress::Progress;
use crate::Soda;
use crate::cli::CliResult;
use crate::cli::data::{PathArgs, open_pictures};
use crate::cli::files::ModelArgs;
use crate::cli::morph::MATCHER;
use crate::cli::print::note;
use crate::data::{Dataset, Rgba, expand_paths};
use crate::engine::values;
use crate::eval::{About, Encoded};
use crate::morph::{DESCRIBED_SIDE, Matcher, POOLED_LENGTH, Planes};
use crate::recognition::Rows;
use crate::weights::replace_file;
use burn::tensor::{Tensor, TensorData};
use clap::{Args, ValueEnum};
use rayon::prelude::*;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// `--features`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum FeaturesArg {
    /// The whole normalised latent z.
    Latent,
    /// The encoder's pooled output, which the latent is a linear function of.
    Pooled,
    /// The picture's own pixels: what needs no network.
    Pixels,
    /// 1,344 numbers of the network that matches pictures for morphs, learnt from ImageNet: means
    /// of its maps of the picture at 128 pixels.
    Matcher,
    /// The latent z, then the matcher's numbers: what the page recognises by.
    LatentMatcher,
}

/// Where encoded pictures are kept.
#[derive(Debug, Args)]
pub struct CacheArgs {
    /// Folder that encoded pictures are kept in, so that they are encoded once [default: SODA_CACHE
    /// or ~/.cache/soda].
    #[arg(long)]
    cache: Option<PathBuf>,
    /// Encode anew and keep nothing.
    #[arg(long, conflicts_with = "cache")]
    no_cache: bool,
}

/// The model, the pictures, and what describes a picture.
#[derive(Debug, Args)]
pub struct EncodingArgs {
    #[command(flatten)]
    pub model: ModelArgs,
    #[command(flatten)]
    pub data: PathArgs,
    /// What describes a picture.
    #[arg(long, value_enum, default_value_t = FeaturesArg::Latent)]
    pub features: FeaturesArg,
    /// Side that pictures are brought to before they are encoded [default: the model's own].
    #[arg(long)]
    pub size: Option<usize>,
    #[command(flatten)]
    pub cache: CacheArgs,
}

impl EncodingArgs {
    /// The pictures at `path` as rows, from the cache if it has them.
    ///
    /// # Errors
    /// Pictures that cannot be read, or a side that the networks cannot run on.
    pub fn encode(&self, soda: &Soda, path: &[PathBuf]) -> CliResult<Encoded> {
        let rows = |features, size| self.with(features, size).rows(soda, path, None);
        let size = self.size.unwrap_or(soda.size());
        if self.features != FeaturesArg::Matcher {
            soda.manifest.model.validate_size(size)?;
        }
        match self.features {
            FeaturesArg::Matcher => rows(FeaturesArg::Matcher, DESCRIBED_SIDE),
            FeaturesArg::LatentMatcher => {
                let latents = rows(FeaturesArg::Latent, size)?;
                let described = rows(FeaturesArg::Matcher, DESCRIBED_SIDE)?;
                Ok(Encoded {
                    codes: latents.codes.beside(&described.codes),
                    about: latents.about,
                })
            }
            features => rows(features, size),
        }
    }

    /// The pixels of the same pictures, at the model's own side.
    ///
    /// # Errors
    /// Pictures that cannot be read.
    pub fn pixels(&self, soda: &Soda) -> CliResult<Rows> {
        let encoding = self.with(FeaturesArg::Pixels, soda.size());
        Ok(encoding.rows(soda, &self.data.data, None)?.codes)
    }

    fn with(&self, features: FeaturesArg, size: usize) -> Encoding<'_> {
        Encoding {
            model: &self.model,
            data: &self.data,
            cache: &self.cache,
            features,
            size,
        }
    }
}

/// All that rows depend on but the pictures.
pub struct Encoding<'a> {
    /// The model, and how it is run.
    pub model: &'a ModelArgs,
    /// How folders are read.
    pub data: &'a PathArgs,
    /// Where rows are kept.
    pub cache: &'a CacheArgs,
    /// What describes a picture.
    pub features: FeaturesArg,
    /// Side of the pictures.
    pub size: usize,
}

impl Encoding<'_> {
    /// The pictures at `path` as rows, from the cache if it has them; `opened` if they are in
    /// memory already.
    pub fn rows(
        &self,
        soda: &Soda,
        path: &[PathBuf],
        opened: Option<&Dataset>,
    ) -> CliResult<Encoded> {
        let keeps = !self.cache.no_cache && self.features != FeaturesArg::Pixels;
        let kept = keeps.then(|| self.place(path)).transpose()?.flatten();
        let bytes = kept.as_ref().and_then(|file| std::fs::read(file).ok());
        if let Some(encoded) = bytes.and_then(|bytes| Encoded::from_bytes(&bytes)) {
            return Ok(encoded);
        }
        let encoded = match opened {
            Some(data) => self.encode(soda, data)?,
            None => self.encode(soda, &self.open(path)?)?,
        };
        if let Some(file) = kept {
            let folder = file.parent().unwrap_or(Path::new("."));
            let written = std::fs::create_dir_all(folder).map_err(|e| e.to_string());
            let written = written.and_then(|()| {
                replace_file(&file, &encoded.to_bytes()?).map_err(|e| e.to_string())
            });
            if let Err(reason) = written {
                note(format_args!(
                    "cache: latents could not be kept ({reason}); choose another folder with \
                     --cache"
                ));
            }
        }
        Ok(encoded)
    }

    /// Read the pictures at `path`.
    pub fn open(&self, path: &[PathBuf]) -> CliResult<Dataset> {
        let path = PathArgs {
            data: path.to_vec(),
            ..self.data.clone()
        };
        open_pictures(&path, self.size, self.model.json)
    }

    /// Pixels, latents or pooled maps of some pictures, row after row.
    fn encoded(&self, soda: &Soda, pictures: &[&Rgba], size: usize) -> CliResult<Vec<f32>> {
        let background = soda.manifest.background;
        let pixels = pictures
            .iter()
            .flat_map(|picture| picture.compose(background));
        let pixels: Vec<f32> = pixels.collect();
        if self.features == FeaturesArg::Pixels {
            return Ok(pixels);
        }
        let x = TensorData::new(pixels, [pictures.len(), 3, size, size]);
        let x = Tensor::<4>::from_data(x, soda.device());
        let codes = match self.features {
            FeaturesArg::Pooled => soda.networks.encoder.forward(x).features,
            _ => soda.encode(x),
        };
        Ok(values(codes)?)
    }

    /// Encode every picture and say how fast that went.
    fn encode(&self, soda: &Soda, data: &Dataset) -> CliResult<Encoded> {
        let size = data.size;
        let entries: Vec<_> = data.pictures().collect();
        let progress = Progress::new(self.model.json, entries.len(), "encoding")?;
        let matcher = match self.features {
            FeaturesArg::Matcher => Some(Matcher::from_safetensors(MATCHER)?),
            _ => None,
        };
        let (mut values, start) = (Vec::new(), Instant::now());
        for part in entries.chunks(self.model.batch as usize) {
            let pictures: Vec<&Rgba> = part.iter().map(|(_, entry)| &entry.picture).collect();
            values.extend(match &matcher {
                Some(matcher) => described(matcher, &pictures, size),
                None => self.encoded(soda, &pictures, size)?,
            });
            progress.add(part.len())?;
        }
        drop(progress);
        if !self.model.json && self.features != FeaturesArg::Pixels {
            let seconds = start.elapsed().as_secs_f64();
            let rate = entries.len() as f64 / seconds;
            note(format_args!(
                "{} pictures encoded in {seconds:.1} s, {rate:.0} pictures/s",
                entries.len()
            ));
        }
        let width = values.len() / entries.len();
        let about = entries.iter().map(|(sample, entry)| About {
            key: sample.key.clone(),
            name: entry.name.clone(),
            class: sample.class.clone(),
            view: entry.view.map(|view| data.views[view].clone()),
            meta: sample.meta.clone(),
        });
        Ok(Encoded {
            about: about.collect(),
            codes: Rows::new(values, width),
        })
    }

    /// Where the rows of these pictures are kept: named after everything that they depend on. None
    /// without a home.
    fn place(&self, paths: &[PathBuf]) -> CliResult<Option<PathBuf>> {
        let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/soda"));
        let cache = || std::env::var_os("SODA_CACHE").map(PathBuf::from);
        let Some(folder) = self.cache.cache.clone().or_else(cache).or_else(home) else {
            return Ok(None);
        };
        let mut key = DefaultHasher::new();
        env!("CARGO_PKG_VERSION").hash(&mut key);
        (self.size, self.features, self.data.views as u8).hash(&mut key);
        if self.features == FeaturesArg::Matcher {
            (MATCHER, POOLED_LENGTH).hash(&mut key);
        }
        for name in ["config.json", "model.safetensors"] {
            let file = self.model.model.join(name);
            std::fs::read(&file)
                .map_err(|e| format!("{}: {e}", file.display()))?
                .hash(&mut key);
        }
        for path in expand_paths(paths) {
            if let Ok(real) = path.canonicalize() {
                stamp(&real, &mut key);
            }
        }
        Ok(Some(
            folder
                .join("latents")
                .join(format!("{:016x}.safetensors", key.finish())),
        ))
    }
}

/// The matcher's numbers of some pictures on white, row after row.
fn described(matcher: &Matcher, pictures: &[&Rgba], size: usize) -> Vec<f32> {
    let rows = pictures.par_iter().map(|picture| {
        let mut planes = Planes::zeros(3, size, size);
        let pixels = picture.compose([1.0; 3]);
        for (value, pixel) in planes.values.iter_mut().zip(pixels) {
            *value = 0.5 * (pixel + 1.0);
        }
        matcher.pooled(&planes)
    });
    rows.collect::<Vec<_>>().concat()
}

/// Names, lengths and times of everything at `path`. What cannot be read is reported by who reads
/// the pictures.
fn stamp(path: &Path, key: &mut DefaultHasher) {
    path.hash(key);
    let Ok(found) = std::fs::metadata(path) else {
        return;
    };
    if found.is_dir() {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths.iter().for_each(|path| stamp(path, key));
    } else {
        (found.len(), found.modified().ok()).hash(key);
        // A label file beside a single file of pictures is not seen: CIFAR's and MNIST's do not
        // change.
    }
}
