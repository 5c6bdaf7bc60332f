"""The engine: record a training step at the second batch of each size, plan it, and replay it for later batches.

- `record`: that step runs on `Watched` arrays, which note every NumPy call in a `Program` (`program`).
- `plan`: passes over the program decide which calls are needed (`prune`), in which dtype they compute (`casts`), and
  where their results lie (`layout`, `arena`). They never change a bit. The outcome is a `Plan`: a list of `Call` whose
  views are arrays, and the arrays of the results.
- `replay`: makes the calls of a plan. It is all that runs from then on.

A call says how its result gets into `out` (`program.Call.how`), and whether it computes entry by entry. The list of
calls is the whole interface between plan and replay: anything that can make these calls on these arrays can take the
place of `replay`.

Beside these, `ops` has the arithmetic that depends on the precision, `matmul` its products, `blas` what is known of the
library under them, and `rng` the random streams.
"""
