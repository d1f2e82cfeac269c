//! The values that a lesson's variables have for a learner: drawn when they first meet the lesson, and kept for good.

use drydock_lesson::{Draw, Lesson};
use rand::Rng as _;

use crate::problem::ApiError;
use crate::state::{App, LessonKey};
use crate::store::LearnerId;

/// The lesson as this learner has it. What an author has since taken out of a variable's values is drawn again; whatever else
/// stands there stays.
pub async fn lesson_of<'a>(
    app: &'a App,
    learner: Option<&LearnerId>,
    key: &LessonKey,
) -> Result<&'a Lesson, ApiError> {
    let lesson = app.lesson(&key.course, &key.lesson)?;
    let Some(learner) = learner.filter(|_| !lesson.vars.is_empty()) else {
        return Ok(lesson);
    };
    let kept = app.store.draw(learner, &key.course, &key.lesson).await?;
    let mut draw = Draw::new();
    for var in &lesson.vars {
        let known = kept.get(&var.name);
        let value = if let Some(value) = known.filter(|value| var.pick.contains(value)) {
            value.clone()
        } else {
            let index = rand::rng().random_range(0..var.pick.len());
            let place = (key.course.as_str(), key.lesson.as_str());
            let outdated = known.map(String::as_str);
            app.store
                .keep_draw(learner, place, &var.name, &var.pick[index], outdated)
                .await?
        };
        draw.insert(var.name.clone(), value);
    }
    Ok(lesson.drawn(&draw))
}
