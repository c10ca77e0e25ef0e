"""Forms: form-js JSON as the format, one truth on the server for what is shown and valid.

The way of a form through a request::

    form = forms.load(package.forms[node])          # once per definition
    raw = forms.initial(form, context)              # or drafts.load(...)
    raw = forms.parse_post(form, request.form)      # names of the page → nested answers
    raw = forms.apply_action(form, raw, act)        # add or remove a row, drop a file
    page = forms.view(form, raw, context)           # → templates/forms/
    cleaned = forms.validate(form, raw, context)    # → record, variables, files; or Invalid

``raw`` is what a person typed so far, good or not; it is what drafts keep.
"""

from workflows.forms.decoding import apply_action, initial, parse_post
from workflows.forms.differences import Change, changes
from workflows.forms.lint import problems
from workflows.forms.loading import load
from workflows.forms.model import (
    Cleaned,
    Context,
    Directory,
    Field,
    FileUse,
    Form,
    Lang,
    Message,
    Problem,
    leaves,
)
from workflows.forms.validation import content_digest, recheck, unsigned, validate
from workflows.forms.view_model import FormView
from workflows.forms.views import view

__all__ = [
    "Change",
    "Cleaned",
    "Context",
    "Directory",
    "Field",
    "FileUse",
    "Form",
    "FormView",
    "Lang",
    "Message",
    "Problem",
    "apply_action",
    "changes",
    "content_digest",
    "initial",
    "leaves",
    "load",
    "parse_post",
    "problems",
    "recheck",
    "unsigned",
    "validate",
    "view",
]
