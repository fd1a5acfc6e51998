use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

fn rendered(markdown: &str) -> Rendered {
    render(markdown).expect("it renders")
}

fn kinds(markdown: &str) -> Vec<(&'static str, Option<u32>)> {
    rendered(markdown).blocks.iter().map(|block| (block.kind.as_str(), block.number)).collect()
}

#[test]
fn a_text_with_everything() {
    let text = "Hello[^1] *you*.[^b]\n\n- a\n- b[^1]\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n---\n\n<ol type=\"i\">\n<li>x[^b]</li>\n</ol>\n\n[^1]: One *note*.\n[^b]: Two.\n\n    More[^1].\n";
    insta::assert_snapshot!(rendered(text).html, @r##"
    <p>Hello<sup class="footnote-ref"><a href="#fn-1" id="fnref-1" role="doc-noteref">1</a></sup> <em>you</em>.<sup class="footnote-ref"><a href="#fn-b" id="fnref-b" role="doc-noteref">2</a></sup></p>
    <ul>
    <li>a</li>
    <li>b<sup class="footnote-ref"><a href="#fn-1" id="fnref-1_2" role="doc-noteref">1</a></sup></li>
    </ul>
    <table>
    <thead>
    <tr>
    <th>a</th>
    <th align="right">b</th>
    </tr>
    </thead>
    <tbody>
    <tr>
    <td>1</td>
    <td align="right">2</td>
    </tr>
    </tbody>
    </table>
    <hr>
    <ol type="i">
    <li>x<sup class="footnote-ref"><a href="#fn-b" id="fnref-b_2" role="doc-noteref">2</a></sup></li>
    </ol>
    <section class="footnotes" role="doc-endnotes">
    <ol>
    <li id="fn-1">One <em>note</em>. <a href="#fnref-1" class="footnote-backref" role="doc-backlink" aria-label="1">↩</a> <a href="#fnref-1_2" class="footnote-backref" role="doc-backlink" aria-label="1 (2)">↩</a> <a href="#fnref-1_3" class="footnote-backref" role="doc-backlink" aria-label="1 (3)">↩</a></li>
    <li id="fn-b"><p>Two.</p>
    <p>More<sup class="footnote-ref"><a href="#fn-1" id="fnref-1_3" role="doc-noteref">1</a></sup>. <a href="#fnref-b" class="footnote-backref" role="doc-backlink" aria-label="2">↩</a> <a href="#fnref-b_2" class="footnote-backref" role="doc-backlink" aria-label="2 (2)">↩</a></p></li>
    </ol>
    </section>
    "##);
}

#[test]
fn kinds_and_paragraph_numbers() {
    let text = "# h\n\na\n\n> q\n\nb\n\n- l\n\n1. o\n\n```\nc\n```\n\n    d\n\n| t |\n|---|\n| u |\n\n![p](https://x.example/p.png)\n\nc ![p](https://x.example/p.png)\n";
    let expected = [
        ("HEADING", None),
        ("PARAGRAPH", Some(1)),
        ("QUOTATION", None),
        ("PARAGRAPH", Some(2)),
        ("LIST", None),
        ("LIST", None),
        ("CODE", None),
        ("CODE", None),
        ("TABLE", None),
        ("FIGURE", None),
        ("PARAGRAPH", Some(3)),
    ];
    assert_eq!(kinds(text), expected);
}

#[test]
fn raw_html_is_seen_for_what_it_is() {
    assert_eq!(kinds("<ul><li>a</li></ul>\n\n<table><tr><td>b</table>\n\n<blockquote>c</blockquote>\n\n<pre>d</pre>\n\n<h3>e</h3>\n\n<figure><img src=x alt=f></figure>\n\n<div>g</div>\n").iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [
        "LIST", "TABLE", "QUOTATION", "CODE", "HEADING", "FIGURE", "PARAGRAPH"
    ]);
    let text = rendered(
        "<div class=x>bare <b onclick=y>text</b></div>\n\n<script>z</script>\n\n<br/>\n\n<!-- c -->\n\nafter",
    );
    assert_eq!(text.html, "<p>bare <b>text</b></p>\n<p>after</p>");
    assert_eq!(text.blocks.len(), 2);
}

#[test]
fn what_is_left_open_does_not_reach_the_next_block() {
    assert_eq!(rendered("<blockquote><b>\n\nnext\n\n</b></blockquote>").html, "<p>next</p>");
}

#[test]
fn keys_follow_the_words() {
    let before = rendered("First *thing*.\n\nSecond thing.\n\nSame.\n\nSame.");
    let after = rendered("Something new.\n\nSecond   **thing**\n\n> First thing!\n\nSame.\n\nSame.");
    let key = |r: &Rendered, plain: &str| {
        r.blocks.iter().find(|b| b.plain.starts_with(plain)).map(|b| b.key.clone())
    };
    assert_eq!(key(&before, "First"), key(&after, "First"));
    assert_eq!(key(&before, "Second"), key(&after, "Second"));
    assert_ne!(key(&before, "First"), key(&before, "Second"));
    let same: Vec<_> = before.blocks[2..].iter().map(|b| b.key.clone()).collect();
    assert_eq!(same[1], format!("{}-2", same[0]));
    assert!(
        before
            .blocks
            .iter()
            .all(|b| b.key.len() <= 20 && b.key.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-'))
    );
}

#[test]
fn a_footnote_mark_changes_neither_text_nor_key() {
    let without = &rendered("Trees are planted.").blocks[0];
    let with = &rendered("Trees[^1] are planted.\n\n[^1]: Oaks.").blocks[0];
    assert_eq!((&without.key, &without.plain), (&with.key, &with.plain));
}

#[test]
fn blocks_carry_their_source() {
    let text = "> a\n> b\n\n* c\n\n  d\n* e\n\n\n<ol>\n<li>f</li>\n</ol>\ng\n\n[^1]: n\n\nlast[^1]";
    let sources: Vec<_> = rendered(text).blocks.into_iter().map(|block| block.markdown).collect();
    assert_eq!(sources, ["> a\n> b", "* c\n\n  d\n* e", "<ol>\n<li>f</li>\n</ol>\ng", "last[^1]"]);
}

#[test]
fn footnotes_are_listed_as_they_are_met() {
    let r = rendered("b[^2] a[^1]\n\n> a[^1]\n\n[^1]: One, *truly*.\n[^2]: Two.\n[^3]: Unused.\n");
    let notes: Vec<_> =
        r.footnotes.iter().map(|n| (n.label.as_str(), n.mark.as_str(), n.references.len())).collect();
    assert_eq!(notes, [("2", "2", 1), ("1", "1", 2), ("3", "3", 0)]);
    assert_eq!(r.footnotes[1].references, [r.blocks[0].key.clone(), r.blocks[1].key.clone()]);
    assert_eq!(
        (r.footnotes[1].html.as_str(), r.footnotes[1].plain.as_str(), r.footnotes[1].markdown.as_str()),
        ("One, <em>truly</em>.", "One, truly.", "One, *truly*.")
    );
    assert_eq!(r.plain, "b a\n\na");
    assert_eq!(r.word_count, 3);
}

#[test]
fn labels_in_words_are_numbered_and_ids_are_unique() {
    let r = rendered("a[^A.b] c[^a-b] d[^A.B]\n\n[^A.b]: x\n[^a-b]: y\n");
    assert_eq!(
        r.footnotes.iter().map(|n| (n.mark.as_str(), n.id.as_str())).collect::<Vec<_>>(),
        [("1", "fn-a-b"), ("2", "fn-a-b__2")]
    );
    let ids: Vec<_> = r
        .html
        .match_indices(" id=\"")
        .map(|(at, _)| r.html[at + 5..].split('"').next().unwrap_or_default())
        .collect();
    let unique: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
    for (at, _) in r.html.match_indices("href=\"#") {
        let target = r.html[at + 7..].split('"').next().unwrap_or_default();
        assert!(ids.contains(&target), "{target} leads nowhere");
    }
}

#[test]
fn notes_may_hold_lists_and_refer_to_notes_not_met_before() {
    let r = rendered("a[^1]\n\n[^1]: Two things:\n\n    - one\n    - two[^2]\n[^2]: Back to[^1].\n");
    assert_eq!(r.footnotes.len(), 2);
    assert_eq!(
        r.footnotes[0].html,
        "<p>Two things:</p>\n<ul>\n<li>one</li>\n<li>two<sup class=\"footnote-ref\"><a href=\"#fn-2\" id=\"fnref-2\" role=\"doc-noteref\">2</a></sup></li>\n</ul>"
    );
    assert_eq!(r.footnotes[0].markdown, "Two things:\n\n- one\n- two[^2]");
    assert_eq!(r.footnotes[1].references, [] as [String; 0]);
}

#[test]
fn a_mark_in_a_link_stands_behind_it() {
    let html = rendered("[a[^1] b](https://a.example)\n\n[^1]: n").blocks.remove(0).html;
    assert_eq!(
        html,
        "<p><a href=\"https://a.example\">a b</a><sup class=\"footnote-ref\"><a href=\"#fn-1\" id=\"fnref-1\" role=\"doc-noteref\">1</a></sup></p>"
    );
}

#[test]
fn nothing_typed_can_pass_for_a_mark_or_an_id() {
    let r = rendered(
        "\u{e000}0\u{e001} <a id=\"fn-1\" class=\"footnote-ref\" href=\"#fn-1\">x</a> <i title=\"\u{e000}0\u{e001}\">y</i>[^1]\n\n[^1]: n",
    );
    assert_eq!(r.html.matches("id=\"fn-1\"").count(), 1);
    assert_eq!(r.html.matches("footnote-ref").count(), 1);
    assert!(!r.html.contains(['\u{e000}', '\u{e001}']));
}

#[test]
fn code_and_escaped_brackets_are_no_references() {
    let r = rendered("`[^1]` \\[^2] <code>[^1]</code>x[^1]\n\n<pre>[^9]</pre>\n\n[^1]: n");
    assert_eq!(r.blocks[0].plain, "[^1] [^2] x");
    assert_eq!(r.blocks[1].plain, "[^9]");
}

#[test]
fn what_is_wrong_with_footnotes_is_named_with_its_line() {
    let line = |markdown: &str| {
        render(markdown).map_err(|error| {
            (error.line(), error.to_string().split(" \u{2014} ").next().unwrap_or_default().to_owned())
        })
    };
    assert_eq!(line("a\n\nb\nc[^x]"), Err((Some(4), "there is no footnote [^x]".to_owned())));
    assert_eq!(line("a[^x]\n\n[^x]:\n"), Err((Some(3), "the footnote [^x] has no text".to_owned())));
    assert_eq!(
        line("a[^x]\n\n[^x]: b\n\n[^X]: c\n"),
        Err((Some(5), "the footnote [^X] is there twice".to_owned()))
    );
}

#[test]
fn bombs_are_refused_or_borne() {
    let deep = [
        ">".repeat(50_000),
        "> - ".repeat(10_000),
        (0..200).map(|depth| format!("{}- a\n", "  ".repeat(depth))).collect(),
        format!("{}x{}", "*".repeat(5_000), "*".repeat(5_000)),
        "<div>".repeat(20_000),
        "<ul><li>".repeat(20_000),
        "<i></b>".repeat(20_000),
        "[^1]: ".repeat(500),
        format!("{}\n{}\n{}", "|a".repeat(5_000), "|-".repeat(5_000), "x\n".repeat(500)),
        "x".repeat(MAX_BYTES + 1),
    ];
    for bomb in &deep {
        assert!(render(bomb).is_err(), "{}", &bomb[..20]);
    }
    let borne = [
        "[",
        "![a](",
        "<a ",
        "<!--",
        "&",
        "`",
        "*a **b ",
        "a@b.",
        "http://a.",
        "\\",
        "~~",
        "a\n",
        "\u{0}",
        "<p>",
        "[^",
    ];
    for piece in borne {
        let bomb = piece.repeat(20_000 / piece.len());
        assert!(render(&bomb).is_ok(), "{piece}");
    }
}

#[test]
fn rendering_is_a_function_of_the_source_alone() {
    let text = "a[^1] b\r\n\r\n* c\r\n\r\n[^1]: d\r\n";
    assert_eq!(rendered(text), rendered(&text.replace("\r\n", "\n")));
    assert_eq!(rendered(&format!("\u{feff}{text}")), rendered(text));
    assert_eq!(
        rendered(""),
        Rendered {
            html: String::new(),
            plain: String::new(),
            blocks: vec![],
            footnotes: vec![],
            word_count: 0
        }
    );
}

#[test]
fn it_is_kept_as_json_under_these_names() {
    let block = rendered("a[^1]\n\n[^1]: n");
    let json = serde_json::to_value(&block).expect("it can be written");
    assert_eq!(json["blocks"][0]["kind"], "PARAGRAPH");
    assert_eq!(json["footnotes"][0]["references"][0], json["blocks"][0]["key"]);
    assert_eq!(serde_json::from_value::<Rendered>(json).expect("and read"), block);
}

#[test]
fn ids_can_be_scoped_to_a_section() {
    let html = rendered("a[^1] `<li id=\"fn-1\">`\n\n[^1]: n").html;
    let scoped = scoped(&html, "aims");
    assert_eq!(scoped.matches("\"#aims-fn-1\"").count(), 1);
    assert_eq!(scoped.matches(" id=\"aims-fn-1\"").count(), 1);
    assert_eq!(
        (scoped.matches(" id=\"aims-fnref-1\"").count(), scoped.matches("\"#aims-fnref-1\"").count()),
        (1, 1)
    );
    assert!(scoped.contains("&lt;li id=\"fn-1\"&gt;"), "what is only text stays: {scoped}");
}

proptest! {
    /// Whatever an official's text holds, what is left of it after cleaning is what a second cleaning leaves: a browser, which
    /// reads HTML as the sanitiser does, sees nothing else in it.
    #[test]
    fn what_was_cleaned_is_clean(pieces in vec(select(&[
        "a", " ", "\n", "\n\n", "*", "`", "<p>", "</p>", "<b>", "</b>", "<i title=\"", "\">", "<a href=\"javascript:x\">",
        "<a href='//b'>", "</a>", "<svg>", "</svg>", "<math>", "<mtext>", "<style>", "</style>", "<script>", "</script>", "<table>",
        "<td>", "</table>", "<select>", "<template>", "<noscript>", "<title>", "<textarea>", "<!--", "-->", "<![CDATA[", "]]>",
        "<img src=x onerror=y>", "<form>", "<input>", "<mglyph>", "<annotation-xml encoding=\"text/html\">", "<ul>", "<li>", "> ",
        "- ", "|a|b|\n|-|-|\n", "&lt;script&gt;", "&", "<", ">", "\u{e000}0\u{e001}", "<p onclick=x id=y class=z>", "<plaintext>",
        "<xmp>", "<br", "/>", "\u{0}", "é",
    ][..]), 0..25)) {
        let text = pieces.concat();
        let Ok(rendered) = render(&text) else { return Ok(()) };
        for block in &rendered.blocks {
            let again = clean(&block.html);
            prop_assert_eq!(again.as_ref(), Some(&block.html), "{:?}", text);
            prop_assert!(!block.html.contains(['\u{e000}', '\u{0}']), "{:?}", text);
            for (_, token) in tokens(&block.html) {
                let Token::Open(tag) = token else { continue };
                let gone = ["script", "style", "svg", "math", "form", "input", "iframe", "textarea", "template"];
                prop_assert!(!gone.contains(&&*tag.name), "{} of {:?}", block.html, text);
                for gone in ["onclick", "onerror", "id", "class", "style"] {
                    prop_assert_eq!(tag.attribute(gone), None, "{} of {:?}", block.html, text);
                }
                let leads = tag.attribute("href").unwrap_or_default();
                prop_assert!(!leads.trim_start().starts_with("javascript"), "{} of {:?}", block.html, text);
            }
        }
        prop_assert_eq!(render(&text), Ok(rendered));
    }

    /// Footnotes of any shape are taken whole or refused: each mark leads to a note, each note back to its marks.
    #[test]
    fn footnotes_and_marks_meet(pieces in vec(select(&[
        "a", " ", "\n\n", "[^1]", "[^b]", "[^c d]", "[^1]: one\n\n", "[^b]: two[^1]\n\n", "[^c d]: three\n\n    more\n\n", "`[^1]`",
        "\\[^b]", "- ", "> ", "[x[^1]](https://a.example)", "|a[^1]|\n|-|\n", "<i>[^b]</i>", "*",
    ][..]), 0..25)) {
        let Ok(rendered) = render(&pieces.concat()) else { return Ok(()) };
        let (mut ids, mut links) = (std::collections::HashSet::new(), Vec::new());
        for (_, token) in tokens(&rendered.html) {
            let Token::Open(tag) = token else { continue };
            if let Some(id) = tag.attribute("id") {
                prop_assert!(ids.insert(id.clone()), "{} twice in {}", id, rendered.html);
            }
            links.extend(tag.attribute("href").and_then(|link| Some(link.strip_prefix("#")?.to_owned())));
        }
        for link in links {
            prop_assert!(ids.contains(&link), "{} leads nowhere in {}", link, rendered.html);
        }
        for note in &rendered.footnotes {
            prop_assert!(note.references.iter().all(|key| rendered.blocks.iter().any(|block| block.key == *key)));
        }
    }
}
