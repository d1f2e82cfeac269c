//! Whether links out of a lesson lead somewhere: looked at once everything has been read.

use super::Gathered;
use crate::nearest;
use crate::parse::Later;
use crate::render::links::Link as To;
use crate::slug;

impl Gathered {
    /// Links to other lessons lead somewhere: looked at once all of them are known. What could not be read is not held against a
    /// link to it.
    pub(super) fn check_links(&mut self, courses: &[String]) {
        for (course, Later { link, mut problem }) in std::mem::take(&mut self.later) {
            let (message, help) = match link {
                To::Lesson {
                    folder,
                    anchor: Some(anchor),
                } => match self.anchors.get(&(course, folder.clone())) {
                    Some(anchors) if !anchors.contains(&anchor) => {
                        let known: Vec<&str> = anchors.iter().map(String::as_str).collect();
                        (
                            format!("no heading of `{folder}` has the anchor `#{anchor}`"),
                            nearest::help(&anchor, &known),
                        )
                    }
                    _ => continue,
                },
                To::Site(path) => match self.dead_page(&path, courses) {
                    Some(dead) => dead,
                    None => continue,
                },
                _ => continue,
            };
            problem.message = message;
            self.problems.push(problem.help(help));
        }
    }

    /// What is wrong with a link to a page of this site, and help; None if nothing is.
    fn dead_page(&self, path: &str, courses: &[String]) -> Option<(String, String)> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let place = path.strip_prefix("/courses/")?;
        let (course, lesson) = place.split_once('/').unwrap_or((place, ""));
        if !courses.iter().any(|known| known == course) {
            let known: Vec<&str> = courses.iter().map(String::as_str).collect();
            return Some((
                format!("there is no course `{course}`"),
                nearest::help(course, &known),
            ));
        }
        let here = self.anchors.keys().filter(|(of, _)| of == course);
        let known: Vec<&str> = here.filter_map(|(_, folder)| slug::lesson_slug(folder)).collect();
        if lesson.is_empty() || known.is_empty() || known.contains(&lesson) {
            return None;
        }
        let message = format!("the course `{course}` has no lesson `{lesson}`");
        Some((message, nearest::help(lesson, &known)))
    }
}
