"""Templates whose texts stand in ``{% trans %}``: filled in the language that is spoken now."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from leafgraft.languages.speaking import filled, said, word

if TYPE_CHECKING:
    from jinja2 import Environment


def translate(environment: Environment, shown: Callable[[object], str], finished: Callable[[str], str] = str) -> None:
    """Let templates speak: ``{% trans %}`` and ``_()``, and the filters ``said`` and ``word``.

    Args:
        environment: Environment of the templates.
        shown: A value as it stands in a text; it is not looked up.
        finished: The text as the template takes it.
    """

    def gettext(text: str, **values: object) -> str:
        pattern = re.sub(r"%\((\w+)\)s", r"{\1}", text).replace("%%", "%")
        return finished(filled(pattern, {name: shown(value) for name, value in values.items()}))

    def ngettext(one: str, several: str, number: int, /, **values: object) -> str:
        return gettext(one if number == 1 else several, **values)

    environment.extend(newstyle_gettext=True)  # before i18n: texts are filled here, not by the templates
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    environment.filters |= {"said": said, "word": word}
    environment.globals |= {"gettext": gettext, "ngettext": ngettext}
