"""The examiner: questions, metrics, runner and benchmarks. It imports `assistant`; `assistant` never imports it."""
