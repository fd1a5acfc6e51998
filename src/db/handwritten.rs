//! SQL that is written out by hand and prepared once by each connection, as diesel's own queries are.
//!
//! `diesel::sql_query` has every statement parsed and planned anew, with a round trip more: for a list of a page that costs
//! more than finding its rows.

use diesel::{
    IntoSql, QueryResult,
    expression::{AsExpression, TypedExpressionType},
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{self, SqlType},
};
use uuid::Uuid;

/// A statement in pieces: text, and values where parameters stand. The texts must come from a small set that no input
/// can make larger, because a connection keeps each of them prepared; whatever varies is a value.
#[derive(Default)]
pub struct Handwritten(Vec<Piece>);

enum Piece {
    Text(&'static str),
    Uuid(Uuid),
    Uuids(Vec<Uuid>),
    Integer(i32),
    BigInt(i64),
    Value(Box<dyn QueryFragment<Pg> + Send + Sync>),
}

impl Handwritten {
    /// Goes on with this text.
    pub fn text(&mut self, text: &'static str) -> &mut Self {
        self.push(Piece::Text(text))
    }

    /// Goes on with a parameter.
    pub fn uuid(&mut self, value: Uuid) -> &mut Self {
        self.push(Piece::Uuid(value))
    }

    /// Goes on with a parameter that is an array.
    pub fn uuids(&mut self, values: &[Uuid]) -> &mut Self {
        self.push(Piece::Uuids(values.to_vec()))
    }

    /// Goes on with a parameter.
    pub fn integer(&mut self, value: i32) -> &mut Self {
        self.push(Piece::Integer(value))
    }

    /// Goes on with a parameter.
    pub fn big_int(&mut self, value: i64) -> &mut Self {
        self.push(Piece::BigInt(value))
    }

    /// Goes on with a parameter of any SQL type.
    pub fn bind<S, T>(&mut self, value: T) -> &mut Self
    where
        S: SqlType + TypedExpressionType,
        T: AsExpression<S>,
        T::Expression: QueryFragment<Pg> + Send + Sync + 'static,
    {
        self.push(Piece::Value(Box::new(value.into_sql::<S>())))
    }

    fn push(&mut self, piece: Piece) -> &mut Self {
        self.0.push(piece);
        self
    }
}

impl QueryFragment<Pg> for Handwritten {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_sql(text),
                Piece::Uuid(value) => out.push_bind_param::<sql_types::Uuid, _>(value)?,
                Piece::Uuids(values) => {
                    out.push_bind_param::<sql_types::Array<sql_types::Uuid>, _>(values)?;
                }
                Piece::Integer(value) => out.push_bind_param::<sql_types::Integer, _>(value)?,
                Piece::BigInt(value) => out.push_bind_param::<sql_types::BigInt, _>(value)?,
                Piece::Value(value) => value.walk_ast(out.reborrow())?,
            }
        }
        Ok(())
    }
}

impl QueryId for Handwritten {
    type QueryId = ();

    // Its text alone says which statement it is.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Handwritten {
    // Read by the columns' names, as `QueryableByName` does.
    type SqlType = sql_types::Untyped;
}
