mod files;

use std::collections::HashSet;

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::documents::markdown::{BlockKind, render};
use crate::markup::html::{Token, tokens};

fn parsed<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> ParsedDocument {
    parse(&Source::from_texts("my-plan", files)).unwrap_or_else(|error| panic!("{error}"))
}

fn problems<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let error = parse(&Source::from_texts("my-plan", files)).expect_err("it is refused");
    error.problems.iter().map(ToString::to_string).collect()
}

/// One line a section: depth, number, title and slug.
fn outline(document: &ParsedDocument) -> String {
    let line = |s: &ParsedSection| {
        let number = s.number.as_deref().map(|number| format!("[{number}] ")).unwrap_or_default();
        format!("{}{number}{} ({})", "  ".repeat(s.depth as usize), s.title, s.slug)
    };
    document.sections.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Shaped like a site's pages: numbers in the headings, HTML footnotes at the end, raw HTML lists, stray line breaks.
const SITE: [(&str, &str); 6] = [
    (
        "introduction.md",
        "---\nlayout: page\ntitle: River Policy | Introduction\npermalink: /\ndescription: \n---\n\n## R-7<br/>NOTE TO ALL WARDENS\n<h3> FROM: <br/>The Warden<br/>North Bank<br/><br/>The Bailiff</h3>\n<h3> SUBJECT: <br/>Rivers</h3>\n\n<br/>\nRivers run.<sup id=\"fnr1\"><a href=\"#fn1\">1</a></sup>  They *do*.\n\n\n### Footnotes\n\n<ul style=\"list-style-type:none\">\n<li id=\"fn1\"><sup>1</sup> <em>See</em> Section 2.<a href=\"#fnr1\">&#8617;</a></li>\n</ul>\n",
    ),
    (
        "Appendixa.md",
        "---\ntitle: River Policy | Appendix A - Words\n---\n\n## Appendix A: Words\n\n**Bank:** land.\n",
    ),
    ("aims.md", "---\ntitle: River Policy | Aims\n---\n## 1. Aims\n\nClean water.\n"),
    (
        "work.md",
        "---\ntitle: River Policy | Work\n---\n## 10.  Work\n\n### 10.1 Who does it \n\nWardens<sup id=\"fnr3\"><a href=\"#fn3\">3</a></sup> do:\n\n<ol type=\"i\">\n\n\t<li><u>Watch</u> the river;<sup id=\"fnr4\"><a href=\"#fn4\">4</a></sup></li>\n\n\t<li>write.\n\t\t<ol><li>daily</li></ol>\n\t</li>\n</ol>\nAnd rest.\n\n### 10.2 When\n\nAlways.<sup id=\"fnr5\"><a href=\"#fn5\">5</a></sup>\n\n### Footnotes\n\n<ul style=\"list-style-type:none\">\n\n\t<li id=\"fn3\"><sup>3</sup> Sworn ones. <a href=\"#fnr3\">&#8617;</a></li>\n\n\t<li id=\"fn4\"><sup>4</sup> By day.\n <a href=\"#fnr4\">&#8617;</a></li>\n\n\t<li id=\"fn5\"><sup>5</sup> Except at night, <a href=\"https://night.example/\">https://night.example/</a>. <a href=\"#fnr5\">&#8617;</a></li>\n\n</ul>\n",
    ),
    ("reach.md", "---\ntitle: River Policy | Reach\n---\n\n## 2. Reach\n\nAll rivers.\n"),
    ("LICENSE.md", "In the public domain.\n\n## Summary\n\nUse it.\n"),
];

#[test]
fn a_site_becomes_the_document_its_reader_expects() {
    let document = parsed(SITE);
    assert_eq!((document.title.as_str(), document.slug.as_str()), ("River Policy", "river-policy"));
    insta::assert_snapshot!(outline(&document), @r"
    [R-7] NOTE TO ALL WARDENS (note-to-all-wardens)
    [1] Aims (aims)
    [2] Reach (reach)
    [10] Work (work)
      [10.1] Who does it (who-does-it)
      [10.2] When (when)
    [Appendix A] Words (words)
    ");
    assert_eq!(
        document.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "LICENSE.md: is about the folder rather than part of the document, and was passed over \u{2014} give it front matter to take it in"
        ]
    );
    insta::assert_snapshot!(document.sections[0].markdown, @r"
    FROM:\
    The Warden\
    North Bank

    The Bailiff


    SUBJECT:\
    Rivers


    Rivers run.[^1]  They *do*.

    [^1]: *See* Section 2.
    ");
    insta::assert_snapshot!(document.sections[4].markdown, @r#"
    Wardens[^3] do:

    <ol type="i">
    <li><u>Watch</u> the river;[^4]</li>
    <li>write.
    <ol><li>daily</li></ol>
    </li>
    </ol>

    And rest.

    [^3]: Sworn ones.

    [^4]: By day.
    "#);
    let who = &document.sections[4].rendered;
    assert_eq!(
        who.blocks.iter().map(|block| block.kind).collect::<Vec<_>>(),
        [BlockKind::Paragraph, BlockKind::List, BlockKind::Paragraph]
    );
    assert_eq!(
        who.footnotes
            .iter()
            .map(|note| (note.label.as_str(), note.mark.as_str(), &note.references))
            .collect::<Vec<_>>(),
        [("3", "3", &vec![who.blocks[0].key.clone()]), ("4", "4", &vec![who.blocks[1].key.clone()])]
    );
    assert_eq!(
        document.sections[5].rendered.footnotes[0].html,
        "Except at night, <a href=\"https://night.example/\">https://night.example/</a>."
    );
    assert_eq!((document.sections[5].file.as_str(), document.sections[5].line), ("work.md", 20));
}

#[test]
fn rendering_what_is_stored_gives_what_was_stored() {
    for section in parsed(SITE).sections {
        assert_eq!(render(&section.markdown).expect("it renders"), section.rendered);
        // And as a page of its own it is the same section.
        let page = format!("# {}\n\n{}\n", section.title, section.markdown);
        let again = parsed([("a.md", page.as_str())]).sections.remove(0);
        assert_eq!((&again.markdown, &again.rendered), (&section.markdown, &section.rendered));
        assert_eq!(again.content_hash(), section.content_hash());
    }
}

#[test]
fn importing_again_changes_only_what_changed() {
    let before = parsed(SITE);
    let mut files = SITE;
    let longer = files[4].1.replace("All rivers.", "All rivers and brooks.\n\n## 3. More\n\nNew.");
    files[4].1 = &longer;
    let after = parsed(files);
    let hash = |document: &ParsedDocument, slug: &str| {
        document.sections.iter().find(|s| s.slug == slug).map(ParsedSection::content_hash)
    };
    for section in &before.sections {
        let same = hash(&before, &section.slug) == hash(&after, &section.slug);
        assert_eq!(same, section.slug != "reach", "{}", section.slug);
    }
    assert!(hash(&after, "more").is_some());
}

#[test]
fn a_single_file_with_front_matter() {
    let document = parsed([(
        "plan.md",
        "---\ntitle: A plan\nsummary: >\n  Short,\n  but two lines.\nlanguage: cy\nowner: The Council\nslug: the-plan\nphase: open\nmoderation: post\nopens: 2027-01-01\ncloses: 2027-02-01\nweird: 1\n---\n# A plan\n\nWelcome.\n\n## First\n\na\n\nSetext\n------\n\nb\n\n### Deep ###\n\n> # not a section\n\n```\n# nor this\n```\n\n#### Deeper\n\n## Last {#end .x}\n",
    )]);
    assert_eq!((document.title.as_str(), document.slug.as_str()), ("A plan", "the-plan"));
    assert_eq!(document.summary.as_deref(), Some("Short, but two lines."));
    assert_eq!((document.language.as_deref(), document.owner.as_deref()), (Some("cy"), Some("The Council")));
    assert_eq!((document.phase, document.moderation), (Some(Phase::Open), Some(ModerationMode::Post)));
    assert!(document.opens_at < document.closes_at);
    assert_eq!(document.warnings.len(), 1);
    insta::assert_snapshot!(outline(&document), @r"
    A plan (a-plan)
    First (first)
    Setext (setext)
      Deep (deep)
        Deeper (deeper)
    Last (end)
    ");
    assert_eq!(document.sections.iter().map(|s| s.line).collect::<Vec<_>>(), [15, 19, 23, 28, 36, 38]);
}

#[test]
fn a_title_without_text_is_the_document_and_no_section() {
    let document = parsed([("plan.md", "# The plan\r\n\r\n## One\r\n\r\na\r\n\r\n## Two\r\n\r\nb")]);
    assert_eq!(document.title, "The plan");
    assert_eq!(outline(&document), "One (one)\nTwo (two)");
    let document = parsed([("big_plan.md", "# One\n\n# Two\n")]);
    assert_eq!(document.title, "My plan", "the name of the source when nothing else says");
}

#[test]
fn text_above_the_first_heading_is_a_section_with_the_pages_title() {
    let document = parsed([
        ("index.md", "---\ntitle: Plan\n---\nHello.\n\n## A\n"),
        ("b.md", "---\ntitle: Beside\n---\nText.\n\n## C\n"),
    ]);
    assert_eq!(outline(&document), "Plan (plan)\nA (a)\nBeside (beside)\n  C (c)");
    assert_eq!(
        problems([("a.md", "\nHello.\n\n# A\n"), ("b.md", "Hello\n")]),
        [
            "a.md:2: there is text above the first heading \u{2014} begin the page with a heading such as \u{201c}# Introduction\u{201d}",
            "b.md:1: there is no heading \u{2014} begin the page with a heading such as \u{201c}# Introduction\u{201d}",
        ]
    );
}

#[test]
fn pages_come_in_the_order_a_reader_expects() {
    let order = |files: &[(&str, &str)]| {
        let document = parsed(files.iter().copied());
        document.sections.iter().map(|s| s.file.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        order(&[
            ("glossary.md", "# Glossary"),
            ("zoo.md", "# Zoo"),
            ("10-b.md", "# B"),
            ("9-a.md", "# A"),
            ("foreword.md", "# Foreword"),
            ("index.md", "# Start")
        ]),
        "index.md foreword.md 9-a.md 10-b.md zoo.md glossary.md"
    );
    assert_eq!(
        order(&[
            ("a.md", "---\norder: 2\n---\n# A"),
            ("b.md", "---\norder: 1.5\n---\n# B"),
            ("c.md", "---\norder: 1\n---\n# C")
        ]),
        "c.md b.md a.md"
    );
    assert_eq!(
        order(&[
            ("x.md", "# Annex B: Maps"),
            ("y.md", "# Annex A: Sums"),
            ("w.md", "# 2. Two"),
            ("v.md", "# 12. Twelve")
        ]),
        "w.md v.md y.md x.md"
    );
}

#[test]
fn one_page_speaks_for_the_document() {
    let document = parsed([
        ("_document.md", "---\ntitle: Real title\nowner: Council\n---\n"),
        ("a.md", "---\ntitle: Part\nowner: Somebody\nphase: draft\n---\n# A\n"),
    ]);
    assert_eq!(
        (document.title.as_str(), document.owner.as_deref(), document.phase),
        ("Real title", Some("Council"), None)
    );
    assert_eq!(document.warnings.len(), 2);
    assert_eq!(
        document.warnings[0].to_string(),
        "a.md:3: owner was passed over: _document.md speaks for the document"
    );
}

#[test]
fn equal_titles_and_ids_get_slugs_of_their_own() {
    let document = parsed([(
        "a.md",
        "# Walk\n\n## Costs\n\n# Ride\n\n## Costs\n\n## Costs\n\n# \u{2014}\n\n# Costs {#ride}\n",
    )]);
    assert_eq!(
        document.sections.iter().map(|s| s.slug.as_str()).collect::<Vec<_>>(),
        ["walk", "costs", "ride", "ride-costs", "costs-2", "section", "ride-2"]
    );
}

#[test]
fn a_footnote_belongs_to_every_section_that_refers_to_it() {
    let document = parsed([(
        "a.md",
        "# A\n\nx[^n]\n\n[^n]: Note[^m].\n\n    Second.\n\n# B\n\ny[^N]\n\n# C\n\nz\n\n## Notes\n\n[^m]: Inner.\n[^u]: Unused.\n",
    )]);
    let labels: Vec<Vec<_>> = document
        .sections
        .iter()
        .map(|s| s.rendered.footnotes.iter().map(|n| n.label.as_str()).collect())
        .collect();
    assert_eq!(labels, [vec!["n", "m"], vec!["n", "m"], vec!["u"]]);
    assert_eq!(document.sections[1].markdown, "y[^N]\n\n[^n]: Note[^m].\n\n    Second.\n\n[^m]: Inner.");
    assert_eq!(
        document.warnings[0].to_string(),
        "a.md:20: nothing refers to the footnote [^u]; it is listed below its section \u{2014} add a mark where it belongs"
    );
}

#[test]
fn links_keep_what_they_mean() {
    let document = parsed([(
        "a.md",
        "# A\n\nSee [the site] and [that][the  Site].\n\n# B\n\n[the site]: https://a.example/ \"t\"\n\n[the site]\n",
    )]);
    for section in &document.sections {
        assert!(section.rendered.html.contains("https://a.example/"), "{}", section.markdown);
    }
    assert!(document.sections[1].markdown.matches("]: ").nth(1).is_none());
    let document = parsed([(
        "a.md",
        "# A\n\n[x](b.md) ![m](map.png) [y](https://a.example) [z](#end)\n\n<a href=\"/c\">c</a> {{ site.url }}\n",
    )]);
    let warned: Vec<_> = document
        .warnings
        .iter()
        .map(|w| (w.line, w.text.split('\u{201d}').next().unwrap_or_default()))
        .collect();
    assert_eq!(warned.len(), 4, "{warned:?}");
    assert_eq!(warned[0], (Some(3), "the link \u{201c}b.md"));
}

#[test]
fn all_problems_are_named_and_nothing_is_taken() {
    let found = problems([
        ("a.md", "---\nphase: maybe\n---\n# A\n\nx[^1] y[^2]\n\n[^2]:\n"),
        ("b.md", "# B\n\nx<sup><a href=\"#fn9\">9</a></sup>\n"),
        ("c.md", ""),
    ]);
    assert_eq!(
        found.iter().map(|text| text.split(" \u{2014} ").next().unwrap_or_default()).collect::<Vec<_>>(),
        [
            "a.md:2: phase is no phase",
            "a.md:6: there is no footnote [^1]",
            "a.md:8: the footnote [^2] has no text",
            "b.md:3: the footnote 9 is referred to, and nothing on the page has the id \u{201c}fn9\u{201d}",
            "c.md:1: there is no text in it",
        ]
    );
}

#[test]
fn odd_headings_are_told_of() {
    let document = parsed([("a.md", "# A[^1]\n\nx\n\n##\n\ny\n\n[^1]: n\n")]);
    assert_eq!(document.sections.len(), 1);
    assert_eq!(document.sections[0].title, "A");
    assert_eq!(document.sections[0].rendered.footnotes[0].references, [] as [String; 0]);
    assert_eq!(document.warnings.len(), 2);
    let long = format!("# A\n\n{}\n---\n", "word ".repeat(100));
    assert!(
        problems([("a.md", long.as_str())])[0]
            .starts_with("a.md:3: is a heading of more than 300 characters")
    );
}

#[test]
fn a_document_has_its_bounds() {
    let many: String = (0..=MAX_SECTIONS).map(|n| format!("# S{n}\n\n")).collect();
    assert_eq!(
        problems([("a.md", many.as_str())]),
        ["a.md:4001: a document has at most 2000 sections \u{2014} divide it into several"]
    );
    let deep = format!("# A\n\ntext\n\n{}x\n", "> ".repeat(500));
    assert!(
        problems([("a.md", deep.as_str())])[0]
            .starts_with("a.md:5: lists, quotations or tags are nested too deep")
    );
    let html = format!("# A\n\n{}\n", "<div>".repeat(500));
    assert_eq!(problems([("a.md", html.as_str())]).len(), 1);
    let drafts = [("a.md", "---\ndraft: true\n---\n# A\n"), ("b.md", "---\npublished: false\n---\n# B\n")];
    assert_eq!(problems(drafts).len(), 1);
}

#[test]
fn many_footnotes_take_no_time() {
    let marks: String =
        (0..3_000).map(|n| format!("a<sup id=\"r{n}\"><a href=\"#fn{n}\">{n}</a></sup>\n")).collect();
    let notes: String =
        (0..3_000).map(|n| format!("<li id=\"fn{n}\">b <a href=\"#r{n}\">\u{21a9}</a></li>\n")).collect();
    let document = parsed([("a.md", format!("# A\n\n{marks}\n\n<ol>\n{notes}</ol>\n").as_str())]);
    assert_eq!(document.sections[0].rendered.footnotes.len(), 3_000);
}

/// Fragments thrown together by a fixed rule: whatever a page holds, it is taken whole or refused, and what comes of it has
/// no id that is there twice and none that is not ours.
#[test]
fn any_page_is_taken_or_refused() {
    let pieces = [
        "# ",
        "## A\n",
        "\n",
        "\n\n",
        "text ",
        "é\u{2014}",
        "*",
        "**",
        "`",
        "```\n",
        "> ",
        "- ",
        "1. ",
        "    ",
        "\t",
        "[^1]",
        "[^1]: n\n",
        "\n\n[^1]: n\n\n",
        "<sup id=\"r1\"><a href=\"#fn1\">1</a></sup>",
        "<li id=\"fn1\">",
        "</li>",
        "<ul>",
        "</ul>",
        "<h2>",
        "</h2>",
        "<br/>",
        "<br/>\n",
        "<a href=\"#r1\">\u{21a9}</a>",
        "<b>",
        "</b>",
        "<div>\n",
        "</div>",
        "<!--",
        "-->",
        "<p id=fn1>",
        "&amp;",
        "&",
        "<",
        ">",
        "{#x}",
        "{: .y}\n",
        "---\n",
        "===\n",
        "|a|b|\n|-|-|\n",
        "[l]",
        "[l]: /u\n",
        "\\",
        "\u{e000}0\u{e001}",
        "\0",
        "\r",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut taken = 0;
    for _ in 0..4_000 {
        let mut page = "# T\n\n".to_owned();
        for _ in 0..30 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            page.push_str(pieces[usize::try_from(state % pieces.len() as u64).unwrap_or(0)]);
        }
        let Ok(document) = parse(&Source::from_texts("x", [("a.md", page.as_str())])) else { continue };
        taken += 1;
        for section in &document.sections {
            let html = &section.rendered.html;
            let mut ids = HashSet::new();
            for (_, token) in tokens(html) {
                if let Token::Open(tag) = token
                    && let Some(id) = tag.attribute("id")
                {
                    assert!(id.starts_with("fn") && ids.insert(id), "{page:?}\n{html}");
                }
            }
            assert!(!html.contains(['\u{e000}', '\u{e001}', '\0']), "{page:?}");
            let labels: HashSet<_> = section.rendered.footnotes.iter().map(|note| &note.label).collect();
            assert_eq!(labels.len(), section.rendered.footnotes.len(), "{page:?}");
        }
    }
    assert!(taken > 400, "only {taken} pages were taken");
}

#[test]
fn the_demonstration_is_a_document_to_be_proud_of() {
    let document =
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("demo")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(document.warnings, []);
    assert_eq!((document.phase, document.opens_at, document.closes_at), (Some(Phase::Open), None, None));
    assert!(document.summary.as_deref().unwrap_or_default().contains("demonstration"));
    assert!(document.sections.len() >= 14 && document.sections.iter().any(|s| s.depth == 2));
    let notes: usize = document.sections.iter().map(|s| s.rendered.footnotes.len()).sum();
    assert_eq!(notes, 12);
    for kind in [BlockKind::List, BlockKind::Table, BlockKind::Quotation, BlockKind::Paragraph] {
        assert!(
            document.sections.iter().any(|s| s.rendered.blocks.iter().any(|b| b.kind == kind)),
            "{kind:?}"
        );
    }
}

proptest! {
    /// Whatever the particulars and headings of a page, it is taken or refused, and what is taken fits together.
    #[test]
    fn any_front_matter_and_headings_are_taken_or_refused(
        particulars in vec(select(&[
            "title: A\n", "title: [a, b]\n", "title: \"\n", "slug: b\n", "slug: -- \n", "phase: open\n", "phase: x\n", "opens: 2027-02-30\n",
            "closes: 2027-03-01\n", "closes: 2027-03-01T25:00:00Z\n", "language: cy\n", "language: \u{0}\n", "order: 1e99\n", "order: -1\n",
            "x: &a [*a]\n", "? {a: b}\n", "  - c\n", "\t", "---\n", "...\n", "é: \u{202e}\n", "moderation: PRE\n", "description: |\n  a\n", "{", "!!x y\n",
        ][..]), 0..6),
        pieces in vec(select(&[
            "# ", "## ", "### ", "###### ", "#", "1. ", "10.1 ", "IV) ", "Appendix A: ", "A", "\n", "\n\n", "===\n", "---\n", "<h2>", "</h2>", "<br/>",
            "{#id}", "`# `", "text", "[^1]", "\n[^1]: n\n\n", "\u{1f30a}", "\u{0}", "*", "[a](b.md#c)", "&amp;", "  ", "\u{2028}",
        ][..]), 0..30),
        other in any::<String>(),
    ) {
        let page = format!("---\n{}---\n{}", particulars.concat(), pieces.concat());
        for files in [vec![("a.md", page.as_str())], vec![("a.md", page.as_str()), ("b.md", other.as_str())]] {
            match parse(&Source::from_texts("x", files)) {
                Err(error) => prop_assert!(!error.problems.is_empty()),
                Ok(document) => {
                    let slugs: HashSet<_> = document.sections.iter().map(|section| &section.slug).collect();
                    prop_assert_eq!(slugs.len(), document.sections.len());
                    for (at, section) in document.sections.iter().enumerate() {
                        prop_assert!(!section.slug.is_empty() && section.slug.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{}", section.slug);
                        prop_assert!(section.parent.is_none_or(|parent| parent < at));
                        prop_assert!(!section.title.chars().any(char::is_control), "{:?}", section.title);
                        let again = render(&section.markdown);
                        prop_assert_eq!(again.as_ref(), Ok(&section.rendered));
                    }
                }
            }
        }
    }
}
