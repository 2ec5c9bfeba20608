//! Where the labels of pictures come from.

use super::encoded::About;
use std::collections::BTreeSet;

/// What names a picture's class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelSource {
    /// The `.cls` file, the sub-folder, or the label file of CIFAR or MNIST.
    Class,
    /// The view label.
    View,
    /// A field of the sample's JSON that holds a text, a number or a truth value.
    Field(String),
}

impl std::str::FromStr for LabelSource {
    type Err = std::convert::Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(match name {
            "class" => Self::Class,
            "view" => Self::View,
            field => Self::Field(field.to_owned()),
        })
    }
}

impl std::fmt::Display for LabelSource {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self {
            Self::Class => "class",
            Self::View => "view",
            Self::Field(field) => field,
        })
    }
}

impl LabelSource {
    /// A picture's label, if it has one.
    pub fn of(&self, about: &About) -> Option<String> {
        match self {
            Self::Class => about.class.clone(),
            Self::View => about.view.clone(),
            Self::Field(field) => text(about.meta.as_ref()?.get(field)?),
        }
    }

    /// What labels these pictures have, for a message.
    pub fn known(about: &[About]) -> String {
        let mut names = BTreeSet::new();
        for about in about {
            names.extend(about.class.as_ref().map(|_| "class"));
            names.extend(about.view.as_ref().map(|_| "view"));
            let fields = about.meta.as_ref().and_then(|meta| meta.as_object());
            let fields = fields.into_iter().flatten();
            names.extend(
                fields
                    .filter(|(_, value)| text(value).is_some())
                    .map(|(name, _)| name.as_str()),
            );
        }
        if names.is_empty() {
            "none at all; put the pictures into a sub-folder for each class".to_owned()
        } else {
            Vec::from_iter(names).join(", ")
        }
    }
}

/// A scalar as text.
fn text(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_come_from_the_class_the_view_or_a_field() {
        let about = About {
            key: "a".into(),
            name: "a.png".into(),
            class: None,
            view: Some("noto".into()),
            meta: Some(serde_json::json!({"group": "food", "tone": 3, "gender": null})),
        };
        let label = |source: &str| source.parse::<LabelSource>().unwrap().of(&about);
        assert_eq!(label("class"), None);
        assert_eq!(label("view").as_deref(), Some("noto"));
        assert_eq!(label("group").as_deref(), Some("food"));
        assert_eq!(label("tone").as_deref(), Some("3"));
        assert_eq!(label("gender"), None);
        assert_eq!(LabelSource::known(&[about]), "group, tone, view");
    }
}
