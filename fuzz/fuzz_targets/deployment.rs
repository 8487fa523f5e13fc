#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| entrypatch_fuzz::deployment(text));
