//! Queries that pass every limit, each made to cost as much as it then can on the demonstration. What a page of a list counts
//! is paid for whether or not there is so much to be had, so these ask for what is there, over and over.

use serde_json::{Value, json};

use super::shapes::Shape;

/// The ids of what is in the demonstration.
pub struct Found {
    /// The document.
    pub document: String,
    /// The sections, those with the most paragraphs and footnotes first.
    pub sections: Vec<String>,
    /// A comment.
    pub comment: String,
}

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// Somebody who has not signed in.
    Anybody,
    /// The moderator of the demonstration.
    Moderator,
}

/// All of them.
#[expect(clippy::too_many_lines, reason = "a list")]
pub fn all(found: &Found) -> Vec<(Asker, Shape)> {
    use Asker::{Anybody, Moderator};
    let each = |count: usize, of: &dyn Fn(usize) -> String| (0..count).map(of).collect::<String>();
    let hundred = |id: &String| vec![id.clone(); 100];
    let nodes = |on: &str, fields: &str| {
        format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {on} {{ {fields} }} }} }}")
    };
    let section = json!({ "ids": hundred(&found.sections[0]) });
    let document = json!({ "ids": hundred(&found.document) });
    let comment = json!({ "ids": hundred(&found.comment) });
    let plain = "id title slug number depth readingTimeMinutes wordCount commentCount";
    let steps = |step: &str, count: usize| {
        (0..count).fold("id".to_owned(), |inner, _| format!("{step} {{ id title {inner} }}"))
    };
    let chain = (0..9).fold("name".to_owned(), |inner, _| format!("kind name ofType {{ {inner} }}"));
    let value = format!("name description type {{ {chain} }} defaultValue isDeprecated deprecationReason");
    let types = format!(
        "name description fields(includeDeprecated: true) {{ name description args {{ {value} }} type {{ {chain} }} }} inputFields {{ {value} }} enumValues {{ name description }}"
    );
    let conversation = "id state depth createdAt author { displayName } body { html plain markdown } replyCount replies(first: 3) { totalCount nodes { id body { html } } }";
    let item = format!(
        "{conversation} version intake openReports actions(first: 3) {{ nodes {{ id hash note statement }} }} reports(first: 3) {{ nodes {{ id explanation }} }} findings {{ kind found }} claim {{ until }} similar {{ count }} statementsOfReasons {{ facts }}"
    );
    let preview = "A **bridge** is no [ferry](https://example.org). ".repeat(15);
    let of = |name, query: String, variables: Value| Shape { name, query, variables, operation: None };
    vec![
        (
            Anybody,
            of(
                "a hundred sections, their plain fields",
                nodes(
                    "Section",
                    &each(100, &|at| {
                        plain.split(' ').map(|field| format!("{field}{at}: {field} ")).take(2).collect()
                    }),
                ),
                section.clone(),
            ),
        ),
        (
            Anybody,
            of(
                "paragraphs over and over",
                nodes("Section", &each(20, &|at| format!("b{at}: blocks {{ key number kind }} "))),
                section.clone(),
            ),
        ),
        (
            Anybody,
            of(
                "footnotes over and over",
                nodes("Section", &each(20, &|at| format!("f{at}: footnotes {{ label referencedBy }} "))),
                section.clone(),
            ),
        ),
        (
            Anybody,
            of(
                "texts over and over",
                nodes("Section", &each(60, &|at| format!("b{at}: body {{ html markdown plain }} "))),
                json!({ "ids": &found.sections[..1] }),
            ),
        ),
        (
            Anybody,
            of(
                "sections of a document over and over",
                nodes(
                    "Document",
                    &format!(
                        "sections(first: 40) {{ nodes {{ {plain} parent {{ id title }} next {{ id title }} previous {{ id }} }} }}"
                    ),
                ),
                json!({ "ids": vec![&found.document; 100] }),
            ),
        ),
        (
            Anybody,
            of(
                "conversations of everything",
                nodes(
                    "Document",
                    &format!(
                        "sections(first: 9) {{ nodes {{ comments(first: 2) {{ totalCount nodes {{ {conversation} }} }} }} }}"
                    ),
                ),
                json!({ "ids": vec![&found.document; 50] }),
            ),
        ),
        (
            Anybody,
            of(
                "one conversation a hundred times",
                nodes(
                    "Comment",
                    &format!("{conversation} parent {{ id }} section {{ {plain} }} document {{ id title }}"),
                ),
                comment.clone(),
            ),
        ),
        (Anybody, of("from section to section", nodes("Section", &steps("next", 29)), section.clone())),
        (
            Anybody,
            of(
                "there and back",
                nodes("Section", &format!("{} {}", steps("next", 28), steps("previous", 28))),
                section.clone(),
            ),
        ),
        (
            Anybody,
            of(
                "the log over and over",
                nodes(
                    "Document",
                    "moderationLog(first: 30) { totalCount nodes { seq hash previousHash decision reason createdAt comment { id body { html } author { displayName } } } }",
                ),
                document.clone(),
            ),
        ),
        (
            Anybody,
            of(
                "previews",
                format!(
                    "query($text: String!, $id: ID!) {{ {} }}",
                    each(45, &|at| format!(
                        "p{at}: previewComment(input: {{ targetId: $id, body: $text }}) {{ outcome body {{ html plain }} }} "
                    ))
                ),
                json!({ "id": found.sections[0], "text": preview }),
            ),
        ),
        (Anybody, of("all of the schema", format!("{{ __schema {{ types {{ {types} }} }} }}"), json!({}))),
        (
            Anybody,
            of(
                "types over and over",
                format!(
                    "{{ {} }}",
                    each(90, &|at| format!(
                        "t{at}: __type(name: \"Comment\") {{ fields {{ name type {{ name kind ofType {{ name }} }} args {{ name type {{ name }} }} }} }} "
                    ))
                ),
                json!({}),
            ),
        ),
        (
            Moderator,
            of(
                "the queue with everything",
                format!(
                    "{{ moderationQueue(first: 100) {{ totalCount nodes {{ __typename ... on Comment {{ {item} }} }} }} }}"
                ),
                json!({}),
            ),
        ),
        (
            Moderator,
            of(
                "the queue over and over",
                format!(
                    "{{ {} }}",
                    each(95, &|at| format!(
                        "q{at}: moderationQueue(first: 20) {{ totalCount nodes {{ __typename ... on Comment {{ id state body {{ html }} author {{ displayName }} findings {{ kind }} }} }} }} "
                    ))
                ),
                json!({}),
            ),
        ),
        (
            Moderator,
            of(
                "queues in other orders",
                format!(
                    "{{ {} }}",
                    each(95, &|at| format!(
                        "q{at}: moderationQueue(first: {}) {{ totalCount nodes {{ __typename }} }} ",
                        at + 1
                    ))
                ),
                json!({}),
            ),
        ),
        (
            Moderator,
            of(
                "counts over and over",
                format!(
                    "{{ {} }}",
                    each(95, &|at| format!(
                        "c{at}: moderationCounts {{ pending reported appealed overdue waiting mine withheld submissions }} "
                    ))
                ),
                json!({}),
            ),
        ),
        (Moderator, of("what a moderator sees of one comment", nodes("Comment", &item), comment)),
    ]
}
