"""Template tags every page may use, by subject. They know words and looks, never models.

The tags used inside rows build their HTML with ``format_html``: including a template per row costs more than the row.
Templates load them all with ``{% load web %}``; code imports the functions from the module of their subject.
"""
