"""How fast the pages are: ``make bench``. Ratios inside one run count, never times; see docs/performance.md."""
