"""Pilot studies: short runs with different mixes, from whose losses laws forecast a long one.

`design` chooses the mixes, `study` describes the runs, `running` starts them, `measured` reads their losses,
`forecasts` fits laws and advises, `agreement` compares cheap pilots with trained mixes.
"""
