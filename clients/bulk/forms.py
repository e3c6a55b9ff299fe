"""What is asked before something is done to many rows."""

from typing import Any

from django import forms

from clients.models import Manager


class BulkForm(forms.Form):
    """The particulars of an action. It is filled in once and read again for every chunk of the job: what its owner may
    not choose any more by then is refused then. Without fields it is a question: really?"""

    def __init__(self, *args: Any, user: Manager, total: int, **kwargs: Any) -> None:
        """``user``: whose job it is; ``total``: how many rows it is about."""
        super().__init__(*args, **kwargs)
        self.user, self.total = user, total
        for field in list(self.fields.values())[:1]:
            field.widget.attrs["autofocus"] = True
