//! Somebody who speaks to the service over HTTP.

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

/// A client with a name to read tests by, and perhaps a token.
#[derive(Clone)]
pub struct Actor {
    client: Client,
    base: String,
    token: Option<String>,
}

impl Actor {
    pub fn new(base: &str, token: Option<String>) -> Self {
        Self { client: Client::new(), base: base.to_owned(), token }
    }

    /// The same person at a client with another address of this machine.
    pub fn at_address(&self, address: &str) -> Self {
        let client = Client::builder().local_address(Some(address.parse().unwrap())).build().unwrap();
        Self { client, ..self.clone() }
    }

    /// The same machine, signed in with this access token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The address of the service.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The access token, if there is one.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// A request to a page.
    pub fn get(&self, path: &str) -> RequestBuilder {
        let path = path.strip_prefix(&self.base).unwrap_or(path);
        self.authorised(self.client.get(format!("{}{path}", self.base)))
    }

    /// A form sent to a page.
    pub fn post(&self, path: &str) -> RequestBuilder {
        let path = path.strip_prefix(&self.base).unwrap_or(path);
        self.authorised(self.client.post(format!("{}{path}", self.base)))
    }

    /// A file sent to an address, with the ticket it was announced for.
    pub fn put(&self, url: &str, ticket: &str) -> RequestBuilder {
        let path = url.strip_prefix(&self.base).unwrap_or(url);
        self.client.put(format!("{}{path}", self.base)).bearer_auth(ticket)
    }

    /// A request with a method that few addresses know.
    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.authorised(self.client.delete(format!("{}{path}", self.base)))
    }

    fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// The whole answer to a GraphQL request.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let response = self.post("/graphql").json(&body).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// The data of an answer that must have no errors.
    pub async fn data(&self, query: &str, variables: Value) -> Value {
        let answer = self.ask(query, variables).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        answer["data"].clone()
    }

    /// The code of the first error of an answer that must have one.
    pub async fn error(&self, query: &str, variables: Value) -> String {
        let answer = self.ask(query, variables).await;
        let code = answer["errors"][0]["extensions"]["code"].as_str();
        code.unwrap_or_else(|| panic!("{query}\n{answer:#}")).to_owned()
    }

    /// The codes of the user errors of a mutation's payload, which must be all that came of it.
    pub async fn refusals(&self, query: &str, variables: Value) -> Vec<String> {
        let data = self.data(query, variables).await;
        let payload = data.as_object().unwrap().values().next().unwrap();
        for (name, value) in payload.as_object().unwrap() {
            assert!(name == "errors" || value.is_null() || *value == json!(false), "{payload:#}");
        }
        let errors = payload["errors"].as_array().unwrap().iter();
        errors.map(|error| error["code"].as_str().unwrap().to_owned()).collect()
    }
}
