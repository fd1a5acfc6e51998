//! What a query costs that is refused, from the bytes of the request's body to those of the answer; and what the dearest cost
//! that are allowed, on the demonstration. Figures, not assertions; `benches/README.md` says what they should come to.
// What resolving the schema comes to is nested deeply; optimising a program, the compiler follows it to its end.
#![recursion_limit = "256"]

#[path = "guard/heaviest.rs"]
mod heaviest;
#[path = "guard/shapes.rs"]
mod shapes;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use answerable::{
    app::{App, Purpose, load_demo},
    clock::Clock,
    config::{Config, QueryLimits},
    context::Context,
    graphql::Api,
    identity::{Viewer, actions},
    mail::EmailAddress,
};
use async_graphql::{Request, Variables, parser::types::OperationType};
use chrono::TimeDelta;
use clap::Parser;
use criterion::{BenchmarkGroup, Criterion, measurement::WallTime};
use heaviest::{Asker, Found};
use serde_json::{Value, json};
use shapes::Shape;
use tokio::runtime::Runtime;

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

fn main() -> ExitCode {
    if !std::env::args().any(|argument| argument == "--bench") {
        eprintln!("Nothing is measured without --bench, which `cargo bench` gives.");
        return ExitCode::SUCCESS;
    }
    let runtime = Runtime::new().unwrap();
    let app = runtime.block_on(open());
    let api = Api::new(app.ctx.clone(), QueryLimits::default());
    let moderator = runtime.block_on(demonstration(&app.ctx));
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("refused");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500));
    for shape in shapes::all() {
        measure(&runtime, &mut group, &api, &Viewer::anonymous(), &shape, false);
    }
    group.finish();
    let found = runtime.block_on(find(&api));
    let mut group = criterion.benchmark_group("allowed");
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    for (asker, shape) in heaviest::all(&found) {
        let viewer = if asker == Asker::Moderator { moderator.clone() } else { Viewer::anonymous() };
        measure(&runtime, &mut group, &api, &viewer, &shape, true);
    }
    group.finish();
    criterion.final_summary();
    runtime.block_on(app.close());
    ExitCode::SUCCESS
}

/// Measures one query, and says what is answered where that is not what is measured here.
fn measure(
    runtime: &Runtime,
    group: &mut BenchmarkGroup<'_, WallTime>,
    api: &Api,
    viewer: &Viewer,
    shape: &Shape,
    allowed: bool,
) {
    let body =
        json!({ "query": shape.query, "variables": shape.variables, "operationName": shape.operation });
    let body = body.to_string().into_bytes();
    match runtime.block_on(answer(api, viewer, &body)) {
        Ok(text) if !allowed => eprintln!("{} is not refused: {} bytes", shape.name, text.len()),
        Err(error) if allowed => {
            eprintln!("{} is refused: {}", shape.name, error.chars().take(200).collect::<String>());
        }
        _ => {}
    }
    group.bench_function(shape.name, |bencher| {
        bencher.to_async(runtime).iter(async || answer(api, viewer, &body).await);
    });
}

/// Answers as the endpoint does; the text of the first error where the request was refused.
async fn answer(api: &Api, viewer: &Viewer, body: &[u8]) -> Result<String, String> {
    let mut body: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let variables = Variables::from_json(body["variables"].take());
    let mut request = Request::new(body["query"].as_str().unwrap_or_default()).variables(variables);
    request.operation_name = body["operationName"].as_str().map(ToOwned::to_owned);
    let admitted = api.admit(request).map_err(|error| error.to_string())?;
    let writes = admitted.operation == OperationType::Mutation;
    let answer = api.execute(viewer.clone(), admitted.request, writes).await;
    let text = serde_json::to_string(&answer).map_err(|error| error.to_string())?;
    match answer.errors.first() {
        Some(error) => Err(error.message.clone()),
        None => Ok(text),
    }
}

/// The embedded server on a folder of its own.
async fn open() -> App {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-guard");
    let folder = folder.to_str().expect("a folder whose name is text");
    let cost = ["--query-cost-per-minute", "4000000000", "--writes-per-hour", "1000000000"];
    let settings = Settings::parse_from(["bench", "--data-dir", folder].into_iter().chain(cost));
    let opened =
        App::open(&settings.config, Clock::system(), Purpose::Command, None, &|text| eprintln!("{text}"));
    opened.await.unwrap_or_else(|error| panic!("{error}"))
}

/// Loads the demonstration, unless it is there; its moderator.
async fn demonstration(ctx: &Context) -> Viewer {
    let email = EmailAddress::parse("administrator@answerable.example").unwrap();
    let (administrator, _) = actions::ensure_first_administrator(ctx, &email).await.unwrap();
    load_demo(ctx, administrator, &|_| {}).await.unwrap();
    let link = actions::make_link(ctx, administrator, TimeDelta::hours(1)).await.unwrap();
    let url = actions::sign_in_url(ctx, link, 0);
    let token = url.split_once("token=").unwrap().1;
    let session = actions::sign_in(ctx, &Viewer::anonymous(), token, None).await.unwrap();
    actions::viewer_of_token(ctx, &session.access_token).await.unwrap()
}

/// What the demonstration has.
async fn find(api: &Api) -> Found {
    let query = "{ document(slug: \"streets-for-everyone\") { id sections(first: 100) { nodes { id blocks { key } footnotes { label } comments(first: 1) { nodes { id } } } } } }";
    let body = json!({ "query": query }).to_string();
    let text = answer(api, &Viewer::anonymous(), body.as_bytes()).await.unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    let document = &answer["data"]["document"];
    let mut sections = document["sections"]["nodes"].as_array().unwrap().clone();
    let length = |section: &Value, of: &str| section[of].as_array().map_or(0, Vec::len);
    sections
        .sort_by_key(|section| std::cmp::Reverse(length(section, "blocks") + length(section, "footnotes")));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let comments = sections.iter().flat_map(|section| section["comments"]["nodes"].as_array().unwrap());
    Found {
        document: text(&document["id"]),
        comment: comments.map(|comment| text(&comment["id"])).next().unwrap(),
        sections: sections.iter().map(|section| text(&section["id"])).collect(),
    }
}
