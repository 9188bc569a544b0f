//! Measurements as a table and as JSON.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::measure::Usage;

/// One step of one configuration, by both engines.
pub(super) struct Row {
    pub(super) what: String,
    pub(super) step: &'static str,
    pub(super) size: usize,
    pub(super) groma: Cell,
    pub(super) terraform: Cell,
}

/// What one engine used for it.
#[derive(Clone, Copy)]
pub(super) enum Cell {
    Used(Usage),
    Failed,
    TooLong,
    /// Not asked for.
    Absent,
}

impl Cell {
    fn used(&self) -> Option<Usage> {
        match self {
            Cell::Used(usage) => Some(*usage),
            _ => None,
        }
    }
}

/// The table: times in seconds, memory in megabytes, ratios as Terraform's to Groma's.
pub(super) fn table(rows: &[Row]) -> String {
    let mut text = format!(
        "\n{:<8} {:>7} {:<15} {:^24}   {:^24}   {:^20}   {}\n{:<32} {}   {}   {:>6} {:>6} {:>6}   {}\n",
        "",
        "N",
        "step",
        "groma",
        "terraform",
        "terraform : groma",
        "growth",
        "",
        HEAD,
        HEAD,
        "wall",
        "cpu",
        "peak",
        "cpu(N) : cpu(N/2)",
    );
    for row in rows {
        let _ = writeln!(
            text,
            "{:<8} {:>7} {:<15} {}   {}   {}   {}",
            row.what,
            row.size,
            row.step,
            numbers(&row.groma),
            numbers(&row.terraform),
            ratios(row),
            growth(rows, row).map(|g| format!("{g:.2}")).unwrap_or_default(),
        );
    }
    text
}

const HEAD: &str = "  wall s    cpu s  peak MB";

fn numbers(cell: &Cell) -> String {
    match cell {
        Cell::Used(usage) => format!(
            "{:>8.2} {:>8.2} {:>7.0}",
            usage.wall.as_secs_f64(),
            usage.cpu.as_secs_f64(),
            megabytes(usage)
        ),
        Cell::Failed => format!("{:>25}", "failed"),
        Cell::TooLong => format!("{:>25}", "took too long"),
        Cell::Absent => format!("{:>25}", "–"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "megabytes are told, not bytes")]
fn megabytes(usage: &Usage) -> f64 {
    usage.peak as f64 / 1_000_000.0
}

fn ratios(row: &Row) -> String {
    let (Some(groma), Some(terraform)) = (row.groma.used(), row.terraform.used()) else {
        return format!("{:>6} {:>6} {:>6}", "–", "–", "–");
    };
    format!(
        "{:>6.1} {:>6.1} {:>6.1}",
        ratio(terraform.wall, groma.wall),
        ratio(terraform.cpu, groma.cpu),
        megabytes(&terraform) / megabytes(&groma),
    )
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64().max(1e-6)
}

/// How Groma's time grew since half the size.
fn growth(rows: &[Row], row: &Row) -> Option<f64> {
    let half =
        rows.iter().find(|r| r.what == row.what && r.step == row.step && r.size * 2 == row.size)?;
    Some(ratio(row.groma.used()?.cpu, half.groma.used()?.cpu))
}

/// The same for programs.
pub(super) fn json(rows: &[Row]) -> Json {
    let cell = |cell: &Cell| match cell {
        Cell::Used(usage) => json!({
            "wall_seconds": usage.wall.as_secs_f64(),
            "cpu_seconds": usage.cpu.as_secs_f64(),
            "peak_bytes": usage.peak,
        }),
        Cell::Failed => json!({ "failed": true }),
        Cell::TooLong => json!({ "too_long": true }),
        Cell::Absent => Json::Null,
    };
    let row = |row: &Row| {
        json!({
            "configuration": row.what,
            "size": row.size,
            "step": row.step,
            "groma": cell(&row.groma),
            "terraform": cell(&row.terraform),
            "growth": growth(rows, row),
        })
    };
    json!({ "rows": rows.iter().map(row).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(size: usize, groma: u64, terraform: Cell) -> Row {
        Row { what: "A".to_owned(), step: "plan", size, groma: used(groma), terraform }
    }

    fn used(seconds: u64) -> Cell {
        let time = Duration::from_secs(seconds);
        Cell::Used(Usage { wall: time, cpu: time, peak: 10_000_000 * seconds, together: None })
    }

    #[test]
    fn growth_and_ratios_are_told() {
        let rows = [row(100, 2, used(10)), row(200, 5, Cell::TooLong), row(300, 6, Cell::Absent)];
        assert_eq!(growth(&rows, &rows[1]), Some(2.5));
        assert_eq!(growth(&rows, &rows[2]), None);
        let table = table(&rows);
        assert!(table.contains("   5.0    5.0    5.0"), "{table}");
        assert!(table.contains("took too long"), "{table}");
        let json = json(&rows);
        assert_eq!(json["rows"][1]["growth"], 2.5);
        assert_eq!(json["rows"][0]["terraform"]["peak_bytes"], 100_000_000);
    }
}
