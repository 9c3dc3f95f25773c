"""Files of what is decided once: segments and policies, read, checked and written, in forms that people can review.

A file may age, the values need not: this is the one place that knows versions of the forms. Texts come in and go out;
reading and writing files is for others.

=============  =================================================
`forms`        TOML, JSON and YAML, and where something is wrong
`segments`     files of segments
`policies`     files of policies
=============  =================================================
"""

from npscore.documents.forms import VERSION, DocumentForm
from npscore.documents.policies import policy_schema, read_policy, write_policy
from npscore.documents.segments import read_segments, schema, write_segments

__all__ = [
    "VERSION",
    "DocumentForm",
    "policy_schema",
    "read_policy",
    "read_segments",
    "schema",
    "write_policy",
    "write_segments",
]
