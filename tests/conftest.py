"""What all tests share: Hypothesis profiles, none with a deadline, as slow engines and slow machines keep none.

`HYPOTHESIS_PROFILE` or `--hypothesis-profile` chooses: "dev" (default), "ci" (the same examples each run), "soak".
"""

import os

from hypothesis import settings

settings.register_profile("dev", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("soak", deadline=None, print_blob=True, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
