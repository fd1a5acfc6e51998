//! From a moderator's mail through signing in to what the mail was about.

use answerable::identity::Role;
use reqwest::{Client, RequestBuilder, Response, redirect::Policy};

use super::mailed_token;
use crate::support::{TestService, smtp::SmtpServer};

/// A browser: it keeps cookies, and shows where it is sent.
struct Browser {
    client: Client,
    base: String,
    cookies: Vec<(String, String)>,
}

impl Browser {
    fn new(service: &TestService) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { client, base: service.base.clone(), cookies: Vec::new() }
    }

    async fn send(&mut self, request: RequestBuilder) -> Response {
        let kept: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header("cookie", kept.join("; ")).send().await.unwrap();
        for set in response.headers().get_all("set-cookie") {
            let (name, value) = set.to_str().unwrap().split_once(';').unwrap().0.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        response
    }

    async fn get(&mut self, path: &str) -> Response {
        self.send(self.client.get(format!("{}{path}", self.base))).await
    }

    async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Response {
        self.send(self.client.post(format!("{}{path}", self.base)).form(form)).await
    }

    /// Asks for a link by the form, opens it, presses its button; where the page leads to then.
    async fn signs_in(&mut self, smtp: &SmtpServer) -> String {
        let before = smtp.messages().len();
        assert_eq!(self.post("/sign-in/link", &[("email", "mair@example.org")]).await.status(), 200);
        let token = mailed_token(smtp, before + 1).await;
        assert_eq!(self.get(&format!("/sign-in?token={token}")).await.status(), 200);
        let page = self.post("/sign-in", &[("token", &token)]).await.text().await.unwrap();
        let leads = page.split("href=\"").filter_map(|rest| rest.split('"').next());
        let mut leads = leads.filter(|href| href.contains("#token="));
        leads.next().unwrap_or_else(|| panic!("{page}")).replace("&#38;", "&")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_a_mail_to_the_desk_gets_there_through_signing_in() {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;
    service.signed_in("Mair", Role::Editor, None).await;
    let mut browser = Browser::new(&service);
    let item = "comment_01h455vb4pex5vsknk084sn02q";
    let led = browser.get(&format!("/desk/{item}")).await;
    let explorer = led.headers()["location"].to_str().unwrap().to_owned();
    assert!(explorer.starts_with("/explorer?query=") && explorer.contains(item), "{explorer}");
    // There the form asks as the page for it does: the link it mails works in this browser.
    let page = browser.get(&explorer).await.text().await.unwrap();
    assert!(page.contains("<form method=\"post\" action=\"/sign-in/link\""), "{page}");
    let leads = browser.signs_in(&smtp).await;
    assert!(leads.starts_with(&format!("{explorer}#token=")), "{leads}");
    // Once: whoever signs in again comes from nowhere.
    assert!(browser.signs_in(&smtp).await.starts_with("/explorer#token="));
    // What a browser was made to send is followed nowhere else.
    for elsewhere in ["https://example.org/", "//example.org", "document_01h455vb4pex5vsknk084sn02q"] {
        assert_eq!(browser.get(&format!("/desk/{}", elsewhere.replace('/', "%2F"))).await.status(), 404);
        browser.cookies.push(("answerable-desk".to_owned(), elsewhere.to_owned()));
        assert!(browser.signs_in(&smtp).await.starts_with("/explorer#token="), "{elsewhere}");
    }
}
