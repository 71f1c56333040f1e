//! A plot of checks over time, as SVG within the page: bars of parts, with words for whoever does not see it.

use maud::{Markup, html};

use super::series::{KINDS, Span, most, sum, top};

/// The drawing's size, in units of its own: a pixel each on a phone.
const WIDTH: f64 = 340.0;
const HEIGHT: f64 = 170.0;
/// Where the bars stand.
const LEFT: f64 = 34.0;
const RIGHT: f64 = 324.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 146.0;

/// What a plot is about.
#[derive(Debug, Clone, Copy)]
pub struct Plot<'a> {
    /// The ids of its parts begin with it.
    pub id: &'a str,
    /// Its heading.
    pub title: &'a str,
    /// The bars.
    pub spans: &'a [Span],
    /// How a bar's time is written.
    pub label: fn(u64) -> String,
    /// Every how many bars it is written under one.
    pub every: usize,
}

fn number(value: f64) -> String {
    format!("{value:.1}")
}

impl Plot<'_> {
    /// The drawing.
    pub fn svg(&self) -> Markup {
        let top = top(most(self.spans));
        let height = |checks: u64| (BOTTOM - TOP) * checks as f64 / top as f64;
        let step = (RIGHT - LEFT) / self.spans.len().max(1) as f64;
        let (title, words) = (format!("{}-title", self.id), format!("{}-words", self.id));
        html! {
            svg.plot role="img" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } aria-labelledby={ (title) " " (words) } {
                title id=(title) { (self.title) }
                desc id=(words) { (self.words()) }
                @for line in [0, top / 2, top] {
                    @let y = number(BOTTOM - height(line));
                    line.grid x1=(LEFT) x2=(RIGHT) y1=(y) y2=(y) {}
                    text.tick x=(LEFT - 5.0) y=(y) text-anchor="end" dominant-baseline="middle" { (line) }
                }
                @for (place, span) in self.spans.iter().enumerate() {
                    @let x = LEFT + step * place as f64;
                    @for (kind, from, checks) in stacked(&span.counts) {
                        rect class={ "part " (kind) } x=(number(x + step * 0.12)) width=(number(step * 0.76))
                            y=(number(BOTTOM - height(from + checks))) height=(number(height(checks))) {}
                    }
                    @if (self.spans.len() - 1 - place).is_multiple_of(self.every) {
                        text.tick x=(number(x + step / 2.0)) y=(BOTTOM + 15.0) text-anchor="middle" { (self.short(span.hour)) }
                    }
                }
            }
        }
    }

    /// The end of a label: the hour, or month and day.
    fn short(&self, hour: u64) -> String {
        let label = (self.label)(hour);
        label.get(label.len().saturating_sub(5)..).unwrap_or_default().to_owned()
    }

    /// What the plot shows, in a sentence.
    fn words(&self) -> String {
        let counts = sum(self.spans);
        let parts: Vec<String> =
            KINDS.iter().zip(counts).map(|(kind, count)| format!("{count} {kind}")).collect();
        let highest = self.spans.iter().max_by_key(|span| span.counts.iter().sum::<u64>());
        let highest = highest.map(|span| {
            let checks: u64 = span.counts.iter().sum();
            format!(" The most, {checks}, in that of {}.", (self.label)(span.hour))
        });
        format!("Bars of {}.{}", parts.join(", "), highest.unwrap_or_default())
    }

    /// The same as a table.
    pub fn table(&self) -> Markup {
        html! {
            details {
                summary { "The same as a table" }
                div.scroll role="region" aria-label=(self.title) tabindex="0" { table {
                    thead { tr {
                        th scope="col" { "From, UTC" }
                        @for kind in KINDS { th.number scope="col" { (kind) } }
                    } }
                    tbody { @for span in self.spans.iter().rev().filter(|span| span.counts != [0; 4]) { tr {
                        th scope="row" { ((self.label)(span.hour)) }
                        @for count in span.counts { td.number { (count) } }
                    } } }
                } }
            }
        }
    }
}

/// A bar's parts from below, those that have a height: name, what is below it, its own.
fn stacked(counts: &[u64; 4]) -> Vec<(&'static str, u64, u64)> {
    let mut below = 0;
    let mut parts = Vec::new();
    for (kind, count) in KINDS.into_iter().zip(*counts) {
        if count > 0 {
            parts.push((kind, below, count));
        }
        below += count;
    }
    parts
}

/// What the colours mean.
pub fn legend() -> Markup {
    html! { ul.legend { @for kind in KINDS { li { span class={ "key " (kind) } {} (kind) } } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_says_in_words_what_it_draws() {
        let spans = [Span { hour: 7, counts: [0; 4] }, Span { hour: 8, counts: [6, 2, 1, 1] }];
        let label = |hour: u64| format!("day {hour:02}:00");
        let plot = Plot { id: "p", title: "Checks", spans: &spans, label, every: 1 };
        let svg = plot.svg().into_string();
        for part in [
            "role=\"img\"",
            "aria-labelledby=\"p-title p-words\"",
            "<title id=\"p-title\">Checks</title>",
            "Bars of 6 live, 2 fake, 1 inconclusive, 1 failed. The most, 10, in that of day 08:00.",
            ">08:00</text>",
        ] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        assert_eq!(svg.matches("<rect").count(), 4);
        // The highest bar reaches the axis's end, and its parts stand on each other.
        assert!(svg.contains("height=\"80.4\"") && svg.contains("y=\"12.0\""), "{svg}");
        assert!(!svg.contains("style="), "the policy allows no inline style");
        let table = plot.table().into_string();
        assert!(table.contains("day 08:00") && !table.contains("day 07:00"), "{table}");
    }
}
