//! The text of a file of tests: that it compiles and passes, `tests/kit-app` shows.

use expect_test::expect;
use quantadb::ErrorKind;
use quantadb::lock::test_file;

#[test]
fn n6_a_test_file_names_the_lock_and_the_entities() {
    let text = test_file(
        "../app \"1\".lock",
        &["User", "my_app::Team", "my_app::a::Log", "my_app::b::Log"],
    )
    .unwrap();
    let head: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("use"))
        .take(14)
        .collect();
    expect![[r#"
        use my_app::Team;
        use quantadb::testing::{assert_lossless, assert_migrates, crash_at_every_write};

        const LOCK: &str = include_str!("../app \"1\".lock");

        #[test]
        fn every_release_migrates() {
            assert_migrates!(LOCK, entities(User, Team, my_app::a::Log, my_app::b::Log));
        }

        #[test]
        fn nothing_is_lost_on_the_way_back() {
            assert_lossless!(LOCK, entities(User, Team, my_app::a::Log, my_app::b::Log));
        }"#]]
    .assert_eq(&head.join("\n"));
    assert_eq!(
        text,
        quantadb::testing::test_file(
            "../app \"1\".lock",
            &["User", "my_app::Team", "my_app::a::Log", "my_app::b::Log"]
        )
        .unwrap()
    );
}

#[test]
fn n6_what_is_no_path_is_refused() {
    for wrong in ["", "my app", "my_app::", "7up", "User)"] {
        let error = test_file("quanta.lock", &[wrong]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Value, "{wrong}");
    }
    assert_eq!(
        test_file("quanta.lock", &[]).unwrap_err().kind(),
        ErrorKind::Value
    );
}
