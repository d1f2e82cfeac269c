//! The desk: takes what was handed in to the server and grades it, one after the other, so many at one time.
//!
//! What waits stands in the database, and is there again after a restart.

use std::sync::Arc;
use std::time::Duration;

use drydock_protocol::grade::{Evidence, Grade, GradeState, GradingState, SealedResult, SubmissionView};
use drydock_protocol::live::Event;
use drydock_protocol::verdict::Verdict;
use drydock_submission::Submission;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Task, grade};
use crate::live::draws::lesson_of;
use crate::state::{App, LessonKey};
use crate::store::{Grading, LearnerId, Sealed, Sealing, StoreError, now};

/// Without being told, it looks this often whether something waits.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// After a database that did not answer.
const AGAIN: Duration = Duration::from_secs(5);
/// How long is kept what other systems have handed in.
const KEPT_S: i64 = 30 * 24 * 60 * 60;

/// Tells the desk that something waits. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// Something waits.
    pub fn ring(&self) {
        self.0.notify_one();
    }
}

/// Grades what waits, until it is told to stop. What is being graded then waits for the next server.
pub async fn serve(app: App, stop: CancellationToken) {
    if let Err(error) = app.store.requeue_gradings().await {
        tracing::error!(%error, "desk.not_requeued");
    }
    let jobs = usize::from(app.settings.grading.jobs.max(1));
    let clerks = (0..jobs).map(|_| clerk(&app));
    tokio::select! {
        _ = futures::future::join_all(clerks) => {}
        () = stop.cancelled() => {}
    }
}

async fn clerk(app: &App) {
    loop {
        match app.store.next_grading().await {
            Ok(Some((grading, archive))) => {
                // Another may wait behind it.
                app.desk.ring();
                if let Err(error) = take(app, &grading, &archive).await {
                    tracing::error!(%error, grading = grading.id, "desk.not_kept");
                    // It is graded again: nothing has been told to anybody.
                    tokio::time::sleep(AGAIN).await;
                    let _ = app.store.not_graded(&grading.id, TRY_AGAIN).await;
                    tell(app, &grading).await;
                }
            }
            Ok(None) => {
                let _ = timeout(LOOK_EVERY, app.desk.0.notified()).await;
            }
            Err(error) => {
                tracing::error!(%error, "desk.no_store");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

const TRY_AGAIN: &str = "The result could not be kept. Nothing is lost: submit again.";

/// Grades one, and keeps what it came to.
async fn take(app: &App, grading: &Grading, archive: &[u8]) -> Result<(), StoreError> {
    tell(app, grading).await;
    let key = LessonKey {
        course: grading.key.course.clone(),
        lesson: grading.key.lesson.clone(),
    };
    // As its learner has it; where there is none, with the first of each variable's values.
    let lesson = match &grading.learner {
        Some(_) => lesson_of(app, grading.learner.as_ref(), &key).await,
        None => app
            .lesson(&key.course, &key.lesson)
            .map(|lesson| lesson.of_round(0)),
    };
    let Ok(lesson) = lesson else {
        let reason = "The lesson could not be had. If it is still there, this can be tried again.";
        app.store.not_graded(&grading.id, reason).await?;
        tell(app, grading).await;
        return Ok(());
    };
    let submission = match &grading.learner {
        Some(_) => Submission::unpack(archive),
        None => Submission::from_archive(archive, &grading.student),
    };
    let task = Task {
        key: &key,
        lesson,
        only: Some(grading.key.exercise.as_str()).filter(|exercise| !exercise.is_empty()),
        student: &grading.student,
        handed_in: grading.handed_in_at,
        time: Duration::from_secs(app.settings.grading.timeout_s.into()),
    };
    let grade = grade(&app.sandboxes, &app.classroom, &task, submission).await;
    tracing::info!(grading = grading.id, state = ?grade.state, score = grade.score, "desk.graded");
    if grade.state == GradeState::Lost {
        let why = grade.remarks.last().cloned().unwrap_or_default();
        app.store.not_graded(&grading.id, &why).await?;
    } else {
        if let Some(learner) = &grading.learner {
            seal(app, learner, grading, &grade).await?;
        }
        app.store.graded(&grading.id, &grade).await?;
    }
    app.store.remove_gradings_before(now() - KEPT_S).await?;
    tell(app, grading).await;
    Ok(())
}

/// Seals a learner's result, and puts it where their progress is.
async fn seal(app: &App, learner: &LearnerId, grading: &Grading, grade: &Grade) -> Result<(), StoreError> {
    let sealing = Sealing {
        grading: grading.id.clone(),
        learner: learner.clone(),
        key: grading.key.clone(),
        lesson_hash: grade.lesson_hash.clone(),
        evidence: evidence(grade.evidence).to_owned(),
        archive_hash: grading.archive_hash.clone(),
        points: grade.score,
        points_max: grade.max_score,
        passed: grade.exercises.iter().all(|exercise| exercise.passed),
        handed_in_at: grading.handed_in_at,
        graded_at: grade.graded_at,
    };
    app.store.seal(&sealing).await?;
    if let Some(verdict) = verdict(grade) {
        app.store
            .record_verdict(learner, &grading.key, &verdict, "{}")
            .await?;
    }
    Ok(())
}

fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Live => "live",
        Evidence::Replayed => "replayed",
    }
}

/// What was found of the one exercise that a learner has submitted.
pub fn verdict(grade: &Grade) -> Option<Verdict> {
    let exercise = grade.exercises.first()?.clone();
    Some(Verdict {
        exercise: exercise.id,
        passed: exercise.passed,
        points: exercise.points,
        points_max: exercise.points_max,
        outcomes: exercise.outcomes,
        at: grade.graded_at,
    })
}

/// Tells a learner's pages how far their submission is.
async fn tell(app: &App, grading: &Grading) {
    let Some(learner) = &grading.learner else { return };
    let told = async {
        let Some(grading) = app.store.sealed_by(learner, &grading.key).await? else {
            return Ok(());
        };
        let submission = Box::new(view(app, &grading).await?);
        let exercise = grading.key.exercise.clone();
        app.rooms
            .tell(learner, Event::Submission { exercise, submission });
        Ok::<_, StoreError>(())
    };
    if let Err(error) = told.await {
        tracing::warn!(%error, "desk.not_told");
    }
}

/// A learner's submission, as their page shows it.
pub async fn view(app: &App, grading: &Grading) -> Result<SubmissionView, StoreError> {
    let result = match (&grading.grade, grading.state) {
        (Some(grade), GradingState::Graded) => app
            .store
            .sealed(&grading.id)
            .await?
            .map(|sealed| shown(&sealed, grade)),
        _ => None,
    };
    Ok(SubmissionView {
        state: grading.state,
        reason: grading.reason.clone(),
        handed_in_at: grading.handed_in_at,
        verdict: grading.grade.as_ref().and_then(verdict),
        result,
    })
}

fn shown(sealed: &Sealed, grade: &Grade) -> SealedResult {
    SealedResult {
        number: sealed.number,
        points: sealed.sealing.points,
        points_max: sealed.sealing.points_max,
        passed: sealed.sealing.passed,
        evidence: grade.evidence,
        lesson_hash: sealed.sealing.lesson_hash.clone(),
        graded_at: sealed.sealing.graded_at,
        hash: sealed.hash.clone(),
        remarks: grade.remarks.clone(),
    }
}
