"""Reports by letter, every week or month: who gets what (``services``), when (``reports.rules.timing``), what stands in
a letter (``content``), and the outbox that sends it (``sending``)."""
