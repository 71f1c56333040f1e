//! The tables, in Markdown.

use crate::footage::Class;
use crate::sample::Sample;
use liveness_protocol::Verdict;
use liveness_protocol::verdict::LIVE_THRESHOLD;
use liveness_verifier::statistics::median;

/// Prints the scores, the errors they make, and the signals.
pub fn print(samples: &[Sample]) {
    let mut keys: Vec<(Class, bool, &str, usize)> = samples
        .iter()
        .map(|s| (s.class, s.name.contains('+'), s.name.as_str(), usize::MAX - s.crops))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let rows: Vec<Vec<&Sample>> = keys
        .iter()
        .map(|(_, _, name, crops)| {
            samples.iter().filter(|s| s.name == *name && usize::MAX - s.crops == *crops).collect()
        })
        .collect();

    println!(
        "\n| clip | class | source | crops | runs | cross-validated score | shipped score | live / fake / inconclusive |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for row in &rows {
        let count = |verdict: Verdict| row.iter().filter(|s| s.shipped.verdict == verdict).count();
        println!(
            "| {} | {}{} | {} | {} | {} | {} | {} | {} / {} / {} |",
            row[0].name,
            word(row[0].class),
            if row[0].fitted || row[0].class == Class::Other { "" } else { ", not fitted" },
            row[0].source,
            row[0].crops,
            row.len(),
            spread(row, |s| s.validated),
            spread(row, |s| s.shipped.score),
            count(Verdict::Live),
            count(Verdict::Fake),
            count(Verdict::Inconclusive),
        );
    }

    println!("\nScores are lowest / median / highest over the runs.");
    for (title, crops, made) in [
        ("recorded and simulated clips, 30 crops", 30, false),
        ("recorded and simulated clips, 10 crops", 10, false),
        ("attacks made here, 30 crops", 30, true),
        ("attacks made here, 10 crops", 10, true),
    ] {
        let errors = |class: Class, wrong: fn(f64) -> bool| {
            let of: Vec<&Sample> = samples
                .iter()
                .filter(|s| {
                    s.class == class && s.crops == crops && s.name.contains('+') == made && s.fitted
                })
                .filter(|s| s.shipped.verdict != Verdict::Inconclusive)
                .collect();
            format!("{} of {}", of.iter().filter(|s| wrong(s.validated)).count(), of.len())
        };
        println!(
            "Cross-validated, {title}: people taken for attacks {}, attacks taken for people {}.",
            errors(Class::Live, |score| score < LIVE_THRESHOLD),
            errors(Class::Attack, |score| score >= LIVE_THRESHOLD),
        );
    }

    println!(
        "\n| clip | crops |{} warning |",
        rows[0][0].shipped.signals.iter().map(|s| format!(" {} |", s.name)).collect::<String>()
    );
    println!("|---|---|{}---|", "---|".repeat(rows[0][0].shipped.signals.len()));
    for row in &rows {
        let cells: String = (0..row[0].shipped.signals.len())
            .map(|k| {
                let values: Vec<f64> =
                    row.iter().filter_map(|s| s.shipped.signals[k].value).collect();
                if values.is_empty() {
                    " - |".to_owned()
                } else {
                    format!(" {:.2} |", median(values))
                }
            })
            .collect();
        let warning = row.iter().find_map(|s| s.shipped.warning.as_deref()).unwrap_or("");
        println!("| {} | {} |{cells} {warning} |", row[0].name, row[0].crops);
    }
}

/// Prints what was decided and measured in each run, with all digits.
pub fn print_readings(samples: &[Sample]) {
    println!();
    for s in samples {
        let a = &s.shipped;
        let values: Vec<_> = a.signals.iter().map(|signal| signal.value).collect();
        let warning = a.warning.as_deref().unwrap_or("");
        println!("{} {} {:?} {:?} {values:?} {warning}", s.name, s.crops, a.verdict, a.real_score);
    }
}

fn word(class: Class) -> &'static str {
    match class {
        Class::Live => "live",
        Class::Attack => "attack",
        Class::Other => "other",
    }
}

fn spread(row: &[&Sample], value: fn(&Sample) -> f64) -> String {
    let values: Vec<f64> = row.iter().map(|s| value(s)).collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{low:.0} / {:.0} / {high:.0}", median(values))
}
