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

pub(super) fn invalid(field: &'static str, reason: impl Into<String>) -> ConfigError {
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
    /// Length of each latent group, coarse to fine. With [`blobs`](Self::blobs) three: layout,
    /// appearance, global numbers. Without: the middle, then the U-Net's resolution levels from
    /// the coarsest to the finest, `unet.channels.len() + 1` of them.
    pub groups: Vec<usize>,
    /// Number of view labels (vendor styles, camera angles). 0: the model knows no views.
    #[serde(default)]
    pub views: usize,
    /// Elliptic blobs in the latent, or none: then it only modulates, as in the paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blobs: Option<BlobConfig>,
    /// The denoiser of latents, or none: then no new latents can be drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<PriorConfig>,
    /// What enlarges painted pictures four times, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renderer: Option<RendererConfig>,
    /// The encoder.
    pub encoder: EncoderConfig,
    /// The denoising U-Net, which is the decoder.
    pub unet: UNetConfig,
}

/// Elliptic blobs, which say where things are and what they look like there; see
/// [`BlobHead`](super::BlobHead) and [`Splat`](super::Splat).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlobConfig {
    /// Number `K` of blobs.
    pub count: usize,
    /// Appearance features of each blob.
    pub features: usize,
}

impl BlobConfig {
    /// Numbers of layout of each blob: x, y, log-size and two of shape.
    pub const LAYOUT: usize = 5;

    /// Lengths of the groups of layout and appearance.
    pub fn groups(self) -> [usize; 2] {
        [self.count * Self::LAYOUT, self.count * self.features]
    }
}

/// The denoiser of latents; see [`Prior`](super::Prior).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PriorConfig {
    /// Widths of the layers on the way down; the way up mirrors them.
    pub widths: Vec<usize>,
    /// Width of the embedding of log-SNR, even.
    pub embedding: usize,
    /// Widths of the guide, a second and weaker prior that drawing leads away from; empty for none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guide: Vec<usize>,
}

impl PriorConfig {
    /// The guide as a prior of its own, if there is one.
    pub fn guide(&self) -> Option<Self> {
        let guide = Self {
            widths: self.guide.clone(),
            embedding: self.embedding,
            guide: Vec::new(),
        };
        (!guide.widths.is_empty()).then_some(guide)
    }
}

impl Default for PriorConfig {
    fn default() -> Self {
        Self {
            widths: vec![512, 384, 256],
            embedding: 128,
            guide: Vec::new(),
        }
    }
}

/// The renderer; see [`Renderer`](super::Renderer).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RendererConfig {
    /// Feature maps at half the side of what is painted, at that side, twice and four times it.
    pub channels: [usize; 4],
    /// Residual blocks, at half the side.
    pub blocks: usize,
}

impl Default for RendererConfig {
    fn default() -> Self {
        Self {
            channels: [56, 24, 12, 8],
            blocks: 3,
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
    /// Pixels are folded into patches of this side (space to depth) before the 3×3 convolution
    /// of the stem. 1: none.
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
    /// Channels in each group of every GroupNorm.
    pub norm_channels: usize,
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
    /// The noisy picture is multiplied by `min(1, input_gate·α)`, so that a step from pure noise
    /// is a plain autoencoder; none leaves it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_gate: Option<f32>,
    /// Width of the embedding of log-SNR and view label.
    pub embedding: usize,
    /// Channels in each group of every GroupNorm.
    pub norm_channels: usize,
}

/// Names that [`ModelConfig::preset`] knows.
pub const PRESETS: [&str; 4] = ["tiny", "browser", "resnet18", "resnet50"];

impl ModelConfig {
    /// A configuration by name: `tiny` (16×16, for tests), `browser` (64×64, made to run in a
    /// tab), and `resnet18` and `resnet50` (the paper's encoders with a wider U-Net).
    pub fn preset(name: &str) -> Result<Self, ConfigError> {
        let unet = |channels: &[usize], blocks| UNetConfig {
            patch: 2,
            channels: channels.to_vec(),
            blocks,
            middle: 1,
            input_gate: Some(8.0),
            embedding: 128,
            norm_channels: 16,
        };
        let resnet = |block, blocks: &[usize]| Self {
            size: 64,
            groups: vec![64, 64, 64, 64],
            views: 0,
            blobs: None,
            prior: None,
            renderer: None,
            encoder: EncoderConfig {
                stem: 1,
                channels: vec![64, 128, 256, 512],
                blocks: blocks.to_vec(),
                block,
                pool: 1,
                norm_channels: 16,
            },
            unet: unet(&[96, 192, 288], 2),
        };
        Ok(match name {
            "tiny" => Self {
                size: 16,
                groups: vec![10, 4, 2],
                views: 0,
                blobs: Some(BlobConfig {
                    count: 2,
                    features: 2,
                }),
                prior: None,
                renderer: None,
                encoder: EncoderConfig {
                    stem: 2,
                    channels: vec![8, 16],
                    blocks: vec![1, 1],
                    block: BlockKind::Basic,
                    pool: 2,
                    norm_channels: 4,
                },
                unet: UNetConfig {
                    norm_channels: 4,
                    embedding: 32,
                    ..unet(&[8, 16], 1)
                },
            },
            "browser" => Self {
                size: 64,
                groups: vec![90, 108, 58],
                views: 0,
                blobs: Some(BlobConfig {
                    count: 18,
                    features: 6,
                }),
                prior: None,
                renderer: None,
                encoder: EncoderConfig {
                    stem: 2,
                    channels: vec![32, 64, 128],
                    blocks: vec![1, 1, 2],
                    block: BlockKind::Basic,
                    pool: 4,
                    norm_channels: 16,
                },
                unet: unet(&[48, 96, 160], 1),
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
