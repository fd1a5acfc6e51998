//! The front matter of a page: YAML between `---` lines, and what its keys mean here.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_norway::{Mapping, Value};

use super::Report;
use crate::documents::phase::{ModerationMode, Phase};

const MAX_BYTES: usize = 64 * 1024;

/// Keys that site generators put in pages and that mean nothing here.
const OF_SITES: [&str; 52] = [
    "aliases",
    "author",
    "authors",
    "body_class",
    "bodyclass",
    "breadcrumb",
    "canonical_url",
    "categories",
    "category",
    "class",
    "comments",
    "css",
    "date",
    "excerpt",
    "featured",
    "footer",
    "has_children",
    "header",
    "hero",
    "hide",
    "icon",
    "id",
    "image",
    "images",
    "js",
    "keywords",
    "last_modified_at",
    "lastmod",
    "layout",
    "menu",
    "modified",
    "nav_exclude",
    "nav_title",
    "parent",
    "permalink",
    "redirect_from",
    "redirect_to",
    "robots",
    "search_exclude",
    "share",
    "sidebar",
    "sitemap",
    "sidebar_label",
    "subtitle",
    "tags",
    "template",
    "theme",
    "toc",
    "type",
    "updated",
    "url",
    "version",
];

/// What a page says of itself and of its document.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FrontMatter {
    /// Whether there is any.
    pub(super) present: bool,
    pub(super) title: Option<String>,
    pub(super) summary: Option<String>,
    /// A site's word for what may be a summary.
    pub(super) description: Option<String>,
    pub(super) language: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) slug: Option<String>,
    pub(super) order: Option<f64>,
    pub(super) phase: Option<Phase>,
    pub(super) opens: Option<DateTime<Utc>>,
    pub(super) closes: Option<DateTime<Utc>>,
    pub(super) moderation: Option<ModerationMode>,
    /// The front page of its site.
    pub(super) is_home: bool,
    /// Marked as not to be published.
    pub(super) is_draft: bool,
    /// The line of each key that speaks of the document.
    pub(super) lines: Vec<(&'static str, u32)>,
}

/// Takes the front matter off. Returns it with the rest of the text and the line that the rest begins on.
pub(super) fn take<'a>(file: &str, text: &'a str, report: &mut Report) -> (FrontMatter, &'a str, u32) {
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    match first.trim_end() {
        "---" => {}
        "+++" => {
            report.refuse(
                file,
                Some(1),
                "this front matter is TOML \u{2014} write it as YAML between two lines of ---",
            );
            return (FrontMatter::default(), "", 1);
        }
        _ => return (FrontMatter::default(), text, 1),
    }
    let mut at = first.len();
    let mut count = 1;
    for line in lines {
        count += 1;
        if matches!(line.trim_end(), "---" | "...") {
            let yaml = &text[first.len()..at];
            return (read(file, yaml, report), &text[at + line.len()..], count + 1);
        }
        at += line.len();
    }
    // A line of dashes with no other is a line of dashes.
    (FrontMatter::default(), text, 1)
}

fn read(file: &str, yaml: &str, report: &mut Report) -> FrontMatter {
    let mut matter = FrontMatter { present: true, ..FrontMatter::default() };
    if yaml.len() > MAX_BYTES {
        report.refuse(
            file,
            Some(1),
            "the front matter is longer than 64 KiB \u{2014} move the text below it",
        );
        return matter;
    }
    let mapping = match serde_norway::from_str::<Value>(yaml) {
        Ok(Value::Mapping(mapping)) => mapping,
        Ok(Value::Null) => Mapping::new(),
        Ok(_) => {
            report.refuse(file, Some(2), "the front matter is no list of keys \u{2014} write lines such as \u{201c}title: \u{2026}\u{201d}");
            return matter;
        }
        Err(error) => {
            // Lines of the YAML count from 1, and the opening `---` stands before them.
            let line = error.location().and_then(|at| u32::try_from(at.line() + 1).ok());
            report.refuse(
                file,
                line,
                format!("the front matter is not YAML ({error}) \u{2014} put texts with a colon in quotes"),
            );
            return matter;
        }
    };
    for (key, value) in &mapping {
        let Some(key) = key.as_str() else { continue };
        let line = line_of(yaml, key);
        let mut reader = Reader { file, key, line, report };
        match text_of(value) {
            Some(text) if !text.is_empty() => reader.key(&mut matter, &text),
            None => reader.structure(),
            Some(_) => {}
        }
    }
    if let (Some(opens), Some(closes)) = (matter.opens, matter.closes)
        && opens >= closes
    {
        report.refuse(
            file,
            line_of(yaml, "closes"),
            "closes is not after opens \u{2014} put one of the two right",
        );
    }
    matter
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

fn line_of(yaml: &str, key: &str) -> Option<u32> {
    let found = yaml.lines().position(|line| {
        let line = line.trim_start_matches(['"', '\'']);
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
    });
    found.and_then(|at| u32::try_from(at + 2).ok())
}

struct Reader<'a> {
    file: &'a str,
    key: &'a str,
    line: Option<u32>,
    report: &'a mut Report,
}

