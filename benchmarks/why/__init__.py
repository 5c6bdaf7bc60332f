"""Judge `nncli why`: generated specs with known faults, and healthy ones, with the diagnosis of each."""
