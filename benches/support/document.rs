//! The document that is commented on: 12 parts of 5 sections, about as long as such papers are.

use std::fmt::Write;

/// Its name in addresses.
pub const SLUG: &str = "crossings";

const PARTS: usize = 12;
const SECTIONS: usize = 5;

const SENTENCES: [&str; 12] = [
    "The river divides the town, and most of those who cross it do so before eight in the morning.",
    "Where there is no bridge, people walk to the next one, and many do not set out at all.",
    "We counted everybody who crossed on foot, on wheels and by ferry in one week of spring and one of autumn.",
    "A crossing that is closed in winter serves half of the year and is paid for in all of it.",
    "The proposals below are ordered by what they would change for those who have the longest way now.",
    "Whether a step-free way can be built on both banks depends on the height of the quay.",
    "The figures include the cost of upkeep for thirty years, as the council's rules ask.",
    "Nothing here is decided: what is said about it until the closing date is part of the decision.",
    "Light along the path matters more to those who answered than the width of the bridge.",
    "The ferry would stay until the first bridge is open, and its crew have been heard.",
    "Boats with a mast need a span that opens, which doubles the price of the southern crossing.",
    "A narrower bridge could be built two years earlier and would be full within five.",
];

/// The document as Markdown, pre-moderated and open.
pub fn markdown() -> String {
    let mut text = format!(
        "---\ntitle: Crossings for the Town\nsummary: Which bridges to build, and in which order.\nslug: {SLUG}\n\
         language: en\nowner: Harbour Town Council\nphase: open\nmoderation: pre\n---\n\n"
    );
    for part in 1..=PARTS {
        section(&mut text, "#", &format!("{part}. Crossing number {part}"), part * SECTIONS);
        for at in 1..SECTIONS {
            section(&mut text, "##", &format!("{part}.{at} Question {at} of {part}"), part * SECTIONS + at);
        }
    }
    text
}

/// Five paragraphs of six sentences, a list, a table and a footnote.
fn section(text: &mut String, level: &str, title: &str, seed: usize) {
    let sentence = |at: usize| SENTENCES[(seed * 7 + at * 5) % SENTENCES.len()];
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{level} {title}\n");
    for paragraph in 0..5 {
        for at in 0..6 {
            let _ = write!(text, "{} ", sentence(paragraph * 6 + at));
        }
        if paragraph == 1 {
            let _ = write!(text, "[^{seed}]");
        }
        text.push_str("\n\n");
    }
    let _ = writeln!(text, "- {}\n- {}\n", sentence(1), sentence(2));
    let _ =
        writeln!(text, "| Way | People a day |\n|---|---:|\n| Ferry | {} |\n| Ford | {seed} |\n", seed * 10);
    let _ = writeln!(text, "[^{seed}]: {}\n", sentence(3));
}
