"""Geometry of the pictures of reports. Pure: numbers in, SVG coordinates out; templates of the same names draw them.

===========  ==================================================================  =============================
function     draws                                                               template
===========  ==================================================================  =============================
areas        what a whole is made of, day by day                                 reports/charts/areas.html
columns      amounts of parts of a period, side by side or stacked; with target  reports/charts/columns.html
lines        how values move; with target                                        reports/charts/lines.html
bars         one amount for each of many, with targets and a middle              reports/charts/bars.html
funnel       how much is left after each stage                                   reports/charts/funnel.html
ribbons      what became of what                                                 reports/charts/ribbons.html
spark        the direction of one number                                         ``{% spark values label %}``
===========  ==================================================================  =============================

Each returns None where there is nothing worth a picture: then the report has none. Amounts below zero are drawn as
zero, except in lines and sparks; what is None leaves a gap.
"""

from reports.rules.charts.amounts import Amount, Bars, Funnel, bars, funnel
from reports.rules.charts.flowing import Ribbons, State, ribbons
from reports.rules.charts.over_time import Areas, Columns, Lines, areas, columns, lines
from reports.rules.charts.parts import Label, Series, Tick, nice_top, spread
from reports.rules.charts.small import Spark, spark
from reports.rules.charts.zones import Point, every_week

__all__ = [
    "Amount",
    "Areas",
    "Bars",
    "Columns",
    "Funnel",
    "Label",
    "Lines",
    "Point",
    "Ribbons",
    "Series",
    "Spark",
    "State",
    "Tick",
    "areas",
    "bars",
    "columns",
    "every_week",
    "funnel",
    "lines",
    "nice_top",
    "ribbons",
    "spark",
    "spread",
]
