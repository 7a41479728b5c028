// EvalShift
