//! The shape of a model: what `config.json` says about the networks, and the presets.

use serde::{Deserialize, Serialize};

/// Something in a configuration that cannot work, named by its field.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[error("config: {field}: {reason}")]
pub struct ConfigError {
    /// The field at fault, as it is spelt in `config.json`.
    pub field: &'static str,
    /// What is wrong with it and what would be right.
    pub reason: String,
}

fn invalid(field: &'static str, reason: impl Into<String>) -> ConfigError {
    ConfigError {
        field,
        reason: reason.into(),
    }
}

/// The networks of one model. Sizes are in pixels or channels; lists run from fine to coarse
/// except [`groups`](Self::groups), which runs from coarse to fine as latents do everywhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Side of a picture in pixels.
    pub size: usize,
    /// Length of each latent group, coarse to fine: the middle, then the U-Net's resolution
    /// levels from the coarsest to the finest. `unet.channels.len() + 1` of them.
    pub groups: Vec<usize>,
    /// Number of view labels (vendor styles, camera angles). 0: the model knows no views.
    #[serde(default)]
    pub views: usize,
    /// Principal components under the latent, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<PrincipalConfig>,
    /// The denoiser of latents, or none: then no new latents can be drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<PriorConfig>,
    /// The encoder.
    pub encoder: EncoderConfig,
    /// The denoising U-Net, which is the decoder.
    pub unet: UNetConfig,
}

/// Principal components of the training pictures, which the latent holds besides what the encoder
/// adds; see [`Principal`](super::Principal).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrincipalConfig {
    /// How many numbers at the fine end of the latent hold components of chroma. The others hold
    /// components of luma.
    pub chroma: usize,
}

/// The denoiser of latents; see [`Prior`](super::Prior).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PriorConfig {
    /// Widths of the layers on the way down; the way up mirrors them.
    pub widths: Vec<usize>,
    /// Width of the embedding of log-SNR, even.
    pub embedding: usize,
}

impl Default for PriorConfig {
    fn default() -> Self {
        Self {
            widths: vec![512, 384, 256],
            embedding: 128,
        }
    }
}

/// How the residual branch of an encoder block is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BlockKind {
    /// Two 3×3 convolutions (ResNet-18 and -34).
    Basic,
    /// 1×1, 3×3, 1×1 with a fourfold wider output (ResNet-50 and deeper).
    Bottleneck,
}

/// A ResNet (He et al. 2016) with GroupNorm (Wu and He 2018) in place of BatchNorm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderConfig {
    /// Side of the stem's square kernel and its stride: 1 is the 3×3 stem that small pictures
    /// want, larger values are non-overlapping patches of that side.
    pub stem: usize,
    /// Width of each stage. Every stage but the first halves the resolution.
    pub channels: Vec<usize>,
    /// Blocks in each stage.
    pub blocks: Vec<usize>,
    /// Kind of block.
    pub block: BlockKind,
    /// Side of the grid that features are pooled to before the last linear. 1 is ResNet's global
    /// average pool; a larger grid keeps where things are, which small budgets need.
    pub pool: usize,
    /// Groups of every GroupNorm.
    pub norm_groups: usize,
}

/// A U-Net (Ronneberger et al. 2015) whose blocks are modulated by time and latent (AdaGN,
/// Dhariwal and Nichol 2021).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UNetConfig {
    /// Pixels are folded into non-overlapping patches of this side (space to depth), so that the
    /// finest level runs at `size / patch`.
    pub patch: usize,
    /// Width of each resolution level, fine to coarse. Each level halves the resolution.
    pub channels: Vec<usize>,
    /// Blocks a level, on the way down and again on the way up.
    pub blocks: usize,
    /// Blocks in the middle.
    pub middle: usize,
    /// For each latent group, coarse to fine: channels of the feature map painted linearly from
    /// the group at its level's resolution, or 0 for modulation alone.
    pub seeds: Vec<usize>,
    /// Width of the embedding of log-SNR and view label.
    pub embedding: usize,
    /// Groups of every GroupNorm.
    pub norm_groups: usize,
}

/// Names that [`ModelConfig::preset`] knows.
pub const PRESETS: [&str; 4] = ["tiny", "browser", "resnet18", "resnet50"];