impl Reader<'_> {
    fn key(&mut self, matter: &mut FrontMatter, text: &str) {
        let owned = || Some(text.to_owned());
        match self.key {
            "title" => matter.title = owned(),
            "summary" => {
                matter.summary = owned();
                self.speaks(matter, "summary");
            }
            "description" => matter.description = owned(),
            "owner" => {
                matter.owner = owned();
                self.speaks(matter, "owner");
            }
            "slug" => {
                let slug = super::slug::slugify(text);
                if slug == text {
                    matter.slug = Some(slug);
                } else {
                    self.refuse(&format!("\u{201c}{text}\u{201d} cannot stand in an address \u{2014} write \u{201c}{slug}\u{201d}"));
                }
                self.speaks(matter, "slug");
            }
            "language" | "lang" | "locale" => matter.language = self.language(text),
            "order" | "weight" | "nav_order" => match text.parse::<f64>() {
                Ok(order) if order.is_finite() => matter.order = Some(order),
                _ => self.refuse("is not a number \u{2014} pages are sorted by it"),
            },
            "phase" => {
                matter.phase = Phase::parse(&text.to_ascii_uppercase());
                if matter.phase.is_none() {
                    self.refuse("is no phase \u{2014} write draft, scheduled, open, closed, analysing, responded or archived");
                }
                self.speaks(matter, "phase");
            }
            "moderation" => {
                matter.moderation = ModerationMode::parse(&text.to_ascii_uppercase());
                if matter.moderation.is_none() {
                    self.refuse("is no way to moderate \u{2014} write pre (a moderator looks first) or post (a moderator looks afterwards)");
                }
                self.speaks(matter, "moderation");
            }
            "opens" | "closes" => {
                let time = moment(text, self.key == "closes");
                if time.is_none() {
                    self.refuse("is no time \u{2014} write a date such as 2027-03-31, or a time with its offset such as 2027-03-31T17:00:00Z");
                }
                if self.key == "opens" {
                    matter.opens = time;
                    self.speaks(matter, "opens");
                } else {
                    matter.closes = time;
                    self.speaks(matter, "closes");
                }
            }
            "draft" => matter.is_draft |= text == "true",
            "published" => matter.is_draft |= text == "false",
            "permalink" => matter.is_home = text == "/",
            key if OF_SITES.contains(&key) => {}
            _ => self.unknown(),
        }
    }

    fn structure(&mut self) {
        match self.key {
            "title" | "summary" | "language" | "order" | "phase" | "opens" | "closes" | "moderation"
            | "owner" | "slug" => {
                self.refuse("is a list where a single text belongs \u{2014} write it on one line");
            }
            key if OF_SITES.contains(&key) => {}
            _ => self.unknown(),
        }
    }

    fn unknown(&mut self) {
        let key: String = self.key.chars().take(60).collect();
        self.report.warn(
            self.file,
            self.line,
            format!("the key \u{201c}{key}\u{201d} means nothing here and was passed over"),
        );
    }

    fn refuse(&mut self, what: &str) {
        self.report.refuse(self.file, self.line, format!("{} {what}", self.key));
    }

    fn speaks(&self, matter: &mut FrontMatter, key: &'static str) {
        matter.lines.push((key, self.line.unwrap_or(1)));
    }

    fn language(&mut self, text: &str) -> Option<String> {
        let tag = text.replace('_', "-");
        let mut parts = tag.split('-');
        let first = parts.next().unwrap_or_default();
        let good = (2..=3).contains(&first.len())
            && first.bytes().all(|b| b.is_ascii_alphabetic())
            && parts
                .all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
        if !good {
            self.refuse("is no language tag \u{2014} write one such as en, cy or fr-CA");
            return None;
        }
        Some(format!("{}{}", first.to_ascii_lowercase(), &tag[first.len()..]))
    }
}

