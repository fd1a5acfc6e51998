//! Who may see a submission and what may be decided about it. Pure.

use chrono::{DateTime, Utc};

use super::model::{Submission, SubmissionState};
use crate::{
    contributors::Intake,
    documents::{self, model::Document},
    error::{Error, Result, UserErrorCode},
    identity::Viewer,
    ledger::Decision,
};

/// The submission, if the viewer moderates its document; `NotFound` otherwise, whether it is there or not.
pub fn readable(viewer: &Viewer, submission: Option<Submission>) -> Result<Submission> {
    submission
        .filter(|submission| viewer.moderates(submission.document_id))
        .ok_or_else(|| Error::missing("submission"))
}

/// Refuses the sender another wording where there is none to be had, and says what to do instead.
pub fn may_amend(submission: &Submission, document: &Document, now: DateTime<Utc>) -> Result<()> {
    let refuse = |message: &str| Err(Error::refused(UserErrorCode::InvalidTransition, message, &["token"]));
    match submission.state {
        _ if submission.intake == Intake::Expired => {
            refuse("The address was not confirmed in time, so this does not count. Send it anew.")
        }
        SubmissionState::Received | SubmissionState::Acknowledged => {
            documents::policy::takes_contributions(document, now, &["token"])
        }
        SubmissionState::UnderReview | SubmissionState::Considered | SubmissionState::SetAside => refuse(
            "It is being worked through, so it cannot be changed any more. While the document is open you can withdraw it and send another.",
        ),
        SubmissionState::Withdrawn => refuse("You have withdrawn this. Send another."),
        SubmissionState::Erased => refuse("This was erased. Send another."),
    }
}

/// The state a decision leads to from the present one, or why it cannot be made.
pub fn transition(state: SubmissionState, decision: Decision) -> Result<SubmissionState> {
    use SubmissionState::{Acknowledged, Considered, Erased, Received, SetAside, UnderReview, Withdrawn};
    match (decision, state) {
        (Decision::Acknowledge, Received) => Ok(Acknowledged),
        // What was considered or set aside may be taken up again.
        (Decision::TakeUnderReview, Received | Acknowledged | Considered | SetAside)
        | (Decision::UpholdAppeal, SetAside) => Ok(UnderReview),
        (Decision::MarkConsidered, Received | Acknowledged | UnderReview) => Ok(Considered),
        (Decision::SetAside, Received | Acknowledged | UnderReview) => Ok(SetAside),
        // Its sender may take it back whatever has been decided.
        (Decision::Withdraw, Received | Acknowledged | UnderReview | Considered | SetAside) => Ok(Withdrawn),
        (Decision::Erase, state) if state != Erased => Ok(Erased),
        (decision, state) => Err(Error::refused(
            UserErrorCode::InvalidTransition,
            format!("{} is not possible for a submission that is {}.", decision.as_str(), state.as_str()),
            &["decision"],
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handling_goes_forward_and_can_be_taken_up_again() {
        use SubmissionState::{Acknowledged, Considered, Erased, Received, SetAside, UnderReview, Withdrawn};
        let states = [Received, Acknowledged, UnderReview, Considered, SetAside, Withdrawn, Erased];
        let possible = |decision| {
            states.into_iter().filter(|state| transition(*state, decision).is_ok()).collect::<Vec<_>>()
        };
        assert_eq!(possible(Decision::Acknowledge), [Received]);
        assert_eq!(possible(Decision::TakeUnderReview), [Received, Acknowledged, Considered, SetAside]);
        assert_eq!(possible(Decision::MarkConsidered), [Received, Acknowledged, UnderReview]);
        assert_eq!(possible(Decision::SetAside), [Received, Acknowledged, UnderReview]);
        assert_eq!(possible(Decision::UpholdAppeal), [SetAside]);
        assert_eq!(possible(Decision::Withdraw), [Received, Acknowledged, UnderReview, Considered, SetAside]);
        assert_eq!(
            possible(Decision::Erase),
            [Received, Acknowledged, UnderReview, Considered, SetAside, Withdrawn]
        );
        // Nothing that is decided about comments makes a submission public.
        assert_eq!(possible(Decision::Approve), []);
    }
}