impl ModelConfig {
    /// A configuration by name: `tiny` (16×16, for tests), `browser` (64×64, made to run in a
    /// tab), and `resnet18` and `resnet50` (the paper's encoders with a wider U-Net).
    pub fn preset(name: &str) -> Result<Self, ConfigError> {
        let unet = |channels: &[usize], blocks, seeds: &[usize]| UNetConfig {
            patch: 2,
            channels: channels.to_vec(),
            blocks,
            middle: 1,
            seeds: seeds.to_vec(),
            embedding: 4 * channels[0],
            norm_groups: 8,
        };
        let resnet = |block, blocks: &[usize]| Self {
            size: 64,
            groups: vec![64, 64, 64, 64],
            views: 0,
            principal: None,
            prior: None,
            encoder: EncoderConfig {
                stem: 1,
                channels: vec![64, 128, 256, 512],
                blocks: blocks.to_vec(),
                block,
                pool: 1,
                norm_groups: 32,
            },
            unet: unet(&[96, 192, 288], 2, &[96, 64, 32, 0]),
        };
        Ok(match name {
            "tiny" => Self {
                size: 16,
                groups: vec![8, 4, 4],
                views: 0,
                principal: Some(PrincipalConfig { chroma: 4 }),
                prior: None,
                encoder: EncoderConfig {
                    stem: 2,
                    channels: vec![8, 16],
                    blocks: vec![1, 1],
                    block: BlockKind::Basic,
                    pool: 2,
                    norm_groups: 4,
                },
                unet: UNetConfig {
                    norm_groups: 4,
                    ..unet(&[8, 16], 1, &[8, 4, 0])
                },
            },
            "browser" => Self {
                size: 64,
                groups: vec![112, 80, 40, 24],
                views: 0,
                principal: Some(PrincipalConfig { chroma: 64 }),
                prior: None,
                encoder: EncoderConfig {
                    stem: 2,
                    channels: vec![32, 64, 160],
                    blocks: vec![1, 1, 2],
                    block: BlockKind::Basic,
                    pool: 4,
                    norm_groups: 8,
                },
                unet: unet(&[48, 96, 160], 1, &[96, 64, 32, 0]),
            },
            "resnet18" => resnet(BlockKind::Basic, &[2, 2, 2, 2]),
            "resnet50" => resnet(BlockKind::Bottleneck, &[3, 4, 6, 3]),
            other => {
                return Err(invalid(
                    "preset",
                    format!("there is no preset {other:?}; choose one of {PRESETS:?}"),
                ));
            }
        })
    }

    /// Length `D` of the latent.
    pub fn latent(&self) -> usize {
        self.groups.iter().sum()
    }

    /// Number `L` of resolution levels of the U-Net.
    pub fn levels(&self) -> usize {
        self.unet.channels.len()
    }

    /// Side of the feature maps at the U-Net's coarsest level, for a picture of side `size`.
    pub fn coarsest(&self, size: usize) -> usize {
        (size / self.unet.patch) >> (self.levels() - 1)
    }