/// A time with its offset, or a date, which means all of that day in UTC.
fn moment(text: &str, end: bool) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let time = if end { NaiveTime::from_hms_opt(23, 59, 59)? } else { NaiveTime::MIN };
    Some(date.and_time(time).and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> (FrontMatter, String, u32, Report) {
        let mut report = Report::default();
        let (matter, rest, line) = take("a.md", text, &mut report);
        (matter, rest.to_owned(), line, report)
    }

    #[test]
    fn keys_are_read_and_what_sites_need_is_passed_over() {
        let (matter, rest, line, report) = taken(
            "\u{feff}---\r\ntitle: \"A: b\"\r\nlang: EN_gb\r\norder: 3\r\nphase: open\r\nmoderation: pre\r\nlayout: page\r\nredirect_from:\r\n  - /x/\r\ndescription:\r\n---\r\n# Hi\r\n",
        );
        assert_eq!(matter.title.as_deref(), Some("A: b"));
        assert_eq!(matter.language.as_deref(), Some("en-gb"));
        assert_eq!(
            (matter.order, matter.phase, matter.moderation),
            (Some(3.0), Some(Phase::Open), Some(ModerationMode::Pre))
        );
        assert_eq!((rest.as_str(), line), ("# Hi\r\n", 12));
        assert!(report.warnings.is_empty() && report.problems.is_empty(), "{:?}", report.problems);
    }

    #[test]
    fn a_bare_date_is_the_whole_day() {
        let (matter, ..) = taken("---\nopens: 2027-01-05\ncloses: 2027-03-31\n---\n");
        assert_eq!(matter.opens.map(|t| t.to_rfc3339()).as_deref(), Some("2027-01-05T00:00:00+00:00"));
        assert_eq!(matter.closes.map(|t| t.to_rfc3339()).as_deref(), Some("2027-03-31T23:59:59+00:00"));
        let (matter, ..) = taken("---\ncloses: 2027-03-31T17:00:00+01:00\n---\n");
        assert_eq!(matter.closes.map(|t| t.to_rfc3339()).as_deref(), Some("2027-03-31T16:00:00+00:00"));
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let (.., report) = taken(
            "---\ntitle: [a]\nphase: ajar\nopens: tomorrow\ncloses: 2027-02-30\nmoderation: maybe\nslug: A B\nlang: english!\norder: first\ncolour: red\n---\n",
        );
        let lines: Vec<_> = report.problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, (2..=9).map(Some).collect::<Vec<_>>());
        assert_eq!(
            report.warnings[0].to_string(),
            "a.md:10: the key \u{201c}colour\u{201d} means nothing here and was passed over"
        );
        let (.., report) = taken("---\nopens: 2027-02-02\ncloses: 2027-02-01\n---\n");
        assert_eq!(report.problems.len(), 1);
        let (.., report) = taken("---\ntitle: a\nsummary: b: c\n---\n");
        assert_eq!(report.problems[0].line, Some(3), "{}", report.problems[0]);
        let (.., report) = taken("+++\ntitle = 1\n+++\n");
        assert_eq!(report.problems.len(), 1);
    }

    #[test]
    fn dashes_that_are_no_front_matter_stay() {
        let (matter, rest, line, _) = taken("---\n\ntext\n");
        assert!(!matter.present);
        assert_eq!((rest.as_str(), line), ("---\n\ntext\n", 1));
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut yaml = "---\na: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (before, now) in ('a'..='y').zip('b'..='z') {
            yaml.push_str(&format!("{now}: &{now} [{}]\n", vec![format!("*{before}"); 9].join(",")));
        }
        let (.., report) = taken(&(yaml + "---\n"));
        assert_eq!(report.problems.len(), 1);
    }
}
