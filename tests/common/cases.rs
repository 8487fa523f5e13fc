//! How many cases the property tests try.

use proptest::prelude::ProptestConfig;

/// 1,000 cases, or `PROPTEST_CASES`.
pub(crate) fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = cases.unwrap_or(1000);
    ProptestConfig {
        cases,
        max_global_rejects: cases.saturating_mul(2),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
