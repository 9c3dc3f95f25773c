"""Ready-made conventions: how known systems count, as their own pages say.

Each reproduces whom a system counts, over which days and with which
denominator. Intervals, which these systems do not show, are those of
`Convention`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from npscore.scoring.conventions.choices import Convention
from npscore.scoring.conventions.windows import BackFromLatest, Calendar, Last, Rolling

RETENTLY = Convention(name="Retently", unit="customer", repeats="latest")
"""Each customer's last answer.

Source: https://help.retently.com/en/articles/867624-how-nps-data-is-calculated-on-the-dashboard
"""

GAINSIGHT = Convention(name="Gainsight", window=Calendar("half"))
"""All answers of the current half-year, which is the default of its settings.

Source: https://support.gainsight.com/gainsight_nxt/06Surveys/FAQs/Survey_Settings_FAQs
"""

NATERO = Convention(name="Natero", unit="account", window=BackFromLatest(90))
"""All answers of an account within 90 days of its latest one.

Source: https://support.natero.com/en/support/solutions/articles/50000000916-updating-the-nps-history-of-an-account
"""

CUSTOMERGAUGE_SUMMARY = Convention(name="CustomerGauge NPS Summary", unanswered="count in the base")
"""Divided by all responses, of which some "can contain No Scores".

Source: https://support.customergauge.com/support/solutions/articles/5000782949-nps-nps-summary
"""

CUSTOMERGAUGE_TREND = Convention(name="CustomerGauge NPS Value Trend")
"""Divided by those who gave a score; the same product's other denominator.

Source: https://support.customergauge.com/support/solutions/articles/5000887919-nps-value-trend
"""

ASKNICELY = Convention(name="AskNicely", window=Rolling(30))
"""All answers of the last 30 days, the default of its ``getnps`` call.

Source: https://github.com/api-evangelist/asknicely/blob/main/openapi/asknicely-openapi.yml
"""

DIMBAL = Convention(name="Dimbal", window=Last(50))
"""The last 50 answers.

Source: https://www.dimbal.com/kb/post/understanding-nps-rollup-scores-trend-lines
"""

KNOWN_CONVENTIONS: Mapping[str, Convention] = MappingProxyType(
    {
        known.name: known
        for known in (RETENTLY, GAINSIGHT, NATERO, CUSTOMERGAUGE_SUMMARY, CUSTOMERGAUGE_TREND, ASKNICELY, DIMBAL)
    }
)
"""The ready-made conventions by name."""
