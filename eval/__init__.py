"""The examiner: questions, metrics, runner, benchmarks. Uses `assistant`, never the other way."""
