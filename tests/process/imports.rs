//! A document that cannot be taken: every problem is named with its file and line, and nothing is imported.

use crate::{
    installation::{Installation, Service},
    people::PAPER,
};

/// A running service with one document, and what comes of importing a folder of these files beside it.
async fn refused(files: &[(&str, &[u8])]) -> String {
    let installation = Installation::with_paper().await;
    let service = installation.serve(&["--no-worker"]).await;
    for (name, content) in files {
        installation.file(&format!("pages/{name}"), content);
    }
    let pages = installation.file("pages/notes.txt", "Not a page.").replace("/notes.txt", "");
    let finished = installation.run(&["import", &pages, "--phase", "open"]).await;
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""), "{finished:#?}");
    unchanged(&installation, service).await;
    finished.stderr.replace(&pages, "pages")
}

async fn unchanged(installation: &Installation, service: Service) {
    assert_eq!(service.documents().await, 1);
    assert_eq!(installation.count("FROM documents").await, 1);
    assert_eq!(installation.count("FROM section_revisions").await, 2);
    service.stop().await.success();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_not_utf_8() {
    let said = refused(&[("a.md", b"# A\n\nText.\n"), ("b.md", b"# B\n\nCaf\xe9.\n")]).await;
    assert_eq!(said, "error: b.md:3: is not UTF-8 from this line on \u{2014} save the file as UTF-8\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_without_a_heading() {
    let said = refused(&[("a.md", b"# A\n\nText.\n"), ("b.md", b"Text alone.\n")]).await;
    assert!(said.starts_with("error: b.md:1: there is no heading"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn footnotes_without_a_text_all_of_them() {
    let said = refused(&[("a.md", b"# A\n\nOne.[^1]\n"), ("b.md", b"# B\n\nTwo.\n\nThree.[^x]\n")]).await;
    let lines: Vec<_> = said.lines().collect();
    assert!(lines[0].starts_with("error: a.md:3: there is no footnote [^1]"), "{said}");
    assert!(lines[1].starts_with("error: b.md:5: there is no footnote [^x]"), "{said}");
    assert_eq!(lines.len(), 2, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_too_large() {
    let large = [b"# A\n\n".to_vec(), b"A line.\n".repeat(300_000)].concat();
    let said = refused(&[("a.md", &large)]).await;
    assert_eq!(said, "error: a.md: is longer than 2 MiB \u{2014} divide it into several pages\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_without_a_page_and_a_path_that_leads_nowhere() {
    let said = refused(&[]).await;
    assert!(said.starts_with("error: pages: there is no Markdown file in this folder"), "{said}");

    let finished = Installation::new().run(&["import", "nowhere.md"]).await;
    assert!(finished.refusal().starts_with("nowhere.md: cannot be read"), "{finished:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_that_was_good_before_stays_as_it_was() {
    let installation = Installation::with_paper().await;
    let service = installation.serve(&["--no-worker"]).await;
    let worse = installation.file("paper.md", PAPER.replace("Another one.", "Another one.[^gone]"));
    let finished = installation.run(&["import", &worse]).await;
    assert!(finished.refusal().starts_with("paper.md:16: there is no footnote [^gone]"), "{finished:#?}");
    unchanged(&installation, service).await;
}
