//! Guards what the derives accept, and how they refuse: one file for each mistake, with the text that people see.

#[test]
fn derives() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/*.rs");
}
