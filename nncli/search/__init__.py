"""Which settings a sweep tries: its space, samplers and pruners."""

from nncli.search import pruners, samplers  # noqa: F401  these register the components
