//! `answerable keys rotate-signing`

use answerable::config::Config;

use super::{Failure, open};

/// Makes a new key that signs access tokens, and says from when it does.
pub async fn rotate(config: &Config, at_once: bool) -> Result<(), Failure> {
    let app = open(config).await?;
    let rotated = app.ctx.signing.rotate(at_once).await;
    app.close().await;
    let rotated = rotated?;
    let time = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d %H:%M:%S UTC").to_string();
    say!("{}", rotated.kid);
    if at_once {
        note!(
            "It signs now. Tokens that were signed before are refused within a minute; sessions go on with their next refresh."
        );
    } else {
        note!(
            "It signs from {}. Tokens that were signed before are believed until {}.",
            time(rotated.signs_from),
            time(rotated.others_until)
        );
    }
    Ok(())
}
