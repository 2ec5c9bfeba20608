//! Where schedules put their times, as a chart.

use super::Adapted;
use crate::diffusion::{NoiseSchedule, Schedule, shares};
use crate::plot::{Chart, Line};

/// Share of training at each log-SNR under the fixed schedules, and under those that a run has come
/// to.
pub fn schedules_chart(adapted: &Adapted) -> Chart {
    let line = |name: &str, schedule: &dyn NoiseSchedule| {
        let (places, shares): (Vec<f64>, Vec<f64>) = shares(schedule).into_iter().unzip();
        let wide = places[1] - places[0];
        let density = shares.iter().map(|share| share / wide);
        Line {
            name: name.to_owned(),
            points: places.iter().copied().zip(density).collect(),
        }
    };
    let mut lines = vec![
        line("inverted cosine", &Schedule::InvertedCosine),
        line("cosine", &Schedule::Cosine),
        line("linear", &Schedule::Linear),
    ];
    for (name, schedule) in [
        ("adaptive, pixels", &adapted.pixels),
        ("adaptive, latents", &adapted.latents),
    ] {
        if let Some(schedule) = schedule {
            lines.push(line(name, &schedule.warped()));
        }
    }
    Chart {
        title: "Where training is spent".into(),
        x: "log-SNR, from noise to picture".into(),
        y: "density".into(),
        lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::{Adaptive, AdaptiveSchedule};

    #[test]
    fn every_line_holds_the_whole_of_training() {
        let adaptive = AdaptiveSchedule::new(Schedule::Cosine, Adaptive::default());
        let chart = schedules_chart(&Adapted {
            pixels: Some(adaptive),
            latents: None,
        });
        assert_eq!(chart.lines.len(), 4);
        for line in &chart.lines {
            let wide = line.points[1].0 - line.points[0].0;
            let whole: f64 = line.points.iter().map(|(_, density)| density * wide).sum();
            assert!((whole - 1.0).abs() < 1e-6, "{}: {whole}", line.name);
        }
    }
}
