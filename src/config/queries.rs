//! How much one GraphQL request may ask for. What is over a limit is refused with a sentence that names it.

use std::time::Duration;

/// The limits of one request. Those on its text hold before anything looks at what the words mean.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct QueryLimits {
    /// How many bytes the body of a GraphQL request may have
    #[arg(long, env = "ANSWERABLE_MAX_BODY_BYTES", default_value_t = USUAL.max_body_bytes, value_parser = at_least_one)]
    pub max_body_bytes: usize,
    /// How many bytes a query's text may have
    #[arg(long, env = "ANSWERABLE_MAX_QUERY_BYTES", default_value_t = USUAL.max_query_bytes, value_parser = at_least_one)]
    pub max_query_bytes: usize,
    /// How many words, numbers and signs a query may have
    #[arg(long, env = "ANSWERABLE_MAX_TOKENS", default_value_t = USUAL.max_tokens, value_parser = at_least_one)]
    pub max_tokens: usize,
    /// How deep the fields of a query may nest
    #[arg(long, env = "ANSWERABLE_MAX_DEPTH", default_value_t = USUAL.max_depth, value_parser = at_least_one)]
    pub max_depth: usize,
    /// How much a query may cost: a field costs 1, what stands in a list counts once for each item of the page asked for
    #[arg(long, env = "ANSWERABLE_MAX_COMPLEXITY", default_value_t = USUAL.max_complexity, value_parser = at_least_one)]
    pub max_complexity: usize,
    /// How many fields a query may have, fragments counted wherever they are spread
    #[arg(long, env = "ANSWERABLE_MAX_FIELDS", default_value_t = USUAL.max_fields, value_parser = at_least_one)]
    pub max_fields: usize,
    /// How many fields a query may have at its top
    #[arg(long, env = "ANSWERABLE_MAX_ROOT_FIELDS", default_value_t = USUAL.max_root_fields, value_parser = at_least_one)]
    pub max_root_fields: usize,
    /// How many aliases a query may give
    #[arg(long, env = "ANSWERABLE_MAX_ALIASES", default_value_t = USUAL.max_aliases)]
    pub max_aliases: usize,
    /// How often a query may ask for the same field, under whatever name, in one place
    #[arg(long, env = "ANSWERABLE_MAX_REPEATS", default_value_t = USUAL.max_repeats, value_parser = at_least_one)]
    pub max_repeats: usize,
    /// How many directives a query may have
    #[arg(long, env = "ANSWERABLE_MAX_DIRECTIVES", default_value_t = USUAL.max_directives)]
    pub max_directives: usize,
    /// How many fragments a query may define
    #[arg(long, env = "ANSWERABLE_MAX_FRAGMENTS", default_value_t = USUAL.max_fragments)]
    pub max_fragments: usize,
    /// How many operations a query may hold, of which one is run
    #[arg(long, env = "ANSWERABLE_MAX_OPERATIONS", default_value_t = USUAL.max_operations, value_parser = at_least_one)]
    pub max_operations: usize,
    /// How deep lists and objects may nest in arguments and variables
    #[arg(long, env = "ANSWERABLE_MAX_VALUE_DEPTH", default_value_t = USUAL.max_value_depth)]
    pub max_value_depth: usize,
    /// How many values the variables of a request may hold, those in lists and objects counted
    #[arg(long, env = "ANSWERABLE_MAX_VALUES", default_value_t = USUAL.max_values)]
    pub max_values: usize,
    /// How many errors an answer shows; beyond that it says how many more there are
    #[arg(long, env = "ANSWERABLE_MAX_ERRORS", default_value_t = USUAL.max_errors, value_parser = at_least_one)]
    pub max_errors: usize,
    /// After how many milliseconds a query that is not answered yet is given up on
    #[arg(long, env = "ANSWERABLE_QUERY_TIMEOUT_MS", default_value_t = USUAL.query_timeout_ms, value_parser = clap::value_parser!(u64).range(1..=600_000))]
    pub query_timeout_ms: u64,
    /// Refuse questions about the schema (`__schema`, `__type`)
    #[arg(long, env = "ANSWERABLE_NO_INTROSPECTION", value_parser = clap::builder::FalseyValueParser::new())]
    pub no_introspection: bool,
    /// Do not suggest names where a query has one that the schema does not know
    #[arg(long, env = "ANSWERABLE_NO_SUGGESTIONS", value_parser = clap::builder::FalseyValueParser::new())]
    pub no_suggestions: bool,
}

/// What holds where nothing is set.
const USUAL: QueryLimits = QueryLimits {
    max_body_bytes: 1024 * 1024,
    max_query_bytes: 100_000,
    max_tokens: 5_000,
    max_depth: 32,
    max_complexity: 100_000,
    max_fields: 2_000,
    max_root_fields: 100,
    max_aliases: 250,
    max_repeats: 100,
    max_directives: 100,
    max_fragments: 100,
    max_operations: 20,
    max_value_depth: 16,
    max_values: 2_000,
    max_errors: 50,
    query_timeout_ms: 20_000,
    no_introspection: false,
    no_suggestions: false,
};

impl Default for QueryLimits {
    fn default() -> Self {
        USUAL
    }
}

impl QueryLimits {
    /// How long a query may take.
    pub fn query_timeout(&self) -> Duration {
        Duration::from_millis(self.query_timeout_ms)
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be 1 or more".into()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("{error}")),
    }
}
