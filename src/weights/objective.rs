//! What a model's encoder was trained by.

use serde::{Deserialize, Serialize};

/// A training objective: SODA's own, or one of the baselines that it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Objective {
    /// Denoising of a target view, steered by the latent of a source view (Hudson et al. 2024).
    #[default]
    Soda,
    /// NT-Xent between two views (Chen et al. 2020).
    SimClr,
    /// Predicting a slower network's view of the other view (Grill et al. 2020).
    Byol,
    /// Variance, invariance and covariance of two views (Bardes et al. 2022).
    VicReg,
    /// Deterministic reconstruction.
    Autoencoder,
    /// The evidence lower bound (Kingma and Welling 2014).
    Vae,
}

/// Not the name of an objective.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[error("objective: there is no {0:?}; choose one of {names}", names = names())]
pub struct UnknownObjective(String);

fn names() -> String {
    Objective::ALL.map(Objective::name).join(", ")
}

impl Objective {
    /// Every objective, SODA first.
    pub const ALL: [Self; 6] = [
        Self::Soda,
        Self::SimClr,
        Self::Byol,
        Self::VicReg,
        Self::Autoencoder,
        Self::Vae,
    ];

    /// As it is spelt in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Soda => "soda",
            Self::SimClr => "simclr",
            Self::Byol => "byol",
            Self::VicReg => "vicreg",
            Self::Autoencoder => "autoencoder",
            Self::Vae => "vae",
        }
    }

    /// What its loss is called.
    pub fn loss_name(self) -> &'static str {
        match self {
            Self::Soda => "loss",
            Self::SimClr => "NT-Xent loss",
            Self::Byol => "BYOL loss",
            Self::VicReg => "VICReg loss",
            Self::Autoencoder => "squared error",
            Self::Vae => "negative ELBO",
        }
    }

    /// Whether it compares the latents of two views and trains no decoder.
    pub fn is_contrastive(self) -> bool {
        matches!(self, Self::SimClr | Self::Byol | Self::VicReg)
    }

    /// Whether its decoder denoises. If not, it paints in one step from no noise, or not at all.
    pub fn denoises(self) -> bool {
        self == Self::Soda
    }
}

impl std::fmt::Display for Objective {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Objective {
    type Err = UnknownObjective;

    fn from_str(name: &str) -> Result<Self, UnknownObjective> {
        let found = Self::ALL.into_iter().find(|one| one.name() == name);
        found.ok_or_else(|| UnknownObjective(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_json_and_read_back() {
        for one in Objective::ALL {
            assert_eq!(serde_json::to_value(one).unwrap(), one.name());
            assert_eq!(one.name().parse(), Ok(one));
        }
    }

    #[test]
    fn an_unknown_name_gets_the_list_of_those_there_are() {
        let error = "moco".parse::<Objective>().unwrap_err().to_string();
        assert!(
            error.contains("\"moco\"") && error.contains("soda, simclr"),
            "{error}"
        );
    }
}
