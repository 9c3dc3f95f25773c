"""Sphinx: furo, myst-nb for pages that run, autodoc for the reference."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from npscore import __version__
from npscore.cli import app

project = "npscore"
author = "The npscore developers"
project_copyright = "2026, the npscore developers"
release = version = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "npscore"
html_static_path = ["_static"]
html_css_files = ["frames.css"]

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "undoc-members": False}
napoleon_google_docstring = True
napoleon_use_rtype = False
napoleon_use_ivar = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_execution_in_temp = True
nb_merge_streams = True
suppress_warnings = [
    "mystnb.unknown_mime_type",
    "ref.python",  # the builtin type is not the field of that name
]

# The pages that run read the made-up company's answers from here.
ANSWERS = Path(tempfile.mkdtemp(prefix="npscore-docs-")) / "answers.csv"
ANSWERS.write_text(app.demo_csv(), encoding="utf-8")
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
os.environ["NPSCORE_DOCS_ANSWERS"] = str(ANSWERS)


def setup(sphinx: Sphinx) -> None:
    """Texts for Mermaid are shown as they are."""
    sphinx.add_lexer("mermaid", TextLexer)
