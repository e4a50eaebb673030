//! Cost against rows, on two logarithmic scales.

use std::collections::BTreeMap;

use plotters::prelude::*;

use crate::error::Outcome;
use crate::results::Results;
use crate::workloads;

/// A plot.
pub struct Plot {
    /// Of its file, and of its workload.
    pub name: &'static str,
    /// What it shows.
    pub title: String,
    /// The picture.
    pub svg: String,
}

const SIZE: (u32, u32) = (800, 500);

/// What can be told apart, also by those who see few colours.
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(60, 60, 60),
    RGBColor(150, 150, 150),
];

/// One plot for each workload that was run with several numbers of rows.
pub fn all(results: &Results) -> Outcome<Vec<Plot>> {
    let mut plots = Vec::new();
    for workload in workloads::ALL {
        let metric = match workload.name {
            "evolve" => "until every row is rewritten",
            "flights" | "killed" | "older" | "ratios" => continue,
            name if name.starts_with("open-") => continue,
            "open" => "open",
            "load" | "scan" | "range" | "update" | "delete" => "each row",
            _ => "each",
        };
        let lines = lines(results, workload.name, metric);
        if lines.values().any(|points| points.len() > 1) {
            let title = format!("{}: {metric}, in nanoseconds, against rows", workload.title);
            let svg = drawn(&title, &lines)?;
            plots.push(Plot {
                name: workload.name,
                title,
                svg,
            });
        }
    }
    Ok(plots)
}

type Lines = BTreeMap<String, Vec<(f64, f64)>>;

fn lines(results: &Results, workload: &str, metric: &str) -> Lines {
    let mut lines = Lines::new();
    for cell in results.cells.iter().filter(|cell| cell.workload == workload) {
        if let Some(spread) = cell.spread(metric) {
            lines
                .entry(cell.store.clone())
                .or_default()
                .push((cell.rows as f64, spread.median));
        }
    }
    for points in lines.values_mut() {
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
    }
    lines
}

fn drawn(title: &str, lines: &Lines) -> Outcome<String> {
    let points = || lines.values().flatten();
    let range = |values: &mut dyn Iterator<Item = f64>, room: f64| {
        let (low, high) = values.fold((f64::INFINITY, 0_f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        (low.max(1.0) / room)..(high * room)
    };
    let (x, y) = (
        range(&mut points().map(|point| point.0), 1.1),
        range(&mut points().map(|point| point.1), 2.0),
    );
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(title, ("sans-serif", 16))
            .margin(12)
            .x_label_area_size(36)
            .y_label_area_size(72)
            .build_cartesian_2d(x.log_scale(), y.log_scale())?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .x_label_formatter(&|value| format!("{value:.0}"))
            .y_label_formatter(&|value| format!("{value:.0}"))
            .draw()?;
        for (number, (store, points)) in lines.iter().enumerate() {
            let colour = COLOURS[number % COLOURS.len()];
            let width = if store.starts_with("quanta/") { 3 } else { 1 };
            chart
                .draw_series(LineSeries::new(
                    points.iter().copied(),
                    colour.stroke_width(width),
                ))?
                .label(store)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(width)));
        }
        chart
            .configure_series_labels()
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK)
            .draw()?;
        area.present()?;
    }
    Ok(svg)
}
