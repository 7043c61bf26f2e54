"""Loading the nightly CSV feeds (domain rules, sections 3 and 10; docs/feeds.md).

reader → kinds (values) → staging (sorted, repeats settled) → applying (per subject, in batches).
Every row is applied whole or set aside; a bad row never stops a file.
"""
