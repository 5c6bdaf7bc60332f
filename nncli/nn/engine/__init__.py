"""The engine: record a training step at the second batch of each size, plan it, and replay it for later batches.

- `record` runs the step on `WatchedArray`s, which record every NumPy call in a `Program` (`program`).
- `plan` runs passes over the program. They decide which calls are needed (`prune`), in which dtype they compute
  (`casts`) and where their results are stored (`layout`, `arena`), and never change a bit of a result. The outcome is a
  `PlannedStep`: a list of `Call`s with arrays in place of views, and the arrays of the results.
- `replay` makes the calls of a plan. From then on, nothing else runs.

A call states how its result gets into `out` (`program.Call.kind`) and whether it is elementwise. The list of calls is
the whole interface between plan and replay: anything that can make these calls on these arrays can replace `replay`.

In addition, `ops` has the arithmetic that depends on the precision, `matmul` the matrix products, `blas` the facts
about the library that computes them, and `rng` the random streams.
"""
