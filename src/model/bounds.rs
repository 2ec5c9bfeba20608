//! How large a model may be: bounds on the numbers and lists of `config.json`, which strangers
//! write. Within them nothing wraps, on machines of 32 bits too, and the networks are built before
//! their file is looked at without taking much memory.

use super::{ConfigError, ModelConfig};

/// Most resolution levels or stages.
pub const MOST_LEVELS: usize = 8;
/// Most latent groups.
pub const MOST_GROUPS: usize = 16;
/// Most blocks of a stage.
pub const MOST_BLOCKS: usize = 64;
/// Most channels of a layer.
pub const MOST_CHANNELS: usize = 8192;
/// Most layers of a prior, each way.
pub const MOST_LAYERS: usize = 32;
/// Most numbers in a latent.
pub const MOST_NUMBERS: usize = 65_536;
/// Most view labels.
pub const MOST_VIEWS: usize = 4096;
/// Most numbers in the feature map of one picture.
pub const MOST_FEATURES: usize = 1 << 28;

/// Check the sizes of lists, and of what they come to together.
pub(super) fn check(model: &ModelConfig) -> Result<(), ConfigError> {
    let within = |field: &'static str, value: usize, most: usize, what: &str| {
        if value <= most {
            Ok(())
        } else {
            Err(ConfigError {
                field,
                reason: format!("{value} {what} are more than {most}"),
            })
        }
    };
    let largest = |list: &[usize]| list.iter().copied().max().unwrap_or(0);
    let sum = |list: &[usize]| list.iter().copied().fold(0, usize::saturating_add);
    let (encoder, unet) = (&model.encoder, &model.unet);
    within("groups", model.groups.len(), MOST_GROUPS, "groups")?;
    within("groups", sum(&model.groups), MOST_NUMBERS, "numbers")?;
    within("views", model.views, MOST_VIEWS, "views")?;
    within(
        "encoder.channels",
        encoder.channels.len(),
        MOST_LEVELS,
        "stages",
    )?;
    within(
        "encoder.channels",
        largest(&encoder.channels),
        MOST_CHANNELS,
        "channels",
    )?;
    within(
        "encoder.blocks",
        encoder.blocks.len(),
        MOST_LEVELS,
        "stages",
    )?;
    within(
        "encoder.blocks",
        largest(&encoder.blocks),
        MOST_BLOCKS,
        "blocks",
    )?;
    within("unet.channels", unet.channels.len(), MOST_LEVELS, "levels")?;
    within(
        "unet.channels",
        largest(&unet.channels),
        MOST_CHANNELS,
        "channels",
    )?;
    if let Some(prior) = &model.prior {
        for (field, widths) in [
            ("prior.widths", &prior.widths),
            ("prior.guide", &prior.guide),
        ] {
            within(field, widths.len(), MOST_LAYERS, "layers")?;
            within(field, largest(widths), MOST_NUMBERS, "numbers")?;
        }
    }
    if let Some(renderer) = &model.renderer {
        let widest = largest(&renderer.channels);
        within("renderer.channels", widest, MOST_CHANNELS, "channels")?;
        for (channels, side) in renderer.channels.iter().zip([1, 2, 4, 8]) {
            let side = (model.size / 2).saturating_mul(side);
            let features = channels.saturating_mul(side.saturating_mul(side));
            let what = "numbers in a feature map";
            within("renderer.channels", features, MOST_FEATURES, what)?;
        }
    }
    for (field, first, unit) in [
        ("encoder.channels", encoder.channels.first(), encoder.stem),
        ("unet.channels", unet.channels.first(), unet.patch),
    ] {
        let side = model.size / unit.max(1);
        let features = first
            .copied()
            .unwrap_or(0)
            .saturating_mul(side.saturating_mul(side));
        within(field, features, MOST_FEATURES, "numbers in a feature map")?;
    }
    Ok(())
}

/// Memory that learning so many pictures at once takes, in bytes, as measured on the shipped
/// models: it goes with the finest features of the U-Net and, for the optimiser, with the
/// parameters. A number with fractions, since it can be larger than a machine of 32 bits counts.
pub fn learning_bytes(model: &ModelConfig, parameters: usize, pictures: usize) -> f64 {
    let channels = model.unet.channels.first().copied().unwrap_or(0);
    let features = (model.size as f64).powi(2) * channels as f64;
    700.0 * features * pictures as f64 + 16.0 * parameters as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PRESETS, PriorConfig, RendererConfig};

    #[test]
    fn what_is_too_large_is_refused_by_its_field() {
        type Change = fn(&mut ModelConfig);
        let changes: [(&str, Change); 12] = [
            ("groups", |m| m.groups = vec![65_536; 4]),
            ("groups", |m| m.groups = vec![1; 100_000]),
            ("views", |m| m.views = usize::MAX),
            ("encoder.channels", |m| m.encoder.channels = vec![8; 65]),
            ("encoder.blocks", |m| m.encoder.blocks[0] = 60_000),
            ("unet.channels", |m| m.unet.channels = vec![8; 65]),
            ("unet.channels", |m| m.unet.channels[0] = 65_536),
            ("unet.channels", |m| {
                (m.size, m.unet.channels[0]) = (1024, 8192)
            }),
            ("prior.widths", |m| {
                let widths = vec![8; 100];
                m.prior = Some(PriorConfig {
                    widths,
                    ..PriorConfig::default()
                });
            }),
            ("prior.guide", |m| {
                let guide = vec![8; 100];
                m.prior = Some(PriorConfig {
                    guide,
                    ..PriorConfig::default()
                });
            }),
            ("renderer.channels", |m| {
                let channels = [8, 8, 8, 10_000];
                m.renderer = Some(RendererConfig {
                    channels,
                    ..RendererConfig::default()
                });
            }),
            ("size", |m| m.size = usize::MAX),
        ];
        for (field, change) in changes {
            let mut model = ModelConfig::preset("tiny").unwrap();
            change(&mut model);
            let error = model.validate().unwrap_err();
            assert_eq!(error.field, field, "{error}");
        }
    }

    #[test]
    fn presets_are_within_the_bounds() {
        for name in PRESETS {
            check(&ModelConfig::preset(name).unwrap()).unwrap();
        }
    }

    #[test]
    fn memory_for_learning_is_counted_beyond_32_bits() {
        let mut model = ModelConfig::preset("tiny").unwrap();
        (model.size, model.unet.channels[0]) = (64, 128);
        let bytes = learning_bytes(&model, 40_000_000, 16);
        assert_eq!(bytes, 700.0 * 524_288.0 * 16.0 + 640e6);
        assert!(bytes > f64::from(u32::MAX));
    }
}
