//! Answerable: a GraphQL participation service. The map of the house is in ARCHITECTURE.md.
