"""Judge `nncli why`: generated specs with known faults, and healthy ones, with the diagnosis of each.

    python -m benchmarks why FOLDER --make tune --seed 1     generate a set for tuning the rules
    python -m benchmarks why FOLDER --make fresh --seed 2    generate a set for judging them, from a wider family
    python -m benchmarks why FOLDER                          judge the set
    python -m benchmarks why FOLDER --try 20                 judge the remedies of `nncli why --try` in 20 seconds

A set has an index.json (see `case.Case`), or a cases.yaml with specs/ID-sick.yaml and specs/ID-fixed.yaml:

    ID: {metric: r2, min: 0.9, causes: [lr_too_low, too_few_epochs], refused: false, healthy: false}

with the causes that are right as the first finding of ID-sick, unless it is `healthy`, too.
"""
