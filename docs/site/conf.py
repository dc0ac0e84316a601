"""The settings of Sphinx; its sources are what ``docs.site.staging`` brings together."""

import update_magnitude

project = "Update Magnitude"
author = "The Update Magnitude developers"
copyright = f"{author}, Apache-2.0"
version = release = update_magnitude.__version__
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "docs.site.mathml",
]
exclude_patterns = ["files"]
html_theme = "furo"
html_math_renderer = "mathml"
html_title = f"Update Magnitude {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
html_extra_path = ["../output/extra"]

myst_heading_anchors = 4
myst_enable_extensions = ["deflist", "dollarmath"]
suppress_warnings = ["myst.header"]

nb_execution_mode = "force"
nb_execution_timeout = 600
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_merge_streams = True

add_module_names = False
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
viewcode_follow_imported_members = True
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
