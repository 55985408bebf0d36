//! Charts of dots and intervals: positions of marks, intervals and ticks. The template draws them as inline SVG.

use serde::Serialize;

use crate::analysis::phrase::{self, decimals};
use crate::report::table::ItemMark;
use crate::stats::Estimate;

/// Width of every chart in its own units; the page scales it.
const WIDTH: f64 = 360.0;
const LEFT: f64 = 12.0;
/// Space to the right of the plot for the figures.
const RIGHT: f64 = 52.0;
const LABEL_HEIGHT: f64 = 20.0;
const MARK_HEIGHT: f64 = 15.0;
const FOOT: f64 = 24.0;
/// Number of shapes for series; further series start again with the first.
const SHAPES: usize = 4;

/// The horizontal axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    step: f64,
}

impl Axis {
    /// An axis over a scale.
    pub(super) fn of_scale(min: i32, max: i32) -> Self {
        Self::over(f64::from(min), f64::from(max.max(min + 1)))
    }

    /// An axis that shows all of these estimates with their intervals, and zero if asked for.
    pub(super) fn around<'e>(estimates: impl IntoIterator<Item = &'e Estimate>, with_zero: bool) -> Self {
        let mut limits: Vec<f64> = if with_zero { vec![0.0] } else { vec![] };
        for estimate in estimates {
            limits.extend(estimate.value().ok());
            limits.extend(estimate.interval().iter().flat_map(|i| [i.low(), i.high()]));
        }
        let low = limits.iter().copied().reduce(f64::min).unwrap_or(0.0);
        let high = limits.iter().copied().reduce(f64::max).unwrap_or(1.0);
        if high - low > 1e-9 { Self::over(low, high) } else { Self::over(low - 0.5, high + 0.5) }
    }

    fn over(low: f64, high: f64) -> Self {
        let rough = (high - low) / 6.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= rough - 1e-9);
        let step = step.unwrap_or(10.0 * power);
        Self { low: (low / step).floor() * step, high: (high / step).ceil() * step, step }
    }

    fn x(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        LEFT + share * (WIDTH - LEFT - RIGHT)
    }

    fn ticks(&self) -> Vec<Tick> {
        let places = usize::from(self.step < 0.999) + usize::from(self.step < 0.099);
        let mut ticks = Vec::new();
        let mut value = self.low;
        // A step is at least a sixth of the range, and the ends are rounded outwards: at most eight ticks.
        while value <= self.high + self.step / 2.0 && ticks.len() < 12 {
            ticks.push(Tick { x: decimals(self.x(value), 1), label: decimals(value, places) });
            value += self.step;
        }
        ticks
    }
}

/// One tick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Tick {
    x: String,
    label: String,
}

/// One line of a chart: a label, or a mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ChartLine {
    y: String,
    /// Baseline of text on this line.
    text_y: String,
    label: String,
    /// Index of shape and color.
    series: usize,
    /// Text of the mark for pointers and screen readers.
    title: String,
    x: String,
    low: String,
    high: String,
    figure: String,
    /// Words instead of a mark.
    undefined: String,
}

/// A chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Chart {
    title: String,
    marks: Vec<ItemMark>,
    width: String,
    height: String,
    foot: String,
    right: String,
    ticks: Vec<Tick>,
    lines: Vec<ChartLine>,
}

/// A chart under construction.
#[derive(Debug)]
pub(super) struct ChartBuilder {
    chart: Chart,
    axis: Axis,
    y: f64,
    places: usize,
}

impl ChartBuilder {
    /// An empty chart; `places` are the decimals of its figures.
    pub(super) fn new(title: &str, marks: Vec<ItemMark>, axis: Axis, places: usize) -> Self {
        let chart = Chart {
            title: title.to_owned(),
            marks,
            width: decimals(WIDTH, 0),
            height: String::new(),
            foot: String::new(),
            right: decimals(WIDTH - RIGHT + 8.0, 0),
            ticks: axis.ticks(),
            lines: Vec::new(),
        };
        Self { chart, axis, y: 2.0, places }
    }

    /// A line of text above the marks that follow.
    pub(super) fn label(&mut self, label: &str) {
        self.y += LABEL_HEIGHT;
        let line = self.line(LABEL_HEIGHT, 0);
        self.chart.lines.push(ChartLine { label: label.to_owned(), ..line });
    }

    /// Adds a mark with its interval, or the reason why there is none.
    pub(super) fn mark(&mut self, series: usize, name: &str, estimate: &Estimate) {
        self.y += MARK_HEIGHT;
        let mut line = self.line(MARK_HEIGHT, series);
        line.title = format!("{name}: {}", phrase::estimate(estimate, self.places));
        match estimate.value() {
            Ok(value) => {
                line.x = decimals(self.axis.x(value), 1);
                line.figure = decimals(value, self.places);
                if let Ok(interval) = estimate.interval() {
                    line.low = decimals(self.axis.x(interval.low()), 1);
                    line.high = decimals(self.axis.x(interval.high()), 1);
                }
            }
            Err(why) => line.undefined = format!("{name}: undefined, {}", phrase::reason(why)),
        }
        self.chart.lines.push(line);
    }

    /// Finishes the chart.
    pub(super) fn build(mut self) -> Chart {
        self.chart.foot = decimals(self.y + 6.0, 0);
        self.chart.height = decimals(self.y + FOOT, 0);
        self.chart
    }

    fn line(&self, height: f64, series: usize) -> ChartLine {
        ChartLine {
            y: decimals(self.y - height / 2.0 + 1.0, 1),
            text_y: decimals(self.y - height / 2.0 + 5.0, 1),
            label: String::new(),
            series: series % SHAPES,
            title: String::new(),
            x: String::new(),
            low: String::new(),
            high: String::new(),
            figure: String::new(),
            undefined: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Interval, Undefined};

    #[test]
    fn an_axis_has_few_round_ticks_that_hold_everything() {
        let labels = |axis: Axis| axis.ticks().into_iter().map(|t| t.label).collect::<Vec<_>>();
        assert_eq!(labels(Axis::of_scale(0, 6)), ["0", "1", "2", "3", "4", "5", "6"]);
        let wide = Estimate::ok(31.0).with_interval(Interval::new(22.0, 47.0, 0.95, "t"));
        assert_eq!(labels(Axis::around([&wide], false)), ["20", "25", "30", "35", "40", "45", "50"]);
        assert_eq!(labels(Axis::around([&Estimate::ok(0.0)], true)).len(), 7, "one value still has an axis");
    }

    #[test]
    fn an_undefined_mark_is_words() {
        let mut builder = ChartBuilder::new("t", vec![], Axis::of_scale(0, 6), 1);
        builder.mark(1, "J", &Estimate::undefined(Undefined::NotApplicable));
        let chart = builder.build();
        assert_eq!(chart.lines[0].undefined, "J: undefined, does not apply");
        assert!(chart.lines[0].x.is_empty());
    }
}
