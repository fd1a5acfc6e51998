//! How long one request takes when nobody else asks: over HTTP, by the schema alone, and beside them the one SQL
//! statement that no way of answering can do without. Figures, not assertions; `benches/README.md` says how to run it.
// What resolving the schema comes to is nested deeply; optimising a program, the compiler follows it to its end.
#![recursion_limit = "256"]

#[path = "pages/schema.rs"]
mod schema;
mod support;

use std::{cell::Cell, process::ExitCode, time::Duration};

use criterion::{BenchmarkGroup, Criterion, measurement::WallTime};
use schema::Schema;
use support::{dice::Dice, operations::Operation, running::Running, sql::Plain};
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    if !support::asked_to_measure() {
        return ExitCode::SUCCESS;
    }
    let runtime = Runtime::new().unwrap();
    let running = runtime.block_on(Running::start(&["--no-worker"]));
    let mut criterion = Criterion::default().configure_from_args();
    for operation in Operation::ALL {
        let mut group = criterion.benchmark_group(operation.name());
        group.sample_size(20).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
        measure(&runtime, &running, &mut group, operation);
        group.finish();
    }
    criterion.final_summary();
    runtime.block_on(running.stop());
    ExitCode::SUCCESS
}

fn measure(
    runtime: &Runtime,
    running: &Running,
    group: &mut BenchmarkGroup<'_, WallTime>,
    operation: Operation,
) {
    let asker = &running.asker;
    let asked = Cell::new(0);
    // Each request takes another section.
    let next = || {
        asked.set(asked.get() + 1);
        Dice::of(asked.get())
    };
    let schema = &runtime.block_on(Schema::of(asker));
    let plain = &runtime.block_on(Plain::connect(&running.database.url, operation, &asker.subject));
    group.bench_function("http", |bencher| {
        bencher.to_async(runtime).iter(async || asker.by_http(operation, &mut next()).await.unwrap());
    });
    group.bench_function("schema", |bencher| {
        bencher.to_async(runtime).iter(async || schema.ask(operation, &mut next()).await.unwrap());
    });
    group.bench_function("one statement", |bencher| {
        bencher.to_async(runtime).iter(async || plain.run(&mut next()).await.unwrap());
    });
}
