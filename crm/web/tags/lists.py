"""Headers that sort, filters that are kept."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def sort_th(context: template.Context, key: str, label: str, css: str = "") -> SafeString:
    """A table header that sorts. A second click turns the order round; the header says which way it is.

    A key with ``-`` in front sorts the largest first on the first click.
    """
    sort = context.get("sort", "")
    first, key = ("-", key[1:]) if key.startswith("-") else ("", key)
    here = sort.lstrip("-") == key
    down = sort.startswith("-")
    query = context["request"].GET.copy()
    query.pop("page", None)
    query["sort"] = (key if down else f"-{key}") if here else f"{first}{key}"
    mark = (
        format_html('<i class="bi bi-{}" aria-hidden="true"></i>', "arrow-down" if down else "arrow-up") if here else ""
    )
    return format_html(
        '<th scope="col" class="{}"{}><a class="sv-sort" href="?{}" hx-get="?{}" hx-target="closest [data-list]"'
        ' hx-push-url="true">{} {}</a></th>',
        css,
        format_html(' aria-sort="{}"', "descending" if down else "ascending") if here else "",
        query.urlencode(),
        query.urlencode(),
        label,
        mark,
    )


@register.simple_tag(takes_context=True)
def keep_query(context: template.Context, *drop: str) -> SafeString:
    """The present query as hidden inputs, without the names given: for a small form that must keep the filters."""
    pairs = [
        (key, value)
        for key, values in context["request"].GET.lists()
        for value in values
        if key not in drop and key != "page"
    ]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)
