//! Runs the cases: one claim each, told by a `.trycmd` file with its `.in` and `.out` folders.

#[test]
fn cases() {
    trycmd::TestCases::new().case("testdata/cases/*.trycmd");
}