    /// Check that the parts fit together, naming the first field that does not.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let positive = |field, list: &[usize]| match list.iter().all(|&n| n > 0 && n <= 65_536) {
            true if !list.is_empty() => Ok(()),
            _ => Err(invalid(
                field,
                format!("is {list:?}, needs positive numbers"),
            )),
        };
        positive("groups", &self.groups)?;
        positive("encoder.channels", &self.encoder.channels)?;
        positive("encoder.blocks", &self.encoder.blocks)?;
        positive("unet.channels", &self.unet.channels)?;
        for (field, value, most) in [
            ("size", self.size, 1024),
            ("encoder.stem", self.encoder.stem, 16),
            ("encoder.pool", self.encoder.pool, 64),
            ("encoder.norm_groups", self.encoder.norm_groups, 1024),
            ("unet.patch", self.unet.patch, 16),
            ("unet.blocks", self.unet.blocks, 64),
            ("unet.middle", self.unet.middle, 64),
            ("unet.embedding", self.unet.embedding, 65_536),
            ("unet.norm_groups", self.unet.norm_groups, 1024),
        ] {
            if value == 0 || value > most {
                return Err(invalid(field, format!("is {value}, needs 1 to {most}")));
            }
        }
        if self.encoder.blocks.len() != self.encoder.channels.len() {
            return Err(invalid(
                "encoder.blocks",
                format!("needs one number for each of {:?}", self.encoder.channels),
            ));
        }
        let groups = self.levels() + 1;
        for (field, length) in [
            ("groups", self.groups.len()),
            ("unet.seeds", self.unet.seeds.len()),
        ] {
            if length != groups {
                return Err(invalid(
                    field,
                    format!(
                        "has {length} entries, {} levels need {groups}",
                        self.levels()
                    ),
                ));
            }
        }
        for (field, channels, norm) in [
            (
                "encoder.channels",
                &self.encoder.channels,
                self.encoder.norm_groups,
            ),
            ("unet.channels", &self.unet.channels, self.unet.norm_groups),
        ] {
            if channels.iter().any(|c| c % norm != 0) {
                return Err(invalid(
                    field,
                    format!("{channels:?} must be multiples of norm_groups = {norm}"),
                ));
            }
        }
        if let Some(principal) = self.principal {
            let (luma, chroma) = (
                self.latent().saturating_sub(principal.chroma),
                principal.chroma,
            );
            let most = self.size * self.size;
            let fits = luma > 0 && luma <= most && chroma > 0 && chroma <= most / 2;
            if !fits || !self.size.is_multiple_of(2) {
                return Err(invalid(
                    "principal.chroma",
                    format!(
                        "is {chroma} of {} numbers; needs at least one for luma and one for chroma, \
                         at most as many as pixels, and pictures of an even side",
                        self.latent()
                    ),
                ));
            }
        }
        if let Some(prior) = &self.prior {
            positive("prior.widths", &prior.widths)?;
            if !prior.embedding.is_multiple_of(2) || !(2..=65_536).contains(&prior.embedding) {
                return Err(invalid(
                    "prior.embedding",
                    format!("is {}, needs an even number from 2", prior.embedding),
                ));
            }
        }
        if !self.unet.embedding.is_multiple_of(2) {
            return Err(invalid("unet.embedding", "must be even"));
        }
        self.validate_size(self.size)
    }

    /// Check that the networks can run on pictures of side `size`: the model's own, or a smaller
    /// one while training lets the resolution grow.
    pub fn validate_size(&self, size: usize) -> Result<(), ConfigError> {
        let unet = self.unet.patch << (self.levels() - 1);
        let grid = (self.encoder.pool * self.encoder.stem) << (self.encoder.channels.len() - 1);
        for (field, unit) in [("unet.patch", unet), ("encoder.pool", grid)] {
            if size == 0 || size > self.size || !size.is_multiple_of(unit) {
                return Err(invalid(
                    field,
                    format!(
                        "pictures of side {size} do not fit: needs a multiple of {unit}, at most {}",
                        self.size
                    ),
                ));
            }
        }
        if !self.size.is_multiple_of(size) || !(self.size / size).is_power_of_two() {
            return Err(invalid(
                "size",
                format!("{size} must be {} divided by a power of two", self.size),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_valid_and_survives_json() {
        for name in PRESETS {
            let config = ModelConfig::preset(name).unwrap();
            config.validate().unwrap();
            let json = serde_json::to_string(&config).unwrap();
            assert_eq!(serde_json::from_str::<ModelConfig>(&json).unwrap(), config);
        }
    }

    #[test]
    fn the_field_at_fault_is_named() {
        let mut config = ModelConfig::preset("tiny").unwrap();
        config.groups.pop();
        assert_eq!(config.validate().unwrap_err().field, "groups");
        let mut config = ModelConfig::preset("tiny").unwrap();
        config.unet.channels[0] = 6;
        assert_eq!(config.validate().unwrap_err().field, "unet.channels");
        assert_eq!(ModelConfig::preset("huge").unwrap_err().field, "preset");
    }

    #[test]
    fn smaller_pictures_must_fit_the_grid() {
        let config = ModelConfig::preset("browser").unwrap();
        config.validate_size(32).unwrap();
        assert!(config.validate_size(48).is_err());
        assert!(config.validate_size(8).is_err());
        assert!(config.validate_size(128).is_err());
    }
}
