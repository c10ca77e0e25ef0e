"""Legal periods of a selection that are more than a count of days.

All of them take and return dates in China. Evidence marks as in the domain specification.
"""

from __future__ import annotations

from datetime import date

from engine.calendar import Calendar, add_months, period_end


def probation_end(start: date) -> date:
    """Return the last day of a probation that starts with the notice of *start*.

    One year (cadre regulation 2014 art. 42, ``S08``), from the issue of the probation notice
    and not from the tenure date (rule of 2001, ``S15``). It ends on the eve of the
    anniversary; a probation begun on 29 February ends on 28 February (``D``).
    """
    return period_end(start, years=1)


def silence_is_consent_from(calendar: Calendar, received: date) -> date:
    """Return the day from which the silence of the co-managing side counts as consent.

    One month from receipt (dual management, 2014 art. 34, ``S07``), the only silence that is
    consent in the whole process. A month that ends on a rest day ends on the next working
    day (``D``).
    """
    return calendar.lapses(received, 1, "month")


def recommendation_valid_until(held: date) -> date:
    """Return the last day on which the result of a recommendation may be used.

    One year (2002 and 2014 art. 16, ``S11`` ``S13``); the day of the same date is still
    inside (``D``).
    """
    return add_months(held, 1, "year")
