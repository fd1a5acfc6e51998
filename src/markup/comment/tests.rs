use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::markup::html::{Token, tokens};

fn html(text: &str) -> String {
    comment_markup(text).html
}

/// What a browser could act on, read back from the result: every tag with every attribute that is not one of ours fails.
fn check(text: &str) -> Markup {
    let markup = comment_markup(text);
    let mut open = Vec::new();
    for (range, token) in tokens(&markup.html) {
        match token {
            Token::Open(tag) => {
                let whole = &markup.html[range];
                match &*tag.name {
                    "a" => {
                        let href = tag.attribute("href").expect("an address");
                        let lower = href.to_lowercase();
                        assert!(
                            ["http://", "https://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme)),
                            "{href} from {text:?}"
                        );
                        assert!(whole.ends_with(" rel=\"nofollow ugc noopener\">"), "{whole}");
                        assert_eq!(whole.matches('"').count(), 4, "{whole}");
                        assert!(!open.contains(&"a".to_owned()), "a link in a link: {}", markup.html);
                    }
                    "ol" => assert!(
                        whole == "<ol>" || tag.attribute("start").is_some_and(|n| n.parse::<u32>().is_ok())
                    ),
                    "p" | "em" | "strong" | "ul" | "li" | "blockquote" | "code" | "pre" | "br" | "hr" => {
                        assert_eq!(whole, format!("<{}>", tag.name));
                    }
                    other => panic!("<{other}> from {text:?}"),
                }
                if !tag.is_void() {
                    open.push(tag.name.into_owned());
                }
            }
            Token::Close(name) => assert_eq!(open.pop().as_deref(), Some(&*name), "{}", markup.html),
            Token::Text(text) => assert!(!text.contains(['<', '>']), "{}", markup.html),
            Token::Other => panic!("a comment from {text:?}"),
        }
    }
    assert!(open.is_empty(), "{open:?} left open by {text:?}");
    markup
}

/// The result as a sanitiser with this very subset would leave it.
fn sanitised(html: &str) -> String {
    ammonia::Builder::empty()
        .tags(["a", "p", "em", "strong", "ul", "ol", "li", "blockquote", "code", "pre", "br", "hr"].into())
        .tag_attributes([("a", ["href"].into()), ("ol", ["start"].into())].into())
        .url_schemes(["http", "https", "mailto"].into())
        .link_rel(Some("nofollow ugc noopener"))
        .clean(html)
        .to_string()
}

#[test]
fn the_subset_is_rendered() {
    insta::assert_snapshot!(html("Hello *there*,\nthis is **strong** and `code`.\n\n> quoted\n\n1. one\n2. two\n\n- a\n\n  b\n\n```rust\nlet x = 1 < 2;\n```\n"), @r#"
    <p>Hello <em>there</em>,<br>
    this is <strong>strong</strong> and <code>code</code>.</p>
    <blockquote>
    <p>quoted</p>
    </blockquote>
    <ol>
    <li>one
    </li>
    <li>two
    </li>
    </ol>
    <ul>
    <li><p>a</p>
    <p>b</p>
    </li>
    </ul>
    <pre><code>let x = 1 &lt; 2;
    </code></pre>
    "#);
}

#[test]
fn addresses_become_links_and_others_keep_their_words() {
    assert_eq!(
        html("See https://example.org/a?b=1&c=2 now"),
        "<p>See <a href=\"https://example.org/a?b=1&amp;c=2\" rel=\"nofollow ugc noopener\">https://example.org/a?b=1&amp;c=2</a> now</p>"
    );
    assert_eq!(
        html("[write](mailto:a@example.org)"),
        "<p><a href=\"mailto:a@example.org\" rel=\"nofollow ugc noopener\">write</a></p>"
    );
    assert_eq!(
        html("[a](/relative) [b](ftp://x.example) [c](#top) [d]() [e](<https://a.example/ f>)"),
        "<p>a b c d e</p>"
    );
}

#[test]
fn what_is_not_in_the_subset_is_shown_another_way() {
    assert_eq!(html("# Title"), "<p><strong>Title</strong></p>");
    assert_eq!(html("![a map](https://x.example/m.png)"), "<p>a map</p>");
    assert_eq!(html("a <b onclick=x>b</b>"), "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>");
    assert_eq!(html("<div>\n*x*\n</div>"), "<p>&lt;div&gt;<br>\n*x*<br>\n&lt;/div&gt;</p>");
    assert_eq!(html("| a | b |\n|---|---|\n| c | d |"), "<p>| a | b |<br>\n|---|---|<br>\n| c | d |</p>");
    assert_eq!(html("note[^1]\n\n[^1]: x").matches("<p>").count(), 1);
}

#[test]
fn plain_text_is_what_a_reader_sees() {
    let markup = comment_markup("I **like** it.\nTruly.\n\n- one\n- two\n\n<b>raw</b> &amp; more");
    assert_eq!(markup.plain, "I like it.\nTruly.\n\none\ntwo\n\n<b>raw</b> & more");
    assert_eq!(comment_markup(" \n\t\n").plain, "");
}

#[test]
fn attacks_come_out_as_text() {
    let attacks = [
        "<script>alert(1)</script>",
        "<svg onload=alert(1)>",
        "<svg><svg onload=alert(1)></svg>",
        "<img src=x onerror=alert(1)>",
        "<IMG SRC=`javascript:alert(1)`>",
        "<iframe src=javascript:alert(1)>",
        "<math><mtext></p><style><img src=x onerror=alert(1)>",
        "<!--><script>alert(1)</script>-->",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<?xml <script>alert(1)</script>?>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#115;cript:alert(1))",
        "[x](&#x6A;avascript:alert(1))",
        "[x](javascript&colon;alert(1))",
        "[x](java\\script:alert(1))",
        "[x](<java\tscript:alert(1)>)",
        "[x](< javascript:alert(1)>)",
        "[x](&#1;javascript:alert(1))",
        "[x](vbscript:msgbox)",
        "[x](VBSCRIPT:msgbox)",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](DATA:text/html,<script>)",
        "[x](//evil.example)",
        "[x](https:javascript)",
        "[x](https://a.example/\"onmouseover=\"alert(1))",
        "[x](<https://a.example/\" onmouseover=\"alert(1)>)",
        "[x](https://a.example/ \"title\\\" onmouseover=\\\"alert(1)\")",
        "[x](https://a.example/'onmouseover='alert(1))",
        "<https://a.example/\"onclick=alert(1)>",
        "<javascript:alert(1)>",
        "<JAVASCRIPT:alert(1)>",
        "<data:text/html,x>",
        "https://a.example/\"><script>alert(1)</script>",
        "www.a.example/\"onclick=\"x",
        "[![x](javascript:alert(1))](javascript:alert(2))",
        "[![x](https://a.example)](https://b.example)",
        "[a [b](https://b.example) https://c.example](https://d.example)",
        "[x]\n\n[x]: javascript:alert(1)",
        "[x][y]\n\n[y]: data:text/html,x 'title'",
        "![x](javascript:alert(1))",
        "![<script>](x)",
        "`<script>`",
        "```<script>\n</code></pre><script>alert(1)</script>\n```",
        "``` \"onload=x\nx\n```",
        "    <script>",
        "> <script>\n> alert(1)",
        "- <svg onload=x>\n  - <svg onload=y>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&#60;script&#62;",
        "\u{0}<script>\u{0}",
        "# <script>\n=====",
        "\u{202e}[x](javascript:alert(1))",
    ];
    for attack in attacks {
        let markup = check(attack);
        // As a browser would read it, nothing is left to clean.
        assert_eq!(sanitised(&markup.html).replace("&nbsp;", "\u{a0}"), markup.html, "{attack:?}");
    }
}

#[test]
fn bombs_are_flattened_in_time() {
    let many = |piece: &str| piece.repeat(50_000 / piece.len());
    let bombs = [
        many(">"),
        many("> "),
        many("- "),
        many("1. "),
        many("["),
        many("!["),
        many("[a]("),
        many("[]("),
        many("*a **b "),
        many("*"),
        many("a**b"),
        many("*a_"),
        many("_*"),
        many("<a "),
        many("<!--"),
        many("<?"),
        many("&"),
        many("`"),
        many("www."),
        many("http://a."),
        many("a@b."),
        many("<"),
        many("\\"),
        many("[^1]: "),
        many("~~"),
        many("\t"),
        many("a\n"),
        many("&#0;"),
        many("\u{0}"),
        many("http://a.example/(("),
        many("[x]: /u\n"),
        format!("{}x{}", "*".repeat(25_000), "*".repeat(25_000)),
        format!("{}{}", "[".repeat(25_000), "](u)".repeat(6_000)),
        format!("{}x\n{}", ">".repeat(20_000), "y\n".repeat(15_000)),
        (0..300).map(|depth| format!("{}- a\n", "  ".repeat(depth))).collect(),
        (0..300).map(|depth| format!("{}x\n\n", "> - ".repeat(depth))).collect(),
        (0..2_000).fold(
            "x".to_owned(),
            |inner, n| if n % 2 == 0 { format!("*{inner}*") } else { format!("_{inner}_") },
        ),
        (0..2_000).fold("x".to_owned(), |inner, _| format!("![{inner}](https://a.example)")),
        (1..300).map(|ticks| "`".repeat(ticks) + " ").collect(),
    ];
    for bomb in &bombs {
        let markup = check(bomb);
        assert!(markup.html.len() < 12 * bomb.len() + 1000, "{} grew to {}", bomb.len(), markup.html.len());
    }
}

#[test]
fn deep_nesting_is_cut_to_what_can_be_read() {
    let quoted = check(&format!("{} deep", ">".repeat(100)));
    assert_eq!(quoted.html.matches("<blockquote>").count(), DEEPEST_BLOCK);
    assert_eq!(quoted.plain, "deep");
    let list = check(
        "- a\n  - b\n    - c\n      - d\n        - e\n          - f\n            - g\n              - h\n",
    );
    assert_eq!(list.plain.split_whitespace().collect::<String>(), "abcdefgh");
    assert_eq!(list.html.matches("<ul>").count(), DEEPEST_BLOCK);
}

/// Fragments of markup thrown together, and characters of any kind.
fn texts() -> impl Strategy<Value = String> {
    const PIECES: [&str; 46] = [
        "*",
        "**",
        "_",
        "[",
        "](",
        ")",
        "!",
        "`",
        "```\n",
        "\n",
        "\n\n",
        "> ",
        "- ",
        "1. ",
        "    ",
        "<",
        ">",
        "</",
        "<b>",
        "<!--",
        "-->",
        "&",
        "&lt;",
        "&#60;",
        "&#x1;",
        "\\",
        "\"",
        "'",
        "javascript:",
        "https://a.example",
        "a@b.example",
        "x",
        " ",
        "é",
        "\u{0}",
        "# ",
        "---\n",
        "|",
        "[x]: u\n",
        "<script>",
        "<svg onload=x>",
        "\u{a0}",
        "\u{202e}",
        " onclick=\"",
        "www.",
        "\u{1b}",
    ];
    let piece = prop_oneof![9 => select(&PIECES[..]).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)];
    // Ends of lines are made uniform where a text comes in.
    vec(piece, 0..40).prop_map(|pieces| pieces.concat().replace('\r', "\n"))
}

/// The same without addresses, which are looked at by themselves: the sanitiser leaves out those whose host is none.
fn without_links(html: &str) -> String {
    let mut parts = html.split(" href=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.filter_map(|part| part.split_once('"')).map(|(_, rest)| rest);
    rest.fold(first, |all, rest| all + rest).replace("&nbsp;", "\u{a0}")
}

proptest! {
    /// Whatever is typed, what comes of it is well formed and ours, and a sanitiser that reads it as a browser does finds
    /// nothing to change.
    #[test]
    fn any_text_is_shown_safely(text in texts()) {
        let markup = check(&text);
        prop_assert_eq!(without_links(&sanitised(&markup.html)), without_links(&markup.html));
        // Entities can stand for such characters; what shows them is refused where it is sent.
        if !text.contains('&') {
            let stray = |c: &char| c.is_control() && !matches!(c, '\n' | '\t') && !text.contains(*c);
            prop_assert_eq!(markup.plain.chars().find(stray), None);
        }
    }
}
