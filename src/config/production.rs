//! What must not be left as it is when the public can reach the service. In development everything goes.

use super::{Config, ConfigError, Mode};

/// The fewest characters that a token for metrics has: 16 random letters and digits are 95 bits.
const MIN_METRICS_TOKEN: usize = 16;

impl Config {
    /// Refuses what is unsafe in production, all of it at once, so that it can be put right at once. `further` is what
    /// the command itself has found.
    pub fn check_for_production(&self, further: Vec<&str>) -> Result<(), ConfigError> {
        if self.http.mode() == Mode::Development {
            return Ok(());
        }
        let mut wrong = further;
        if self.http.public_url.as_deref().is_none_or(|url| url.trim().is_empty()) {
            wrong.push("ANSWERABLE_PUBLIC_URL is not set, and links in mail need the address that people use, such as `https://consult.example.org`");
        } else {
            // One that cannot be read is named as such.
            self.http.public_url(self.http.listen)?;
        }
        if self.http.public_url.as_deref().is_some_and(|url| is_clear_and_elsewhere(url, "http://")) {
            wrong.push(
                "ANSWERABLE_PUBLIC_URL is not https, so receipts, tokens and what people write would travel in clear: put TLS in front of the service and give that address",
            );
        }
        if self.http.trusted_proxies.iter().any(|network| network.prefix_len() == 0) {
            wrong.push(
                "ANSWERABLE_TRUSTED_PROXIES is everybody, so anybody could come as somebody else and no limit would hold: name the proxies alone",
            );
        }
        match self.mail.smtp_url() {
            None => wrong.push("SMTP_URL is not set, so mail would go into files that nobody reads"),
            Some(url)
                if url.contains('@')
                    && is_clear_and_elsewhere(url, "smtp://")
                    && !url.contains("tls=required") =>
            {
                wrong.push(
                    "SMTP_URL has a password and does without TLS where the mail server offers none: use smtps:// or add ?tls=required",
                );
            }
            Some(_) => {}
        }
        if is_of_the_example(&self.mail.mail_from) {
            wrong.push("ANSWERABLE_MAIL_FROM is the example's address: give one of yours");
        }
        let token = super::given(self.http.metrics_token.as_ref());
        if token.is_some_and(|token| token.chars().count() < MIN_METRICS_TOKEN) {
            wrong.push("ANSWERABLE_METRICS_TOKEN can be guessed: give 16 random characters or more");
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let list = wrong.join("; ");
        Err(ConfigError(format!(
            "Where the public can reach the service it does not start with these settings: {list}. To try it out on this machine alone, set ANSWERABLE_MODE=development."
        )))
    }
}

/// Whether an address of mail is one that came with the program.
pub fn is_of_the_example(address: &str) -> bool {
    address.trim_end_matches('>').ends_with("@answerable.example")
}

/// Whether an address begins with the scheme that protects nothing and leads to another machine.
fn is_clear_and_elsewhere(url: &str, scheme: &str) -> bool {
    let Some(rest) = url.trim().strip_prefix(scheme) else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    !["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|own| host.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Settings {
        #[command(flatten)]
        config: Config,
    }

    fn refused(arguments: &[&str]) -> Option<String> {
        let settings = Settings::parse_from(["answerable"].into_iter().chain(arguments.iter().copied()));
        settings.config.check_for_production(Vec::new()).err().map(|error| error.to_string())
    }

    const SAFE: [&str; 6] = [
        "--public-url",
        "https://consult.example.org",
        "--smtp-url",
        "smtps://us:secret@mail.example.org",
        "--mail-from",
        "Consultations <consult@example.org>",
    ];

    #[test]
    fn everything_unsafe_is_named_at_once() {
        let bad = [
            "--public-url",
            "http://consult.example.org",
            "--smtp-url",
            "smtp://us:secret@mail.example.org",
            "--metrics-token",
            "short",
            "--trusted-proxies",
            "10.0.0.0/8,::/0",
        ];
        let list = refused(&bad).unwrap();
        for named in [
            "ANSWERABLE_PUBLIC_URL is not https",
            "SMTP_URL has",
            "ANSWERABLE_MAIL_FROM",
            "ANSWERABLE_METRICS_TOKEN",
            "ANSWERABLE_TRUSTED_PROXIES",
        ] {
            assert!(list.contains(named), "{list}");
        }
        assert!(!list.contains("secret") && !list.contains("short"), "{list}");
        let nobody = refused(&["--public-url", "https://consult.example.org"]).unwrap();
        assert!(nobody.contains("SMTP_URL is not set"), "{nobody}");
        let nowhere = refused(&["--mode", "production"]).unwrap();
        assert!(
            nowhere.contains("ANSWERABLE_PUBLIC_URL is not set") && nowhere.contains("SMTP_URL is not set"),
            "{nowhere}"
        );
    }

    #[test]
    fn what_is_safe_or_nobody_else_reaches_starts() {
        assert_eq!(refused(&SAFE), None);
        assert_eq!(refused(&[]), None, "development");
        let mut beside = SAFE;
        beside[3] = "smtp://us:secret@127.0.0.1:25";
        assert_eq!(refused(&beside), None, "a mail server on the same machine");
        beside[3] = "smtp://us:secret@mail.example.org?tls=required";
        assert_eq!(refused(&beside), None);
        beside[3] = "smtp://us:secret@localhost.example.org";
        assert!(refused(&beside).is_some());
    }
}
