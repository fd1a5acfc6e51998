//! The schema by itself: what the HTTP endpoint does once it has read a request.

use answerable::{
    config::QueryLimits,
    graphql::Api,
    identity::{Viewer, actions},
};
use async_graphql::{Request, Variables};

use super::support::{
    dice::Dice,
    operations::{Operation, Subject},
    running::{Asker, without_errors},
};

/// The schema at work on the service's own connections.
pub struct Schema {
    api: Api,
    moderator: Viewer,
    subject: Subject,
}

impl Schema {
    /// The schema of the service that is asked.
    pub async fn of(asker: &Asker) -> Self {
        let moderator = actions::viewer_of_token(&asker.ctx, &asker.token).await.unwrap();
        Self {
            api: Api::new(asker.ctx.clone(), QueryLimits::default()),
            moderator,
            subject: asker.subject.clone(),
        }
    }

    /// Parses and answers one request; the answer as JSON.
    pub async fn ask(&self, operation: Operation, dice: &mut Dice) -> Result<String, String> {
        let variables = Variables::from_json(operation.variables(&self.subject, dice));
        let request = Request::new(operation.query()).variables(variables);
        let admitted = self.api.admit(request).map_err(|error| error.report())?;
        let viewer = if operation.is_moderators() { self.moderator.clone() } else { Viewer::anonymous() };
        let writes = operation == Operation::Submit;
        let answer = self.api.execute(viewer, admitted.request, writes).await;
        without_errors(serde_json::to_string(&answer).map_err(|error| error.to_string())?)
    }
}
