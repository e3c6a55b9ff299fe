"""``{% load web %}``: the tags of ``crm.web.tags``."""

from django import template

from crm.web.tags import contacts, forms, lists, marks, numbers, same, times, toasts, words, zones

register = template.Library()
for part in (contacts, forms, lists, marks, numbers, same, times, toasts, words, zones):
    register.tags.update(part.register.tags)
    register.filters.update(part.register.filters)
