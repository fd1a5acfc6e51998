//! Where classifiers may be. Editors of a document say which are asked; who runs the service says where the service asks at all,
//! so that nobody reaches through it what they cannot reach themselves.

use reqwest::Url;

use super::{ConfigError, Mode};

/// Where classifiers may be.
#[derive(Clone, Debug, clap::Args)]
pub struct ClassifierConfig {
    /// The origins where documents' classifiers may be, such as `https://classifier.example.org`, separated by commas. Without them there are none in production, and in development they may be anywhere
    #[arg(long, env = "ANSWERABLE_CLASSIFIERS", value_delimiter = ',')]
    pub classifiers: Vec<String>,
}

/// The origins that may be asked.
#[derive(Clone, Debug)]
pub enum Classifiers {
    /// Any, for trying things out.
    Anywhere,
    /// These alone.
    At(Vec<Url>),
}

impl ClassifierConfig {
    /// The origins, as they are compared.
    pub fn read(&self, mode: Mode) -> Result<Classifiers, ConfigError> {
        let given = self.classifiers.iter().map(|origin| origin.trim()).filter(|origin| !origin.is_empty());
        let read = given.map(|given| {
            let origin = Url::parse(given).ok().filter(|url| {
                matches!(url.scheme(), "http" | "https")
                    && url.has_host()
                    && url.username().is_empty()
                    && url.path() == "/"
                    && url.query().is_none()
                    && url.fragment().is_none()
            });
            origin.ok_or_else(|| {
                ConfigError(format!(
                    "ANSWERABLE_CLASSIFIERS: `{given}` is not an origin. Write the scheme, the host and the port, such as https://classifier.example.org."
                ))
            })
        });
        let origins = read.collect::<Result<Vec<_>, _>>()?;
        Ok(match (mode, origins.is_empty()) {
            (Mode::Development, true) => Classifiers::Anywhere,
            _ => Classifiers::At(origins),
        })
    }
}

impl Classifiers {
    /// Whether one at this address may be asked.
    pub fn may_be_at(&self, url: &Url) -> bool {
        match self {
            Self::Anywhere => true,
            Self::At(origins) => origins.iter().any(|origin| origin.origin() == url.origin()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_may_be_asked() {
        let read = |given: &[&str], mode| {
            let classifiers = given.iter().map(ToString::to_string).collect();
            ClassifierConfig { classifiers }.read(mode)
        };
        let may =
            |given: &[&str], mode, url: &str| read(given, mode).unwrap().may_be_at(&Url::parse(url).unwrap());
        assert!(may(&[], Mode::Development, "http://10.0.0.1/x"));
        assert!(!may(&[], Mode::Production, "https://c.example.org/"));
        let listed = &["https://c.example.org", " http://127.0.0.1:9000/"];
        for mode in [Mode::Development, Mode::Production] {
            for good in
                ["https://c.example.org/any?way", "https://C.example.org:443/", "http://127.0.0.1:9000/x"]
            {
                assert!(may(listed, mode, good), "{good}");
            }
            for bad in [
                "http://c.example.org/",
                "https://c.example.org:444/",
                "https://c.example.org.evil.example/",
                "https://c.example.org@evil.example/",
                "http://127.0.0.1/",
                "http://169.254.169.254/latest",
            ] {
                assert!(!may(listed, mode, bad), "{bad}");
            }
        }
        for wrong in [
            "c.example.org",
            "ftp://c.example.org",
            "https://c.example.org/path",
            "https://us:them@c.example.org",
        ] {
            assert!(
                read(&[wrong], Mode::Production).unwrap_err().0.contains("ANSWERABLE_CLASSIFIERS"),
                "{wrong}"
            );
        }
    }
}
