"""What all reports have in common: who and which days they are about, how figures are counted and listed, how tables
and pictures are shown, filed and sent. A report is a package beside this one: a selector and a declaration
(docs/extending.md)."""
