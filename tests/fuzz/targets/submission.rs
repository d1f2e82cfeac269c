//! What a student hands in may be anything. It is read within bounds, or refused; and no path in it leads out.
#![no_main]

use drydock_submission::Submission;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(submission) = Submission::from_archive(bytes, "student") {
        for file in &submission.files {
            let path = std::path::Path::new(&file.path);
            assert!(path.is_relative(), "{path:?}");
            assert!(
                path.components()
                    .all(|part| matches!(part, std::path::Component::Normal(_))),
                "{path:?}"
            );
        }
    }
});
