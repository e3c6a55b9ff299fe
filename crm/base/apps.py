from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BaseConfig(AppConfig):
    """``manage.py load_base``: a large base as in life, for measuring."""

    name = "crm.base"
    label = "base"
    verbose_name = _("Base for measuring")
