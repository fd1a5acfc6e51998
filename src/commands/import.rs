//! `answerable import`

use std::path::PathBuf;

use answerable::{
    config::Config,
    documents::{actions::import, import as parse, phase::Phase},
    identity::queries::moderators_of,
};

use super::{Failure, open, progress};

/// The settings of `import`.
#[derive(clap::Args)]
pub struct Import {
    /// A Markdown file, or a folder of them
    path: PathBuf,
    /// The phase to put the document into, instead of the one its front matter names: draft, scheduled, open, closed, analysing, responded or archived
    #[arg(long)]
    phase: Option<String>,
    #[command(flatten)]
    config: Config,
}

/// Reads, checks and puts a document into the database.
pub async fn run(import_command: Import) -> Result<(), Failure> {
    // Everything that can be wrong with the files is found before the database is touched.
    let mut parsed = parse::read(&import_command.path)?;
    if let Some(phase) = &import_command.phase {
        let known = Phase::parse(&phase.to_uppercase());
        parsed.phase = Some(known.ok_or_else(|| {
            format!("`{phase}` is no phase. Choose draft, scheduled, open, closed, analysing, responded or archived.")
        })?);
    }
    for warning in &parsed.warnings {
        note!("warning: {warning}");
    }
    progress(&format!("Importing {} of “{}”.", sections(parsed.sections.len()), parsed.title));
    let app = open(&import_command.config).await?;
    let done = async {
        let done = import(&app.ctx, &parsed).await?;
        let moderators =
            moderators_of(&mut *app.ctx.db.get().await?, done.document, app.ctx.clock.now()).await?;
        Ok::<_, answerable::error::Error>((done, moderators.is_empty()))
    };
    let done = done.await;
    app.close().await;
    let (done, is_unmoderated) = done?;
    say!(
        "{} “{}” ({}), which is {} now: {}, {} of them new or changed{}.",
        if done.is_new { "Imported" } else { "Updated" },
        parsed.title,
        parsed.slug,
        done.phase.as_str(),
        sections(done.sections),
        done.revised,
        if done.retired > 0 { format!(", {} gone", done.retired) } else { String::new() },
    );
    if is_unmoderated {
        say!(
            "Nobody moderates it yet: invite somebody with `inviteModerator`, or `answerable account add EMAIL --name NAME --role moderator --document {}`.",
            parsed.slug
        );
    }
    if done.phase == Phase::Draft {
        say!(
            "It is a draft, which only its editors and moderators see. To publish it, import it again with `--phase open`."
        );
    }
    Ok(())
}

fn sections(count: usize) -> String {
    if count == 1 { "1 section".into() } else { format!("{count} sections") }
}
