//! Whether the parts of a model fit together.

use super::bounds;
use super::config::{ConfigError, ModelConfig, invalid};

impl ModelConfig {
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
            ("encoder.norm_channels", self.encoder.norm_channels, 1024),
            ("unet.patch", self.unet.patch, 16),
            ("unet.blocks", self.unet.blocks, 64),
            ("unet.middle", self.unet.middle, 64),
            ("unet.embedding", self.unet.embedding, 65_536),
            ("unet.norm_channels", self.unet.norm_channels, 1024),
        ] {
            if value == 0 || value > most {
                return Err(invalid(field, format!("is {value}, needs 1 to {most}")));
            }
        }
        bounds::check(self)?;
        if self.encoder.blocks.len() != self.encoder.channels.len() {
            return Err(invalid(
                "encoder.blocks",
                format!("needs one number for each of {:?}", self.encoder.channels),
            ));
        }
        self.validate_groups()?;
        for (field, channels, norm) in [
            (
                "encoder.channels",
                &self.encoder.channels,
                self.encoder.norm_channels,
            ),
            (
                "unet.channels",
                &self.unet.channels,
                self.unet.norm_channels,
            ),
        ] {
            if channels.iter().any(|c| c % norm != 0) {
                return Err(invalid(
                    field,
                    format!("{channels:?} must be multiples of norm_channels = {norm}"),
                ));
            }
        }
        if let Some(gate) = self.unet.input_gate
            && !(gate.is_finite() && gate > 0.0)
        {
            return Err(invalid(
                "unet.input_gate",
                format!("is {gate}, needs a number above 0"),
            ));
        }
        if let Some(prior) = &self.prior {
            positive("prior.widths", &prior.widths)?;
            if let Some(guide) = prior.guide() {
                positive("prior.guide", &guide.widths)?;
            }
            if !prior.embedding.is_multiple_of(2) || !(2..=65_536).contains(&prior.embedding) {
                return Err(invalid(
                    "prior.embedding",
                    format!("is {}, needs an even number from 2", prior.embedding),
                ));
            }
        }
        if let Some(renderer) = &self.renderer {
            positive("renderer.channels", &renderer.channels)?;
            if !(1..=64).contains(&renderer.blocks) {
                let reason = format!("is {}, needs 1 to 64", renderer.blocks);
                return Err(invalid("renderer.blocks", reason));
            }
            if !self.size.is_multiple_of(2) {
                let reason = format!("renders pictures of an even side, not {}", self.size);
                return Err(invalid("renderer", reason));
            }
        }
        if !self.unet.embedding.is_multiple_of(2) {
            return Err(invalid("unet.embedding", "must be even"));
        }
        self.validate_size(self.size)
    }

    /// Check that the latent groups are those that the networks read.
    fn validate_groups(&self) -> Result<(), ConfigError> {
        let Some(blobs) = self.blobs else {
            let needed = self.levels() + 1;
            return match self.groups.len() {
                length if length == needed => Ok(()),
                length => Err(invalid(
                    "groups",
                    format!(
                        "has {length} entries, {} levels without blobs need {needed}",
                        self.levels()
                    ),
                )),
            };
        };
        for (field, value, most) in [
            ("blobs.count", blobs.count, 256),
            ("blobs.features", blobs.features, 256),
        ] {
            if value == 0 || value > most {
                return Err(invalid(field, format!("is {value}, needs 1 to {most}")));
            }
        }
        if self.encoder.channels.len() < 2 {
            let reason = "blobs are read from the last two stages: needs at least two";
            return Err(invalid("encoder.channels", reason));
        }
        let [layout, appearance] = blobs.groups();
        match self.groups[..] {
            [a, b, _] if a == layout && b == appearance => Ok(()),
            _ => Err(invalid(
                "groups",
                format!(
                    "is {:?}, {} blobs of {} features need [{layout}, {appearance}, global]",
                    self.groups, blobs.count, blobs.features
                ),
            )),
        }
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
                        "pictures of side {size} do not fit: needs a multiple of {unit}, at most \
                         {}",
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
