"""All reports, in the order of the index. Importing this module declares them."""

# isort: off
from reports.traffic_light import report as traffic_light  # noqa: F401
from reports.zone_dynamics import report as zone_dynamics  # noqa: F401
from reports.head_control import report as head_control  # noqa: F401
from reports.points import report as points  # noqa: F401
from reports.interactions_by_client import report as interactions  # noqa: F401
from reports.comparison import report as comparison  # noqa: F401
from reports.sales_funnel import report as sales_funnel  # noqa: F401
from reports.clients_and_sales import report as clients_and_sales  # noqa: F401
from reports.contact_frequency import report as contact_frequency  # noqa: F401
from reports.exchange_health import report as exchange_health  # noqa: F401
