from hypothesis import settings

# Timing belongs to benchmarks: a busy machine must not fail a property.
settings.register_profile("rewarm", deadline=None)
settings.load_profile("rewarm")
