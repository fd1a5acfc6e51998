//! How the API is handed out beyond this service's own pages: to other sites' scripts, through caches, by documents that
//! are known beforehand.

use std::path::PathBuf;

use super::ConfigError;

/// Other origins, caches and known documents.
#[derive(Clone, Debug, clap::Args)]
pub struct DeliveryConfig {
    /// The origins whose pages may use the API from a browser, such as `https://app.example.org`, separated by commas; `*` for all
    #[arg(long, env = "ANSWERABLE_CORS_ORIGINS", value_delimiter = ',')]
    pub cors_origins: Vec<String>,
    /// For how many seconds a shared cache may go on giving an anonymous reader's answer to a GET without asking again; browsers always ask
    #[arg(long, env = "ANSWERABLE_CACHE_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=86_400))]
    pub cache_seconds: u32,
    /// How many MiB of automatically persisted queries are remembered; 0 for none
    #[arg(long, env = "ANSWERABLE_PERSISTED_QUERIES_MIB", default_value_t = 16, value_parser = clap::value_parser!(u32).range(0..=4_096))]
    pub persisted_queries_mib: u32,
    /// A JSON file of the only documents that are run, as a persisted query manifest or as `{"id": "text"}`
    #[arg(long, env = "ANSWERABLE_TRUSTED_DOCUMENTS")]
    pub trusted_documents: Option<PathBuf>,
}

/// Whose pages may use the API from a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// Those of every site.
    All,
    /// Those of these, and our own.
    Only(Vec<String>),
}

impl DeliveryConfig {
    /// The origins, as browsers write them.
    pub fn origins(&self) -> Result<Origins, ConfigError> {
        let given = self.cors_origins.iter().map(|origin| origin.trim()).filter(|origin| !origin.is_empty());
        let given: Vec<&str> = given.collect();
        if given.contains(&"*") {
            return Ok(Origins::All);
        }
        given.into_iter().map(origin).collect::<Result<_, _>>().map(Origins::Only)
    }
}

/// A scheme, a host and perhaps a port, and nothing after them.
fn origin(given: &str) -> Result<String, ConfigError> {
    let written = given.trim_end_matches('/').to_ascii_lowercase();
    let host = written.strip_prefix("https://").or_else(|| written.strip_prefix("http://"));
    let is_host = |host: &str| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
    };
    match host {
        Some(host) if is_host(host) => Ok(written),
        _ => Err(ConfigError(format!(
            "ANSWERABLE_CORS_ORIGINS: `{given}` is not an origin. Write the scheme and the host alone, such as https://app.example.org."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(given: &[&str]) -> Result<Origins, ConfigError> {
        let cors_origins = given.iter().map(ToString::to_string).collect();
        DeliveryConfig { cors_origins, cache_seconds: 0, persisted_queries_mib: 0, trusted_documents: None }
            .origins()
    }

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        let two = of(&[" https://App.example.org/", "", "http://localhost:3000"]).unwrap();
        let wanted = vec!["https://app.example.org".to_owned(), "http://localhost:3000".to_owned()];
        assert_eq!(two, Origins::Only(wanted));
        assert_eq!(of(&[]).unwrap(), Origins::Only(Vec::new()));
        assert_eq!(of(&["*"]).unwrap(), Origins::All);
        for bad in [
            "null",
            "app.example.org",
            "https://a.example/path",
            "https://",
            "https://*.example.org",
            "https://a@b",
        ] {
            assert!(of(&[bad]).unwrap_err().0.contains(bad), "{bad}");
        }
    }
}
