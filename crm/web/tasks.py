"""What modules of tasks need of Celery. Whoever hands a task out imports them where he does so.

Celery and what it speaks to brokers with are large, and most web workers never hand anything out. The application that
the tasks belong to is loaded with the first of them.
"""

from importlib import import_module

from celery import current_app, shared_task

__all__ = ["current_app", "shared_task"]

import_module("crm.celery")  # the composition root's, which imports nothing of ours
